"""Where the copies of disks live: replicas, snapshots by hand and by schedule, images."""

from __future__ import annotations

from cloudaudit.model import Attr, Doubt, Known, Location, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, declared, together
from cloudaudit_gcp.regions import locate, place_in, region_of, region_of_zone

DISKS = ("google_compute_disk", "google_compute_region_disk")

_REPLICATION = "google_compute_disk_async_replication"
_IMAGES = ("google_compute_snapshot", "google_compute_image")
_POLICY = "google_compute_resource_policy"
_ATTACHMENTS = {
    "google_compute_disk": "google_compute_disk_resource_policy_attachment",
    "google_compute_region_disk": "google_compute_region_disk_resource_policy_attachment",
}
_SCHEDULE = "snapshot_schedule_policy"

MADE_OF_DISKS = (*DISKS, _REPLICATION, *_IMAGES, _POLICY, *_ATTACHMENTS.values())


def copies(record: Record, related: Related) -> Copies:
    """The copies of a disk that its configuration makes."""
    parts = [
        declared(record, related.companions(record, kind, "async_primary_disk.disk", optional=True, since=5, near=True), _home)
        for kind in DISKS
    ]
    replicas = related.companions(record, _REPLICATION, "primary_disk", near=True)
    parts.append(declared(record, replicas, lambda rule: _secondary(rule, related)))
    for kind in _IMAGES:
        made = related.companions(record, kind, "source_disk", optional=True, near=True, among=lambda other: _may_share_zone(other, record))
        parts.append(together(*(_stored(other.elements("storage_locations"), other) for other in made.records), _doubted(made.doubt)))
    attached = related.companions(record, _ATTACHMENTS[record.type], "disk", near=True, among=lambda other: _may_share_zone(other, record))
    parts.append(together(*(_scheduled(other, related) for other in attached.records), _doubted(attached.doubt)))
    return together(*parts)


def _home(disk: Record) -> Attr[Location]:
    return locate(region_of(disk))


def _doubted(doubt: Doubt | None) -> Copies:
    return Known((doubt,) if doubt is not None else ())


def _may_share_zone(one: Record, other: Record) -> bool:
    """Whether two may lie in one zone or region: a name of a disk means the one there."""
    pairs = ((one.text(name), other.text(name)) for name in ("zone", "region"))
    return not any(
        isinstance(first, Known)
        and isinstance(second, Known)
        and first.value
        and second.value
        and _last(first.value) != _last(second.value)
        for first, second in pairs
    )


def _last(place: str) -> str:
    return place.rpartition("/")[2]


def _secondary(rule: Record, related: Related) -> Attr[Location]:
    """Where the other disk of a replication lives: as its id says, or as it is declared."""
    disk = rule.text("secondary_disk.disk")
    named = place_in(disk)
    if named:
        return locate(Known(region_of_zone(named), disk.origin))
    nowhere: Attr[str | None] = Unknown(Why.UNRESOLVED, "the replication names no disk that says where it lives", rule.origin)
    return locate(related.target(disk, *DISKS).then(lambda found: region_of(found) if found is not None else nowhere))


def _stored(places: Attr[tuple[Attr[str | None], ...]], record: Record) -> Copies:
    """Where a snapshot or image is stored. Left to Google it is the multi-region next to the disk, or what the project sets."""
    if record.presence is not None:
        return record.presence.bare
    unset: Doubt = Unknown(Why.UNRESOLVED, f"{record.address} sets no storage_locations: Google chooses", record.origin)
    return places.then(lambda names: Known(tuple(map(locate, names))) if names else unset)


def _scheduled(attachment: Record, related: Related) -> Copies:
    """Where the snapshots go that an attached policy schedules."""
    if attachment.presence is not None:
        return attachment.presence.bare
    policy = related.target(attachment.text("name"), _POLICY)
    if isinstance(policy, Unknown):
        return policy.bare
    schedules = policy.value.blocks(_SCHEDULE) if policy.value is not None else Known(())
    if isinstance(schedules, Unknown):
        return schedules.bare
    if policy.value is None or not schedules.value:
        return Known(())
    return _stored(policy.value.elements(f"{_SCHEDULE}.snapshot_properties.storage_locations"), policy.value)
