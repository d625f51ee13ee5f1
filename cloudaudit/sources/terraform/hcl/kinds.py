"""The types of Terraform's language."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import nodes


class Anything(msgspec.Struct, frozen=True):
    """`any`, or no constraint; the type of a null that is written out, which takes any other, and of what an empty list would hold."""


class Untold(msgspec.Struct, frozen=True):
    """The type of what is not known, and may be of any."""

    reason: Unknown[Any]


class Primitive(msgspec.Struct, frozen=True):
    """`string`, `number` or `bool`."""

    name: str


class Many(msgspec.Struct, frozen=True):
    """`list(…)`, `set(…)` or `map(…)`."""

    kind: str
    element: Type


class Fields(msgspec.Struct, frozen=True):
    """`object({…})`."""

    fields: dict[str, Field]


class Positions(msgspec.Struct, frozen=True):
    """`tuple([…])`."""

    elements: tuple[Type, ...]


class Field(msgspec.Struct, frozen=True):
    """An attribute of an object; `default` is the expression of `optional(type, default)`."""

    type: Type
    optional: bool = False
    default: nodes.Node | None = None


Type: TypeAlias = "Anything | Untold | Primitive | Many | Fields | Positions"

ANY = Anything()
STRING, NUMBER, BOOL = Primitive("string"), Primitive("number"), Primitive("bool")
PRIMITIVES = {kind.name: kind for kind in (STRING, NUMBER, BOOL)}


def part_of(kind: Type, key: Any) -> Type | None:
    """The type of an attribute or element of a value of this type, where it tells."""
    if isinstance(kind, Fields):
        field = kind.fields.get(key) if isinstance(key, str) else None
        return field.type if field is not None else None
    if isinstance(kind, Positions):
        return kind.elements[key] if isinstance(key, int) and 0 <= key < len(kind.elements) else None
    return kind.element if isinstance(kind, Many) else None
