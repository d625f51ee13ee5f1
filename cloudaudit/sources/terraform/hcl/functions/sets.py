"""Functions over sets."""

from __future__ import annotations

from typing import Any

from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, fixed
from cloudaudit.sources.terraform.hcl.types import unified
from cloudaudit.sources.terraform.hcl.values import Set, identity, is_typed, make_set, to_list


def _typed(*sets: Any) -> bool:
    return any(is_typed(part) for part in sets)


def _union(context: Context, *sets: Any) -> Set:
    context.budget.fits(sum(len(to_list(part)) for part in sets))
    return make_set(unified([item for part in sets for item in part]), context.budget, typed=_typed(*sets))


def _intersection(context: Context, first: Any, *others: Any) -> Set:
    kept = list(to_list(first))
    for other in others:
        keys = {identity(item, context.budget) for item in to_list(other)}
        kept = [item for item in kept if identity(item, context.budget) in keys]
    return make_set(kept, context.budget, typed=_typed(first, *others))


def _subtract(context: Context, first: Any, second: Any) -> Set:
    keys = {identity(item, context.budget) for item in to_list(second)}
    left = (item for item in to_list(first) if identity(item, context.budget) not in keys)
    return make_set(left, context.budget, typed=_typed(first, second))


def _symmetric_difference(context: Context, first: Any, *others: Any) -> Set:
    result = make_set(to_list(first), context.budget)
    for other in others:
        right = make_set(to_list(other), context.budget)
        apart = [*_subtract(context, result, right), *_subtract(context, right, result)]
        result = make_set(apart, context.budget, typed=_typed(first, *others))
    return result


SETS: dict[str, Function] = {
    "setintersection": Function(_intersection, 1, None),
    "setsubtract": fixed(_subtract, 2),
    "setsymmetricdifference": Function(_symmetric_difference, 1, None),
    "setunion": Function(_union, 1, None),
}
