"""Conditionals: of two branches Terraform takes one, and both decide its type."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import sure
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.branches import Branch, as_both, either
from cloudaudit.sources.terraform.hcl.marking import used
from cloudaudit.sources.terraform.hcl.scope import Evaluate, Scope
from cloudaudit.sources.terraform.hcl.truths import condition_noted
from cloudaudit.sources.terraform.hcl.typed import typed
from cloudaudit.sources.terraform.hcl.values import Opaque, is_unknown, to_bool, unknown_of


def conditional(node: nodes.Conditional, scope: Scope, evaluate: Evaluate) -> Any:
    """The value of the branch that is chosen, as the type of both; what both agree on, if that is not known."""
    others: list[tuple[nodes.Node, nodes.Node, bool]] = []
    while True:
        condition = sure(used(evaluate(node.condition, scope), scope.budget), to_bool)
        if is_unknown(condition):
            condition_noted(condition, scope.budget)
            value = _either(node, unknown_of(condition), scope, evaluate)
            break
        first = to_bool(condition)
        chosen, other = (node.yes, node.no) if first else (node.no, node.yes)
        others.append((chosen, other, first))
        if not isinstance(chosen, nodes.Conditional):
            value = evaluate(chosen, scope)
            break
        node = chosen
    for chosen, other, first in reversed(others):
        value = _like(value, (chosen, other), scope, evaluate, first=first)
    return value


def _either(node: nodes.Conditional, reason: Unknown[Any], scope: Scope, evaluate: Evaluate) -> Any:
    yes, no = (_branch(branch, scope, evaluate) for branch in (node.yes, node.no))
    return either(yes, no, reason, scope.budget)


def _branch(node: nodes.Node, scope: Scope, evaluate: Evaluate) -> Branch | None:
    """A branch of a conditional; None if it is refused. Raises BoundError."""
    budget = scope.budget
    outer, budget.doubt = budget.doubt, None
    try:
        value = evaluate(node, scope)
        return Branch(value, typed(node, value, scope), budget.doubt)
    except EvaluationError:
        return None
    finally:
        budget.doubt = outer


def _like(value: Any, branches: tuple[nodes.Node, nodes.Node], scope: Scope, evaluate: Evaluate, *, first: bool) -> Any:
    """The chosen branch as the type of both; one that is refused has none."""
    if (isinstance(value, str | None) and not scope.budget.trying) or isinstance(value, Opaque):
        return value
    chosen, other = branches
    try:
        alternative = _branch(other, scope, evaluate)
    except BoundError:
        return value
    if alternative is None:
        return value
    mine = Branch(value, typed(chosen, value, scope))
    return as_both(mine, alternative, scope.budget, first=first)
