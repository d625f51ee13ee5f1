"""Type constraints, and the conversion of values to them as Terraform does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

import msgspec

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.kinds import (
    ANY,
    PRIMITIVES,
    STRING,
    Anything,
    Field,
    Fields,
    Many,
    Positions,
    Primitive,
    Type,
    Untold,
)
from cloudaudit.sources.terraform.hcl.marks import like
from cloudaudit.sources.terraform.hcl.open import make_set
from cloudaudit.sources.terraform.hcl.unify import common, parts_of, type_of
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    TypedList,
    TypedMap,
    UntypedList,
    is_unknown,
    kind_of,
    to_bool,
    to_list,
    to_number,
    to_text,
    told,
    unknown_of,
    unknowns_in,
)


def read_type(node: nodes.Node) -> Type:
    """The constraint that an expression of `type = …` writes. What cannot be read constrains nothing."""
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        return _QUOTED.get(node.value, ANY)
    if isinstance(node, nodes.Traversal) and not node.steps:
        return PRIMITIVES.get(node.root) or _QUOTED.get(node.root, ANY)
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


_QUOTED: dict[str, Type] = {**PRIMITIVES, "list": Many("list", ANY), "map": Many("map", ANY), "set": Many("set", ANY)}


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
    """The value as the type wants it. Unknown parts stay, and are of that type. Raises EvaluationError where Terraform refuses."""
    if value is None or isinstance(to, Anything):
        return value
    if is_unknown(value):
        return _unknown_as(value, to, budget)
    if isinstance(to, Untold):
        return _perhaps_text(value, to, budget)
    return like(value, _converted(value, to, budget))


def _converted(value: Any, to: Primitive | Many | Fields | Positions, budget: Budget) -> Any:
    if isinstance(to, Primitive):
        return to_primitive(value, to.name)
    if isinstance(to, Many):
        return _to_many(value, to, budget)
    if isinstance(to, Fields):
        return _to_object(value, to, budget)
    if not isinstance(value, list) or len(value) != len(to.elements):
        raise EvaluationError(f"a tuple of {len(to.elements)} elements is needed, not {kind_of(value)}")
    return [convert(item, element, budget) for item, element in zip(value, to.elements, strict=True)]


def _unknown_as(value: Unknown[Any] | Opaque, to: Type, budget: Budget) -> Any:
    """What is not known, as a type: it may be refused, unless it is of that one; if a candidate is, nothing is told of it."""
    kind = type_of(value, budget)
    if kind != to and not isinstance(to, Untold) and not (to == STRING and isinstance(kind, Primitive)):
        budget.may_refuse(unknown_of(value))
    if isinstance(value, Opaque):
        return value
    if isinstance(to, Untold):
        return _perhaps_texts(value)
    try:
        possible = tuple(convert(candidate, to, budget) for candidate in value.possible)
    except EvaluationError:
        possible = ()
    if next(unknowns_in([*possible], budget), None) is not None:
        possible = ()
    return told(msgspec.structs.replace(value, possible=possible), to)


def _perhaps_text(value: Any, to: Untold, budget: Budget) -> Any:
    """A number or a boolean, alone or in parts, beside something that is not known: if that is a text, it is its text."""
    if isinstance(value, list | dict):
        budget.spend(len(value))
        made = copy(value)
        places: Iterable[Any] = value if isinstance(value, dict) else range(len(value))
        for place in places:
            made[place] = _perhaps_text(value[place], to, budget)
        return made
    if not isinstance(value, bool | int | float):
        return value
    reason = to.reason
    return Unknown(reason.why, reason.detail, references=reason.references, possible=(value, like(value, to_text(value))))


def _perhaps_texts(value: Unknown[Any]) -> Unknown[Any]:
    """The same for each candidate of what is not known."""
    texts = [like(candidate, to_text(candidate)) for candidate in value.possible if isinstance(candidate, bool | int | float)]
    further = tuple(text for text in dict.fromkeys(texts) if text not in value.possible)
    return msgspec.structs.replace(value, possible=value.possible + further)


def _listed(items: list[Any], to: Many) -> TypedList:
    return TypedList(items, to.element) if items or to.element is not ANY else UntypedList()


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
        return TypedMap(zip(value, _elements([*value.values()], to.element, budget), strict=True), element=to.element)
    if not isinstance(value, list):
        raise EvaluationError(f"a {to.kind} is needed, not {kind_of(value)}")
    budget.spend(len(value))
    items = _elements(value, to.element, budget)
    if to.kind == "list":
        return _listed(items, to)
    made = make_set(items, budget, typed=to.element is not ANY)
    if isinstance(made, Set):
        made.element = to.element
    return made


def _elements(items: list[Any], to: Type, budget: Budget) -> list[Any]:
    """The elements of a list, set or map, of which all are of one type even if it is not told."""
    made = [convert(item, to, budget) for item in items]
    return unified(made, budget) if _is_open(to) else made


def _is_open(kind: Type) -> bool:
    """Whether a constraint leaves a type to the values."""
    if isinstance(kind, Many):
        return _is_open(kind.element)
    if isinstance(kind, Positions):
        return any(map(_is_open, kind.elements))
    return any(_is_open(field.type) for field in kind.fields.values()) if isinstance(kind, Fields) else isinstance(kind, Anything)


def unified_of(items: list[Any], budget: Budget) -> list[Any]:
    """The same where an element that is unknown may be of a type that fits none of the others."""
    hidden = next((kind for item in items if is_unknown(item) and isinstance(kind := type_of(item, budget), Untold)), None)
    if hidden is not None and len(items) > 1:
        budget.may_refuse(hidden.reason)
    return unified(items, budget)


def unified(items: list[Any], budget: Budget) -> list[Any]:
    """The elements of a list, set or map as one type: strings, if any of the primitives is a string. Raises EvaluationError."""
    budget.spend(1 + len(items))
    if len(items) < 2:
        return items
    kind = common(type_of(item, budget) for item in items)
    if kind is None:
        raise EvaluationError("the elements have different types")
    return [convert(item, kind, budget) for item in items]


def element_of_all(collections: Sequence[Any], budget: Budget) -> Type:
    """The type of the elements of all of these, of which an empty one has one, too. Raises EvaluationError."""
    kind = common(part for one in collections for part in parts_of(type_of(one, budget)))
    if kind is None:
        raise EvaluationError("the elements have different types")
    return kind


def alike(collections: Sequence[Any], budget: Budget) -> list[list[Any]]:
    """The elements of each list or set as one type: 1 and "1" are one element. Raises EvaluationError."""
    kind = element_of_all(collections, budget)
    return [[convert(item, kind, budget) for item in to_list(part)] for part in collections]


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
