"""What Terraform may refuse over an unknown operand: it takes conditions and operands of some types only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.values import is_unknown, unknown_of


def noted(values: Iterable[Any], budget: Budget) -> None:
    """Note the unknowns among operands that Terraform takes only of some types; candidates are asked one by one."""
    for value in values:
        if is_unknown(value) and not (isinstance(value, Unknown) and value.possible):
            budget.may_refuse(unknown_of(value))


def condition_noted(node: nodes.Node, value: Any, budget: Budget) -> None:
    """Note a condition that is unknown, unless it is surely a boolean: Terraform refuses any text but "true" and "false"."""
    if is_unknown(value) and not _is_truth(node):
        budget.may_refuse(unknown_of(value))


def _is_truth(node: nodes.Node) -> bool:
    while isinstance(node, nodes.Parenthesis):
        node = node.inner
    if isinstance(node, nodes.Binary):
        return node.operator in _TRUTHS
    if isinstance(node, nodes.Call):
        return node.name.removeprefix("core::") in _TESTS
    return isinstance(node, nodes.Unary) and node.operator == "!"


_TRUTHS = frozenset({"&&", "||", "==", "!=", "<", "<=", ">", ">="})
_TESTS = frozenset({"alltrue", "anytrue", "can", "contains", "endswith", "fileexists", "issensitive", "startswith", "strcontains"})
