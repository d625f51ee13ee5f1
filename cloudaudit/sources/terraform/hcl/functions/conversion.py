"""Type conversions, and what passes values through."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.kinds import ANY
from cloudaudit.sources.terraform.hcl.marks import MARKED
from cloudaudit.sources.terraform.hcl.open import OpenCollection, make_set
from cloudaudit.sources.terraform.hcl.types import unified_of
from cloudaudit.sources.terraform.hcl.values import (
    Set,
    TypedList,
    TypedMap,
    UntypedList,
    blend,
    is_typed,
    is_unknown,
    to_bool,
    to_dict,
    to_list,
    to_number,
    to_text,
    unknown_of,
)


def _tostring(_: Context, value: Any) -> str | None:
    return None if value is None else to_text(value)


def _tonumber(_: Context, value: Any) -> int | float | None:
    return None if value is None else to_number(value)


def _tobool(_: Context, value: Any) -> bool | None:
    return None if value is None else to_bool(value)


def _tolist(context: Context, value: Any) -> list[Any] | OpenCollection | None:
    if value is None or isinstance(value, OpenCollection):
        return value
    items = unified_of(list(to_list(value)), context.budget)
    return TypedList(items) if is_typed(value) else UntypedList()


def _toset(context: Context, value: Any) -> Set | OpenCollection | None:
    if value is None or isinstance(value, OpenCollection):
        return value
    return make_set(unified_of(list(to_list(value)), context.budget), context.budget, typed=is_typed(value))


def _tomap(context: Context, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    entries = to_dict(value)
    made = zip(entries, unified_of(list(entries.values()), context.budget), strict=True)
    return TypedMap(made, element=value.element if isinstance(value, TypedMap) else None if entries else ANY)


def _issensitive(_: Context, value: Any) -> Any:
    """Single values carry the mark here."""
    if isinstance(value, str | int | float):
        return isinstance(value, MARKED)
    if is_unknown(value):
        return blend([unknown_of(value)])
    return Unknown(Why.UNSUPPORTED, "whether a value of several parts is sensitive")


def _same(_: Context, value: Any) -> Any:
    return value


CONVERSIONS: dict[str, Function] = {
    "tobool": fixed(_tobool),
    "tolist": fixed(_tolist, needs=Needs.MEMBERS),
    "tomap": fixed(_tomap, needs=Needs.SHAPE),
    "tonumber": fixed(_tonumber),
    "toset": fixed(_toset, needs=Needs.MEMBERS),
    "tostring": fixed(_tostring),
    "issensitive": fixed(_issensitive, needs=Needs.NOTHING),
    "nonsensitive": fixed(_same, needs=Needs.NOTHING),
    "sensitive": fixed(_same, needs=Needs.NOTHING),
    "ephemeralasnull": fixed(_same, needs=Needs.NOTHING),
}
