"""Terraform states: raw (version 4) and as `terraform show -json` prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloudaudit.model import Attr, Census, Collection, Doubt, Gap, Known, Origin, Record, SourceKind, Unknown, Why
from cloudaudit.sources.terraform.census import blocks
from cloudaudit.sources.terraform.document import as_list, as_mapping, as_text
from cloudaudit.sources.terraform.instances import Instance, Unreadable, data_read, is_managed, joined, shown_instances
from cloudaudit.sources.terraform.legacy import expanded
from cloudaudit.sources.terraform.publishers import source_of, strangers
from cloudaudit.sources.terraform.redaction import Secrets, redacted, secret_outputs, secret_strings
from cloudaudit.sources.terraform.scope import Settings, scope_of, told_by_others

_PULL = "terraform state pull > state.json, with Terraform 0.12 or later"
_UNRECORDED: Doubt = Unknown(Why.UNRECORDED, "the state does not record {}")
"""Terraform writes every attribute that the provider knows, null where it is not set."""

_FLAT: Doubt = Unknown(Why.UNSUPPORTED, "{} is not recorded in the flat form of Terraform 0.11")
_DYNAMIC = {"value", "type"}
_PRIMITIVES = {"string", "number", "bool", "dynamic"}
_COMPOUND = ("object", "map", "list", "set", "tuple")
_DECRYPT = "give the plain state: tofu state pull > state.json"


def read_state(document: Mapping[str, Any], *, file: str, unit: str, wanted: Callable[[str], bool]) -> Collection:
    """The records of a raw state of version 4. Any other version, and an encrypted state, is one gap that says how to go on."""
    refusal = _refusal(document)
    if refusal is not None:
        what, remedy = refusal
        gap = Gap(Why.UNSUPPORTED, f"{file} {what}", Origin(file=file), remedy, unit)
        return Collection(unit, SourceKind.STATE, (), (gap,))
    entries = document.get("resources")
    read = (row for row in _recorded(entries, data=True) if isinstance(row, Instance))
    beside = [*_secrets(read), *secret_outputs(document.get("outputs"))]
    return _collection(_recorded(entries), beside, file=file, unit=unit, wanted=wanted)


def read_show(document: Mapping[str, Any], *, file: str, unit: str, wanted: Callable[[str], bool]) -> Collection:
    """The records of a state as `terraform show -json` prints it. Without `values` it is an empty state."""
    version = as_text(document.get("format_version"))
    if version and version.partition(".")[0] not in {"0", "1"}:
        what = f"{file} has the format {version[:20]!r} of terraform show, newer than any known"
        gap = Gap(Why.UNSUPPORTED, what, Origin(file=file), "upgrade cloudaudit", unit)
        return Collection(unit, SourceKind.STATE, (), (gap,))
    values = as_mapping(document.get("values"))
    beside = [*_secrets(data_read(values)), *secret_outputs(values.get("outputs"))]
    return _collection(shown_instances(values), beside, file=file, unit=unit, wanted=wanted)


def _refusal(document: Mapping[str, Any]) -> tuple[str, str] | None:
    if "encrypted_data" in document:
        return "is encrypted by OpenTofu", _DECRYPT
    version = document.get("version")
    if isinstance(version, int) and version < 4 and "backend" in document:
        return "is the backend configuration that `terraform init` writes, not a state", _PULL
    if isinstance(version, int) and 0 < version < 4:
        return f"is a state of version {version}; version 4 can be read", _PULL
    if version != 4 or isinstance(version, bool):
        return f"is a state of version {str(version)[:20]}, newer than any known", "upgrade cloudaudit"
    if not isinstance(document.get("resources"), list | None):
        return "has no list of resources", "write the file anew"
    return None


def _recorded(resources: Any, *, data: bool = False) -> Iterator[Instance | Unreadable]:
    """The resources of a state, or its data sources."""
    for number, entry in enumerate(as_list(resources)):
        kind, name = as_text(as_mapping(entry).get("type")), as_text(as_mapping(entry).get("name"))
        instances = as_mapping(entry).get("instances")
        if not kind or not name:
            yield Unreadable(f"resources[{number}]", f"resources[{number}]")
        elif is_managed(entry) is data:
            continue
        elif not isinstance(instances, list):
            module = as_text(entry.get("module"))
            yield Unreadable(joined(module, f"{kind}.{name}"), f"{kind}.{name}", module, kind)
        else:
            for item in instances:
                yield _instance(as_mapping(item), entry, kind, name)


def _instance(item: Mapping[str, Any], entry: Mapping[str, Any], kind: str, name: str) -> Instance | Unreadable:
    module, provider = as_text(entry.get("module")), as_text(entry.get("provider"))
    address = joined(module, f"{kind}.{name}", item.get("index_key"))
    values, flat = item.get("attributes"), item.get("attributes_flat")
    deposed = as_text(item.get("deposed"))
    if isinstance(values, dict):
        values = {name: _plain(value) for name, value in values.items()}
        marks = _marks(as_list(item.get("sensitive_attributes")))
        return Instance(address, module, kind, name, values, marks=marks, deposed=deposed, provider=provider, maker=source_of(provider))
    if isinstance(flat, dict):
        return Instance(address, module, kind, name, expanded(flat), deposed=deposed, flat=True)
    return Unreadable(address, f"{kind}.{name}", module, kind)


def _plain(value: Any) -> Any:
    """A value as plans have it: of an attribute of no fixed type a state tells the type beside the value.

    Such attributes stand in objects, never in lists (source: cty's JSON of a dynamic value; plugin framework, dynamic types).
    """
    while isinstance(value, dict) and value.keys() == _DYNAMIC and _is_type(value["type"]):
        value = value["value"]
    return {name: _plain(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def _is_type(told: Any) -> bool:
    """Whether something is a type as cty writes it: `"bool"`, `["object", {…}]`."""
    return told in _PRIMITIVES if isinstance(told, str) else isinstance(told, list) and told[:1] != [] and told[0] in _COMPOUND


def _marks(paths: Sequence[Any]) -> Any:
    """Paths of sensitive attributes as a tree. A step that cannot be read marks all that is below it."""
    tree: dict[Any, Any] = {}
    for path in paths:
        node = tree
        steps = [_step(step) for step in path] if isinstance(path, list) else [None]
        if None in steps:
            steps = steps[: steps.index(None)]
        if not steps:
            return True
        for step in steps[:-1]:
            below = node.setdefault(step, {})
            if below is True:
                break
            node = below
        else:
            node[steps[-1]] = True
    return tree


def _step(step: Any) -> str | int | None:
    value = as_mapping(step).get("value")
    value = value.get("value") if isinstance(value, dict) else value
    return value if isinstance(value, str | int) else None


def _collection(
    rows: Iterable[Instance | Unreadable], beside: Sequence[str], *, file: str, unit: str, wanted: Callable[[str], bool]
) -> Collection:
    """The records of a state. `beside` are its secrets that no resource has: each may have copies."""
    instances: list[Instance] = []
    gaps: list[Gap] = []
    lost: list[Unreadable] = []
    for row in rows:
        if isinstance(row, Instance):
            instances.append(row)
        else:
            lost.append(row)
            gaps.append(unreadable_gap(row, file, unit))
    secrets = Secrets([*beside, *_secrets(instances)])
    shown = [(item, redacted(item.type, item.values, item.marks, secrets)) for item in instances if wanted(item.type)]
    told = told_by_others((item.provider, values) for item, values in shown)
    records = [_record(item, values, told, Origin(file=file), unit) for item, values in shown]
    gaps.extend(_flat_gap(instance, file, unit) for instance in instances if instance.flat and wanted(instance.type))
    gaps.extend(strangers(((item.type, item.maker) for item in instances if wanted(item.type)), Origin(file=file), unit))
    known = blocks(instances)
    unread = Counter(kind for kind in known.values() if not wanted(kind))
    unknown = len(blocks(lost).keys() - known.keys())
    evaluated = len(known) - unread.total()
    census = Census(len(known) + unknown, evaluated, unknown, unread=unread.total(), instances=len(records))
    return Collection(unit, SourceKind.STATE, records, gaps, census=census, unread=unread)


def _secrets(instances: Iterable[Instance]) -> Iterator[str]:
    for instance in instances:
        yield from secret_strings(instance.type, instance.values, instance.marks)


def _record(instance: Instance, values: Mapping[str, Any], told: Mapping[tuple[str, str], str], origin: Origin, unit: str) -> Record:
    return Record(
        type=instance.type,
        address=instance.shown,
        id=identity(values),
        scope=scope_of(instance.type, values, _settings(instance, told), instance.provider),
        values=values,
        origin=origin,
        unit=unit,
        report=True,
        untold=_FLAT if instance.flat else _UNRECORDED,
    )


def identity(values: Mapping[str, Any]) -> str | None:
    """The id that the cloud knows a resource by: its ARN, else its id."""
    return next((value for value in (values.get("arn"), values.get("id")) if isinstance(value, str) and value), None)


def _settings(instance: Instance, told: Mapping[tuple[str, str], str]) -> Settings:
    """A state records no arguments of a provider: there is only what its other resources tell."""

    def setting(name: str) -> Attr[str | None]:
        value = told.get((instance.provider, name))
        provider = instance.type.partition("_")[0]
        return Known(value) if value else Unknown(Why.UNRESOLVED, f'the {name} of provider "{provider}" is not in the state')

    return setting


def _flat_gap(instance: Instance, file: str, unit: str) -> Gap:
    return Gap(
        Why.UNSUPPORTED,
        f"{instance.shown} is recorded in the flat form of Terraform 0.11: what it leaves out is unknown",
        Origin(file=file),
        "terraform apply -refresh-only writes it anew",
        unit,
        (instance.type,),
        (instance.shown,),
    )


def unreadable_gap(row: Unreadable, file: str, unit: str) -> Gap:
    """The gap that an entry leaves whose shape is not Terraform's."""
    return Gap(
        Why.FAILED,
        f"{row.place} in {file} cannot be read: it has not the shape that Terraform writes",
        Origin(file=file),
        "write the file anew",
        unit,
        (row.type,) if row.type else (),
    )
