"""Type constraints, and the conversion of values to them as Terraform does it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, TypeAlias

import msgspec

from cloudaudit.model.names import Named
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.open import make_set
from cloudaudit.sources.terraform.hcl.precision import Precise
from cloudaudit.sources.terraform.hcl.text import is_text
from cloudaudit.sources.terraform.hcl.values import (
    Sensitive,
    Set,
    TypedList,
    TypedMap,
    UntypedList,
    is_unknown,
    kind_of,
    to_bool,
    to_number,
    to_text,
    unknown_of,
)


class Anything(msgspec.Struct, frozen=True):
    """`any`, or no constraint."""


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


Type: TypeAlias = "Anything | Primitive | Many | Fields | Positions"

ANY = Anything()
_KINDS = {str: "text", Sensitive: "text", Named: "text", bool: "truth", int: "number", float: "number", Precise: "number"}
_PRIMITIVES = {name: Primitive(name) for name in ("string", "number", "bool")}


def read_type(node: nodes.Node) -> Type:
    """The constraint that an expression of `type = …` writes. What cannot be read constrains nothing."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        return _QUOTED.get(node.value, ANY)
    if isinstance(node, nodes.Traversal) and not node.steps:
        return _PRIMITIVES.get(node.root) or _QUOTED.get(node.root, ANY)
    if not isinstance(node, nodes.Call) or len(node.arguments) != 1:
        return ANY
    argument = node.arguments[0]
    if node.name in {"list", "set", "map"}:
        return Many(node.name, read_type(argument))
    if node.name == "object" and isinstance(argument, nodes.Object):
        return Fields({str(key.value): _read_field(value) for key, value in argument.items if isinstance(key, nodes.Literal)})
    if node.name == "tuple" and isinstance(argument, nodes.Tuple):
        return Positions(tuple(read_type(item) for item in argument.items))
    return ANY


_QUOTED: dict[str, Type] = {**_PRIMITIVES, "list": Many("list", ANY), "map": Many("map", ANY), "set": Many("set", ANY)}


def _read_field(node: nodes.Node) -> Field:
    if isinstance(node, nodes.Call) and node.name == "optional" and node.arguments:
        default = node.arguments[1] if len(node.arguments) > 1 else None
        return Field(read_type(node.arguments[0]), optional=True, default=default)
    return Field(read_type(node))


def constant(node: nodes.Node) -> Any:
    """The value of an expression without references, as defaults of `optional` are. Raises EvaluationError."""
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Tuple):
        return [constant(item) for item in node.items]
    if isinstance(node, nodes.Object):
        return {to_text(constant(key)): constant(value) for key, value in node.items}
    if isinstance(node, nodes.Parenthesis):
        return constant(node.inner)
    if isinstance(node, nodes.Unary) and node.operator == "-":
        return -to_number(constant(node.operand))
    raise EvaluationError("a constant is needed here")


def convert(value: Any, to: Type, budget: Budget) -> Any:
    """The value as the type wants it. Unknown parts stay. Raises EvaluationError where Terraform refuses."""
    if value is None or is_unknown(value):
        return value
    if isinstance(to, Anything):
        return value
    if isinstance(to, Primitive):
        return to_primitive(value, to.name)
    if isinstance(to, Many):
        return _to_many(value, to, budget)
    if isinstance(to, Fields):
        return _to_object(value, to, budget)
    if not isinstance(value, list) or len(value) != len(to.elements):
        raise EvaluationError(f"a tuple of {len(to.elements)} elements is needed, not {kind_of(value)}")
    return [convert(item, element, budget) for item, element in zip(value, to.elements, strict=True)]


def _listed(items: list[Any], to: Many) -> TypedList:
    return TypedList(items) if items or to.element is not ANY else UntypedList()


def to_primitive(value: Any, name: str) -> Any:
    """Convert to "string", "number" or "bool". Raises EvaluationError."""
    if name == "string":
        return to_text(value)
    return to_number(value) if name == "number" else to_bool(value)


def _to_many(value: Any, to: Many, budget: Budget) -> Any:
    if to.kind == "map":
        if not isinstance(value, dict):
            raise EvaluationError(f"a map is needed, not {kind_of(value)}")
        budget.spend(len(value))
        entries = {key: convert(item, to.element, budget) for key, item in value.items()}
        return TypedMap(zip(entries, unified(list(entries.values()), budget), strict=True) if to.element is ANY else entries)
    if not isinstance(value, list):
        raise EvaluationError(f"a {to.kind} is needed, not {kind_of(value)}")
    budget.spend(len(value))
    items = [convert(item, to.element, budget) for item in value]
    if to.element is ANY:
        items = unified(items, budget)
    return make_set(items, budget, typed=to.element is not ANY) if to.kind == "set" else _listed(items, to)


def unified_of(items: list[Any], budget: Budget) -> list[Any]:
    """The same where an element that is unknown may be of a type that fits none of the others."""
    hidden = next((unknown_of(item) for item in items if is_unknown(item) and not is_text(unknown_of(item))), None)
    if hidden is not None and len(items) > 1:
        budget.may_refuse(hidden)
    return unified(items, budget)


def unified(items: list[Any], budget: Budget) -> list[Any]:
    """The elements of a list, set or map as one type: strings, if any of the primitives is a string. Raises EvaluationError."""
    budget.spend(1 + len(items))
    kinds = {_kind(item) for item in items if item is not None} - {""}
    if kinds in ({"list"}, {"map"}):
        return _parts_unified(items, budget)
    if len(kinds) < 2:
        return items
    if kinds & {"list", "map"} or "text" not in kinds:
        raise EvaluationError("the elements have different types")
    return [item if item is None or is_unknown(item) else to_text(item) for item in items]


def _parts_unified(items: list[Any], budget: Budget) -> list[Any]:
    """Lists, or maps and objects, as one type: what stands at one place, or under one name, is of one type."""
    known = [item for item in items if item is not None and not is_unknown(item)]
    if len(known) < 2 or any(isinstance(item, Set) for item in known):
        return items
    made = {id(item): copy(item) for item in known}
    places: Iterable[Any] = (
        range(max(map(len, known))) if isinstance(known[0], list) else dict.fromkeys(key for item in known for key in item)
    )
    for place in places:
        having = [item for item in known if (place in item if isinstance(item, dict) else place < len(item))]
        for item, part in zip(having, unified([item[place] for item in having], budget), strict=True):
            made[id(item)][place] = part
    return [made.get(id(item), item) for item in items]


def _kind(item: Any) -> str:
    """Which values are of one type with another; empty where that is not known."""
    if is_unknown(item):
        return "text" if is_text(unknown_of(item)) else ""
    return _KINDS.get(type(item)) or ("list" if isinstance(item, list) else "map" if isinstance(item, dict) else "")


def _to_object(value: Any, to: Fields, budget: Budget) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EvaluationError(f"an object is needed, not {kind_of(value)}")
    budget.spend(len(to.fields))
    result: dict[str, Any] = {}
    for name, field in to.fields.items():
        given = value.get(name)
        if given is None and field.optional and field.default is not None:
            given = constant(field.default)
        elif name not in value and not field.optional:
            raise EvaluationError(f'the attribute "{name}" is required')
        result[name] = convert(given, field.type, budget)
    return result


def is_literal_type(node: nodes.Node | None) -> bool:
    """Whether a value from the command line or the environment is taken as text, not as an expression."""
    if node is None:
        return True
    constraint = read_type(node)
    return isinstance(constraint, Primitive)
