"""What marks a value as sensitive: it is of a type of its own kind, so that no place can hold the value without the mark.

Texts and numbers that are marked are texts and numbers everywhere. A boolean cannot be: `is_truth` knows both.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from cloudaudit.sources.terraform.hcl.precision import INFINITY, Precise, exact


class Sensitive(str):
    """A text that must not be shown: of a sensitive variable or output, or made from one."""

    __slots__ = ()


class SensitiveWhole(int):
    """A whole number that must not be shown."""


class SensitiveFraction(Precise):
    """A number that is not whole and must not be shown."""

    __slots__ = ()


class SensitiveTruth(int):
    """A boolean that was made from what must not be shown. As a verdict tells it anyway, it is shown; what it chooses is not."""


class SensitiveMany:
    """A list, set, map or object of which even the size must not be shown. Each has a type of its own beside its plain one."""

    __slots__ = ()


MARKED = (Sensitive, SensitiveWhole, SensitiveFraction, SensitiveTruth)
"""The types of single values that are sensitive."""


def is_truth(value: Any) -> bool:
    """Whether a value is a boolean, marked or not."""
    return isinstance(value, bool | SensitiveTruth)


def mark(value: Any) -> Any:
    """A value, marked itself. What is in it stays as it is."""
    if value is None or isinstance(value, (*MARKED, SensitiveMany)):
        return value
    if isinstance(value, str):
        return Sensitive(value)
    if isinstance(value, bool):
        return SensitiveTruth(value)
    if isinstance(value, int):
        return SensitiveWhole(value)
    if isinstance(value, float):
        return SensitiveFraction(exact(value)) if abs(value) != INFINITY else value
    return _as(_sensitive(type(value)), value) if isinstance(value, list | dict) else value


def bare(value: Any) -> Any:
    """A value without a mark of its own."""
    if isinstance(value, Sensitive):
        return str(value)
    if isinstance(value, SensitiveTruth):
        return bool(value)
    if isinstance(value, SensitiveWhole):
        return int(value)
    if isinstance(value, SensitiveMany):
        return _as(type(value).__bases__[0], value)
    return Precise(value.exact) if isinstance(value, SensitiveFraction) else value


@cache
def _sensitive(kind: type) -> type:
    return type(f"Sensitive{kind.__name__}", (kind, SensitiveMany), {"__slots__": ()})


def _as(kind: type[Any], value: Any) -> Any:
    """A collection as another type of the same kind."""
    made = kind()
    if hasattr(value, "element"):
        made.element = value.element
    if isinstance(value, dict):
        made.update(value)
    else:
        made.extend(value)
    return made


def like(value: Any, made: Any) -> Any:
    """What was made of a value, marked as that one is itself."""
    return mark(made) if isinstance(value, (*MARKED, SensitiveMany)) else made
