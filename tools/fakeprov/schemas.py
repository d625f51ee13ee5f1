"""The schemas: names, types and flags of attributes, made from the packages @cdktf/provider-* (aws 6.25, azurerm 4.55, google 6.50)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("schemas.json.gz")

Attributes = Mapping[str, Mapping[str, Any]]
"""By name: `t` type, and the flags `c` computed, `o` optional, `r` required."""

ANY = "Anything"

_PRIMITIVES: Mapping[str, Any] = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "Any": "string",
    "NumberList": ["list", "number"],
    "List": ["list", "string"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "string"],
    "Set:List": ["set", "string"],
    "Set:NumberList": ["set", "number"],
    "StringListMap": ["map", ["list", "string"]],
    "ListOfMaps": ["list", ["map", "string"]],
    ANY: "dynamic",
}


def load() -> dict[str, Any]:
    """Every resource type: its `attrs`, and in `blocks` the names that are written as blocks."""
    with gzip.open(_FILE, "rt", encoding="utf-8") as stream:
        schemas: dict[str, Any] = json.load(stream)
    schemas.pop("_meta", None)
    return schemas


def primitive(kind: Any) -> Any:
    """Terraform's type of an attribute that is no block."""
    return _PRIMITIVES.get(kind, "string")


def type_of(kind: Any) -> Any:
    """Terraform's type expression, as its protocol writes it."""
    if not isinstance(kind, list):
        return primitive(kind)
    nesting, attributes = kind
    inner = ["object", {name: type_of(one["t"]) for name, one in attributes.items()}]
    return ["list", inner] if nesting == "single" else [nesting, inner]


def is_block(name: str, told: Mapping[str, Any], blocks: frozenset[str] | None) -> bool:
    """Whether an attribute is written as a nested block."""
    settable = told["o"] or told["r"]
    return isinstance(told["t"], list) and not told["c"] and bool(settable) and (blocks is None or name in blocks)


def conform(value: Any, attributes: Attributes, blocks: frozenset[str] | None = None) -> dict[str, Any]:
    """A JSON object in the shape of the schema: unknown names go, missing ones are null, primitives are cast."""
    given = value if isinstance(value, dict) else {}
    return {name: _conformed(given.get(name), name, told, blocks) for name, told in attributes.items()}


def _conformed(value: Any, name: str, told: Mapping[str, Any], blocks: frozenset[str] | None) -> Any:
    kind = told["t"]
    if not isinstance(kind, list):
        return None if value is None else _cast(value, primitive(kind))
    if name == "timeouts":
        return conform(value, kind[1]) if isinstance(value, dict) else None
    if value is None:
        return [] if is_block(name, told, blocks) and kind[0] != "map" else None
    items = [value] if isinstance(value, dict) and kind[0] != "map" else value
    return [conform(item, kind[1]) for item in items] if isinstance(items, list) else items


def _cast(value: Any, kind: Any) -> Any:
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if kind == "number":
        return value if isinstance(value, int | float) else float(value) if "." in value else int(value)
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1"}
    if kind[0] == "map":
        return value if isinstance(value, dict) else None
    return [item if kind[1] != "string" else _cast(item, "string") for item in value] if isinstance(value, list) else None
