"""What the azapi provider sets: resources of Azure Resource Manager's own types, whole or in part, also those that azurerm declares.

Their bodies are not read: what one may set of a declared resource is not known there. A resource that azapi makes, or changes
without azurerm, is told as not known; where it lies is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import (
    Attr,
    Backup,
    Doubt,
    Encryption,
    Facet,
    Ingress,
    KeyHealth,
    Known,
    Placement,
    Record,
    Related,
    Transport,
    Unknown,
    Why,
    reader,
)
from cloudaudit.model.partial import NAMELESS, holds_placeholder
from cloudaudit.model.reader import NotRead
from cloudaudit_azure.azapi_said import OWN, TYPES, Said, bodies, lower, method, said_by, writes
from cloudaudit_azure.azapi_types import FACTS, GROUP, PARTS, WITHIN
from cloudaudit_azure.identity import same_resource
from cloudaudit_azure.regions import locate, region_of

T = TypeVar("T", bound=Sequence[Facet | None])

_BUT_PLACEMENT: tuple[type[Facet], ...] = (Encryption, Transport, Backup, Ingress, KeyHealth)
_GROUPS = "resourcegroups"
_NOWHERE = (Known(None), Known("global"))
_KEY = re.compile(r"\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\]")
_ANY = re.compile(r"\b(?:var|data\.(?:azapi_[a-z_]+|azurerm_resources))\.")  # what may be, or read, a resource of any type


@reader(*TYPES, related=tuple(FACTS))
def by_azapi(
    record: Record, related: Related
) -> tuple[Placement | None, Encryption | None, Transport | None, Backup | None, Ingress | None, KeyHealth | None] | NotRead:
    """What azapi sets of a declared resource is judged there. Of one that it makes only the place is known, if it has one."""
    if not writes(record) or method(record) == "delete" or (_is_told(record) and _is_judged(record, related)):
        return (None,) * 6
    arm = said_by(record).arm
    doubt: Doubt = Unknown(Why.UNSUPPORTED, f"what {record.address} sets by azapi is not read", record.origin)
    known = arm is None or arm in OWN.values()
    part = arm is not None and arm not in OWN.values() and any(arm.startswith(f"{own}/") for own in OWN.values())
    region = region_of(record)
    if not known and not part and (record.type != TYPES[0] or region in _NOWHERE):
        return NotRead(f"{record.type} of {said_by(record).arm}")
    place = Placement(locate(region) if region != Known(None) else doubt, doubt)
    home = place if not part and record.type == TYPES[0] else None
    whole = record.type == TYPES[0] and arm in OWN.values()  # what it leaves out is the service's default, which is not read either
    fields = {
        field for kind, facts in FACTS.items() for field in (_all_of(facts) if whole and arm == OWN[kind] else _set_by(record, facts))
    }
    unknown = {kind: kind.unknown(doubt) for kind in _BUT_PLACEMENT if fields & set(kind.__struct_fields__)}
    return (home, *(unknown.get(kind) for kind in _BUT_PLACEMENT))  # type: ignore[return-value]


def _is_told(record: Record) -> bool:
    """Whether it is told what an azapi resource is about: what is made, of a type or by a name that is not known, may be one of its own."""
    said = said_by(record)
    named = not said.by_name or isinstance(said.link, Known) or said.link.is_ is not None
    return record.type != TYPES[0] or (said.arm is not None and named)


def changes(record: Record, related: Related) -> Mapping[str, Doubt]:
    """The facts of a declared resource that azapi may set, by the names of FACTS, and why they are not known."""
    found: dict[str, Doubt] = {}
    if record.type not in FACTS:
        return found
    for other in (other for kind in TYPES for other in related.every(kind)):
        for field in _set_by(other, FACTS[record.type]) if said_by(other).writes and _leads(other, record, related) else ():
            detail = f"{other.address} may set it by azapi, which is not read"
            found.setdefault(field, Unknown(Why.UNSUPPORTED, detail, other.origin, (other.address,)))
    hidden = related.unseen(record, *TYPES)
    return found if hidden is None else {**dict.fromkeys(_all_of(FACTS[record.type]), hidden), **found}


def unless_changed(read: Callable[[Record, Related], T]) -> Callable[[Record, Related], T]:
    """A reader whose facts are not known where azapi may set them too."""

    @wraps(read)
    def heeding(record: Record, related: Related) -> T:
        facets, doubts = read(record, related), changes(record, related)
        return facets if not doubts else tuple(facet and _doubted(facet, doubts) for facet in facets)  # type: ignore[return-value]

    return heeding


def _doubted(facet: Facet, doubts: Mapping[str, Doubt]) -> Facet:
    return msgspec.structs.replace(facet, **{field: doubts[field] for field in facet.__struct_fields__ if field in doubts})


@lru_cache(maxsize=4096)
def _called(owner: Record) -> tuple[str | None, str]:
    """The name of a declared resource, in lower case, and its block."""
    return lower(owner.text("name")), _block(owner.address)


def _block(address: str) -> str:
    return _KEY.sub("", address)


def _set_by(record: Record, facts: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    """The facts that an azapi resource may set, of those of a declared type."""
    arm, own, deletes = said_by(record).arm, said_by(record).own, said_by(record).deletes
    parts = ((*kind.partition(":"), told) for kind, told in facts.items())
    said = (told for kind, _, name, told in parts if arm in {kind, None} and (not name or own in {name, None}))
    for path, fields in (pair for told in said for pair in told.items()):
        if not path or deletes or any(_holds(body, path.split(".")) for body in bodies(record)):
            yield from fields


def _all_of(facts: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    return (field for told in facts.values() for fields in told.values() for field in fields)


def _holds(body: Attr[Any], path: list[str]) -> bool:
    """Whether a body may hold something at a path."""
    value: Any = body if isinstance(body, Unknown) else body.value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return True
    for step in path:
        if not isinstance(value, Mapping):
            break
        value = next((inner for name, inner in value.items() if name.lower() == step), None)
    return value is not None and not (isinstance(value, Unknown) and value.why is Why.UNSET)


def _is_judged(record: Record, related: Related) -> bool:
    """Whether a declared resource is judged with it: of each kind that it may be of, where its type is not known."""
    kinds = (kind for kind, facts in FACTS.items() if any(True for _ in _set_by(record, facts)))
    led = [any(_is_meant(record, owner, related) for owner in related.every(kind)) for kind in kinds]
    return bool(led) and (any if said_by(record).arm is not None else all)(led)


def _is_meant(record: Record, owner: Record, related: Related) -> bool:
    """Whether an azapi resource leads to a declared one, and not by a name that may be another's.

    The owner's own may not be known, and what azapi makes may have that name in another group, on another server, in another vault.
    """
    if not _leads(record, owner, related) or (_called(owner)[0] is None and _named(said_by(record), owner) is not None):
        return False
    return record.type != TYPES[0] or _in_one_place(record, owner) == Known(value=True)


def _in_one_place(record: Record, owner: Record) -> Attr[bool]:
    """Whether what azapi finds by a name lies where a declared resource does: most names are unique there alone."""
    by = WITHIN.get(owner.type) if said_by(record).by_name else None
    if by is None:
        return Known(value=True)
    parent, place = record.text("parent_id"), owner.text(by)
    if by != GROUP:
        return same_resource(parent, place)
    group = said_by(record).names.get(_GROUPS, NAMELESS)
    if not holds_placeholder(group):
        return same_resource(Known(group, parent.origin), place)
    one, other = (_resource_of(attr) for attr in (parent, place))
    return Known(value=True) if one and one == other else Unknown(Why.UNRESOLVED, "which group it lies in is not told", parent.origin)


def _resource_of(attr: Attr[str | None]) -> str:
    """The address of the resource whose attribute a value is; empty where it is of none that is told."""
    is_ = attr.is_ if isinstance(attr, Unknown) else getattr(attr.value, "is_", None)
    return (is_ or "").rpartition(".")[0]


def _named(said: Said, owner: Record) -> str | None:
    """The name that an azapi resource gives to what a declared one may be, if it is known."""
    told = said.own if said.by_name else said.names.get(OWN[owner.type].rpartition("/")[2])
    return None if told is None or holds_placeholder(told) else told


def _leads(record: Record, owner: Record, related: Related) -> bool:
    """Whether an azapi resource may be about a declared one, or about a part of it."""
    said, own = said_by(record), OWN[owner.type]
    if said.arm is not None and said.arm != own and not said.arm.startswith(f"{own}/"):
        return False
    name, block = _called(owner)
    told = _named(said, owner)
    if told is not None:
        return name in {None, told} and _in_one_place(record, owner) != Known(value=False)
    if isinstance(said.link, Known):
        return False
    traced = _traced(said.link, related)
    if block in {_block(one) for one in traced} and any(_block(one) == block and _is_of(one, owner.address) for one in traced):
        return True
    return _is_part(said.link, owner, related) or _may_be_any(record, related)


def _traced(link: Unknown[Any], related: Related) -> Iterable[str]:
    """What a link rests on, by way too of other azapi resources and of what no reader takes."""
    traced = dict.fromkeys(link.references)
    pending = list(traced)
    while pending:
        block = _block(pending.pop())
        for other in (other for kind in TYPES if kind in block for other in related.every(kind) if _block(other.address) == block):
            behind = [one for value in other.values.values() if isinstance(value, Unknown) for one in value.references if one not in traced]
            traced.update(dict.fromkeys(behind))
            pending.extend(behind)
    found = related.target(Unknown(link.why, link.detail, link.origin, tuple(traced)), *FACTS)
    return (found.value.address, *traced) if isinstance(found, Known) and found.value is not None else getattr(found, "references", traced)


def _is_part(link: Attr[str | None], owner: Record, related: Related) -> bool:
    """Whether a link names a declared part of a declared resource: what changes the one changes what the other is."""
    for kind, by in PARTS.get(owner.type, {}).items():
        part = related.target(link, kind)
        if isinstance(part, Known) and part.value is not None and part.value in related.companions(owner, kind, by).records:
            return True
    return False


def _may_be_any(record: Record, related: Related) -> bool:
    """Whether what an azapi resource is about may be any resource."""
    link = said_by(record).link
    return not isinstance(link, Unknown) or may_mean_any(link, related)


def may_mean_any(link: Unknown[Any], related: Related) -> bool:
    """Whether a link rests on what may be any resource: nothing that is told, a variable, a data source that reads what is declared."""
    return not link.references or any(_ANY.search(one) or related.may_read(one) for one in link.references)


def _is_of(reference: str, address: str) -> bool:
    """Whether a reference means an instance of its block: one that tells fewer keys may mean any of these."""
    return reference == address or reference.count("[") < address.count("[")
