"""Numeric functions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, fixed
from cloudaudit.sources.terraform.hcl.values import finite, to_list, to_number, to_text, whole

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CASELESS_BASES = 36


def _abs(_: Context, value: Any) -> int | float:
    return precision.number(abs(precision.exact(to_number(value))))


def _ceil(_: Context, value: Any) -> int:
    return math.ceil(precision.exact(to_number(value)))


def _floor(_: Context, value: Any) -> int:
    return math.floor(precision.exact(to_number(value)))


def _signum(_: Context, value: Any) -> int:
    number = to_number(value)
    return (number > 0) - (number < 0)


def _max(_: Context, *values: Any) -> int | float:
    return max((to_number(value) for value in values), key=precision.exact)


def _min(_: Context, *values: Any) -> int | float:
    return min((to_number(value) for value in values), key=precision.exact)


def _sum(_: Context, values: Any) -> int | float:
    numbers = [to_number(value) for value in to_list(values)]
    if not numbers:
        raise EvaluationError("sum() of an empty list")
    if any(isinstance(number, float) for number in numbers):
        return precision.number(sum(map(precision.exact, numbers), Fraction()))
    return sum(numbers)


def _log(_: Context, value: Any, base: Any) -> int | float:
    number, radix = to_number(value), to_number(base)
    if number <= 0 or radix <= 0 or radix == 1:
        raise EvaluationError("log() of these arguments is infinite")
    return whole(finite(math.log(number) / math.log(radix)))


def _pow(context: Context, value: Any, exponent: Any) -> int | float:
    base, power = to_number(value), to_number(exponent)
    if isinstance(base, int) and isinstance(power, int) and power >= 0:
        if base.bit_length() * power > 4 * context.budget.bounds.digits:
            raise BoundError(f"a number of more than {context.budget.bounds.digits} digits")
        return int(base**power)
    return whole(finite(math.pow(base, power)))


def _parseint(_: Context, value: Any, base: Any) -> int:
    text, radix = to_text(value), to_number(base)
    if not isinstance(radix, int) or not 2 <= radix <= len(_DIGITS):
        raise EvaluationError(f"parseint() has no base {radix}")
    sign = -1 if text.startswith("-") else 1
    digits = text.removeprefix("-") if sign < 0 else text.removeprefix("+")
    if radix <= _CASELESS_BASES:
        digits = digits.lower()
    result = 0
    for digit in digits:
        place = _DIGITS.find(digit)
        if not 0 <= place < radix:
            raise EvaluationError(f"parseint() cannot read this text in base {radix}")
        result = result * radix + place
    if not digits:
        raise EvaluationError("parseint() of an empty text")
    return sign * result


NUMBERS: dict[str, Function] = {
    "abs": fixed(_abs),
    "ceil": fixed(_ceil),
    "floor": fixed(_floor),
    "log": fixed(_log, 2),
    "max": Function(_max, 1, None),
    "min": Function(_min, 1, None),
    "parseint": fixed(_parseint, 2),
    "pow": fixed(_pow, 2),
    "signum": fixed(_signum),
    "sum": fixed(_sum),
}
