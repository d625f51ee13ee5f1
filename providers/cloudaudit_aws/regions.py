"""Where an AWS resource lives, by tables of regions and of places apart from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cloudaudit.model import Attr, Known, Location, Placement, Record, RegionTable, Unknown, Why, both
from cloudaudit.model.partial import beginning
from cloudaudit_aws.words import meaning

TABLE = RegionTable(Path(__file__).with_name("regions.json"))
CITIES = RegionTable(Path(__file__).with_name("cities.json"))
"""Where Local Zones and Wavelength Zones stand, which need not be the country of their region, by the airport's code in their name.

Source: AWS, Local Zones locations and Wavelength locations; IATA codes.
"""

_NO_COPIES: Attr[tuple[Attr[Location], ...]] = Known(())
_ZONAL = {"aws_db_instance", "aws_ebs_volume"}
_ZONES_SEEN = {"aws_ebs_snapshot": "availability_zone", "aws_lb": "zones"}
_OUTPOSTS_SEEN = {"aws_db_instance", "aws_lb"}
_OUTPOST_SINCE = {"aws_ebs_volume": 3, "aws_ebs_snapshot": 4}
"""Types with the argument outpost_arn, and the major version of which every release knows it."""

_ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+-\d+)([a-z]|-(?:wl\d-)?([a-z]{3})-(?:wlz-)?\d[a-z]?)")

_CITY = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+-(?:wl\d-)?([a-z]{3})-")


def place_of_zone(zone: str) -> Attr[Location]:
    """Where a zone is: an availability zone in its region (`eu-central-1a`), others in their city (`eu-central-1-ham-1a`)."""
    match = _ZONE.fullmatch(zone)
    if match is None:
        return TABLE.locate(zone)
    return TABLE.locate(match[1]) if match[3] is None else CITIES.locate(match[3]).map(lambda city: Location(zone, *_law(city)))


def _law(location: Location) -> tuple[str, str | None]:
    return location.jurisdiction, location.country


def locate(region: Attr[str | None]) -> Attr[Location]:
    """The location of a region that may be unknown."""
    return region.then(_located)


def _located(region: str | None) -> Attr[Location]:
    return TABLE.locate(region) if region else Unknown(Why.UNRESOLVED, "the region is not set")


def placement(record: Record, copies: Attr[tuple[Attr[Location], ...]] = _NO_COPIES) -> Placement:
    """Where a record and its copies live."""
    return Placement(_outpost(record).then(lambda outpost: _OWNERS if outpost else _home(record)), copies)


_OWNERS: Attr[Location] = Unknown(Why.UNSUPPORTED, "it is on an Outpost, or its backups are, which stands where its owner put it")


def _outpost(record: Record) -> Attr[bool]:
    """Whether a record is on an Outpost."""
    if record.type in _OUTPOST_SINCE:
        return record.text("outpost_arn", since=_OUTPOST_SINCE[record.type]).map(bool)
    if record.type not in _OUTPOSTS_SEEN:
        return Known(value=False)
    seen = record.seen("outposts")
    on_one: Attr[bool] = Known(value=False) if isinstance(seen, Unknown) and seen.why is Why.ELSEWHERE else seen.map(bool)
    if record.type != "aws_db_instance" or on_one == Known(value=True):
        return on_one
    backups = record.text("backup_target", since=5).then(lambda word: meaning(word or "region", _BACKUPS, "the place of the backups"))
    return both(on_one, backups, lambda database, kept: database or kept)


_BACKUPS = {"region": False, "outposts": True, "local": True}
"""Whether backups are kept on an Outpost or in a Local Zone of the owner's. Source: RDS API, DBInstance.BackupTarget."""


def _home(record: Record) -> Attr[Location]:
    """The place of a record's zones where these are told, else its region."""
    if record.type in _ZONAL:
        zone = record.text("availability_zone")
        region = locate(record.scope.region)
        if isinstance(zone, Unknown) and not zone.possible:
            return zone.bare if record.origin.call is not None else _begun(zone, region)
        return zone.then(lambda name: place_of_zone(name) if name else region)
    if record.type not in _ZONES_SEEN:
        return locate(record.scope.region)
    seen = record.seen(_ZONES_SEEN[record.type])
    if isinstance(seen, Unknown):
        return locate(record.scope.region) if seen.why is Why.ELSEWHERE else seen.bare
    return seen.then(_shared) if seen.value is not None else locate(record.scope.region)


def _begun(zone: Unknown[str | None], region: Attr[Location]) -> Attr[Location]:
    """Where a zone is of which only the beginning may be told: a zone of its region, unless that names a city."""
    begins = beginning(zone.partial or "")
    city = _CITY.match(begins)
    return CITIES.locate(city[1]).map(lambda found: Location(begins, *_law(found))) if city is not None else region


def _shared(zones: Any) -> Attr[Location]:
    places = [place_of_zone(str(zone)) for zone in (zones if isinstance(zones, list) else [zones])]
    if not places:
        return Unknown(Why.UNSUPPORTED, "its zones are not told")
    return places[0] if all(place == places[0] for place in places) else Unknown(Why.UNSUPPORTED, "its zones are in several places")
