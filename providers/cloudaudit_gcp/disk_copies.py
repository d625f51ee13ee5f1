"""Where the copies of disks live: replicas, snapshots by hand and by schedule, images."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cloudaudit.model import Attr, Doubt, Known, Location, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, declared, together
from cloudaudit_gcp.regions import locate, place_in, region_of, region_of_zone

DISKS = ("google_compute_disk", "google_compute_region_disk")

PLANS = "google_backup_dr_backup_plan_association"
"""What hands the backups of a resource to a plan of Backup and DR, which keeps them in a vault."""

_REPLICATION = "google_compute_disk_async_replication"
_SNAPSHOT, _IMAGE = _IMAGES = ("google_compute_snapshot", "google_compute_image")
_MADE_BY = {_SNAPSHOT: "source_snapshot", _IMAGE: "source_image"}
"""By which attribute an image names what it is made of."""

_MACHINE_IMAGE = "google_compute_machine_image"
_DISK = "disk"
_POLICY = "google_compute_resource_policy"
_ATTACHMENTS = {
    "google_compute_disk": "google_compute_disk_resource_policy_attachment",
    "google_compute_region_disk": "google_compute_region_disk_resource_policy_attachment",
}
_PLACED = {
    "zone": {"google_compute_disk", _SNAPSHOT, _ATTACHMENTS["google_compute_disk"]},
    "region": {"google_compute_region_disk", _ATTACHMENTS["google_compute_region_disk"]},
}
"""What lies in a zone or a region, that of its provider unless it names one."""

_SCHEDULE = "snapshot_schedule_policy"

MADE_OF_DISKS = (*DISKS, _REPLICATION, *_IMAGES, _POLICY, *_ATTACHMENTS.values(), PLANS, _MACHINE_IMAGE)


def copies(record: Record, related: Related) -> Copies:
    """The copies of a disk that its configuration makes."""
    parts = [
        declared(record, related.companions(record, kind, "async_primary_disk.disk", optional=True, since=5, near=True), _home)
        for kind in DISKS
    ]
    replicas = related.companions(record, _REPLICATION, "primary_disk", near=True)
    parts.append(declared(record, replicas, lambda rule: _secondary(rule, related)))
    for kind, by in {**dict.fromkeys(_IMAGES, "source_disk"), _ATTACHMENTS[record.type]: "disk"}.items():
        meant = partial(_may_mean, record=record, by=by)
        found = related.companions(record, kind, by, optional=kind in _IMAGES, near=True, namesakes=True, among=meant)
        parts.extend(_made(other, related) if kind in _IMAGES else _scheduled(other, related) for other in found.records)
        parts.append(_doubted(found.doubt))
    parts.append(_by_others(record, related))
    return together(*parts)


def _made(image: Record, related: Related) -> Copies:
    """Where a snapshot or an image is stored, and the images that are made of it."""
    chain, parts = [image], []
    for one in chain:
        parts.append(_stored(one.elements("storage_locations"), one))
        again = related.companions(one, _IMAGE, _MADE_BY[one.type], optional=True, near=True)
        parts.append(_doubted(again.doubt))
        chain.extend(other for other in again.records if other not in chain)
    return together(*parts)


def _by_others(record: Record, related: Related) -> Copies:
    """Copies that another service makes of a disk, or of the machine that it is attached to: where they lie is not read."""
    plans = related.companions(record, PLANS, "resource", near=True, among=_may_be_of_a_disk)
    made = [*plans.records, *_of_machines(record, related)]
    doubts: list[Doubt] = [Unknown(Why.UNSUPPORTED, f"where {one.address} keeps copies is not read", one.origin) for one in made]
    return together(Known(tuple(doubts)), _doubted(plans.doubt))


def _of_machines(record: Record, related: Related) -> Iterator[Record]:
    """What copies a machine that rests on the disk, as far as that can be traced: no reader takes machines."""
    for kind, by in {PLANS: "resource", _MACHINE_IMAGE: "source_instance"}.items():
        for other in related.every(kind):
            machine = related.target(other.text(by), *DISKS)
            if isinstance(machine, Unknown) and record.address in machine.references:
                yield other


def _may_be_of_a_disk(association: Record) -> bool:
    kind = association.text("resource_type")
    return isinstance(kind, Unknown) or (kind.value or _DISK).rpartition("/")[2].lower() == _DISK


def _home(disk: Record) -> Attr[Location]:
    return locate(region_of(disk))


def _doubted(doubt: Doubt | None) -> Copies:
    return Known((doubt,) if doubt is not None else ())


def _may_mean(other: Record, record: Record, by: str) -> bool:
    """Whether what another names by an attribute may be a disk: an identifier tells the place, a bare name means the disk there."""
    named = other.text(by)
    bare = (named.is_ or "").endswith(".name") if isinstance(named, Unknown) else "/" not in (named.value or "")
    pairs = ((_place(other, name), _place(record, name)) for name in ("zone", "region"))
    return not bare or not any(
        isinstance(first, Known)
        and isinstance(second, Known)
        and first.value
        and second.value
        and _last(first.value) != _last(second.value)
        for first, second in pairs
    )


def _place(record: Record, name: str) -> Attr[str | None]:
    """The zone or region that a record names, or takes of its provider."""
    unset = {"zone": record.scope.zone, "region": record.scope.region}[name] if record.type in _PLACED[name] else Known(None)
    return record.text(name).or_else(unset)


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
