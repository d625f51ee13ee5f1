"""Which type a value has, and the one type that several are made: the branches of a conditional, the elements of a list.

Source: go-cty, convert.UnifyUnsafe; HCL, ConditionalExpr.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.kinds import (
    ANY,
    BOOL,
    NUMBER,
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
from cloudaudit.sources.terraform.hcl.marks import is_truth
from cloudaudit.sources.terraform.hcl.text import is_text
from cloudaudit.sources.terraform.hcl.values import Opaque, Set, Told, TypedList, TypedMap, unknown_of


def type_of(value: Any, budget: Budget) -> Type:
    """The type of a value, as far as it tells: null may be of any."""
    if value is None:
        return ANY
    if is_truth(value):
        return BOOL
    if isinstance(value, str):
        return STRING
    if isinstance(value, int | float):
        return NUMBER
    if isinstance(value, Unknown | Opaque):
        return _of_unknown(unknown_of(value), budget)
    budget.spend(1 + len(value))
    if isinstance(value, TypedList | Set):
        return Many("set" if isinstance(value, Set) else "list", _element(value, value, budget))
    if isinstance(value, TypedMap):
        return Many("map", _element(value, value.values(), budget))
    if isinstance(value, list):
        return Positions(tuple(type_of(item, budget) for item in value))
    return Fields({key: Field(type_of(item, budget)) for key, item in value.items()})


def _element(collection: TypedList | TypedMap | Set, items: Iterable[Any], budget: Budget) -> Type:
    declared = settled(collection.element) if collection.element is not None else ANY
    if isinstance(declared, Primitive):
        return declared
    found = common([declared, *(type_of(item, budget) for item in items)])
    return ANY if found is None else found


def _of_unknown(value: Unknown[Any], budget: Budget) -> Type:
    if isinstance(value, Told):
        return settled(value.type)
    if is_text(value):
        return STRING
    kinds = [type_of(candidate, budget) for candidate in value.possible]
    return kinds[0] if kinds and all(kind == kinds[0] for kind in kinds) else Untold(value)


def settled(kind: Type) -> Type:
    """The type of what has been converted to a constraint: no attribute is optional any more."""
    if isinstance(kind, Many):
        return Many(kind.kind, settled(kind.element))
    if isinstance(kind, Positions):
        return Positions(tuple(map(settled, kind.elements)))
    return Fields({name: Field(settled(field.type)) for name, field in kind.fields.items()}) if isinstance(kind, Fields) else kind


def common(types: Iterable[Type]) -> Type | None:
    """The type that values of all of these types are made; None if there is none."""
    told: list[Type] = []
    for kind in types:
        if kind is not ANY and kind not in told:
            told.append(kind)
    if len(told) < 2:
        return told[0] if told else ANY
    untold = next((kind for kind in told if isinstance(kind, Untold)), None)
    known = [kind for kind in told if not isinstance(kind, Untold)]
    if untold is not None:
        found = common(known)
        return found if found is None or found == STRING else untold
    shapes = {_shape(kind) for kind in known}
    if shapes == {"object"}:
        return _of_objects([kind.fields for kind in known if isinstance(kind, Fields)])
    if shapes == {"tuple"}:
        return _of_tuples([kind.elements for kind in known if isinstance(kind, Positions)])
    if shapes in ({"map"}, {"map", "object"}, {"list"}, {"list", "tuple"}, {"set"}):
        element = common(part for kind in known for part in parts_of(kind))
        return None if element is None else Many(next(iter(shapes - {"object", "tuple"})), element)
    wanted = sorted(known, key=cmp_to_key(_prefer))
    return next((want for want in wanted if all(_convertible(kind, want) for kind in known)), None)


def _of_objects(objects: Sequence[dict[str, Field]]) -> Type | None:
    """Objects with the same attributes are one object, others a map."""
    if any(fields.keys() != objects[0].keys() for fields in objects):
        element = common(field.type for fields in objects for field in fields.values())
        return None if element is None else Many("map", element)
    made: dict[str, Field] = {}
    for name in objects[0]:
        kind = common(fields[name].type for fields in objects)
        if kind is None:
            return None
        made[name] = Field(kind)
    return Fields(made)


def _of_tuples(tuples: Sequence[tuple[Type, ...]]) -> Type | None:
    """Tuples of one length are one tuple, others a list."""
    if any(len(elements) != len(tuples[0]) for elements in tuples):
        element = common(kind for elements in tuples for kind in elements)
        return None if element is None else Many("list", element)
    made = [common(elements[place] for elements in tuples) for place in range(len(tuples[0]))]
    kinds = [kind for kind in made if kind is not None]
    return Positions(tuple(kinds)) if len(kinds) == len(made) else None


def parts_of(kind: Type) -> tuple[Type, ...]:
    """The types of what a value of this type holds."""
    if isinstance(kind, Many):
        return (kind.element,)
    if isinstance(kind, Positions):
        return kind.elements
    return tuple(field.type for field in kind.fields.values()) if isinstance(kind, Fields) else ()


def _prefer(one: Type, other: Type) -> int:
    """Which of two types the other is rather made: texts, lists before tuples before sets. Source: go-cty, convert.compareTypes."""
    return _RANKS.get(_shape(one), 1) - _RANKS.get(_shape(other), 1)


_RANKS = {"string": 0, "list": 0, "set": 2}


def _shape(kind: Type) -> str:
    if isinstance(kind, Many):
        return kind.kind
    if isinstance(kind, Primitive):
        return kind.name
    return "tuple" if isinstance(kind, Positions) else "any" if isinstance(kind, Anything | Untold) else "object"


def _convertible(kind: Type, want: Type) -> bool:
    """Whether values of a type may be made another: of "a" as a boolean, that is refused only when it is tried."""
    if kind == want or isinstance(want, Anything | Untold) or isinstance(kind, Anything | Untold):
        return True
    if isinstance(want, Primitive):
        return isinstance(kind, Primitive) and STRING in (kind, want)
    if isinstance(want, Many):
        return _collectable(kind, want)
    if isinstance(want, Fields):
        return isinstance(kind, Fields) and all(
            name in kind.fields and _convertible(kind.fields[name].type, field.type) for name, field in want.fields.items()
        )
    return isinstance(kind, Positions) and len(kind.elements) == len(want.elements) and all(map(_convertible, kind.elements, want.elements))


def _collectable(kind: Type, want: Many) -> bool:
    if isinstance(kind, Many):
        return (kind.kind == "map") is (want.kind == "map") and _convertible(kind.element, want.element)
    if not isinstance(kind, Fields if want.kind == "map" else Positions):
        return False
    return common(parts_of(kind)) is not None if want.element is ANY else all(_convertible(part, want.element) for part in parts_of(kind))
