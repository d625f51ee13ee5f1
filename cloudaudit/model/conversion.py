"""Plain values as facts: text, flags, numbers, lists. What has an unexpected shape is Unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why

T = TypeVar("T")

_INTEGER = re.compile(r"-?[0-9]{1,15}")


def converted(value: Any, convert: Callable[[Any], T | None], path: str, origin: Origin | None) -> Attr[T | None]:
    if value is None:
        return Known(None, origin)
    try:
        return Known(convert(value), origin)
    except (TypeError, ValueError, OverflowError):
        return Unknown(Why.UNSUPPORTED, f"{path} has an unexpected value", origin)


def as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str):
        raise TypeError
    return value or None


def as_flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value in {"true", "1"}:  # neither "True" nor "true\n" is a boolean for Terraform
            return True
        if value in {"false", "0"}:
            return False
        if not value:
            return None
    raise TypeError


def as_number(value: Any) -> float | None:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        if not value.strip():
            return None
        value = int(value) if _INTEGER.fullmatch(value.strip()) else float(value)
    if isinstance(value, int | float) and isfinite(value):
        return value
    raise TypeError


def as_strings(value: Any, path: str, origin: Origin | None) -> Attr[tuple[str, ...]]:
    if value is None:
        return Known((), origin)
    items = value if isinstance(value, list | tuple) else [value]
    texts: list[str] = []
    for item in items:
        if isinstance(item, Unknown):
            return item if item.origin is not None else msgspec.structs.replace(item, origin=origin)
        if item is None:
            continue
        if not isinstance(item, str | int | float | bool):
            return Unknown(Why.UNSUPPORTED, f"{path} has an unexpected element", origin)
        texts.append(as_text(item) or "")
    return Known(tuple(texts), origin)


def elements_of(value: Any, path: str, origin: Origin | None) -> tuple[Attr[str | None], ...]:
    """The elements of a list, or a value that stands alone."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(_element(item, path, origin) for item in items if item is not None)


def _element(item: Any, path: str, origin: Origin | None) -> Attr[str | None]:
    if isinstance(item, Unknown):
        placed = item if item.origin is not None else msgspec.structs.replace(item, origin=origin)
        return placed.read_as(lambda value: _element(value, path, origin))
    if not isinstance(item, str | int | float | bool):
        return Unknown(Why.UNSUPPORTED, f"{path} has an unexpected element", origin)
    return Known(as_text(item) or "", origin)


def blocks_of_several(attr: Unknown[Any]) -> list[Any]:
    """The nested blocks that are there whichever of several lists of them it is, and one that is not known for the rest."""
    lists = [candidate if isinstance(candidate, list | tuple) else [candidate] for candidate in attr.possible]
    shared = [item for item in lists[0] if isinstance(item, Mapping) and all(item in other for other in lists)] if lists else []
    return [*shared, attr.bare]


def of_several(lists: list[list[str | None]], doubt: Doubt) -> tuple[Attr[str | None], ...]:
    """The elements of a list that is one of several."""
    shared = [text for text in dict.fromkeys(lists[0]) if all(text in other for other in lists)]
    known: tuple[Attr[str | None], ...] = tuple(Known(text, doubt.origin) for text in shared)
    rest = tuple(dict.fromkeys(text for texts in lists for text in texts if text not in shared))
    if not rest:
        return known
    none = (None,) if any(set(texts) <= set(shared) for texts in lists) else ()
    return (*known, Unknown(doubt.why, doubt.detail, doubt.origin, doubt.references, (*rest, *none)))
