"""From a collection of records to an inventory of resources: every record meets the reader of its type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from cloudaudit.model import Collection, Doubt, Facet, Gap, Inventory, Origin, Reader, Record, Related, Resource, Unknown, Why
from cloudaudit.model.environment import EnvironmentRules
from cloudaudit.model.ignoring import without_ignored
from cloudaudit.model.names import block_of
from cloudaudit.model.reader import NotRead
from cloudaudit.model.related import tags_of


def read(collection: Collection, reader_of: Callable[[str], Reader | None], rules: EnvironmentRules) -> Inventory:
    """The resources of a unit of work. A reader that raises loses its own resource's facts, as Unknown and a gap, and no other."""
    related = Related(collection, rules)
    proven: Related | None = None
    doubtful = any(record.ignored or record.scope.probable for record in collection.records)
    certain = [_certain(record) for record in collection.records] if doubtful else collection.records
    resources: list[Resource] = []
    unread: dict[str, str] = {}
    gaps: list[Gap] = list(collection.gaps)
    for record, kept in zip(collection.records, certain, strict=True):
        reader = reader_of(record.type)
        if reader is None or record.bystander:
            continue  # a companion: its owner's reader asks for it
        related.guessed = False
        resource = _read(record, reader, related, gaps)
        if isinstance(resource, NotRead):
            if record.presence is None:
                unread[block_of(record.address)] = resource.type
            continue
        if related.guessed or doubtful:
            proven = proven or Related(msgspec.structs.replace(collection, records=certain), rules, proven=True)
            doubted = _read(without_ignored(kept), reader, proven, gaps)
            resource = msgspec.structs.replace(resource, doubted=None if isinstance(doubted, NotRead) else doubted)
        resources.append(resource)
    left = unread.keys() - {block_of(resource.address) for resource in resources}
    return Inventory(
        collection.unit,
        collection.kind,
        resources,
        gaps,
        collection.coverage,
        collection.census.without(len(left)),
        Counter(collection.unread) + Counter(unread[block] for block in left),
        collection.ledger,
        collection.told,
        collection.aside,
    )


def _certain(record: Record) -> Record:
    """The record without what is only probable of its scope."""
    return msgspec.structs.replace(record, scope=record.scope.proven) if record.scope.probable else record


def _read(record: Record, reader: Reader, related: Related, gaps: list[Gap]) -> Resource | NotRead:
    try:
        found = reader.read(record, related)
        facets: Sequence[Facet | None] = () if isinstance(found, NotRead) else tuple(found)
    except Exception as error:  # noqa: BLE001 - the one seam for readers: odd data becomes Unknown facts, named
        reason: Doubt = Unknown(Why.CRASHED, f"{type(error).__name__} in the reader of {record.type}", record.origin)
        facets = tuple(kind.unknown(reason) for kind in reader.facets)
        gap = Gap(Why.CRASHED, f"{record.address}: {reason.cause}", record.origin, "report it as a bug", record.unit)
        if gap not in gaps:
            gaps.append(gap)
        return _resource(record, facets, related)
    return found if isinstance(found, NotRead) else _resource(record, facets, related)


def _resource(record: Record, facets: Sequence[Facet | None], related: Related) -> Resource:
    return Resource(
        type=record.type,
        address=record.address,
        id=record.id,
        scope=record.scope,
        facets={type(facet): facet for facet in facets if facet is not None},
        environment=related.environment(record),
        tags=tags_of(record),
        origin=record.origin if record.origin.attribute is None else Origin(record.origin.file, record.origin.line, record.origin.call),
        unit=record.unit,
        presence=record.presence,
    )
