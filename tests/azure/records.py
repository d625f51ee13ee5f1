"""Azure records by hand, and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import Facet, Known, Origin, Record, Scope, SourceKind, Unknown, Why
from tests.readers.records import resources

F = TypeVar("F", bound=Facet)


def record(kind: str, values: Mapping[str, Any] | None = None, name: str = "x", *, id: str | None = None) -> Record:  # noqa: A002
    scope = Scope("azure", Known("00000000-0000-0000-0000-000000000000"), Known(None))
    return Record(kind, f"{kind}.{name}", id, scope, values or {}, Origin("main.tf", 1))


def maybe_there(found: Record) -> Record:
    """The same resource, of which it is not known whether there is one (`count = var.on ? 1 : 0`)."""
    return msgspec.structs.replace(found, presence=Unknown(Why.UNRESOLVED, "var.on has no default", references=("var.on",)))


def facet(facet_type: type[F], subject: Record, *others: Record, source: SourceKind = SourceKind.HCL) -> F:
    """A facet of the first of some records."""
    found = maybe(facet_type, [subject, *others], source)
    assert found is not None
    return found


def maybe(facet_type: type[F], records: Sequence[Record], source: SourceKind = SourceKind.HCL) -> F | None:
    found = resources(records, source)[records[0].address].facets.get(facet_type)
    assert found is None or isinstance(found, facet_type)
    return found
