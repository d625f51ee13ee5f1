"""The branches of a conditional, which have one type, whichever is chosen."""

from __future__ import annotations

from typing import Any

import msgspec

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.access import agreed, choose
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.kinds import Fields, Primitive, Type, Untold
from cloudaudit.sources.terraform.hcl.types import convert
from cloudaudit.sources.terraform.hcl.unify import common
from cloudaudit.sources.terraform.hcl.values import is_unknown


class Branch(msgspec.Struct, frozen=True):
    """The value of a branch and its type, and the unknown over which Terraform may refuse it."""

    value: Any
    type: Type
    doubt: Unknown[Any] | None = None


def either(yes: Branch | None, no: Branch | None, reason: Unknown[Any], budget: Budget) -> Any:
    """What both branches agree on is known, where it is not known which is chosen; None is one that is refused. Raises EvaluationError."""
    if yes is None or no is None:
        left = [branch.value for branch in (yes, no) if branch is not None]
        if not left:
            raise EvaluationError("both branches of a conditional are refused", reason.references)
        return agreed(left, reason, budget, refused=True)
    values: list[Any] = []
    for mine, other in ((yes, no), (no, yes)):
        if mine.doubt is not None:
            budget.may_refuse(mine.doubt)
        try:
            values.append(as_both(mine, other, budget, first=mine is yes))
        except EvaluationError:
            if mine.doubt is None:
                raise
    return agreed(values, reason, budget, refused=len(values) < 2)


def as_both(mine: Branch, other: Branch, budget: Budget, *, first: bool) -> Any:
    """The value of a branch as the type of both. If the other one may be refused, it may as well be left alone. Raises EvaluationError."""
    if isinstance(other.type, Untold):
        budget.may_refuse(other.type.reason)  # it may be of a type that has none in common with this one's
    if mine.type == other.type:
        return mine.value
    try:
        kind = common((mine.type, other.type) if first else (other.type, mine.type))
        made = mine.value if kind == mine.type and isinstance(kind, Fields | Primitive) else _converted(mine.value, kind, budget)
    except EvaluationError:
        if other.doubt is None:
            raise
        budget.may_refuse(other.doubt)
        return mine.value
    if other.doubt is None or isinstance(other.type, Untold) or is_unknown(made) or is_unknown(mine.value):
        return made  # of an untold type, that it is left alone is one of the candidates
    return choose(other.doubt, [made, mine.value], budget)


def _converted(value: Any, kind: Type | None, budget: Budget) -> Any:
    if kind is None:
        raise EvaluationError("the branches of a conditional have no type in common")
    return convert(value, kind, budget)
