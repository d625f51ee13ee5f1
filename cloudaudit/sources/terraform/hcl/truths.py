"""What Terraform may refuse over an unknown operand: it takes conditions and operands of some types only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.kinds import BOOL
from cloudaudit.sources.terraform.hcl.values import Told, is_unknown, unknown_of


def noted(values: Iterable[Any], budget: Budget) -> None:
    """Note the unknowns among operands that Terraform takes only of some types; candidates are asked one by one."""
    for value in values:
        if is_unknown(value) and not (isinstance(value, Unknown) and value.possible):
            budget.may_refuse(unknown_of(value))


def condition_noted(value: Any, budget: Budget) -> None:
    """Note a condition that is unknown, unless it is surely a boolean: Terraform refuses null, and any text but "true" and "false"."""
    if is_unknown(value) and not (isinstance(value, Told) and value.type == BOOL and not value.null):
        budget.may_refuse(unknown_of(value))
