"""Where azapi copies what is declared: the other resources that it makes of it, and the backups that it orders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from cloudaudit.model import Attr, Doubt, Known, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, perhaps, together
from cloudaudit.model.partial import holds_placeholder, sole_placeholder
from cloudaudit_azure.azapi import may_mean_any
from cloudaudit_azure.azapi_said import TYPES, among, bodies, said_by
from cloudaudit_azure.azapi_types import BACKUPS, COPIES, HOLD, OF_MACHINES, PLACES
from cloudaudit_azure.regions import locate, region_of


def copies(record: Record, related: Related) -> Copies:
    """Where azapi makes a copy of a declared resource: in the location that it tells."""
    return together(*(places(other) if doubt is None else Known((doubt,)) for other, doubt in _copiers(record, related)))


def of_machines(related: Related) -> Iterator[tuple[Attr[str | None], Record]]:
    """What azapi makes of machines, and by what it names them."""
    for other in (other for kind in TYPES for other in related.every(kind) if said_by(other).writes):
        named = (_leaves(other, path) for path in among(OF_MACHINES, other))
        yield from ((one, other) for told in named for one in told if one != Known(None))


def machines(disk: Record, related: Related) -> Iterator[tuple[str, Attr[str | None]]]:
    """What azapi makes, or changes, to hold a disk: its address, and the id of the machine, or its name."""
    for other in (other for kind in TYPES for other in related.every(kind)):
        told = (source for paths in among(HOLD, other) for path in paths for source in _leaves(other, path))
        held = [related.target(source, disk.type) for source in told if source != Known(None)]
        if any(one == Known(disk) or (isinstance(one, Unknown) and disk.address in one.references) for one in held):
            named = (Known(other.id), other.text("resource_id"), other.text("name"))
            yield other.address, next((one for one in named if one != Known(None)), Known(None))


def places(other: Record) -> Copies:
    """Where that lies which azapi makes, as far as it tells."""
    region = region_of(other)
    home = locate(region) if region != Known(None) else _unread(other, "where {} copies it to by azapi is not read")
    told, secret = (tuple(leaf for path in among(PLACES, other) for leaf in _leaves_of(body, path, other)) for body in bodies(other))
    hidden = (_unread(other, "{} keeps secret where else it puts it"),) if secret else ()
    return perhaps(Known((home, *map(locate, told), *hidden)), other.presence)


def backups(record: Record, related: Related) -> tuple[Doubt, ...]:
    """Backups of a declared resource that a vault keeps by azapi, beside its own: how long and where is not read."""
    made = ((other, doubt) for other, doubt in _copiers(record, related) if said_by(other).arm in {BACKUPS, None})
    return tuple(_unread(other, "what {} keeps by azapi is not read") if doubt is None else doubt for other, doubt in made)


def _unread(other: Record, what: str) -> Doubt:
    return Unknown(Why.UNSUPPORTED, what.format(other.address), other.origin)


def _copiers(record: Record, related: Related) -> Iterator[tuple[Record, Doubt | None]]:
    """What makes copies of a declared resource by azapi, and why that is in doubt."""
    for other in (other for kind in TYPES for other in related.every(kind) if said_by(other).writes):
        paths = [path for paths in among(COPIES[record.type], other) for path in paths]
        told = (source for path in paths for source in _leaves(other, path))
        sources = [related.target(source, record.type) for source in told if source != Known(None)]
        if any(source == Known(record) for source in sources):
            yield other, None
        elif any(isinstance(one, Unknown) and _may_be(one, record, related) for one in sources):
            yield other, Unknown(Why.UNRESOLVED, f"{other.address} may copy it by azapi", other.origin, (other.address,))


def _may_be(source: Unknown[Record | None], record: Record, related: Related) -> bool:
    """Whether what is not known may be a record: what is written out and not declared here is another one."""
    return record.address in source.references or (source.why is not Why.ELSEWHERE and may_mean_any(source, related))


@lru_cache(maxsize=4096)
def _leaves(record: Record, path: str) -> tuple[Attr[str | None], ...]:
    """The texts at a path of a body; none where the body says nothing of it."""
    return tuple(leaf for body in bodies(record) for leaf in _leaves_of(body, path, record))


def _leaves_of(body: Attr[Any], path: str, record: Record) -> Iterator[Attr[str | None]]:
    value: Any = body.partial if isinstance(body, Unknown) else body.value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = body
    elif isinstance(body, Unknown):
        value = body
    values = [value.bare if isinstance(value, Unknown) else value]
    for step in path.split("."):
        name = step.removesuffix("[]")
        values = [inner for one in values for inner in _below(one, name, every=step != name)]
    yield from (_text(one, record, body) for one in values if one is not None)


def _below(value: Any, name: str, *, every: bool) -> Iterable[Any]:
    """What stands under a name of a body, whatever its case; with `every`, each element of the list there."""
    if isinstance(value, Unknown):
        return (value,)
    inner = next((one for key, one in value.items() if key.lower() == name), None) if isinstance(value, Mapping) else None
    return inner if every and isinstance(inner, list | tuple) else (inner,)


def _text(value: Any, record: Record, body: Attr[Any]) -> Attr[str | None]:
    if isinstance(value, str) and holds_placeholder(value):
        is_ = sole_placeholder(value)
        return Unknown(Why.COMPUTED, is_ or "a part of a text", record.origin, getattr(body, "references", ()), (), value, is_)
    return value if isinstance(value, Unknown) else Known(value if isinstance(value, str) else None, record.origin)
