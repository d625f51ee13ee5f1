"""Values of which a part is open: a list with more elements than are known, a set that may be smaller, a block that the cloud fills in.

They are `Opaque`, hence unknown to whoever does not ask for more: no accessor takes them for a whole list or object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.marks import MARKED, is_truth, mark
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    TypedList,
    TypedMap,
    UntypedSet,
    blend,
    computed,
    identity,
    is_unknown,
    parts_in,
    unknown_of,
    unknowns_in,
)


class OpenCollection(Opaque):
    """A list or set that has some elements, and neither its size nor its order is known.

    An element of a set that is unknown may equal another one. With `more`, there may be any number of elements beside the members.
    """

    __slots__ = ("members", "more", "reason")

    def __init__(self, members: tuple[Any, ...], reason: Unknown[Any], *, more: bool = False) -> None:
        self.members = members
        self.reason = reason
        self.more = more

    def attribute(self, name: str) -> Any:
        raise EvaluationError(f'a list has no attribute "{name}"')

    def index(self, key: Any) -> Any:
        if isinstance(key, str):
            raise EvaluationError("a list has no elements by name")
        return self.reason

    def unknown(self) -> Unknown[Any]:
        return self.reason

    def splat(self, each: Callable[[Any], Any]) -> Any:
        for item in self.members:
            each(item)  # what Terraform refuses of one it refuses of the whole
        return self.reason


class Blocks(list[Any]):
    """The nested blocks of one type as the configuration sets them, each a mapping."""

    __slots__ = ()


class OpenBlock(Opaque):
    """A nested block of a resource as expressions see it: what it does not set, the cloud may."""

    __slots__ = ("path", "source", "values")

    def __init__(self, values: dict[str, Any], source: str, path: str) -> None:
        self.values = values
        self.source = source  # the address of its resource
        self.path = path

    def attribute(self, name: str) -> Any:
        inner = self.values.get(name)
        path = f"{self.path}.{name}"
        if inner is None or (isinstance(inner, Blocks) and not inner):
            return computed(self.source, path)
        return seen(inner, self.source, path)

    def unknown(self) -> Unknown[Any]:
        return computed(self.source, self.path)


class OpenBlocks(OpenCollection):
    """Nested blocks of one type beside which there may be any number of others."""

    __slots__ = ()

    def __init__(self, members: tuple[Any, ...], reason: Unknown[Any]) -> None:
        super().__init__(members, reason, more=True)


def seen(value: Any, source: str, path: str) -> Any:
    """What a resource sets at this path, as an expression sees it."""
    if isinstance(value, OpenBlocks):
        return OpenBlocks(tuple(_opened(value.members, source, path)), value.reason)
    return _opened(value, source, path) if isinstance(value, Blocks) else value


def _opened(blocks: Iterable[dict[str, Any]], source: str, path: str) -> list[Any]:
    return [OpenBlock(block, source, f"{path}[{place}]") for place, block in enumerate(blocks)]


def joined(parts: Iterable[Any], budget: Budget) -> Any:
    """The elements of several lists, of which some may not be known: what the others hold is in it all the same."""
    members: list[Any] = []
    reasons: list[Unknown[Any]] = []
    for part in parts:
        if isinstance(part, OpenCollection):
            members.extend(part.members)
            reasons.append(part.reason)
        elif is_unknown(part):
            reasons.append(unknown_of(part))
        else:
            members.extend(part)
        budget.fits(len(members))
    if not reasons:
        return members
    reason = blend([*reasons, *parts_in(members, budget)])
    return OpenCollection(tuple(members), reason, more=True) if members else reason


def make_set(items: Iterable[Any], budget: Budget, *, typed: bool = True) -> Set | OpenCollection:
    """The set of these values. `typed` says that their type is known, even if there is none."""
    distinct: dict[tuple[Any, ...], Any] = {}
    hidden: list[Any] = []
    reasons: list[Unknown[Any]] = []
    found = list(items)
    if any(isinstance(item, MARKED) for item in found):
        found = list(map(mark, found))  # which of them are there, and in which order, tells of each
    for item in found:
        inside = list(unknowns_in(item, budget))
        if inside:
            hidden.append(item)
            reasons.extend(inside)
        else:
            distinct[identity(item, budget)] = item
    budget.fits(len(distinct) + len(hidden))
    if hidden:
        members = (*distinct.values(), *hidden)
        return Set(members) if len(members) == 1 else OpenCollection(members, blend([*reasons, *parts_in(list(distinct.values()), budget)]))
    if not distinct and not typed:
        return UntypedSet()
    return Set(sorted(distinct.values(), key=_order))


def _order(value: Any) -> tuple[int, Any]:
    """Where a value stands in a set: null last, and what has parts by a text that is made of it. Source: go-cty, setRules.Less."""
    if value is None:
        return (4, "")
    if isinstance(value, bool | int | float | str):
        return (0 if is_truth(value) else 2 if isinstance(value, str) else 1, value)
    return (3, _written(value).encode())


def _written(value: Any) -> str:
    """Source: go-cty, appendSetHashBytes."""
    if value is None:
        return "~"
    if is_truth(value):
        return "T" if value else "F"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, TypedMap):
        return "{" + "".join(f"{_written(key)}:{_written(value[key])};" for key in sorted(value)) + "}"
    opened, closed = "[]" if isinstance(value, TypedList | Set) else "<>"
    parts = [value[key] for key in sorted(value)] if isinstance(value, dict) else value
    return opened + "".join(f"{_written(part)};" for part in parts) + closed
