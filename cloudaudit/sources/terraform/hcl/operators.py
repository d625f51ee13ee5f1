"""Operators, in three values: `false && unknown` is false."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import trunc
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget
from cloudaudit.sources.terraform.hcl.equality import equal
from cloudaudit.sources.terraform.hcl.kinds import BOOL, NUMBER
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, to_bool, to_number, unknown_of

_EXACT = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

OPERATIONS = dict.fromkeys(("==", "!=", "&&", "||", "!", *_ORDER), BOOL) | dict.fromkeys(("+", "-", "*", "/", "%"), NUMBER)
"""What type each operator gives."""


def binary(symbol: str, left: Any, right: Any, budget: Budget) -> Any:
    """The result of any binary operator but `&&` and `||`. Raises EvaluationError."""
    if symbol == "==":
        return equal(left, right, budget)
    if symbol == "!=":
        result = equal(left, right, budget)
        return result if isinstance(result, Unknown) else not result
    if is_unknown(left) or is_unknown(right):
        return blend(unknown_of(side) for side in (left, right) if is_unknown(side))
    if symbol in _ORDER:
        return _ORDER[symbol](precision.exact(to_number(left)), precision.exact(to_number(right)))
    return arithmetic(symbol, to_number(left), to_number(right), budget)


def arithmetic(symbol: str, left: float, right: float, budget: Budget) -> int | float:
    """Arithmetic with the precision of Terraform's: 0.1 + 0.2 is 0.3, and a third three times is 1. Raises EvaluationError."""
    if right == 0 and symbol == "/":
        raise BoundError("a number that is infinite")  # no error in Terraform
    if right == 0 and symbol == "%":
        return left
    if isinstance(left, int) and isinstance(right, int):
        if symbol in _EXACT:
            result: int = _EXACT[symbol](left, right)
            if result.bit_length() > 4 * budget.bounds.digits:
                raise BoundError(f"a number of more than {budget.bounds.digits} digits")
            return result
        if left % right == 0:
            return left // right if symbol == "/" else 0
    a, b = precision.exact(left), precision.exact(right)
    if symbol == "%":
        return precision.number(a - b * trunc(a / b))
    return precision.number(a / b if symbol == "/" else _EXACT[symbol](a, b))


def negated(symbol: str, value: Any) -> Any:
    """`!value` or `-value`. Raises EvaluationError."""
    if is_unknown(value):
        return blend([unknown_of(value)])
    return not to_bool(value) if symbol == "!" else precision.number(-precision.exact(to_number(value)))


def decides(symbol: str, value: Any) -> bool | None:
    """What one operand makes of `&&` and `||` alone; None if the other one counts. Raises EvaluationError."""
    if is_unknown(value):
        return None
    truth = to_bool(value)
    return truth if truth is (symbol == "||") else None


def logical(symbol: str, left: Any, right: Any) -> Any:
    """`&&` and `||`, where the left operand does not decide. Raises EvaluationError."""
    decided = decides(symbol, right)
    if decided is not None:
        return decided
    unknowns = [unknown_of(side) for side in (left, right) if is_unknown(side)]
    return blend(unknowns) if unknowns else symbol == "&&"
