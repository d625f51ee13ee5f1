"""Terraform plans as `terraform show -json` prints them, formats 0.1 to 1.2: what there will be after apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cloudaudit.model import Collection, Doubt, Gap, Origin, Record, SourceKind, Unknown, Why
from cloudaudit.sources.terraform.census import Fates, blocks, taken
from cloudaudit.sources.terraform.document import as_list, as_mapping, as_text
from cloudaudit.sources.terraform.instances import Instance, Unreadable, data_read, is_managed, joined, misshapen, shown_instances
from cloudaudit.sources.terraform.links import Links
from cloudaudit.sources.terraform.providers import Providers
from cloudaudit.sources.terraform.publishers import strangers
from cloudaudit.sources.terraform.redaction import Secrets, is_secret_variable, redacted, secret_outputs, secret_strings
from cloudaudit.sources.terraform.scope import PLACES, scope_of, told_by_others
from cloudaudit.sources.terraform.state import identity, unreadable_gap
from cloudaudit.sources.terraform.trails import trails
from cloudaudit.sources.terraform.unknowns import UNSET, Source, inferred, overlaid

_UNRECORDED: Doubt = Unknown(Why.UNRECORDED, "the plan does not record {}")
"""Terraform writes every attribute that the provider knows, null where it is not set; `planned_values` lacks what is not known."""


class _Listed(msgspec.Struct, frozen=True):
    """What a plan lists: what will be there, what will not, what cannot be said."""

    kept: list[Instance]
    gone: list[Instance]
    deferred: list[Instance]
    moved: list[tuple[str, str]]
    unreadable: list[Unreadable]
    former: list[Instance]  # what is deleted or changed, as it was
    forgotten: list[Instance]  # what leaves Terraform's hands and stays
    disputed: list[tuple[Instance, list[str]]]  # of which the parts of the plan say different things, and the names


def read_plan(document: Mapping[str, Any], *, file: str, unit: str, wanted: Callable[[str], bool]) -> Collection:
    """The records of the resources that there are once the plan is applied.

    A resource that is deleted or forgotten has none. One that stays as it is has one, also where only `planned_values` or
    `prior_state` lists it (a trimmed, targeted or refresh-only plan).
    """
    version = as_text(document.get("format_version"))
    if version and version.partition(".")[0] not in {"0", "1"}:
        gap = Gap(Why.UNSUPPORTED, f"{file} is a plan of format {version[:20]!r}", Origin(file=file), "upgrade cloudaudit", unit)
        return Collection(unit, SourceKind.PLAN, (), (gap,))
    listed = _listed(document)
    links = Links(document.get("configuration"), document.get("variables"), listed.kept)
    secrets = Secrets(_secrets(document, listed.kept))
    made = _Records(file, unit, links, Providers(document, links), secrets)
    records = made.of(item for item in listed.kept if wanted(item.type))
    former = made.of(item for item in listed.former if wanted(item.type))
    partial = _errored(document) or _partial(document)
    tally = taken(
        links,
        Fates(blocks(listed.kept), blocks(listed.gone), {**{row.block: row.type for row in listed.unreadable}, **blocks(listed.deferred)}),
        wanted,
        records=len(records),
        partial=partial,
        destroying=bool(listed.gone) and not listed.kept,
    )
    gaps = [
        *_gaps(document, listed, file, unit),
        *strangers(((item.type, item.maker) for item in listed.kept if wanted(item.type)), Origin(file=file), unit),
        *_forgotten(listed, wanted, file, unit),
        *_missing_gap({} if partial else tally.missing, file, unit),
    ]
    return Collection(
        unit,
        SourceKind.PLAN,
        records,
        gaps,
        census=tally.census,
        moved=listed.moved,
        unread=tally.unread,
        former=former,
        rests=trails(records, links.behind),
    )


def _listed(document: Mapping[str, Any]) -> _Listed:
    listed = _Listed([], [], [], [], [], [], [], [])
    changes = document.get("resource_changes")
    listed.unreadable.extend(misshapen(document, "", "resource_changes", "deferred_changes"))
    for number, entry in enumerate(as_list(changes)):
        _sort(as_mapping(entry), f"resource_changes[{number}]", listed)
    for entry in map(as_mapping, (*as_list(changes), *as_list(document.get("resource_drift")))):
        if as_text(entry.get("previous_address")):
            listed.moved.append((as_text(entry.get("previous_address")), as_text(entry.get("address"))))
    for number, entry in enumerate(as_list(document.get("deferred_changes"))):
        row = _instance(as_mapping(as_mapping(entry).get("resource_change")), f"deferred_changes[{number}]")
        if isinstance(row, Unreadable):
            listed.unreadable.append(row)
        else:
            listed.deferred.append(row)
    seen = {former for former, _ in listed.moved} | {item.shown for item in (*listed.kept, *listed.gone, *listed.deferred)}
    prior = as_mapping(document.get("prior_state")).get("values")
    planned = list(shown_instances(document.get("planned_values"), planned=True))
    listed.disputed.extend(_disputed(listed.kept, planned))
    for row in (*planned, *shown_instances(prior)):
        if isinstance(row, Unreadable):
            listed.unreadable.append(row)
        elif row.shown not in seen:
            seen.add(row.shown)
            listed.kept.append(row)
    return listed


def _disputed(changed: Iterable[Instance], planned: Iterable[Instance | Unreadable]) -> Iterator[tuple[Instance, list[str]]]:
    """What the change of a resource and the values that it is planned to have say differently: Terraform writes both from one."""
    values = {row.shown: row.values for row in planned if isinstance(row, Instance)}
    for item in changed:
        other = values.get(item.shown, item.values)
        if other == item.values:
            continue
        names = [name for name in item.values if _differ(item.values[name], other.get(name))]
        if names:
            yield item, names


def _differ(value: Any, other: Any) -> bool:
    """Whether both say something, and not the same. What one of them leaves out is no contradiction."""
    if value == other or value is None or other is None:
        return False
    if isinstance(value, dict) and isinstance(other, dict):
        return any(_differ(item, other.get(name)) for name, item in value.items())
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return any(_differ(item, its) for item, its in zip(value, other, strict=True))
    return True


def _sort(entry: Mapping[str, Any], place: str, listed: _Listed) -> None:
    if not is_managed(entry):
        return
    change = as_mapping(entry.get("change"))
    row = _instance(entry, place)
    actions, after, unknown = change.get("actions"), change.get("after"), change.get("after_unknown", {})
    if isinstance(row, Instance) and isinstance(change.get("before"), dict) and actions not in (["no-op"], ["read"]):
        was = {"values": change["before"], "unknown": {}, "marks": change.get("before_sensitive"), "exists": True}
        listed.former.append(msgspec.structs.replace(row, **was))
    if isinstance(row, Unreadable):
        listed.unreadable.append(row)
    elif actions in (["delete"], ["forget"]) or (after is None and actions == ["no-op"]):
        listed.gone.append(row)
        if actions == ["forget"]:
            listed.forgotten.append(row)
    elif isinstance(unknown, dict) and (isinstance(after, dict) or (after is None and unknown)):
        listed.kept.append(row)
    else:
        listed.unreadable.append(Unreadable(row.address, row.block, row.module, row.type))


def _instance(entry: Mapping[str, Any], place: str) -> Instance | Unreadable:
    kind, name = as_text(entry.get("type")), as_text(entry.get("name"))
    change = entry.get("change")
    if not kind or not name or not isinstance(change, dict):
        return Unreadable(place, place)
    module = as_text(entry.get("module_address"))
    return Instance(
        as_text(entry.get("address")) or joined(module, f"{kind}.{name}", entry.get("index")),
        module,
        kind,
        name,
        as_mapping(change.get("after")),
        change.get("after_unknown"),
        change.get("after_sensitive"),
        as_text(entry.get("deposed")),
        exists=isinstance(change.get("before"), dict) and "create" not in as_list(change.get("actions")),
        maker=as_text(entry.get("provider_name")),
    )


def _secrets(document: Mapping[str, Any], kept: Iterable[Instance]) -> Iterator[str]:
    """Every secret that the plan holds, those of data sources and of former values too: each may have copies."""
    prior = as_mapping(document.get("prior_state")).get("values")
    for instance in (*kept, *data_read(prior)):
        yield from secret_strings(instance.type, instance.values, instance.marks)
    for entry in map(as_mapping, as_list(document.get("resource_changes"))):
        change = as_mapping(entry.get("change"))
        yield from secret_strings(as_text(entry.get("type")), change.get("before"), change.get("before_sensitive"))
        if entry.get("mode") != "managed":
            yield from secret_strings(as_text(entry.get("type")), change.get("after"), change.get("after_sensitive"))
    root = as_mapping(as_mapping(document.get("configuration")).get("root_module"))
    declared = as_mapping(root.get("variables"))
    for name, given in as_mapping(document.get("variables")).items():
        value = as_mapping(given).get("value")
        yield from secret_strings("", value, is_secret_variable(name, value, as_mapping(declared.get(name))))
    yield from secret_outputs(as_mapping(document.get("planned_values")).get("outputs"))


class _Records:
    """Makes the records of one plan."""

    def __init__(self, file: str, unit: str, links: Links, providers: Providers, secrets: Secrets) -> None:
        self._origin = Origin(file=file)
        self._unit = unit
        self._links = links
        self._providers = providers
        self._secrets = secrets

    def of(self, instances: Iterable[Instance]) -> list[Record]:
        valued = [(instance, self._values(instance)) for instance in instances]
        told = told_by_others((self._providers.key(instance), values) for instance, values in valued)
        return [self._record(instance, values, told) for instance, values in valued]

    def _values(self, instance: Instance) -> Mapping[str, Any]:
        configured = self._links.resource(instance)
        expressions = as_mapping(as_mapping(configured).get("expressions"))
        source = Source(self._links, self._links.place(instance), (expressions,), known=configured is not None)
        unknown = inferred(instance.values, (expressions,)) if instance.unknown is None else instance.unknown
        shown = redacted(instance.type, instance.values, instance.marks, self._secrets)
        return as_mapping(overlaid(shown, unknown, source))

    def _record(self, instance: Instance, values: Mapping[str, Any], told: Mapping[tuple[str, str], str]) -> Record:
        resting: list[str] = []
        settings = self._providers.settings(instance, told, resting)
        scope = scope_of(instance.type, values, settings, self._providers.configuration(instance))
        if resting:
            scope = msgspec.structs.replace(scope, probable=tuple(dict.fromkeys(PLACES.get(name, name) for name in resting)))
        return Record(
            instance.type,
            instance.shown,
            identity(values),
            scope,
            values,
            self._origin,
            unit=self._unit,
            report=instance.exists,
            untold=UNSET if instance.unknown is None and self._links.resource(instance) is not None else _UNRECORDED,
            majors=self._providers.majors(instance),
            configured=self._configured(instance),
        )

    def _configured(self, instance: Instance) -> frozenset[str] | None:
        """The names that the configuration of a resource sets; None where the plan has none."""
        configured = self._links.resource(instance)
        return None if configured is None else frozenset(as_mapping(configured.get("expressions")))


def _forgotten(listed: _Listed, wanted: Callable[[str], bool], file: str, unit: str) -> Iterator[Gap]:
    """What stays in the cloud, and nobody looks after any more."""
    for item in listed.forgotten:
        if wanted(item.type):
            what = f"{item.shown} leaves Terraform and stays in the cloud: it is not audited any more"
            yield Gap(Why.UNSUPPORTED, what, Origin(file=file), "audit the live cloud, or let Terraform destroy it", unit, (item.type,))


def _gaps(document: Mapping[str, Any], listed: _Listed, file: str, unit: str) -> Iterator[Gap]:
    origin = Origin(file=file)
    for row in listed.unreadable:
        yield unreadable_gap(row, file, unit)
    for item, names in listed.disputed:
        what = f"{item.shown}: the plan's change and its planned values say different things of {', '.join(names[:5])}"
        yield Gap(Why.FAILED, what, origin, "make the plan's JSON anew", unit, (item.type,), (item.shown,))
    for item in listed.deferred:
        what = f"{item.address} is deferred: its plan waits for something that is not known yet"
        yield Gap(Why.UNRESOLVED, what, origin, "apply the plan, then plan again", unit, (item.type,))
    if _errored(document):
        yield Gap(Why.FAILED, f"{file} is a plan that ended with an error: it is not whole", origin, "mend the error and plan again", unit)
    elif _partial(document):
        what = f"{file} is a partial plan: after apply, more will be left to plan"
        yield Gap(Why.UNRESOLVED, what, origin, "plan without -target, or apply and plan again", unit)


def _errored(document: Mapping[str, Any]) -> bool:
    return document.get("errored") not in (None, False)


def _partial(document: Mapping[str, Any]) -> bool:
    return document.get("complete") not in (None, True)


def _missing_gap(missing: Mapping[str, str], file: str, unit: str) -> Iterator[Gap]:
    if not missing:
        return
    named = ", ".join(sorted(missing)[:5]) + (", …" if len(missing) > 5 else "")
    types = tuple(sorted(set(missing.values())))
    what = f"{file} says nothing of {len(missing)} declared resources: {named}"
    yield Gap(Why.UNRESOLVED, what, Origin(file=file), "plan without -target and -refresh-only", unit, types)
