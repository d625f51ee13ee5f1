"""Records by hand, for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cloudaudit import plugins
from cloudaudit.model import Collection, Gap, Known, Origin, Record, Resource, Scope, SourceKind
from cloudaudit.policy import Policy
from cloudaudit.reading import read


def record(kind: str, name: str = "x", values: Mapping[str, Any] | None = None, *, region: str = "eu-central-1", **observed: Any) -> Record:
    scope = Scope("aws", Known("123456789012"), Known(region), "aws")
    return Record(kind, f"{kind}.{name}", None, scope, values or {}, Origin("main.tf", 1), observed)


def resources(records: Sequence[Record], kind: SourceKind = SourceKind.HCL, gaps: Sequence[Gap] = ()) -> dict[str, Resource]:
    """The resources that the readers make of some records, by address. No reader may raise."""
    if kind in {SourceKind.LIVE, SourceKind.STATE}:
        records = [msgspec.structs.replace(item, report=True) for item in records]
    inventory = read(Collection("u", kind, records, gaps), plugins.reader_of, Policy().environments.rules())
    assert list(inventory.gaps) == list(gaps)
    return {resource.address: resource for resource in inventory.resources}
