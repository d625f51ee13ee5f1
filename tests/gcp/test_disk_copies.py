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


DISK_NAME: Doubt = Unknown(Why.COMPUTED, references=(f"{DISK}.x",), is_=f"{DISK}.x.name")
DISK_ID: Doubt = Unknown(Why.COMPUTED, references=(f"{DISK}.x",), is_=f"{DISK}.x.id")
ABROAD = {"zone": "europe-west3-b", "storage_locations": ["us"]}


@pytest.mark.parametrize(("source", "expected"), [(DISK_NAME, ()), (DISK_ID, (AMERICA,))])
def test_a_reference_to_a_name_means_the_disk_in_that_zone_and_one_to_an_id_that_disk(source: Doubt, expected: tuple[Any, ...]) -> None:
    assert copies(record("google_compute_snapshot", {"source_disk": source, **ABROAD})) == Known(expected)


def test_images_that_are_made_of_a_copy_are_copies() -> None:
    snapshot = record("google_compute_snapshot", {"name": "s", "source_disk": "d", "storage_locations": ["eu"]})
    image = record("google_compute_image", {"name": "i", "source_snapshot": "s", "storage_locations": ["eu"]}, "i")
    again = record("google_compute_image", {"name": "j", "source_image": "i", "storage_locations": ["us"]}, "j")
    assert AMERICA not in copies(snapshot, image).value
    assert AMERICA in copies(snapshot, image, again).value


@pytest.mark.parametrize(
    ("kind", "doubted"), [("compute.googleapis.com/Disk", True), (None, True), ("sqladmin.googleapis.com/Instance", False)]
)
def test_where_a_plan_of_backup_and_dr_keeps_copies_is_not_read(kind: str | None, doubted: bool) -> None:
    found = copies(record("google_backup_dr_backup_plan_association", {"resource": DISK_ID, "resource_type": kind}))
    assert any(isinstance(copy, Unknown) for copy in ([found] if isinstance(found, Unknown) else found.value)) is doubted
