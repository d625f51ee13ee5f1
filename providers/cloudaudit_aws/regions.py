"""Where an AWS resource lives, by region table."""

from __future__ import annotations

import re
from pathlib import Path

from cloudaudit.model import Attr, Known, Location, Placement, Record, RegionTable, Unknown, Why

TABLE = RegionTable(Path(__file__).with_name("regions.json"))

_NO_COPIES: Attr[tuple[Attr[Location], ...]] = Known(())
_ZONAL = {"aws_db_instance", "aws_ebs_volume"}
_ZONE = re.compile(r"^([a-z]+(?:-[a-z]+)+-\d+)(?:[a-z]|-.+)$")


def region_of_zone(zone: str) -> str:
    """The region of an availability zone or a Local Zone (`eu-central-1a`, `eu-central-1-ham-1a`)."""
    match = _ZONE.match(zone)
    return match.group(1) if match else zone


def region_of(record: Record) -> Attr[str | None]:
    """The region of a record: its zone's if it names one, else its scope's."""
    zone = record.text("availability_zone") if record.type in _ZONAL else None
    if isinstance(zone, Known) and zone.value:
        return Known(region_of_zone(zone.value), zone.origin)
    return record.scope.region


def locate(region: Attr[str | None]) -> Attr[Location]:
    """The location of a region that may be unknown."""
    return region.then(_located)


def _located(region: str | None) -> Attr[Location]:
    return TABLE.locate(region) if region else Unknown(Why.UNRESOLVED, "the region is not set")


def placement(record: Record, copies: Attr[tuple[Attr[Location], ...]] = _NO_COPIES) -> Placement:
    """Where a record and its copies live."""
    return Placement(locate(region_of(record)), copies)
