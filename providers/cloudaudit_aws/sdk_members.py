"""What the SDK that is installed knows of the answers that the tables name: it drops whatever its own description of them lacks.

So an older one would tell that there is none of what is only newer than itself: no global database, no zone apart from the region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cloudaudit.sources.live.shape import Blocks, First, Maybe, Source, Tags
from cloudaudit.sources.live.table import Detail, Listing, Lookup

_OURS = {"parent", "partition", "account", "region", "name", "bucket"}
"""What an item has beside its own members."""


def lacking(session: Any, listings: Iterable[Listing]) -> tuple[str, ...]:
    """The members of answers that the tables name and the SDK does not know."""
    tables = [table for listing in listings for table in (listing, *listing.reads) if table.call]
    return tuple(dict.fromkeys(f"{table.call} {path}" for table in tables for path in _unknown(session, table)))


def _unknown(session: Any, table: Listing | Detail | Lookup) -> Iterator[str]:
    service, _, operation = table.call.partition(":")
    answer = session.get_service_model(service).operation_model(operation).output_shape
    each = "" if isinstance(table, Detail) else table.each
    for source in (*table.values.values(), *table.observed.values()):
        for path in _paths(source):
            if path.partition(".")[0] not in _OURS and not _knows(answer, f"{each}.{path}"):
                yield f"{each}.{path}".strip(".")


def _paths(source: Source) -> Iterator[str]:
    """The paths that a source names. What a function looks at is not told."""
    match source:
        case str():
            yield source
        case Maybe(inner):
            yield from _paths(inner)
        case First(sources):
            for one in sources:
                yield from _paths(one)
        case Blocks(path, shape):
            for one in shape.values():
                yield from (f"{path}.{inner}" for inner in _paths(one))
        case Tags(path):
            yield path
        case _:
            pass


def _knows(shape: Any, path: str) -> bool:
    for step in (step.partition("[")[0] for step in path.split(".") if step):
        while shape.type_name == "list":
            shape = shape.member
        if shape.type_name != "structure" or step not in shape.members:
            return False
        shape = shape.members[step]
    return True
