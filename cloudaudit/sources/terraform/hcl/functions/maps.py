"""Functions over maps and objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudaudit.sources.terraform.hcl.access import any_of
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.kinds import Many, Untold
from cloudaudit.sources.terraform.hcl.open import OpenBlock
from cloudaudit.sources.terraform.hcl.types import convert
from cloudaudit.sources.terraform.hcl.unify import type_of
from cloudaudit.sources.terraform.hcl.values import Set, TypedList, TypedMap, blend, is_unknown, to_dict, to_list, to_text, unknown_of


def _merge(context: Context, *maps: Any) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    for part in maps:
        if part is not None:
            context.budget.spend(len(to_dict(part)))
            result.update(part)
    return result


def _keys(_: Context, value: Any) -> list[str]:
    names = sorted(to_dict(value))
    return TypedList(names) if isinstance(value, TypedMap) else names


def _values(_: Context, value: Any) -> list[Any]:
    entries = to_dict(value)
    items = [entries[key] for key in sorted(entries)]
    return TypedList(items) if isinstance(value, TypedMap) else items


def _lookup(context: Context, entries: Any, key: Any, *default: Any) -> Any:
    if isinstance(entries, OpenBlock) and not is_unknown(key):
        return entries.attribute(to_text(key))
    if default and isinstance(entries, TypedMap):
        default = (_as_element(default[0], entries, context),)
    if isinstance(entries, dict) and is_unknown(key):
        return any_of(unknown_of(key), [*entries.values(), *default], context.budget)
    if is_unknown(entries) or is_unknown(key):
        return blend(unknown_of(value) for value in (entries, key, *default) if is_unknown(value))
    found = to_dict(entries).get(to_text(key), _lookup)
    if found is not _lookup:
        return found
    if not default:
        raise EvaluationError(f'lookup() finds no key "{to_text(key)}"')
    return default[0]


def _as_element(value: Any, entries: TypedMap, context: Context) -> Any:
    """A default as the type of a map's elements. Raises EvaluationError."""
    kind = type_of(entries, context.budget)
    assert isinstance(kind, Many)
    if isinstance(type_of(value, context.budget), Untold):
        context.budget.may_refuse(unknown_of(value))
    return convert(value, kind.element, context.budget)


def _zipmap(_: Context, keys: Any, values: Any) -> dict[str, Any]:
    if isinstance(values, Set):
        raise EvaluationError("zipmap() of a set of values")
    names, items = to_list(keys), to_list(values)
    if len(names) != len(items):
        raise EvaluationError("zipmap() of lists with different lengths")
    return {to_text(name): item for name, item in zip(names, items, strict=True)}


def _transpose(context: Context, value: Any) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    entries = to_dict(value)
    for key in sorted(entries):
        for item in to_list(entries[key]):
            context.budget.spend(1)
            result.setdefault(to_text(item), []).append(key)
    return {key: sorted(result[key]) for key in sorted(result)}


def _map(_: Context, *values: Any) -> dict[str, Any]:
    pairs: Iterable[tuple[Any, Any]] = zip(values[::2], values[1::2], strict=True)
    return {to_text(key): value for key, value in pairs}


MAPS: dict[str, Function] = {
    "keys": fixed(_keys, needs=Needs.SHAPE),
    "lookup": Function(_lookup, 2, 3, Needs.NOTHING),
    "map": Function(_map, 0, None, Needs.SHAPE),
    "merge": Function(_merge, 0, None, Needs.SHAPE),
    "transpose": fixed(_transpose, returns="map"),
    "values": fixed(_values, needs=Needs.SHAPE),
    "zipmap": fixed(_zipmap, 2, Needs.SHAPE),
}
