"""One type for several values, as the branches of a conditional and the lists of `concat()` have it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import msgspec

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.open import make_set
from cloudaudit.sources.terraform.hcl.text import is_text
from cloudaudit.sources.terraform.hcl.values import Set, TypedList, TypedMap, is_unknown, kind_of, to_bool, to_number, to_text


def like(value: Any, other: Any, budget: Budget) -> Any:
    """A branch of a conditional as the type that both have: a number becomes text if the other is text, a tuple a set if it is a set."""
    if isinstance(value, Unknown) and value.possible:
        possible = tuple(like(candidate, other, budget) for candidate in value.possible)
        return msgspec.structs.replace(value, possible=possible)
    if isinstance(other, Unknown) and is_text(other):
        return to_text(value) if isinstance(value, bool | int | float) else value
    others = other.possible if isinstance(other, Unknown) else (other,)
    for one in others:
        value = _like(value, one, budget)
    return value


def as_one_type(value: Any, others: Iterable[Any]) -> Any:
    """A value as the elements of a list or map that are of one type. Raises EvaluationError where it cannot be one."""
    other = next((one for one in others if one is not None and not is_unknown(one)), None)
    if other is None or value is None or is_unknown(value):
        return value
    if isinstance(other, bool):
        return to_bool(value)
    if isinstance(other, str):
        return to_text(value)
    if isinstance(other, int | float):
        return to_number(value)
    if _shape(value) != _shape(other):
        raise EvaluationError(f"{kind_of(value)} is not of the type of the others")
    return value


def _shape(value: Any) -> str:
    return "list" if isinstance(value, list) else "map" if isinstance(value, dict) else "" if is_unknown(value) else "one"


def _like(value: Any, other: Any, budget: Budget) -> Any:
    shapes = {_shape(one) for one in (value, other) if one is not None} - {""}
    if len(shapes) > 1:
        raise EvaluationError("the branches of a conditional have no type in common")
    if isinstance(value, bool | int | float):
        if isinstance(other, bool | int | float) and isinstance(value, bool) is not isinstance(other, bool):
            raise EvaluationError("the branches of a conditional have no type in common")
        return to_text(value) if isinstance(other, str) else value
    if isinstance(value, list) and isinstance(other, list):
        budget.spend(len(value) + len(other))
        return _list_like(value, other, budget)
    if isinstance(value, dict) and isinstance(other, dict):
        budget.spend(len(value))
        if type(value) is dict and type(other) is dict and value.keys() != other.keys():
            mixed = _of_one_type([*value.values()], [*other.values()])
            return value if mixed is None else TypedMap(zip(value, mixed, strict=True))
        made = copy(value)
        made.update((key, _like(item, other[key], budget)) for key, item in value.items() if key in other)
        return made
    return value


def _list_like(value: list[Any], other: list[Any], budget: Budget) -> Any:
    if isinstance(other, Set) and not isinstance(value, TypedList | Set):
        return make_set(value, budget)
    if type(value) is list and type(other) is list and len(value) == len(other):
        return [_like(item, one, budget) for item, one in zip(value, other, strict=True)]
    if type(value) is list and type(other) is list:
        mixed = _of_one_type(value, other)
        return value if mixed is None else TypedList(mixed)
    made = copy(value)
    text = next((item for item in other if isinstance(item, str)), None)
    if text is not None:
        made[:] = [_like(item, text, budget) for item in value]
    return made


def _of_one_type(items: list[Any], others: list[Any]) -> list[Any] | None:
    """The elements of a tuple or an object that becomes a list or a map, for the other has other places; None if some have parts."""
    both = [item for item in (*items, *others) if item is not None and not is_unknown(item)]
    if any(isinstance(item, list | dict) for item in both):
        return None
    texts = any(isinstance(item, str) for item in both)
    return [to_text(item) if texts and isinstance(item, bool | int | float) else item for item in items]
