"""Values of the evaluator: plain Python, `Set`, `Unknown`, and `Opaque` for what is evaluated only when looked into.

Numbers are int where whole, else float; lists and tuples are list, maps and objects dict, as in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeGuard
from unicodedata import normalize

import msgspec

from cloudaudit.model import Unknown, Why, placeholder
from cloudaudit.model.names import Named
from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.kinds import ANY, Anything, Type, Untold
from cloudaudit.sources.terraform.hcl.marks import is_truth, like

_NUMBER = re.compile(r"[+-]?([0-9]{1,1000}\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DETAILS = 3
_REFERENCES = 200


class Collected(list[Any]):
    """What knows the type of its elements, if one was declared."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[Any] = (), element: Type | None = None) -> None:
        super().__init__(items)
        self.element = element


class Set(Collected):
    """A set: no duplicates, in Terraform's order, without indices."""

    __slots__ = ()


class UntypedSet(Set):
    """An empty set of which nothing tells the element type, as `toset([])` makes it. It equals no set of a known type."""

    __slots__ = ()


class TypedList(Collected):
    """A list of one element type, as `list(…)` makes it. It never equals a tuple `[…]`, not even an empty one."""

    __slots__ = ()


class UntypedList(TypedList):
    """An empty list of which nothing tells the element type, as `tolist([])` makes it. It equals no list of a known type."""

    __slots__ = ()


class TypedMap(dict[str, Any]):
    """A map of one element type, as `map(…)` makes it. It never equals an object `{…}`."""

    __slots__ = ("element",)

    def __init__(self, entries: Iterable[tuple[str, Any]] = (), element: Type | None = None) -> None:
        super().__init__(entries)
        self.element = element


class Told(Unknown[Any], frozen=True, eq=False):
    """Something that is not known, but for its type."""

    type: Type = ANY
    null: bool = True  # whether it may be null


def told(value: Any, kind: Type, *, null: bool = True) -> Any:
    """The same; if it is not known, it is of this type at least."""
    if not isinstance(value, Unknown) or isinstance(kind, Anything | Untold):
        return value
    parts = (value.why, value.detail, value.origin, value.references, value.possible, value.partial, value.is_)
    return Told(*parts, type=kind, null=null)


def untold(value: Unknown[Any]) -> Unknown[Any]:
    """The same as records hold it, which tell no types."""
    if not isinstance(value, Told):
        return value
    return Unknown(value.why, value.detail, value.origin, value.references, value.possible, value.partial, value.is_)


class Opaque:
    """A resource, a module: something with attributes that are evaluated one by one, on demand.

    It is no abstract base class, for `isinstance` of these is slow, and asked of every value.
    """

    __slots__ = ()

    def attribute(self, name: str) -> Any:
        """The value of one attribute. Raises EvaluationError where Terraform would refuse."""
        raise NotImplementedError

    def unknown(self) -> Unknown[Any]:
        """What stands for the whole where a plain value is needed."""
        raise NotImplementedError

    def splat(self, each: Callable[[Any], Any]) -> Any:
        """The value of `[*]`: one object is a list of one."""
        return [each(self)]

    def index(self, key: Any) -> Any:
        """The value at `[key]`."""
        if isinstance(key, str):
            return self.attribute(key)
        raise EvaluationError("an object has no element at that index")


def is_unknown(value: Any) -> TypeGuard[Unknown[Any] | Opaque]:
    """Whether a value cannot be used as it is."""
    return isinstance(value, Unknown | Opaque)


def unknown_of(value: Unknown[Any] | Opaque) -> Unknown[Any]:
    return value if isinstance(value, Unknown) else value.unknown()


def computed(address: str, path: str, why: Why = Why.COMPUTED, detail: str = "") -> Unknown[Any]:
    """What only the cloud knows: an attribute of a resource, by absolute address."""
    name = f"{address}.{path}" if path else address
    return Unknown(why, detail or name, references=(address,), partial=placeholder(name), is_=name)


def blend(unknowns: Iterable[Unknown[Any]], *, partial: str | None = None, possible: tuple[Any, ...] = ()) -> Unknown[Any]:
    """One Unknown for what rests on several. COMPUTED only if all are; the details of what can be resolved come first."""
    found = list(unknowns)
    first = next((item for item in found if item.why is not Why.COMPUTED), found[0])
    details = dict.fromkeys(item.detail for item in found if item.why is first.why and item.detail)
    references = dict.fromkeys(reference for item in found for reference in (*item.references, *_named(item.possible)))
    return Unknown(
        first.why,
        "; ".join(list(details)[:_DETAILS]),
        references=tuple(references)[:_REFERENCES],
        possible=possible,
        partial=partial,
    )


def made_of(value: Unknown[Any], parts: Iterable[Unknown[Any]]) -> Unknown[Any]:
    """The same, which may be one of these parts, or made of them: it refers to what they refer to."""
    references = dict.fromkeys((*value.references, *(reference for part in parts for reference in part.references)))
    if len(references) == len(value.references):
        return value
    return msgspec.structs.replace(value, references=tuple(references)[:_REFERENCES])


def unknowns_in(value: Any, budget: Budget) -> Iterator[Unknown[Any]]:
    """Every Unknown in a value, at any depth."""
    return (unknown_of(part) for part in _parts(value, budget) if is_unknown(part))


def parts_in(value: Any, budget: Budget) -> Iterator[Unknown[Any]]:
    """What else may be made of a value refers to: every Unknown in it, and each text that is an attribute of a resource."""
    for part in _parts(value, budget):
        if is_unknown(part):
            yield unknown_of(part)
        for address in _named((part,)):
            yield Unknown(Why.COMPUTED, references=(address,))


def _named(values: Iterable[Any]) -> Iterator[str]:
    """The resources of which some values are attributes."""
    return (value.is_.rpartition(".")[0] for value in values if isinstance(value, Named))


def _parts(value: Any, budget: Budget) -> Iterator[Any]:
    """What is no list or object in a value, at any depth."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            budget.spend(len(current))
            pending.extend(reversed(current))
        elif isinstance(current, dict):
            budget.spend(len(current))
            pending.extend(reversed(current.values()))
        else:
            yield current


def identity(value: Any, budget: Budget) -> tuple[Any, ...]:
    """A key that is equal for equal values. 1 is not true, and "1" is not 1."""
    budget.spend(1)
    if value is None:
        return (0,)
    if is_truth(value):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        return (3, value)
    if isinstance(value, list):
        return (4, tuple(identity(item, budget) for item in value))
    if isinstance(value, dict):
        return (5, tuple((key, identity(value[key], budget)) for key in sorted(value)))
    unknown = unknown_of(value)
    return (6, unknown.why, unknown.detail, unknown.references, unknown.partial, unknown.is_)


def is_typed(value: Any) -> bool:
    """Whether a list or set tells its element type: an empty one may not."""
    return bool(value) or (isinstance(value, TypedList | Set) and not isinstance(value, UntypedList | UntypedSet))


def kind_of(value: Any) -> str:
    """What a message calls the value."""
    if value is None:
        return "null"
    if is_truth(value):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Set):
        return "a set"
    return "a list" if isinstance(value, list) else "an object"


def whole(value: float) -> int | float:
    """The number, as an int where it is one: 1e30 is a 1 and thirty zeros."""
    return int(Decimal(repr(value))) if value.is_integer() else value


def normal(text: str) -> str:
    """The text as Terraform keeps every string: in Unicode's normal form C."""
    if text.isascii():
        return text
    made = normalize("NFC", text)
    made_like: str = like(text, made)
    return made_like


def to_text(value: Any) -> str:
    """Convert to a string. Raises EvaluationError."""
    if isinstance(value, str):
        return value
    if is_truth(value):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return precision.written(value)
    raise EvaluationError(f"a string is needed, not {kind_of(value)}")


def to_number(value: Any) -> int | float:
    """Convert to a number. Raises EvaluationError."""
    if isinstance(value, int | float) and not is_truth(value):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        found = precision.parsed(value.removeprefix("+"))
        return finite(found) if isinstance(found, float) else found
    raise EvaluationError(f"a number is needed, not {kind_of(value)}")


def finite(value: float) -> float:
    """The value, unless it is infinite or not a number: EvaluationError."""
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124  (NaN alone differs from itself)
        raise EvaluationError("the number is too large")
    return value


def to_bool(value: Any) -> bool:
    """Convert to a boolean. Raises EvaluationError."""
    if is_truth(value):
        return bool(value)
    if value in {"true", "1"} if isinstance(value, str) else False:
        return True
    if value in {"false", "0"} if isinstance(value, str) else False:
        return False
    raise EvaluationError(f"a boolean is needed, not {kind_of(value)}")


def to_list(value: Any) -> Sequence[Any]:
    """The elements of a list, tuple or set. Raises EvaluationError."""
    if isinstance(value, list):
        return value
    raise EvaluationError(f"a list is needed, not {kind_of(value)}")


def to_dict(value: Any) -> dict[str, Any]:
    """The entries of a map or object. Raises EvaluationError."""
    if isinstance(value, dict):
        return value
    raise EvaluationError(f"a map is needed, not {kind_of(value)}")
