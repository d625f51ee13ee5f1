"""What the azapi provider sets: resources of Azure Resource Manager's own types, whole or in part, also those that azurerm declares.

Their bodies are not read: what one may set of a declared resource is not known there. A resource that azapi makes, or changes
without azurerm, is told as not known; where it lies is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import (
    PLACEHOLDER,
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
    holds_placeholder,
    reader,
)
from cloudaudit.model.partial import NAMELESS
from cloudaudit_azure.azapi_types import FACTS
from cloudaudit_azure.regions import locate, region_of

T = TypeVar("T", bound=Sequence[Facet | None])

TYPES = ("azapi_resource", "azapi_update_resource", "azapi_resource_action")
_BUT_PLACEMENT: tuple[type[Facet], ...] = (Encryption, Transport, Backup, Ingress, KeyHealth)
_WRITES = {"put", "patch"}


@reader(*TYPES, related=tuple(FACTS))
def by_azapi(
    record: Record, related: Related
) -> tuple[Placement | None, Encryption | None, Transport | None, Backup | None, Ingress | None, KeyHealth | None]:
    """What azapi sets of a declared resource is judged there. Of any other only the place is known."""
    if not _writes(record) or any(_leads(record, owner, related) for kind in FACTS for owner in related.every(kind)):
        return (None,) * 6
    arm = _arm_type(record)
    doubt: Doubt = Unknown(Why.UNSUPPORTED, f"what {record.address} sets by azapi is not read", record.origin)
    own = arm is None or any(arm == next(iter(facts)) for facts in FACTS.values())
    part = arm is not None and any(arm.startswith(f"{next(iter(facts))}/") for facts in FACTS.values())
    region = region_of(record)
    place = Placement(locate(region) if region != Known(None) else doubt, doubt)
    home = place if not part and (record.type == TYPES[0] or not own) else None
    fields = {field for facts in FACTS.values() for field in _set_by(record, facts)}
    unknown = {kind: kind.unknown(doubt) for kind in _BUT_PLACEMENT if fields & set(kind.__struct_fields__)}
    return (home, *(unknown.get(kind) for kind in _BUT_PLACEMENT))  # type: ignore[return-value]


def changes(record: Record, related: Related) -> Mapping[str, Doubt]:
    """The facts of a declared resource that azapi may set, by the names of FACTS, and why they are not known."""
    found: dict[str, Doubt] = {}
    if record.type not in FACTS:
        return found
    for other in (other for kind in TYPES for other in related.every(kind)):
        for field in _set_by(other, FACTS[record.type]) if _writes(other) and _leads(other, record, related) else ():
            detail = f"{other.address} may set it by azapi, which is not read"
            found.setdefault(field, Unknown(Why.UNSUPPORTED, detail, other.origin, (other.address,)))
    return found


def unless_changed(read: Callable[[Record, Related], T]) -> Callable[[Record, Related], T]:
    """A reader whose facts are not known where azapi may set them too."""

    @wraps(read)
    def heeding(record: Record, related: Related) -> T:
        facets, doubts = read(record, related), changes(record, related)
        return facets if not doubts else tuple(facet and _doubted(facet, doubts) for facet in facets)  # type: ignore[return-value]

    return heeding


def _doubted(facet: Facet, doubts: Mapping[str, Doubt]) -> Facet:
    return msgspec.structs.replace(facet, **{field: doubts[field] for field in facet.__struct_fields__ if field in doubts})


def _writes(record: Record) -> bool:
    """Whether it sets anything: most actions only ask or restart."""
    if record.type != "azapi_resource_action":
        return True
    method = record.text("method")
    return isinstance(method, Unknown) or (method.value or "POST").lower() in _WRITES


def _arm_type(record: Record) -> str | None:
    """The type without its API version, in lower case; None if it is not known."""
    kind = record.text("type")
    return None if isinstance(kind, Unknown) or kind.value is None else kind.value.partition("@")[0].lower()


def _set_by(record: Record, facts: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    """The facts that an azapi resource may set, of those of a declared type."""
    arm, own = _arm_type(record), _own_name(record)
    bodies = (record.at("body"), record.at("sensitive_body", since=2))
    parts = ((*kind.partition(":"), told) for kind, told in facts.items())
    said = (told for kind, _, name, told in parts if arm in {kind, None} and (not name or own in {name, None}))
    for path, fields in (pair for told in said for pair in told.items()):
        if not path or any(_holds(body, path.split(".")) for body in bodies):
            yield from fields


def _own_name(record: Record) -> str | None:
    """The last name in the id of what is set, in lower case; None if it is not known."""
    name, whole = record.text("name"), record.text("resource_id")
    if name != Known(None):
        return name.value.lower() if isinstance(name, Known) and name.value is not None else None
    text = (whole.value if isinstance(whole, Known) else whole.partial) or ""
    last = PLACEHOLDER.sub(NAMELESS, text).rpartition("/")[2].lower()
    return last if last and not holds_placeholder(last) else None


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


def _leads(record: Record, owner: Record, related: Related) -> bool:
    """Whether an azapi resource may be about a declared one, or about a part of it."""
    own, arm = next(iter(FACTS[owner.type])), _arm_type(record)
    if arm is not None and arm != own and not arm.startswith(f"{own}/"):
        return False
    for attribute in ("resource_id", *(("name",) if arm == own else ("parent_id",))):
        value = record.text(attribute)
        if value != Known(None):
            return _means(value, owner, own.rpartition("/")[2], related, whole=attribute != "name")
    return arm is None


def _means(value: Attr[str | None], owner: Record, segment: str, related: Related, *, whole: bool) -> bool:
    """Whether an id, or a name, may be that of a declared resource, or the id of a part of it."""
    text = value.value if isinstance(value, Known) else value.partial
    if whole:
        found = re.search(rf"/{segment}/([^/]+)", text or "", re.IGNORECASE)
        text = found[1] if found is not None else None if isinstance(value, Unknown) else ""
    if text is not None and not holds_placeholder(text):
        name = owner.text("name")
        return isinstance(name, Unknown) or name.value is None or name.value.lower() == text.lower()
    return isinstance(value, Unknown) and _may_rest_on(value, owner, related)


def _may_rest_on(value: Unknown[Any], owner: Record, related: Related) -> bool:
    """Whether what a value rests on may be a declared resource: itself, a variable, or a data source that reads it."""
    if not value.references or any(_is_of(reference, owner.address) or "var." in reference for reference in value.references):
        return True
    looked_up = tuple(reference for reference in value.references if ".data." in f".{reference}")
    return bool(looked_up) and related.outside(Unknown(Why.UNRESOLVED, "", references=looked_up), "it").why is not Why.ELSEWHERE


def _is_of(reference: str, address: str) -> bool:
    """Whether a reference means a resource, or one of it the other: of a block with instances, either may be told."""
    return reference == address or address.startswith(f"{reference}[") or reference.startswith(f"{address}[")
