"""Reader: the one place that knows what the attributes of a resource type mean, for all sources."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from cloudaudit.model.facets import Facet
from cloudaudit.model.record import Record
from cloudaudit.model.related import Related


class NotRead(msgspec.Struct, frozen=True):
    """What is given of a resource whose own type nobody judges, though it is looked up (`azapi_resource`): it is told as not read."""

    type: str  # as a report names it: the type of the block, and its own


Read = Callable[[Record, Related], Iterable[Facet | None] | NotRead]


class Reader(msgspec.Struct, frozen=True):
    """What the decorated function knows: the resource types it reads, the facets it gives, the companion types it asks for."""

    types: tuple[str, ...]
    read: Read
    facets: tuple[type[Facet], ...]
    related: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()  # of these the ones that hold data of their own, though no reader takes them


def reader(*resource_types: str, related: Iterable[str] = (), unjudged: Iterable[str] = ()) -> Callable[[Read], Reader]:
    """Declare a reader of resource types, and the other types that it looks up.

    What is `unjudged` is looked up too, and is told as not read all the same.

    The function's return annotation says which facets it gives: `tuple[Encryption, Backup | None]`. A facet that may be
    None applies to some resources of the type only. If the function raises, each of these facets is Unknown. `| NotRead` says
    that one block type stands for many types, of which some are not read.
    """

    def declare(function: Read) -> Reader:
        returned = get_type_hints(function).get("return")
        if NotRead in get_args(returned):
            (returned,) = (part for part in get_args(returned) if part is not NotRead)
        facets = tuple(_facet(part, function) for part in get_args(returned))
        if get_origin(returned) is not tuple or not facets:
            raise TypeError(f"{function.__module__}.{function.__name__} must return a tuple of facets, annotated as such")
        return Reader(resource_types, function, facets, (*related, *unjudged), tuple(unjudged))

    return declare


def _facet(annotation: Any, function: Read) -> type[Facet]:
    parts = get_args(annotation) if get_origin(annotation) in {Union, types.UnionType} else (annotation,)
    for part in parts:
        if isinstance(part, type) and issubclass(part, Facet):
            return part
    raise TypeError(f"{function.__module__}.{function.__name__}: {annotation} is not a facet")
