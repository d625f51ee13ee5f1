"""Related: the other records of a unit, as a reader may ask for them.

A reader never guesses. What refers to a record is found by reference (`aws_s3_bucket.x.id`) or by value (its name, id or ARN);
what could not be read, or cannot be placed, is a doubt that makes just the facts that rest on it Unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from cloudaudit.model.attr import Attr, Known, Unknown, Why, first_unknown
from cloudaudit.model.environment import EnvironmentRules, environment_of
from cloudaudit.model.inventory import Collection, Gap, SourceKind
from cloudaudit.model.record import Block, Record

_IDENTIFIERS = ("id", "arn", "name", "bucket", "identifier", "cluster_identifier", "key_id", "self_link", "versionless_id")
_RESOURCE = re.compile(r"(?:^|\.)([a-z][a-z0-9]*_[a-z0-9_]+)\.")


_ATTRIBUTE = re.compile(r"\$\{[^{}]*\.[A-Za-z0-9_]+\}")
"""An unknown text that is nothing but one attribute of one resource."""


class Companions(msgspec.Struct, frozen=True):
    """The records that refer to another one, and why there may be more."""

    records: tuple[Record, ...]
    doubt: Unknown | None = None


class _Links(msgspec.Struct, frozen=True):
    """The records of one type, by what one of their attributes refers to."""

    by_value: dict[str, list[Record]]
    by_address: dict[str, list[Record]]
    vague: list[tuple[Record, Unknown]]  # refer to several resources, or to nothing that can be told


class Related:
    """The records of one unit of work, indexed on demand."""

    def __init__(self, collection: Collection, rules: EnvironmentRules) -> None:
        self.kind = collection.kind
        self._rules = rules
        self._gaps = collection.gaps
        self._by_type: dict[str, list[Record]] = defaultdict(list)
        self._by_address: dict[str, Record] = {}
        for record in collection.records:
            self._by_type[record.type].append(record)
            self._by_address[record.address] = record
        self._links: dict[tuple[str, str], _Links] = {}
        self._identified: dict[str, dict[str, list[Record]]] = {}

    @property
    def live(self) -> bool:
        """Whether the records come from the cloud itself."""
        return self.kind is SourceKind.LIVE

    def target(self, attr: Attr[str | None], *types: str, near: Record | None = None) -> Attr[Record | None]:
        """The record of one of the types that an attribute refers to; absent if the attribute is.

        With `near`, the value is a name that is unique in an account and region only: it means the one where that record is.

        NOT_COLLECTED if it names something outside this Terraform root, UNRESOLVED if something outside this account.
        """
        if isinstance(attr, Unknown):
            found = self._referred(attr, types)
            return attr.bare if found is None else Known(found, attr.origin)
        if attr.value is None:
            return Known(None, attr.origin)
        for kind in types:
            matches = self._by_identifier(kind).get(attr.value.lower(), [])
            if near is not None:
                matches = self._beside(near, matches)
            if len(matches) == 1:
                return Known(matches[0], attr.origin)
            if matches:
                return Unknown(Why.UNSUPPORTED, f"{attr.value} names {len(matches)} resources", attr.origin)
        doubt = self._hidden(types, None)
        if doubt is not None:
            return doubt
        where = "this account" if self.live else "this configuration"
        return Unknown(Why.UNRESOLVED if self.live else Why.NOT_COLLECTED, f"{attr.value} is not in {where}", attr.origin)

    def _referred(self, attr: Unknown, types: Sequence[str] | None = None) -> Record | None:
        """The record that an unknown value is an attribute of, if it is one.

        Configurations say how the value is made: what a function, a template or a choice makes of a record's name may be another
        record's. Plans say only what it rests on, but have made every choice that could be made.
        """
        if self.kind is SourceKind.HCL and not _ATTRIBUTE.fullmatch(attr.partial or ""):
            return None
        found = [self._by_address[reference] for reference in attr.references if reference in self._by_address]
        if types is not None:
            found = [record for record in found if record.type in types]
        return found[0] if len(found) == 1 else None

    def _beside(self, near: Record, matches: Sequence[Record]) -> list[Record]:
        """Those in the same account and region; in Terraform, where neither may be told, one that is not known to be elsewhere."""
        same = [match for match in matches if match.scope == near.scope]
        return same if same or self.live else [match for match in matches if not _apart(match, near)]

    def only(self, kind: str, record: Record) -> Attr[Record | None]:
        """The one record of a type that rules a record's account and region: an account-wide default, say."""
        found = [other for other in self._by_type[kind] if other.scope == record.scope]
        if len(found) == 1:
            return found[0].presence if found[0].presence is not None else Known(found[0])
        if len(found) > 1:
            return Unknown(Why.UNRESOLVED, f"{len(found)} resources of type {kind} compete")
        doubt = self._hidden((kind,), None)
        if doubt is not None:
            return doubt
        return Known(None) if self.live else Unknown(Why.NOT_COLLECTED, f"{kind} is not declared here")

    def companions(self, record: Record, kind: str, by: str) -> Companions:
        """The records of type `kind` whose attribute `by` refers to a record."""
        links = self._linked(kind, by)
        found = list(links.by_address.get(record.address, ()))
        for name in identifiers(record):
            found.extend(other for other in links.by_value.get(name.lower(), ()) if other not in found)
        return Companions(tuple(found), first_unknown(self._vague(links, record), _namesakes(links, record), self._hidden((kind,), record)))

    def blocks(self, record: Record, inline: str, kind: str, by: str, path: str) -> Attr[tuple[Block, ...]]:
        """Blocks that stand either inline in a record or in a companion resource; the companion wins."""
        companion = self._companion(record, kind, by)
        if isinstance(companion, Unknown):
            own = record.blocks(inline)
            return own if isinstance(own, Known) and own.value else companion
        if companion.value is not None:
            return companion.value.blocks(path)
        return record.blocks(inline)

    def text(self, record: Record, inline: str, kind: str, by: str, path: str) -> Attr[str | None]:
        """A text that stands either inline in a record or in a companion resource; the companion wins."""
        companion = self._companion(record, kind, by)
        if isinstance(companion, Unknown):
            own = record.text(inline)
            return own if isinstance(own, Known) and own.value else companion
        if companion.value is not None:
            return companion.value.text(path)
        return record.text(inline)

    def environment(self, record: Record) -> Attr[str | None]:
        """The environment that a record says it belongs to; absent if it says nothing."""
        names = (record.text(name) for name in ("name", "bucket", "identifier", "cluster_identifier") if name in record.values)
        return environment_of(self._rules, record.scope.account, tags_of(record), names)

    def _companion(self, record: Record, kind: str, by: str) -> Attr[Record | None]:
        found = self.companions(record, kind, by)
        if len(found.records) == 1:
            only = found.records[0]
            return only.presence if only.presence is not None else Known(only)
        if found.records:
            names = ", ".join(other.address for other in found.records)
            return Unknown(Why.UNRESOLVED, f"{names} compete for one setting", found.records[0].origin)
        return found.doubt if found.doubt is not None else Known(None)

    def _by_identifier(self, kind: str) -> dict[str, list[Record]]:
        index = self._identified.get(kind)
        if index is None:
            index = defaultdict(list)
            for record in self._by_type[kind]:
                for name in identifiers(record):
                    index[name.lower()].append(record)
            self._identified[kind] = index
        return index

    def _linked(self, kind: str, by: str) -> _Links:
        links = self._links.get((kind, by))
        if links is None:
            links = _Links(defaultdict(list), defaultdict(list), [])
            for record in self._by_type[kind]:
                attr = record.text(by)
                if isinstance(attr, Known):
                    if attr.value is not None:
                        links.by_value[attr.value.lower()].append(record)
                elif len(attr.references) == 1 and (referred := self._referred(attr)) is not None:
                    links.by_address[referred.address].append(record)
                else:
                    links.vague.append((record, attr))
            self._links[kind, by] = links
        return links

    @staticmethod
    def _vague(links: _Links, record: Record) -> Unknown | None:
        for other, attr in links.vague:
            elsewhere = any(record.type in _RESOURCE.findall(reference + ".") for reference in attr.references)
            if record.address in attr.references or not elsewhere:
                return Unknown(Why.UNRESOLVED, f"{other.address} may apply: {attr.cause}", other.origin)
        return None

    def _hidden(self, kinds: Sequence[str], record: Record | None) -> Unknown | None:
        """The gap that may hide a record of one of the types, if there is one."""
        return next((gap.unknown for gap in self._gaps if _may_hide(gap, kinds, record)), None)


def _namesakes(links: _Links, record: Record) -> Unknown | None:
    """The doubt of a record whose name is not known, where others refer to one by a name that it may have."""
    for name in _IDENTIFIERS:
        value = record.values.get(name)
        if not isinstance(value, Unknown) or value.why in {Why.COMPUTED, Why.UNSET}:
            continue
        texts = {str(text).lower() for text in value.possible} or links.by_value.keys()
        for text in texts & links.by_value.keys():
            other = links.by_value[text][0]
            return Unknown(Why.UNRESOLVED, f"{other.address} may apply: {value.cause}", other.origin)
    return None


def _may_hide(gap: Gap, kinds: Sequence[str], record: Record | None) -> bool:
    if gap.types and not set(gap.types) & set(kinds):
        return False
    return not gap.references or (record is not None and record.address in gap.references)


def _apart(one: Record, other: Record) -> bool:
    places = ((one.scope.account, other.scope.account), (one.scope.region, other.scope.region))
    return any(isinstance(a, Known) and isinstance(b, Known) and None not in {a.value, b.value} and a != b for a, b in places)


def identifiers(record: Record) -> list[str]:
    """Every text by which others may name a record."""
    names = [record.id] if record.id else []
    for name in _IDENTIFIERS:
        value = record.values.get(name)
        if isinstance(value, str) and value and value not in names:
            names.append(value)
    return names


def tags_of(record: Record) -> Attr[Mapping[str, str]]:
    """A record's tags (labels), those that its provider adds by default included."""
    merged: dict[str, str] = {}
    origin = None
    doubt: Unknown | None = None
    for name in ("tags", "labels", "tags_all", "effective_labels"):
        if name not in record.values:
            continue
        attr = record.at(name)
        if isinstance(attr, Unknown):
            if attr.why is not Why.UNSET:
                doubt = first_unknown(doubt, attr)
        elif isinstance(attr.value, Mapping):
            merged.update({key: value for key, value in attr.value.items() if value is not None})
            origin = origin or attr.origin
    if doubt is not None and not merged:
        return doubt
    return Known(merged, origin)
