"""Functions over lists and sets, and over collections of any kind."""

from __future__ import annotations

from itertools import product
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.model.partial import PLACEHOLDER
from cloudaudit.sources.terraform.hcl.access import any_of, element_of
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.equality import equal
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.kinds import Many
from cloudaudit.sources.terraform.hcl.open import OpenCollection, joined, make_set
from cloudaudit.sources.terraform.hcl.text import is_text
from cloudaudit.sources.terraform.hcl.types import alike, convert, unified, unified_of
from cloudaudit.sources.terraform.hcl.unify import common, type_of
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    TypedList,
    blend,
    identity,
    is_unknown,
    kind_of,
    to_bool,
    to_list,
    to_number,
    to_text,
    unknown_of,
    unknowns_in,
)


def _length(context: Context, value: Any) -> Any:
    if isinstance(value, OpenCollection):
        known = [item for item in value.members if next(unknowns_in(item, context.budget), None) is None]
        if value.more:
            return blend([value.reason])
        least = max(1, len(known))  # these differ
        sizes = tuple(range(least, len(value.members) + 1))
        return blend([value.unknown()], possible=sizes if len(sizes) <= context.budget.bounds.possible else ())
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | dict):
        raise EvaluationError(f"length() of {kind_of(value)}")
    return len(value)


def _concat(context: Context, *lists: Any) -> Any:
    if any(isinstance(part, Set) for part in lists):
        raise EvaluationError("concat() of a set")
    if all(isinstance(part, TypedList) for part in lists):
        return _joined_lists(lists, context)
    return joined((part if is_unknown(part) else to_list(part) for part in lists), context.budget)


def _joined_lists(lists: tuple[TypedList, ...], context: Context) -> TypedList:
    """Lists as one of the type that all have: an empty one has one, too. Raises EvaluationError."""
    items = [item for part in lists for item in part]
    context.budget.fits(len(items))
    kind = common(type_of(part, context.budget) for part in lists)
    if not isinstance(kind, Many):
        raise EvaluationError("the lists have different types")
    return TypedList((convert(item, kind.element, context.budget) for item in items), kind.element)


def _element(context: Context, items: Any, index: Any) -> Any:
    if isinstance(items, Set):
        raise EvaluationError("element() of a set")
    if is_unknown(items):
        context.budget.may_refuse(unknown_of(items))
        return blend(unknown_of(part) for part in (items, index) if is_unknown(part))
    elements = to_list(items)
    if is_unknown(index):
        context.budget.may_refuse(unknown_of(index))
        return any_of(unknown_of(index), list(elements), context.budget)
    position = to_number(index)
    if not elements or not isinstance(position, int):
        raise EvaluationError("element() needs a list that is not empty and a whole number")
    return elements[position % len(elements)]


def _index(context: Context, items: Any, value: Any) -> Any:
    for place, item in enumerate(to_list(items)):
        result = equal(item, value, context.budget)
        if isinstance(result, Unknown):
            context.budget.may_refuse(result)
            return result
        if result:
            return place
    raise EvaluationError("index() finds no such value")


def _contains(context: Context, items: Any, value: Any) -> Any:
    if value is None:
        raise EvaluationError("contains() of null")
    unknowns: list[Unknown[Any]] = [items.reason] if isinstance(items, OpenCollection) and items.more else []
    for item in items.members if isinstance(items, OpenCollection) else to_list(items):
        result = equal(item, value, context.budget)
        if result is True:
            return True
        if isinstance(result, Unknown):
            unknowns.append(result)
    return blend(unknowns) if unknowns else False


def _flatten(context: Context, value: Any) -> Any:
    result: list[Any] = []
    pending: list[Any] = [value if isinstance(value, OpenCollection) else to_list(value)]
    rest: list[Any] = []
    while pending:
        context.budget.spend(1)
        item = pending.pop()
        if isinstance(item, OpenCollection):
            pending.extend(item.members)
            rest.append(item.reason)
        elif isinstance(item, Unknown) and not (is_text(item) or _is_single(item)):
            rest.append(item)
        elif isinstance(item, list):
            pending.extend(reversed(item))
        else:
            result.append(item)
    return joined([result, *rest], context.budget)


def _is_single(value: Unknown[Any]) -> bool:
    """Whether all that an unknown may be are single values, which are flat."""
    return bool(value.possible) and not any(isinstance(candidate, list | OpenCollection) for candidate in value.possible)


def _distinct(context: Context, value: Any) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in unified_of(list(to_list(value)), context.budget):
        found.setdefault(identity(item, context.budget), item)
    return list(found.values())


def _compact(_: Context, value: Any) -> Any:
    """Without what is null or empty: a text of which a part is told is neither."""
    items = [item for item in to_list(value) if item is not None and item != ""]
    if any(is_unknown(item) and not _has_text(item) for item in items):
        return blend(unknown_of(item) for item in items if is_unknown(item))
    return [item if is_unknown(item) else to_text(item) for item in items]


def _has_text(item: Unknown[Any] | Opaque) -> bool:
    return isinstance(item, Unknown) and item.partial is not None and bool(PLACEHOLDER.sub("", item.partial))


def _coalesce(context: Context, *values: Any) -> Any:
    values = tuple(unified(list(values), context.budget))
    for place, value in enumerate(values):
        if isinstance(value, Unknown) and not value.possible and all(other is None or other == "" for other in values[place + 1 :]):
            return value
        if isinstance(value, Unknown) and value.possible and None not in value.possible and "" not in value.possible:
            return value
        if is_unknown(value):
            return blend(unknown_of(other) for other in values if is_unknown(other))
        if value is not None and value != "":
            return value
    raise EvaluationError("coalesce() has only null and empty arguments")


def _coalescelist(_: Context, *values: Any) -> Any:
    if any(not is_unknown(value) and value is not None and not isinstance(value, list) for value in values):
        raise EvaluationError("coalescelist() of what is no list")
    for value in values:
        if is_unknown(value):
            return blend(unknown_of(other) for other in values if is_unknown(other))
        if value:
            return value
    raise EvaluationError("coalescelist() has only empty arguments")


def _one(_: Context, value: Any) -> Any:
    items = to_list(value)
    if len(items) > 1:
        raise EvaluationError("one() of several elements")
    return items[0] if items else None


def _slice(context: Context, value: Any, start: Any, end: Any) -> Any:
    """Of an unknown list too, the slice has a known length."""
    if is_unknown(start) or is_unknown(end):
        return blend(unknown_of(part) for part in (value, start, end) if is_unknown(part))
    if isinstance(value, Set):
        raise EvaluationError("slice() of a set")
    first, last = to_number(start), to_number(end)
    if is_unknown(value) and isinstance(first, int) and isinstance(last, int) and 0 <= first <= last:
        context.budget.fits(last - first)
        return [element_of(unknown_of(value), place, context.budget) for place in range(first, last)]
    items = to_list(value)
    if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first <= last <= len(items):
        raise EvaluationError("slice() beyond the ends of the list")
    return TypedList(items[first:last]) if isinstance(items, TypedList) else list(items[first:last])


def _chunklist(context: Context, value: Any, size: Any) -> list[list[Any]]:
    items, length = unified_of(list(to_list(value)), context.budget), to_number(size)
    if not isinstance(length, int) or length < 0:
        raise EvaluationError("chunklist() needs a size that is not negative")
    return [items[place : place + length] for place in range(0, len(items), length)] if length else [items]


def _reverse(_: Context, value: Any) -> list[Any]:
    items = list(to_list(value))[::-1]
    return TypedList(items) if isinstance(value, TypedList) else items


def _sort(_: Context, value: Any) -> list[str]:
    return sorted(to_text(item) for item in to_list(value))


def _range(context: Context, *limits: Any) -> list[int | float]:
    numbers = [to_number(limit) for limit in limits]
    start, end = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if end >= start else -1)
    if step == 0 or (end > start) != (step > 0 or end == start):
        if step == 0 or end != start:
            raise EvaluationError("range() would never end")
        return []
    context.budget.fits(int(abs((end - start) / step)) + 1)
    result: list[int | float] = []
    value = start
    while value < end if step > 0 else value > end:
        result.append(value)
        value += step
    return result


def _setproduct(context: Context, *parts: Any) -> Any:
    if len(parts) < 2:
        raise EvaluationError("setproduct() needs two arguments or more")
    size = 1
    for part in parts:
        size *= len(to_list(part))
        context.budget.fits(size)
    rows = [list(row) for row in product(*(unified_of(list(part), context.budget) for part in parts))]
    return make_set(rows, context.budget) if any(isinstance(part, Set) for part in parts) else rows


def _matchkeys(context: Context, values: Any, keys: Any, wanted: Any) -> list[Any]:
    items, names = unified(list(to_list(values)), context.budget), to_list(keys)
    if len(items) != len(names):
        raise EvaluationError("matchkeys() of lists with different lengths")
    named, searched = alike([unified(list(to_list(part)), context.budget) for part in (keys, wanted)], context.budget)
    found = {identity(item, context.budget) for item in searched}
    return [item for item, name in zip(items, named, strict=True) if identity(name, context.budget) in found]


def _truths(context: Context, value: Any, deciding: bool) -> Any:
    unknowns: list[Unknown[Any]] = []
    for item in to_list(value):
        if is_unknown(item):
            context.budget.may_refuse(unknown_of(item))
            unknowns.append(unknown_of(item))
        elif (item is not None and to_bool(item)) is deciding:
            return deciding
    return blend(unknowns) if unknowns else not deciding


def _alltrue(context: Context, value: Any) -> Any:
    return _truths(context, value, deciding=False)


def _anytrue(context: Context, value: Any) -> Any:
    return _truths(context, value, deciding=True)


def _list(_: Context, *values: Any) -> list[Any]:
    return list(values)


SHAPE = Needs.SHAPE
COLLECTIONS: dict[str, Function] = {
    "alltrue": fixed(_alltrue, needs=SHAPE),
    "anytrue": fixed(_anytrue, needs=SHAPE),
    "chunklist": fixed(_chunklist, 2, SHAPE, returns="list"),
    "coalesce": Function(_coalesce, 1, None, Needs.NOTHING),
    "coalescelist": Function(_coalescelist, 1, None, Needs.NOTHING),
    "compact": fixed(_compact, needs=SHAPE, returns="list"),
    "concat": Function(_concat, 1, None, Needs.PARTS),
    "contains": fixed(_contains, 2, Needs.MEMBERS),
    "distinct": fixed(_distinct, returns="list"),
    "element": fixed(_element, 2, Needs.NOTHING),
    "flatten": fixed(_flatten, needs=Needs.MEMBERS),
    "index": fixed(_index, 2),
    "length": fixed(_length, needs=Needs.MEMBERS),
    "list": Function(_list, 0, None, Needs.NOTHING),
    "matchkeys": fixed(_matchkeys, 3, returns="list"),
    "one": fixed(_one, needs=SHAPE),
    "range": Function(_range, 1, 3, returns="list"),
    "reverse": fixed(_reverse, needs=SHAPE),
    "setproduct": Function(_setproduct, 1, None, SHAPE, returns="list"),
    "slice": fixed(_slice, 3, Needs.NOTHING),
    "sort": fixed(_sort, returns="list"),
}
