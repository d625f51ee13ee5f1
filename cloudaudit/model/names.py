"""By what names other resources may mean a record, and which of them are not known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Self

from cloudaudit.model.attr import Attr, Known, Unknown, Why
from cloudaudit.model.partial import NAMELESS, holds_placeholder, may_equal, nameless
from cloudaudit.model.record import Record

_IDENTIFIERS = ("id", "arn", "name", "bucket", "identifier", "cluster_identifier", "key_id", "self_link", "versionless_id")
_OTHER_NAMES = ("key_arn", "resource_id", "resource_versionless_id", "target_key_arn", "unique_id")
NAMING = frozenset((*_IDENTIFIERS, *_OTHER_NAMES))
"""Attributes that mean the resource that has them."""

_OF_ONE_TYPE = {
    "aws_rds_global_cluster": ("global_cluster_identifier",),
    "azurerm_key_vault_managed_hardware_security_module_key": ("versioned_id",),
    "google_compute_image": ("family",),
}
"""Names that mean the resource of one type, and that others refer to it by. Source: aws provider, `id` of aws_rds_global_cluster;
azurerm provider, documentation of the key; google provider, `image` of google_compute_disk."""


_IDENTIFIERS_OF = {kind: (*_IDENTIFIERS, *names) for kind, names in _OF_ONE_TYPE.items()}


READ_BY = {
    f"azurerm_virtual_machine{several}": tuple(f"azurerm_{system}_virtual_machine{several}" for system in ("linux", "windows"))
    for several in ("", "_scale_set")
}
"""Data sources that read resources of types with other names. Source: azurerm provider, data sources of virtual machines."""


def names_itself(kind: str, name: str) -> bool:
    """Whether an attribute of a type means the resource that has it."""
    return name in NAMING or name in _OF_ONE_TYPE.get(kind, ())


class Named(str):
    """A text that is an attribute of a declared resource: `is_` says which (`aws_s3_bucket.x["a"].bucket`). Nothing made of it is."""

    __slots__ = ("is_",)
    is_: str

    def __new__(cls, text: str, is_: str) -> Self:
        made = super().__new__(cls, text)
        made.is_ = is_
        return made


_KEY = re.compile(r"\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\]")


def block_of(address: str) -> str:
    """The address of a block, of one of its instances."""
    return _KEY.sub("", address) if "[" in address else address


def modules_of(address: str) -> Iterator[str]:
    """The addresses of the module blocks that a resource stands in."""
    block = block_of(address)
    ends = [found.end() for found in _CALL.finditer(block)]
    yield from (block[:end] for end in ends)


_CALL = re.compile(r"module\.[^.]+")
_INPUT = re.compile(r"(?:^|\.)(?:var\.[^.]+$|data\.(?:external|http|terraform_remote_state)\.)")
_LEFT = {Why.COMPUTED, Why.UNSET}


def _names_of(record: Record) -> tuple[str, ...]:
    return _IDENTIFIERS_OF.get(record.type, _IDENTIFIERS)


def identifiers(record: Record) -> list[str]:
    """Every text by which others may name a record."""
    values, names = record.values, [record.id] if record.id else []
    for name in _names_of(record):
        if name in values:
            value = values[name]
            if isinstance(value, str) and value and value not in names:
                names.append(value)
    return names


_URL = re.compile(r"(?:https?:)?//[^/]+/(?:.*/)?(projects/.+)")
_PARTS = re.compile(r"[/:]")
_WRITTEN = ("arn:", "https://", "//")


def canonical(text: str) -> str:
    """The one spelling of an identifier: without case, and of a URL of Google Cloud the name of the resource, which has a case.

    Source: Google Cloud, resource names ("//cloudkms.googleapis.com/projects/..." and self links end in the relative name).
    """
    found = _URL.fullmatch(text) if "//" in text else None
    name = found[1] if found else text
    return name if name.startswith("projects/") else name.lower()


def tail(text: str) -> str:
    """The last part of an identifier, which is most often the name of what it means; empty where that is not known."""
    last = _PARTS.split(nameless(text))[-1]
    return "" if holds_placeholder(last) else last.lower()


def tails(record: Record) -> set[str]:
    """In what an identifier of a record may end: its names, and the candidates for one that is not known."""
    told = (value for name in _names_of(record) if isinstance(value := record.values.get(name), Unknown))
    candidates = [text for value in told for text in value.possible if isinstance(text, str)]
    return {tail(name) for name in (*identifiers(record), *candidates)} - {""}


def is_written_id(text: str) -> bool:
    """Whether a text has the form of an identifier that a cloud makes of names and places: an ARN, a path, a URL, "project:name"."""
    return text.startswith(_WRITTEN) or _PARTS.search(nameless(text)) is not None


PARENTS = ("key_ring", "server_id")
"""By which attribute a record names the one with whose identifier its own begins."""


def parent_of(text: str) -> str:
    """The identifier with which another begins: without the last name and the word for its kind."""
    return text.rsplit("/", 2)[0]


def may_be(text: str, record: Record) -> bool:
    """Whether an identifier that is written out may be that of a record, whose own only the cloud makes.

    Where it ends in a name of the record, it is that one unless it says another place than the record does. Parts of it may be
    placeholders.
    """
    if not is_written_id(text):
        return False
    told, last = _told_ids(record, text.startswith("arn:")), tail(text)
    if told and not _ends_in_another_name(last, record):
        return any(_may_be_spelled(text, one) for one in told)
    if last and last not in tails(record) and not _may_end_in(last, record):
        return False
    if text.startswith("arn:"):
        parts = nameless(text).split(":", 5)
        return len(parts) < 6 or _agrees(parts[3], record.scope.region)
    if record.scope.provider == "aws":
        return False
    parts = canonical(nameless(text)).split("/") if "/" in text else ["projects", text.rpartition(":")[0]]
    return all(_agrees(value, _place(kind.lower(), record)) for kind, value in pairwise(parts))


def _may_end_in(last: str, record: Record) -> bool:
    """Whether a name of a record that is not known may be the last part of an identifier."""
    return any(may_equal(last, _PARTS.split(nameless(spelled))[-1]) for spelled in open_spellings(record))


def _ends_in_another_name(last: str, record: Record) -> bool:
    """Whether an identifier ends in a name of which the record's own tells nothing: an image has one by its family too."""
    return any(tail(str(record.values.get(name) or "")) == last != "" for name in _OF_ONE_TYPE.get(record.type, ()))


def _told_ids(record: Record, arn: bool) -> list[str]:
    """The identifiers by which a record says that it is known: then these alone mean it."""
    if arn:
        return [told] if isinstance(told := record.values.get("arn"), str) else []
    told_ids = (record.id, record.values.get("id"), record.values.get("self_link"))
    return [told for told in told_ids if isinstance(told, str) and "/" in told]


_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)/(.+)")


def _may_be_spelled(text: str, told: str) -> bool:
    """Whether an identifier may be one that is told, but for the project: by its number there and by its name here."""
    known = _PROJECT.search(canonical(told))
    project, _, rest = text.partition(":") if "/" not in text else ("", "", "")
    written = _PROJECT.search(canonical(text))
    if written is not None:
        project, rest = written.groups()
    if known is None or not project or project.isdecimal() == known[1].isdecimal():
        return False
    return rest == known[2] if written is not None else rest == tail(known[2])


def _place(kind: str, record: Record) -> Any:
    """What a record tells of a part of its identifier, by the word before that part."""
    if kind in {"projects", "subscriptions"}:
        return _project(record)
    name = {"zones": "zone", "regions": "region", "locations": "location", "resourcegroups": "resource_group_name"}.get(kind)
    return Known(record.values.get(name)) if name is not None else None


def _project(record: Record) -> Any:
    """The account in a record's identifier: of a key that of its ring, which is judged by itself where it is declared."""
    ring = record.values.get("key_ring")
    if ring is None:
        return record.scope.account
    found = _PROJECT.search(canonical(ring)) if isinstance(ring, str) else None
    return Known(found[1]) if found is not None else None


def _agrees(part: str, told: Any) -> bool:
    """Whether a part of an identifier may be what is told. A project has a number beside its name, which nothing declares."""
    if not isinstance(told, Known) or not isinstance(told.value, str) or not part or holds_placeholder(part):
        return True
    if part.isdecimal() != told.value.isdecimal():
        return True
    return part.lower() == told.value.rpartition("/")[2].lower()


def texts_of(record: Record) -> Iterator[Unknown[Any]]:
    """The names of a record that are texts put together of what is not known: another text of the same parts is that name."""
    for name in _names_of(record):
        value = record.values.get(name)
        if isinstance(value, Unknown) and value.is_ is None and value.same_text(value):
            yield value


def parts_of(record: Record) -> Iterator[str]:
    """What is known of the names of a record that are put together of what is not known, also of what only the cloud makes."""
    for name in _names_of(record):
        value = record.values.get(name)
        if isinstance(value, Unknown) and value.partial is not None:
            yield canonical(value.partial)


def meant_by(by: str) -> str:
    """The attribute that an attribute holds of what it refers to, by its last word: `security_group_id` the id."""
    return by.rpartition("_")[2]


def open_names(record: Record, by: str = "") -> Iterator[Unknown[Any]]:
    """The names of a record that are not known, though somebody chooses them: what only the cloud makes, nobody writes out.

    `by` is the attribute by which others name it: `security_group_id` holds its id. A file that tells no name tells none of these.
    """
    for name in _names_of(record):
        value = record.values.get(name)
        if isinstance(value, Unknown) and value.why not in _LEFT:
            yield value
    wanted = meant_by(by)
    named = wanted in record.values if wanted in NAMING else any(name in record.values for name in _IDENTIFIERS)
    if not named and record.untold is not None and record.untold.why not in _LEFT:
        missing = record.at(wanted if wanted in NAMING else "id")
        if isinstance(missing, Unknown):
            yield missing


def spellings(record: Record) -> Iterator[str]:
    """The names of a record as texts, those too of which only a part is known."""
    yield from (name.lower() for name in identifiers(record))
    yield from open_spellings(record)


def open_spellings(record: Record) -> Iterator[str]:
    """The names of a record that are not known, as texts: their candidates, or what is known of them."""
    for name in open_names(record):
        yield from (str(text).lower() for text in name.possible or (name.partial or NAMELESS,))


def may_be_handed(attr: Attr[str | None], texts: Iterable[str]) -> bool:
    """Whether a value that rests on inputs alone may be one of some texts, by what is known of it.

    Inputs are set elsewhere: variables, and answers of what is no cloud.
    """
    if isinstance(attr, Known) or not attr.references or not all(map(_INPUT.search, attr.references)):
        return False
    return any(may_equal(canonical(attr.partial or NAMELESS).lower(), text) for text in texts)


def may_be_one(one: Attr[str | None], other: Attr[str | None]) -> bool:
    """Whether two values, one of which is not known, may be one: they rest on the same, or an input may be the other."""
    shared = set(getattr(one, "references", ())) & set(getattr(other, "references", ()))
    return bool(shared) or _may_be_handed_as(one, other) or _may_be_handed_as(other, one)


def _may_be_handed_as(attr: Attr[str | None], other: Attr[str | None]) -> bool:
    if isinstance(other, Unknown):
        return may_be_handed(other, [NAMELESS]) and may_be_handed(attr, [canonical(other.partial or NAMELESS).lower()])
    return other.value is not None and may_be_handed(attr, [canonical(other.value).lower()])
