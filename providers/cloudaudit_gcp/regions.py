"""Where a Google Cloud resource lives, by table of regions and multi-regions."""

from __future__ import annotations

import re
from pathlib import Path

from cloudaudit.model import Attr, Known, Location, Placement, Record, RegionTable, Unknown, Why

TABLE = RegionTable(Path(__file__).with_name("regions.json"))

_NO_COPIES: Attr[tuple[Attr[Location], ...]] = Known(())
_ZONAL = {
    "google_compute_disk",
    "google_compute_instance",
    "google_compute_instance_from_template",
    "google_compute_instance_from_machine_image",
}
_ZONE = re.compile(r"([a-z]+-[a-z]+[0-9]+)-(?:ai[0-9]+)?[a-z]")  # "us-south1-ai1b" is a zone for machine learning
_BEGUN = re.compile(r"([a-z]+-[a-z]+[0-9]+)-")
_PLACE = re.compile(r"(?:^|/)(?:locations|regions|zones)/([a-z0-9-]+)(?=/|$)", re.IGNORECASE)


def region_of_zone(zone: str) -> str:
    """The region of a zone, given by name or by URL (`europe-west3-a`)."""
    name = zone.rpartition("/")[2]
    match = _ZONE.fullmatch(name.lower())
    return match[1] if match else name


def place_in(reference: Attr[str | None]) -> str:
    """The region or zone that an identifier names, all of it known or not; empty where it names none."""
    text = reference.partial if isinstance(reference, Unknown) else reference.value
    found = _PLACE.search(text or "")
    return found[1] if found else ""


def region_of(record: Record) -> Attr[str | None]:
    """The region of a record: its own or its zone's. Unset, it is its provider's: of a zonal record that is the provider's zone alone.

    Source: Google provider, `getZone` and `getRegion` (tpgresource): the one never asks for the other.
    """
    if record.type in _ZONAL:
        return _region_of_zone(record.text("zone").or_else(record.scope.zone))
    return record.text("region").map(lambda name: name.rpartition("/")[2] if name else None).or_else(record.scope.region)


def _region_of_zone(zone: Attr[str | None]) -> Attr[str | None]:
    """A zone of which only the end is not known ("us-east1-${var.x}") lies in the region with which it begins."""
    if isinstance(zone, Unknown):
        begun = _BEGUN.match(place_in(zone) or zone.partial or "")
        return Known(begun[1], zone.origin) if begun else zone.map(lambda name: region_of_zone(name) if name else None)
    return zone.map(lambda name: region_of_zone(name) if name else None)


def locate(region: Attr[str | None]) -> Attr[Location]:
    """The location of a region that may be unknown."""
    return region.then(_located)


def placement(record: Record, copies: Attr[tuple[Attr[Location], ...]] = _NO_COPIES) -> Placement:
    """Where a record and its copies live."""
    return Placement(locate(region_of(record)), copies)


def _located(region: str | None) -> Attr[Location]:
    return TABLE.locate(region) if region else Unknown(Why.UNRESOLVED, "the region or zone is not set")
