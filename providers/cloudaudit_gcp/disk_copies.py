"""Where the copies of disks live: replicas, snapshots by hand and by schedule, images."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial

import msgspec

from cloudaudit.model import Attr, Doubt, Known, Location, Record, Related, Unknown, Why, first_unknown
from cloudaudit.model.copies import Copies, Maker, declared, made_of, together
from cloudaudit.model.holders import Having, holders
from cloudaudit.model.names import may_be_one
from cloudaudit.model.partial import NAMELESS, nameless
from cloudaudit.model.texts import same_text
from cloudaudit_gcp.regions import locate, place_in, region_of, region_of_zone

DISKS = ("google_compute_disk", "google_compute_region_disk")

PLANS = "google_backup_dr_backup_plan_association"
"""What hands the backups of a resource to a plan of Backup and DR, which keeps them in a vault."""

_REPLICATION = "google_compute_disk_async_replication"
_SNAPSHOT, _IMAGE = _IMAGES = ("google_compute_snapshot", "google_compute_image")
_MACHINE_IMAGE, _ATTACHED = "google_compute_machine_image", "google_compute_attached_disk"
_MACHINES = tuple(f"google_compute_instance{made_of}" for made_of in ("", "_from_template", "_from_machine_image"))
_TEMPLATE, _REGION_TEMPLATE = "google_compute_instance_template", "google_compute_region_instance_template"
_HAVE = ("boot_disk.source", "attached_disk[].source")
"""By what a machine names the disks that it has."""

_DISK = "disk"
_OF_MACHINES = Known("compute.googleapis.com/Instance")
_POLICY = "google_compute_resource_policy"
_ATTACHMENTS = {
    "google_compute_disk": "google_compute_disk_resource_policy_attachment",
    "google_compute_region_disk": "google_compute_region_disk_resource_policy_attachment",
}
_PLACED = {
    "zone": {"google_compute_disk", _SNAPSHOT, _ATTACHMENTS["google_compute_disk"]},
    "region": {"google_compute_region_disk", _POLICY, _ATTACHMENTS["google_compute_region_disk"]},
}
"""What lies in a zone or a region, that of its provider unless it names one."""

_SCHEDULE = "snapshot_schedule_policy"

MADE_OF_DISKS = (*DISKS, _REPLICATION, _POLICY, *_ATTACHMENTS.values(), PLANS, _ATTACHED)
UNJUDGED = (*_IMAGES, _MACHINE_IMAGE, *_MACHINES, _TEMPLATE, _REGION_TEMPLATE)
"""What holds the data of disks, and is judged with these alone."""


def copies(record: Record, related: Related) -> Copies:
    """The copies of a disk that its configuration makes."""
    parts = [
        declared(record, related.companions(record, kind, "async_primary_disk.disk", optional=True, since=5, near=True), _home)
        for kind in DISKS
    ]
    replicas = related.companions(record, _REPLICATION, "primary_disk", near=True)
    parts.append(declared(record, replicas, lambda rule: _secondary(rule, related)))
    for kind, by in {**dict.fromkeys(_IMAGES, "source_disk"), _ATTACHMENTS[record.type]: "disk"}.items():
        meant = partial(_means, record=record, by=by)
        found = related.companions(record, kind, by, optional=kind in _IMAGES, near=True, namesakes=True, among=meant)
        parts.extend(_made(other, related) if kind in _IMAGES else _scheduled(other, record, related) for other in found.records)
        parts.append(_doubted(found.doubt if found.doubt is not None else _named_alike(record, kind, by, found.records, related)))
    return together(*parts, _by_itself(record, related), _by_others(record, related))


def _named_alike(record: Record, kind: str, by: str, found: Container[Record], related: Related) -> Doubt | None:
    """Why a copy that names another disk may mean this one, of another zone: of two in one zone no names are equal."""
    for other, named in related.named_alike(record, kind, by):
        apart = _is_in_one(named, record, "zone") != Known(value=True) or _is_in_one(named, record, "region") != Known(value=True)
        if apart and other not in found and _by_bare_name(other.text(by)) and _means(other, record, by) is not False:
            return Unknown(Why.UNRESOLVED, f"{other.address} may name {record.address} as well as {named.address}", other.origin)
    return None


def _made(image: Record, related: Related) -> Copies:
    """Where a snapshot or an image is stored, and the images and disks that are made of it."""
    return together(_stored_image(image), made_of(image, _MAKERS, related, near=True))


def _stored_image(image: Record) -> Copies:
    return _stored(image.elements("storage_locations"), image)


def _by_itself(record: Record, related: Related) -> Copies:
    """Snapshots that a disk orders: by the policies that it names itself (google-beta), and when it is destroyed."""
    last = record.flag("create_snapshot_before_destroy", since=7)
    unset: Doubt = Unknown(Why.UNRESOLVED, "where the snapshot goes that is made before it is destroyed: Google chooses", last.origin)
    final: Copies = last.then(lambda made: Known((unset,) if made else ()))
    policies = record.elements("resource_policies") if "resource_policies" in record.values else Known(())
    named = policies.value if isinstance(policies, Known) else (policies.bare,)
    return together(final, *(_scheduled_by(related.target(name, _POLICY)) for name in named))


def _of_template(template: Record) -> Attr[Location]:
    return Unknown(Why.UNRESOLVED, f"where machines are made of {template.address} is not read", template.origin)


_MAKERS = {
    kind: (
        Maker(_IMAGE, (by_image,), lambda other, _: _stored_image(other), judged=False),
        *(Maker(disk, (by_disk,), lambda other, _: Known((_home(other),))) for disk in disks),
        *(Maker(machine, (f"boot_disk.initialize_params.{by_disk}",), lambda other, _: Known((_home(other),))) for machine in _MACHINES),
        Maker(_REGION_TEMPLATE, (f"disk[].{by_image}",), lambda other, _: Known((_home(other),))),
        Maker(_TEMPLATE, (f"disk[].{by_image}",), lambda other, _: Known((_of_template(other),))),
    )
    for kind, by_image, by_disk, disks in (
        (_SNAPSHOT, "source_snapshot", "snapshot", DISKS),
        (_IMAGE, "source_image", "image", ("google_compute_disk",)),
    )
}
"""What is made of snapshots and images: of machines, the disks that are made with them."""


def _by_others(record: Record, related: Related) -> Copies:
    """Copies that another service makes of a disk, or of the machine that it is attached to: where they lie is not read."""
    plans = related.companions(record, PLANS, "resource", near=True, among=_may_be_of_a_disk)
    made = [*plans.records, *_of_machines(record, related)]
    doubts: list[Doubt] = [Unknown(Why.UNSUPPORTED, f"where {one.address} keeps copies is not read", one.origin) for one in made]
    return together(Known(tuple(doubts)), _doubted(plans.doubt))


def _of_machines(record: Record, related: Related) -> Iterator[Record]:
    """What copies a machine that has the disk, as far as that can be traced."""
    if not any(map(related.every, (PLANS, _MACHINE_IMAGE))):
        return
    having = holders(record, related, _HAVING)
    for kind, by in {PLANS: "resource", _MACHINE_IMAGE: "source_instance"}.items():
        for other in related.every(kind):
            named = other.text(by)
            disks = DISKS if kind == PLANS and other.text("resource_type") != _OF_MACHINES else ()
            machine = related.target(named, *disks, *_MACHINES)
            is_disk = isinstance(machine, Known) and machine.value is not None and machine.value.type in DISKS
            if not is_disk and having.are(named, machine) != Known(value=False):
                yield other


def _is_one(one: Attr[str | None], other: Attr[str | None]) -> bool:
    """Whether two values may name one machine: by what they rest on, by the name in which they end, or as one of them is an input."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return may_be_one(one, other)
    return _last(one.value or "") == _last(other.value or "-")


_HAVING = Having(dict.fromkeys(_MACHINES, _HAVE), {_ATTACHED: ("disk", "instance")}, _is_one, near=True)


def _may_be_of_a_disk(association: Record) -> bool:
    kind = association.text("resource_type")
    return isinstance(kind, Unknown) or (kind.value or _DISK).rpartition("/")[2].lower() == _DISK


def _home(disk: Record) -> Attr[Location]:
    return locate(region_of(disk))


def _doubted(doubt: Doubt | None) -> Copies:
    return Known((doubt,) if doubt is not None else ())


def _means(other: Record, record: Record, by: str) -> bool | None:
    """Whether what another names by an attribute is a disk: an identifier tells the place, a bare name means the disk there."""
    named = other.text(by)
    if not _by_bare_name(named):
        return True
    alike = [_is_in_one(other, record, name) for name in ("zone", "region")]
    return False if Known(value=False) in alike else None if first_unknown(*alike) is not None else True


def _by_bare_name(named: Attr[str | None]) -> bool:
    return (named.is_ or "").endswith(".name") if isinstance(named, Unknown) else "/" not in (named.value or "")


def _is_in_one(other: Record, record: Record, name: str) -> Attr[bool]:
    """Whether two lie in one zone or region; what has none is told from nothing by it."""
    places = [_place(one, name) for one in (other, record)]
    own = isinstance(places[0], Unknown) and places[0].is_ == f"{record.address}.{name}"
    unset = other.scope.is_of(record.scope) and all(one.text(name) == Known(None) for one in (other, record))
    return Known(value=True) if own or unset or Known(None) in places else same_text(*map(_name, places))


def _place(record: Record, name: str) -> Attr[str | None]:
    """The zone or region that a record names, or takes of its provider; none of a type that has no such attribute."""
    if record.type not in _PLACED[name] and name not in record.values:
        return Known(None)
    return record.text(name).or_else({"zone": record.scope.zone, "region": record.scope.region}[name])


def _last(place: str) -> str:
    return place.rpartition("/")[2]


def _name(place: Attr[str | None]) -> Attr[str | None]:
    """A place by its name alone, also where a part of its URL is not told."""
    short = place.read_as(lambda told: Known(_last(told or "")))
    if isinstance(short, Unknown) and short.partial is not None and "/" in nameless(short.partial):
        _, hole, end = _last(nameless(short.partial)).rpartition(NAMELESS)
        return msgspec.structs.replace(short, partial=hole + end)  # what is not told may hold a slash
    return short


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


def _scheduled(attachment: Record, disk: Record, related: Related) -> Copies:
    """Where the snapshots go that an attached policy schedules."""
    if attachment.presence is not None:
        return attachment.presence.bare
    policy = related.target(attachment.text("name"), _POLICY)
    apart = _lies_apart(policy.value, attachment, disk) if isinstance(policy, Known) and policy.value is not None else False
    if apart:
        return _of_another_place(attachment).bare
    doubts = (_of_another_place(attachment).bare,) if apart is None else ()
    return together(_scheduled_by(policy), Known(doubts))


def _lies_apart(policy: Record, attachment: Record, disk: Record) -> bool | None:
    """Whether a policy is not the one of its name that an attachment means: that is of its project, in the region of the disk.

    None if that is not known.

    Source: Compute Engine API, disks.addResourcePolicies; google provider, which makes the policy's URL of these.
    """
    regions = map(_name, (_place(policy, "region"), region_of(disk)))
    one_project, one_region = policy.scope.shares_account(attachment.scope), same_text(*regions)
    if one_project is False or one_region == Known(value=False):
        return True
    return None if one_project is None or isinstance(one_region, Unknown) else False


def _of_another_place(attachment: Record) -> Doubt:
    detail = f"{attachment.address} names a policy of its own project and region, which may not be declared here"
    return Unknown(Why.UNRESOLVED, detail, attachment.origin)


def _scheduled_by(policy: Attr[Record | None]) -> Copies:
    if isinstance(policy, Unknown):
        return policy.bare
    schedules = policy.value.blocks(_SCHEDULE) if policy.value is not None else Known(())
    if isinstance(schedules, Unknown):
        return schedules.bare
    if policy.value is None or not schedules.value:
        return Known(())
    return _stored(policy.value.elements(f"{_SCHEDULE}.snapshot_properties.storage_locations"), policy.value)
