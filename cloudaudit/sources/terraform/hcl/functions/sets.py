"""Functions over sets."""

from __future__ import annotations

from typing import Any

from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.open import OpenCollection, joined, make_set
from cloudaudit.sources.terraform.hcl.types import alike, convert, element_of_all, unified_of
from cloudaudit.sources.terraform.hcl.values import Set, identity, is_typed, is_unknown, to_list


def _typed(*sets: Any) -> bool:
    return any(is_typed(part) for part in sets)


def _union(context: Context, *sets: Any) -> Any:
    items = joined((part if is_unknown(part) else to_list(part) for part in sets), context.budget)
    if not isinstance(items, list):
        return items
    kind = element_of_all(sets, context.budget)
    made = [convert(item, kind, context.budget) for item in unified_of(items, context.budget)]
    return make_set(made, context.budget, typed=_typed(*sets))


def _intersection(context: Context, *sets: Any) -> Set | OpenCollection:
    kept, *others = alike(sets, context.budget)
    for other in others:
        keys = {identity(item, context.budget) for item in other}
        kept = [item for item in kept if identity(item, context.budget) in keys]
    return make_set(kept, context.budget, typed=_typed(*sets))


def _subtract(context: Context, first: Any, second: Any) -> Set | OpenCollection:
    whole, taken = alike((first, second), context.budget)
    keys = {identity(item, context.budget) for item in taken}
    left = (item for item in whole if identity(item, context.budget) not in keys)
    return make_set(left, context.budget, typed=_typed(first, second))


def _apart(context: Context, left: Any, right: Any) -> Any:
    return to_list(_subtract(context, left, right))


def _symmetric_difference(context: Context, first: Any, *others: Any) -> Set | OpenCollection:
    result: Set | OpenCollection = make_set(to_list(first), context.budget)
    for other in others:
        right = make_set(to_list(other), context.budget)
        apart = [*_apart(context, result, right), *_apart(context, right, result)]
        result = make_set(apart, context.budget, typed=_typed(first, *others))
    return result


SETS: dict[str, Function] = {
    "setintersection": Function(_intersection, 1, None),
    "setsubtract": fixed(_subtract, 2),
    "setsymmetricdifference": Function(_symmetric_difference, 1, None),
    "setunion": Function(_union, 1, None, Needs.PARTS),
}
