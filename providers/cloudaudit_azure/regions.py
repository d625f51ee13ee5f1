"""Where an Azure resource lives, and the region that Azure copies geo-redundant data to."""

from __future__ import annotations

from pathlib import Path

from cloudaudit.model import Attr, Known, Location, Placement, Record, RegionTable, Unknown, Why

TABLE = RegionTable(Path(__file__).with_name("regions.json"))

_NO_COPIES: Attr[tuple[Attr[Location], ...]] = Known(())


def region_of(record: Record) -> Attr[str | None]:
    """The region of a record, as an id or a display name ("West Europe")."""
    return record.text("location").or_else(record.scope.region)


def locate(region: Attr[str | None]) -> Attr[Location]:
    """The location of a region that may be unknown."""
    return region.then(_located)


def paired(region: Attr[str | None]) -> Attr[tuple[Attr[Location], ...]]:
    """Where geo-redundant copies of a region's data go: its pair, which Azure fixes."""
    return region.then(_paired)


def placement(record: Record, copies: Attr[tuple[Attr[Location], ...]] = _NO_COPIES) -> Placement:
    """Where a record and its copies live."""
    return Placement(locate(region_of(record)), copies)


def _located(region: str | None) -> Attr[Location]:
    return TABLE.locate(region) if region else Unknown(Why.UNRESOLVED, "the region is not set")


def _paired(region: str | None) -> Attr[tuple[Attr[Location], ...]]:
    pair = TABLE.pair(region) if region else None
    if pair is None:
        return Unknown(Why.UNSUPPORTED, f'the pair of the region "{region or ""}" is in no table')
    return Known((_located(pair),))
