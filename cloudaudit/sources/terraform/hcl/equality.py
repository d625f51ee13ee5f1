"""Terraform's `==`, of which types decide what the values do not show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.kinds import Anything, Primitive
from cloudaudit.sources.terraform.hcl.marks import is_truth
from cloudaudit.sources.terraform.hcl.values import (
    Collected,
    Opaque,
    Set,
    TypedList,
    TypedMap,
    UntypedList,
    UntypedSet,
    blend,
    is_unknown,
    unknown_of,
)

_OF_TWO_NULLS = Unknown[Any](Why.UNSUPPORTED, "whether the nulls in two collections are of one type")


def equal(left: Any, right: Any, budget: Budget, *, nulls: bool = False) -> bool | Unknown[Any]:
    """Terraform's `==`: Unknown only where the unknown parts decide.

    Collections are unequal if a null in one is of another type than in the other. `nulls` says that all in these are of one.
    """
    if is_unknown(left) or is_unknown(right):
        if (isinstance(left, Opaque) and right is None) or (isinstance(right, Opaque) and left is None):
            return False
        return blend(unknown_of(side) for side in (left, right) if is_unknown(side))
    budget.spend(1)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right) or any(_of_two_types(left, right, *kinds) for kinds in ((Set, UntypedSet), (TypedList, UntypedList))):
            return False
        return _of_one_type(left, right, _all_equal(zip(left, right, strict=True), budget, nulls=nulls or _elements_told(left, right)))
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        pairs = ((left[key], right[key]) for key in left)
        return _of_one_type(left, right, _all_equal(pairs, budget, nulls=nulls or _elements_told(left, right)))
    if is_truth(left) or is_truth(right):
        return is_truth(left) and is_truth(right) and bool(left == right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right and precision.exact(left) == precision.exact(right)
    return bool(left == right)


def _of_one_type(left: Any, right: Any, result: bool | Unknown[Any]) -> bool | Unknown[Any]:
    """A list never equals a tuple, nor a map an object. Which of the two a value is, is not followed everywhere.

    Of empty ones the type decides that nothing in them shows.
    """
    doubt = Unknown[Any](Why.UNSUPPORTED, "whether two collections that hold the same are of one type")
    if result is not False and any(isinstance(left, kind) is not isinstance(right, kind) for kind in (TypedList, TypedMap, Set)):
        return doubt
    if result is True and not left and isinstance(left, TypedMap) and left.element != right.element:
        plain = all(isinstance(one.element, Anything | Primitive) for one in (left, right))
        return False if plain else doubt
    return result


def _of_two_types(left: Any, right: Any, kind: type, untyped: type) -> bool:
    return isinstance(left, kind) and isinstance(right, kind) and isinstance(left, untyped) is not isinstance(right, untyped)


def _elements_told(left: Any, right: Any) -> bool:
    """Whether both tell that their elements are of one type, nulls too."""
    kinds = [one.element for one in (left, right) if isinstance(one, Collected | TypedMap)]
    return len(kinds) == 2 and kinds[0] == kinds[1] and isinstance(kinds[0], Primitive)


def _all_equal(pairs: Iterable[tuple[Any, Any]], budget: Budget, *, nulls: bool) -> bool | Unknown[Any]:
    unknowns: list[Unknown[Any]] = []
    for left, right in pairs:
        untold = left is None and right is None and not nulls
        result = _OF_TWO_NULLS if untold else equal(left, right, budget, nulls=nulls)
        if result is False:
            return False
        if isinstance(result, Unknown):
            unknowns.append(result)
    return blend(unknowns) if unknowns else True
