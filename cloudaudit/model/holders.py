"""Which machine has a disk: what is made of a machine holds what is on its disks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Unknown, Why, first_unknown
from cloudaudit.model.copies import addresses, perhaps_resting_on, resting_on
from cloudaudit.model.names import may_be_handed, may_be_one, spellings
from cloudaudit.model.record import Record
from cloudaudit.model.related import Related

Same = Callable[[Attr[str | None], Attr[str | None]], bool]
"""Whether two values name one machine, as far as both are told."""


class Having(msgspec.Struct, frozen=True):
    """How a cloud says that a machine has a disk: its machines and by what they name disks, and what attaches one to another."""

    machines: Mapping[str, tuple[str, ...]]
    attachments: Mapping[str, tuple[str, str]]  # by what each names the disk, and by what the machine
    same: Same
    near: bool = False  # whether a name means what lies in the place of what says it


class Holders(msgspec.Struct, frozen=True):
    """What has a disk, and what may have it."""

    disk: Record
    having: Having
    attached: tuple[Attr[str | None], ...]  # what attachments name as the machine
    perhaps_attached: tuple[Attr[str | None], ...]
    surely: frozenset[str]  # addresses, that of the disk among them
    perhaps: frozenset[str]
    names: tuple[str, ...]  # of all these

    def are(self, named: Attr[str | None], target: Attr[Record | None]) -> Attr[bool]:
        """Whether what somebody names, and the record that this leads to, is a machine that has the disk."""
        led = set(addresses(target))
        if led & self.surely or any(self.having.same(named, one) for one in self.attached):
            return Known(value=True)
        own = list(spellings(target.value)) if isinstance(target, Known) and target.value is not None else []
        attached = (*self.perhaps_attached, *self.attached)
        handed = may_be_handed(named, self.names) or any(may_be_handed(one, own) or may_be_one(named, one) for one in attached)
        if not handed and not led & self.perhaps and not any(self.having.same(named, one) for one in self.perhaps_attached):
            return Known(value=False)
        doubt = first_unknown(named, *attached)
        return _not_told(self.disk) if doubt is None else doubt.bare


def holders(disk: Record, related: Related, having: Having, besides: Mapping[str, Attr[str | None]] | None = None) -> Holders:
    """What has a disk. `besides` are machines that are written in other ways: the name of each, by its address."""
    named, machines = _resting(disk, related, having, resting_on)
    attached = (*named, *(besides or {}).values())
    perhaps_attached, perhaps_machines = _resting(disk, related, having, perhaps_resting_on)
    targets = [related.target(one, *having.machines) for one in attached]
    perhaps_targets = [related.target(one, *having.machines) for one in perhaps_attached]
    declared = [one.value for one in (*targets, *perhaps_targets) if isinstance(one, Known) and one.value is not None]
    return Holders(
        disk,
        having,
        attached,
        perhaps_attached,
        frozenset({disk.address, *(besides or ()), *_addresses(targets, machines)}),
        frozenset(_addresses(perhaps_targets, perhaps_machines)),
        tuple(name for machine in (*machines, *perhaps_machines, *declared) for name in spellings(machine)),
    )


def _resting(
    disk: Record, related: Related, having: Having, way: Callable[..., Iterator[Record]]
) -> tuple[tuple[Attr[str | None], ...], list[Record]]:
    """What attachments of the disk name as the machine, and the machines that name the disk."""
    attached = tuple(
        one.text(machine) for kind, (by, machine) in having.attachments.items() for one in way(disk, kind, (by,), related, near=having.near)
    )
    return attached, [machine for kind, by in having.machines.items() for machine in way(disk, kind, by, related, near=having.near)]


def _addresses(targets: Iterable[Attr[Record | None]], machines: Iterable[Record]) -> Iterator[str]:
    yield from (address for target in targets for address in addresses(target))
    yield from (machine.address for machine in machines)


def _not_told(disk: Record) -> Doubt:
    return Unknown(Why.UNRESOLVED, f"which machine has {disk.address} is not known", disk.origin, (disk.address,))
