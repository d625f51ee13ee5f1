"""Numbers as Terraform has them: binary, with 512 bits, rounded to the nearest even. A float carries its exact value beside it."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Self

from cloudaudit.sources.terraform.hcl.bounds import BoundError

_BITS = 512
_DIGITS = 155  # decimal digits that tell any two numbers of 512 bits apart
_LARGEST_EXPONENT = 2_000  # of ten: Terraform has larger ones, which nobody needs
INFINITY = float("inf")


class Precise(float):
    """A number that is not whole: a double, and the value that Terraform works with."""

    __slots__ = ("exact",)
    exact: Fraction

    def __new__(cls, exact: Fraction) -> Self:
        made = super().__new__(cls, exact.numerator / exact.denominator)
        made.exact = exact
        return made


def exact(number: float) -> Fraction:
    """The value that Terraform works with. A plain float stands for the decimal that it is written as."""
    if isinstance(number, int):
        return Fraction(number)
    return number.exact if isinstance(number, Precise) else _rounded(Fraction(Decimal(repr(number))))


def number(value: Fraction) -> int | Precise:
    """A result of arithmetic: a whole number stays one. Raises BoundError."""
    if value.denominator == 1:
        return value.numerator
    rounded = _rounded(value)
    if rounded.denominator == 1:
        return rounded.numerator
    try:
        return Precise(rounded)
    except OverflowError:
        raise BoundError("a number of this size") from None


def parsed(text: str) -> int | float:
    """A number as written, infinite where it is too large. Raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) < _LARGEST_EXPONENT:
        return int(text)
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError(text) from None
    if not value.is_finite() or len(text) > _LARGEST_EXPONENT or abs(value.adjusted()) > _LARGEST_EXPONENT:
        return INFINITY
    if value == value.to_integral_value(context=Context(prec=2 * _LARGEST_EXPONENT)):
        return int(value)
    plain = float(value)
    return plain if Decimal(repr(plain)) == value else number(Fraction(value))


def written(value: float) -> str:
    """The shortest decimal that is read as this number again, without an exponent."""
    if isinstance(value, int):
        return str(value)
    fraction = exact(value)
    low, high = 1, _DIGITS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _rounded(Fraction(_decimal(fraction, middle))) == fraction else (middle + 1, high)
    text = format(_decimal(fraction, low), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(value: Fraction, digits: int) -> Decimal:
    context = Context(prec=digits)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _rounded(value: Fraction) -> Fraction:
    """The nearest number of 512 bits, the even one of two."""
    top, bottom = abs(value.numerator), value.denominator
    if not top or (bottom & (bottom - 1) == 0 and top.bit_length() <= _BITS):
        return value
    shift = _BITS - (top.bit_length() - bottom.bit_length())
    quotient, rest, base = _shifted(top, bottom, shift)
    if quotient.bit_length() > _BITS:
        shift -= 1
        quotient, rest, base = _shifted(top, bottom, shift)
    if 2 * rest > base or (2 * rest == base and quotient & 1):
        quotient += 1
    made = Fraction(quotient, 1 << shift) if shift >= 0 else Fraction(quotient << -shift)
    return made if value > 0 else -made


def _shifted(top: int, bottom: int, shift: int) -> tuple[int, int, int]:
    base = bottom if shift >= 0 else bottom << -shift
    quotient, rest = divmod(top << shift if shift >= 0 else top, base)
    return quotient, rest, base
