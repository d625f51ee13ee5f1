"""Where the copies of disks live."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Doubt, Known, Location, Placement, Record, Unknown, Why
from tests.gcp.records import facet, record

DISK, POLICY = "google_compute_disk", "google_compute_resource_policy"
AMERICA = Known(Location("us", "adequacy"))
DENIED: Doubt = Unknown(Why.DENIED, "compute.snapshots.list")


def copies(*others: Record) -> Any:
    subject = record(DISK, {"name": "d", "zone": "europe-west3-a"})
    return facet(Placement, subject, *others).copies


@pytest.mark.parametrize("kind", ["google_compute_snapshot", "google_compute_image"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"source_disk": "d", "storage_locations": ["us"]}, (AMERICA,)),
        ({"source_disk": "d", "zone": "europe-west3-a", "storage_locations": ["us"]}, (AMERICA,)),
        ({"source_disk": "d", "zone": "europe-west3-b", "storage_locations": ["us"]}, ()),
        ({"source_disk": "other", "storage_locations": ["us"]}, ()),
        ({"source_disk": "projects/another/zones/europe-west3-a/disks/d", "storage_locations": ["us"]}, ()),
        ({"source_disk": "projects/fixture/zones/europe-west3-b/disks/d", "storage_locations": ["us"]}, ()),
    ],
)
def test_a_snapshot_is_of_the_disk_of_that_name_in_its_zone(kind: str, values: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert copies(record(kind, values)) == Known(expected)


@pytest.mark.parametrize(
    "values",
    [
        {"source_disk": "d"},
        {"source_disk": "d", "storage_locations": DENIED},
        {"source_disk": DENIED, "storage_locations": ["us"]},
        {"source_disk": "projects/fixture/zones/europe-west3-a/disks/d", "storage_locations": ["us"]},
    ],
)
def test_a_snapshot_of_which_something_is_not_told(values: dict[str, Any]) -> None:
    found = copies(record("google_compute_snapshot", values))
    assert isinstance(found, Unknown) or any(isinstance(copy, Unknown) for copy in found.value)


def scheduled(policy: dict[str, Any], **attachment: Any) -> Any:
    attached = record(f"{DISK}_resource_policy_attachment", {"name": "p", "disk": "d", **attachment})
    return copies(attached, record(POLICY, {"name": "p", **policy}))


@pytest.mark.parametrize(
    ("policy", "attachment", "expected"),
    [
        ({"snapshot_schedule_policy": [{"snapshot_properties": [{"storage_locations": ["us"]}]}]}, {}, (AMERICA,)),
        ({"snapshot_schedule_policy": [{"snapshot_properties": [{"storage_locations": ["us"]}]}]}, {"zone": "us-east1-b"}, ()),
        ({"instance_schedule_policy": [{}]}, {}, ()),
        ({}, {}, ()),
    ],
)
def test_where_scheduled_snapshots_go(policy: dict[str, Any], attachment: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert scheduled(policy, **attachment) == Known(expected)


@pytest.mark.parametrize("policy", [{"snapshot_schedule_policy": [{}]}, {"snapshot_schedule_policy": DENIED}])
def test_where_scheduled_snapshots_go_that_google_places_is_unknown(policy: dict[str, Any]) -> None:
    assert isinstance(scheduled(policy), Unknown)


def test_a_policy_that_is_declared_elsewhere_may_make_copies() -> None:
    assert isinstance(scheduled({}, name="another"), Unknown)
