"""Related: the other records of a unit, as a reader may ask for them.

A reader never guesses. What refers to a record is found by reference (`aws_s3_bucket.x.id`) or by value (its name, id or ARN);
what could not be read, or cannot be placed, is a doubt that makes just the facts that rest on it Unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why, first_unknown
from cloudaudit.model.environment import EnvironmentRules, environment_of
from cloudaudit.model.ignoring import without_ignored
from cloudaudit.model.inventory import Collection, Gap, SourceKind
from cloudaudit.model.links import Counts, Links, texts
from cloudaudit.model.names import (
    PARENTS,
    Named,
    block_of,
    canonical,
    identifiers,
    is_written_id,
    may_be,
    names_itself,
    open_names,
    parent_of,
    tail,
    tails,
    texts_of,
)
from cloudaudit.model.record import Block, Record

T = TypeVar("T")
_DATA = re.compile(r"(?:^|\.)data\.([^.]+)\.")


class Companions(msgspec.Struct, frozen=True):
    """The records that refer to another one, and why there may be more."""

    records: tuple[Record, ...]
    doubt: Doubt | None = None


class Related:
    """The records of one unit of work, indexed on demand.

    `proven` asks for proof of every link and value: what is only probable, or what `ignore_changes` leaves to others, counts as not
    known. Otherwise `guessed` tells, since it was
    last set to False, whether an answer rests on a link that is only probable.
    """

    def __init__(self, collection: Collection, rules: EnvironmentRules, *, proven: bool = False) -> None:
        self.kind = collection.kind
        self.guessed = False
        self._proven = proven
        self._rules = rules
        self._gaps = collection.gaps
        self._listed = collection.listed
        self._by_type: dict[str, list[Record]] = defaultdict(list)
        self._by_address: dict[str, Record] = {}
        for record in map(without_ignored, collection.records) if proven else collection.records:
            self._by_type[record.type].append(record)
            self._by_address[record.address] = record
        self._blocks = {block_of(address) for address in self._by_address}
        self._looked_up = collection.looked_up
        self._rests = collection.rests
        self._former: dict[str, list[Record]] = defaultdict(list)
        for record in collection.former:
            self._former[record.type].append(record)
        self._links: dict[tuple[str, str, int], Links] = {}
        self._nameless_records: dict[str, list[Record]] = {}
        self._identified: dict[str, dict[str, list[Record]]] = {}
        self._ending: dict[str, dict[str, list[Record]]] = {}
        self._composed: dict[str, dict[str, list[Record]]] = {}

    @property
    def live(self) -> bool:
        """Whether the records come from the cloud itself."""
        return self.kind is SourceKind.LIVE

    def target(self, attr: Attr[str | None], *types: str, near: Record | None = None) -> Attr[Record | None]:
        """The record of one of the types that an attribute refers to; absent if the attribute is.

        With `near`, the value is a name that is unique in an account and region only: it means the one where that record is.

        ELSEWHERE if it names something outside this Terraform root, UNRESOLVED if something outside this account.
        """
        if isinstance(attr, Unknown):
            return self._unknown_target(attr, types, near)
        if attr.value is None:
            return Known(None, attr.origin)
        named = self._named(attr.value)
        if named is not None and named.type in types and (near is None or named.scope.shares_place(near.scope)):
            return Known(named, attr.origin)
        for kind in types:
            matches = self._by_identifier(kind).get(canonical(attr.value), [])
            if near is not None:
                apart = [match for match in matches if match.scope.shares_place(near.scope) is None]
                matches = [match for match in matches if match.scope.shares_place(near.scope)]
                if apart and not matches:
                    return _another_place(apart[0], attr.origin)
            if len(matches) == 1:
                presence = matches[0].presence  # where it is not there, the name is that of another
                return Known(matches[0], attr.origin) if presence is None else _may_be(matches[0], presence, attr.origin)
            if matches:
                return Unknown(Why.UNSUPPORTED, f"{attr.value} names {len(matches)} resources", attr.origin)
        doubt = first_unknown(self._hidden(types, None), self._nameless(attr.value, types), self._tailed(attr.value, types))
        if doubt is not None:
            return doubt
        where = "this account" if self.live else "this configuration"
        return Unknown(Why.UNRESOLVED if self.live else Why.ELSEWHERE, f"{attr.value} is not in {where}", attr.origin)

    def _unknown_target(self, attr: Unknown[str | None], types: Sequence[str], near: Record | None) -> Attr[Record | None]:
        """The record that an unknown value names all the same. A declared one that it may name is among its `references`."""
        found = self._referred(attr, types)
        if found is not None:
            return Known(found, attr.origin)
        alike = self._of_text(attr, types, near)
        if len(alike) == 1:
            presence = alike[0].presence
            return Known(alike[0], attr.origin) if presence is None else _may_be(alike[0], presence, attr.origin)
        targets = [self.target(Known(candidate, attr.origin), *types, near=near) for candidate in attr.possible]
        hits = {target.value.address: target for target in targets if isinstance(target, Known) and target.value is not None}
        if len(hits) == 1 and all(target in hits.values() for target in targets):
            return next(iter(hits.values()))
        tailed = self._tailed(attr.partial or "", types)
        doubt = attr.bare
        may_be = (*hits, *(tailed.references if tailed is not None else ()), *self._behind(attr.references, types))
        return Unknown(doubt.why, doubt.detail, doubt.origin, (*doubt.references, *may_be))

    def _behind(self, references: Sequence[str], types: Sequence[str]) -> Iterator[str]:
        """The records on which something rests by way of what no reader takes, or whose parent is among that."""
        reached: dict[str, None] = {}
        pending = list(references) if self._rests else []
        while pending:
            behind = [address for address in self._rests.get(pending.pop(), ()) if address not in reached]
            reached.update(dict.fromkeys(behind))
            pending.extend(behind)
        blocks = {block_of(address) for address in reached}
        for record in (record for kind in types if blocks for record in self._by_type[kind]):
            parents = (parent for name in PARENTS if isinstance(parent := record.values.get(name), Unknown))
            if block_of(record.address) in blocks or any(block_of(name) in blocks for parent in parents for name in parent.references):
                yield record.address

    def _of_text(self, attr: Unknown[str | None], types: Sequence[str], near: Record | None) -> list[Record]:
        """The records of which a text that is put together of what is not known is the name."""
        if not attr.same_text(attr):
            return []
        return [
            record
            for kind in types
            for record in self._by_text(kind).get(attr.partial or "", ())
            if near is None or record.scope.shares_place(near.scope)
        ]

    def _tailed(self, text: str, types: Sequence[str]) -> Doubt | None:
        """The doubt of an identifier that is written out and ends in the name of a record: whether it is that one is not told."""
        for kind in types if is_written_id(text) else ():
            last = tail(text)
            for record in self._by_tail(kind).get(last, ()) if last else self._by_type[kind]:
                if self._may_be(text, record):
                    return Unknown(Why.UNRESOLVED, f"{record.address} may be {text}", record.origin, (record.address,))
        return None

    def _may_be(self, text: str, record: Record) -> bool:
        """Whether an identifier that is written out may be that of a record, and its beginning that of the record's parent."""
        if not may_be(text, record):
            return False
        for parent in (record.text(name) for name in PARENTS if name in record.values):
            above = parent_of(text)
            if isinstance(parent, Unknown):
                found = self._referred(parent)
                return found is None or self._may_be(above, found)
            return not tail(above) or tail(above) == tail(parent.value or "")
        return True

    def _nameless(self, name: str, types: Sequence[str]) -> Doubt | None:
        """The doubt of a record of one of the types whose own name is not known: it may be the one that a name means."""
        for kind in types:
            for record in self._unnamed(kind):
                for value in open_names(record):
                    told = {canonical(str(candidate)) for candidate in value.possible}
                    if not told or canonical(name) in told:
                        return Unknown(Why.UNRESOLVED, f"{record.address} may be {name}: {value.cause}", record.origin, (record.address,))
        return None

    def outside(self, missing: Unknown[Any], what: str) -> Doubt:
        """Why nothing is known of what a reference names, from the Unknown that `target` gave.

        ELSEWHERE if a Terraform configuration leaves it to others, which judge it. What rests on a resource that is declared here
        may be that one, and so may what rests on nothing that is told: there the doubt stays. A live answer leaves nothing to others.
        """
        traced = missing.why is Why.ELSEWHERE or bool(missing.references)
        foreign = traced and missing.why in {Why.ELSEWHERE, Why.UNRESOLVED, Why.COMPUTED} and not self.live
        if foreign and not any(block_of(reference) in self._blocks or self._looks_up(reference) for reference in missing.references):
            return Unknown(Why.ELSEWHERE, f"{what} is not declared here", missing.origin)
        return missing.bare

    def _looks_up(self, reference: str) -> bool:
        """Whether a data source may have read what is declared here: a record of its type, or of its service by a name that it gives."""
        found = _DATA.search(reference)
        if found is None:
            return False
        service = found[1].split("_")[:2]
        kinds = [kind for kind, records in self._by_type.items() if records and kind.split("_")[:2] == service]
        texts = self._looked_up.get(reference)
        if not texts:
            return bool(self._by_type.get(found[1]))
        names = {canonical(name) for kind in kinds for record in self._by_type[kind] for name in identifiers(record)}
        return any(canonical(text) in names or self._nameless(text, (found[1],)) is not None for text in texts)

    def _referred(self, attr: Unknown[str | None], types: Sequence[str] | None = None) -> Record | None:
        """The record that an unknown value is an attribute of, if that is proven: to rest on a record is not to be it.

        A plan tells only what a value rests on, never how it is made of that. Where this is one resource that has one
        instance, the link is probable.
        """
        if attr.is_ is not None:
            address, _, name = attr.is_.rpartition(".")
            found = self._by_address.get(address)
            found = found if found is not None and names_itself(found.type, name) else None
        elif self._is_probable(attr):
            found = self._by_address.get(attr.references[0])
            self.guessed = True
            if self._proven:
                return None
        else:
            return None
        return found if found is None or types is None or found.type in types else None

    def _named(self, value: str | None) -> Record | None:
        """The record whose attribute a text is: that goes before others which have the same name."""
        return self._by_address.get(value.is_.rpartition(".")[0]) if isinstance(value, Named) else None

    def _is_probable(self, attr: Unknown[Any]) -> bool:
        return (
            self.kind is SourceKind.PLAN and attr.partial is None and len(attr.references) == 1 and attr.references[0] in self._by_address
        )

    def only(self, kind: str, record: Record) -> Attr[Record | None]:
        """The one record of a type that rules a record's account and region: an account-wide default, say."""
        found = [other for other in self._by_type[kind] if other.scope.shares_place(record.scope)]
        if len(found) == 1:
            return found[0].presence if found[0].presence is not None else Known(found[0])
        if len(found) > 1:
            return Unknown(Why.UNRESOLVED, f"{len(found)} resources of type {kind} compete")
        doubt = self._hidden((kind,), None)
        if doubt is not None:
            return doubt
        apart = [other for other in self._by_type[kind] if other.scope.shares_place(record.scope) is None]
        if apart:
            return _another_place(apart[0], record.origin)
        return Known(None) if self.live else Unknown(Why.ELSEWHERE, f"{kind} is not declared here")

    def companions(
        self,
        record: Record,
        kind: str,
        by: str,
        *,
        optional: bool = False,
        since: int = 0,
        also: Sequence[str] = (),
        near: bool = False,
        namesakes: bool = False,
        among: Counts = lambda _: True,
    ) -> Companions:
        """The records of type `kind` whose attribute `by` refers to a record; `optional` says that one without it refers to none.

        Of a list, `by` is its name with `[]`: each of its elements refers. `since` as in `Block.at`. `also` are further names of the
        record. With `near`, a bare name means one of the same account. With `namesakes` it holds a name that others may have too: a
        reference proves the name, not the record, and the reader tells by the place which is meant. `among` tells which records count.
        """
        links = self._linked(kind, by, optional=optional, since=since)
        self.guessed = self.guessed or links.guessed
        found = dict.fromkeys(filter(among, links.by_address.get(record.address, ())))
        apart: Doubt | None = None
        names = (*identifiers(record), *also)
        for other, bare in links.by_name(names, tuple(texts_of(record)), namesakes=namesakes):
            shared = among(other) and (other.scope.shares_account(record.scope) if near and bare else True)
            if shared:
                found[other] = None
            elif shared is None and other not in found:
                apart = _another_place(other, other.origin)
        doubt = first_unknown(
            links.doubt(record, found, among),
            links.namesakes(record, by, among),
            self._by_written_id(links, record, found, among),
            self._hidden((kind,), record),
            apart,
        )
        return Companions(tuple(found), doubt)

    def every(self, kind: str) -> tuple[Record, ...]:
        """All records of a type that are at hand: for what is linked in no way that can be looked up."""
        return tuple(self._by_type.get(kind, ()))

    def bearers(self, attr: Attr[str | None], kind: str) -> tuple[Record, ...]:
        """The records of a type that have a name which others may have too, as far as they are there for certain. See `companions`."""
        named = self._referred(attr, (kind,)) if isinstance(attr, Unknown) else self._named(attr.value)
        found = [named] if named is not None and named.type == kind else []
        if isinstance(attr, Known) and attr.value is not None:
            matches = self._by_identifier(kind).get(canonical(attr.value), [])
            found.extend(match for match in matches if match.presence is None and match is not named)
        return tuple(found)

    def lasting(self, attr: Attr[T], record: Record, inline: str, *links: tuple[str, str]) -> Attr[T]:
        """What an attribute says, unless that is what was: the plan deletes or changes a companion that it shows, and does not set it.

        `links` are the types of such companions, each with the attribute by which it refers to the record.

        Terraform keeps the last value of a computed attribute of a resource that it does not change. Source: aws provider, read of
        aws_s3_bucket ("if configured outside this resource"), aws_security_group, azurerm_network_security_group.
        """
        if record.configured is not None and inline.partition(".")[0] in record.configured:
            return attr
        names = {canonical(name) for name in identifiers(record)}
        for former, by in ((former, by) for kind, by in links for former in self._former.get(kind, ())):
            link = former.text(by)
            if isinstance(link, Unknown) or canonical(link.value or "") in names:
                return Unknown(Why.COMPUTED, f"{record.address}.{inline}, which shows {former.address} as it was", record.origin)
        return attr

    def blocks(self, record: Record, inline: str, kind: str, by: str, path: str) -> Attr[tuple[Block, ...]]:
        """Blocks that stand either inline in a record or in a companion resource; the companion wins, and so does a doubt about it."""
        companion = self._companion(record, kind, by)
        if isinstance(companion, Unknown):
            return companion.bare
        if companion.value is not None:
            return companion.value.blocks(path)
        return self.lasting(record.blocks(inline), record, inline, (kind, by))

    def text(self, record: Record, inline: str, kind: str, by: str, path: str) -> Attr[str | None]:
        """A text that stands either inline in a record or in a companion resource; the companion wins, and so does a doubt about it."""
        companion = self._companion(record, kind, by)
        if isinstance(companion, Unknown):
            return companion.bare
        if companion.value is not None:
            return companion.value.text(path)
        return self.lasting(record.text(inline), record, inline, (kind, by))

    def environment(self, record: Record) -> Attr[str | None]:
        """The environment that a record says it belongs to; absent if it says nothing."""
        names = (record.text(name) for name in ("name", "bucket", "identifier", "cluster_identifier") if name in record.values)
        return environment_of(self._rules, record.scope.account, tags_of(record), names)

    def _companion(self, record: Record, kind: str, by: str) -> Attr[Record | None]:
        """The one companion, none for certain, or a doubt: that there may be another is one, however many are found."""
        found = self.companions(record, kind, by)
        if found.doubt is not None:
            return found.doubt
        if len(found.records) > 1:
            names = ", ".join(other.address for other in found.records)
            return Unknown(Why.UNRESOLVED, f"{names} compete for one setting", found.records[0].origin)
        if not found.records:
            return Known(None)
        only = found.records[0]
        return only.presence if only.presence is not None else Known(only)

    def _by_identifier(self, kind: str) -> dict[str, list[Record]]:
        index = self._identified.get(kind)
        if index is None:
            index = defaultdict(list)
            for record in self._by_type[kind]:
                for name in identifiers(record):
                    index[canonical(name)].append(record)
            self._identified[kind] = index
        return index

    def _by_text(self, kind: str) -> dict[str, list[Record]]:
        index = self._composed.get(kind)
        if index is None:
            index = self._composed[kind] = defaultdict(list)
            for record in self._by_type[kind]:
                for text in texts_of(record):
                    index[text.partial or ""].append(record)
        return index

    def _by_tail(self, kind: str) -> dict[str, list[Record]]:
        index = self._ending.get(kind)
        if index is None:
            index = self._ending[kind] = defaultdict(list)
            for record in self._by_type[kind]:
                for last in tails(record):
                    index[last].append(record)
        return index

    def _unnamed(self, kind: str) -> list[Record]:
        found = self._nameless_records.get(kind)
        if found is None:
            found = self._nameless_records[kind] = [record for record in self._by_type[kind] if next(open_names(record), None) is not None]
        return found

    def sharing(self, record: Record, by: str) -> Companions:
        """The other records of a record's type whose optional attribute `by` says the same as its own."""
        links, own = self._linked(record.type, by, optional=True), record.text(by)
        referred = self._referred(own) if isinstance(own, Unknown) else self._named(own.value)
        if referred is None and isinstance(own, Unknown):
            return Companions((), own.bare)
        meant = [canonical(name) for name in identifiers(referred)] if referred is not None else [canonical(own.value or "")]  # type: ignore[union-attr]
        found = [other for name in meant for other in links.by_value.get(name, ())]
        for address, linked in links.by_address.items():
            to = self._by_address.get(address)
            if to is not None and (to is referred or {canonical(name) for name in identifiers(to)} & set(meant)):
                found.extend(linked)
        others = tuple({id(other): other for other in found if other is not record}.values())
        vague = next((attr for other, attr in links.vague if other is not record), None)
        return Companions(others, vague.bare if vague is not None and own != Known(None) else None)

    def _linked(self, kind: str, by: str, *, optional: bool = False, since: int = 0) -> Links:
        links = self._links.get((kind, by, since))
        if links is None:
            former, self.guessed = self.guessed, False
            by_value: dict[str, list[Record]] = defaultdict(list)
            by_address: dict[str, list[Record]] = defaultdict(list)
            by_text: dict[str, list[Record]] = defaultdict(list)
            vague: list[tuple[Record, Unknown[str | None]]] = []
            for record, attr in ((one, attr) for one in self._by_type[kind] for attr in texts(one, by, since)):
                if isinstance(attr, Known):
                    named = self._named(attr.value)
                    if attr.value is not None:
                        by_text[canonical(attr.value)].append(record)
                    if named is not None:
                        by_address[named.address].append(record)
                    elif attr.value is not None:
                        by_value[canonical(attr.value)].append(record)
                    elif not optional:
                        vague.append((record, Unknown(Why.UNRESOLVED, f"{by} is not set", attr.origin)))
                elif (referred := self._referred(attr)) is not None:
                    by_address[referred.address].append(record)
                else:
                    vague.append((record, attr))
            by_tail: dict[str, list[str]] = defaultdict(list)
            for text in filter(is_written_id, by_value):
                by_tail[tail(text)].append(text)
            links = self._links[kind, by, since] = Links(by_value, by_address, by_text, by_tail, vague, self.guessed)
            self.guessed = former
        return links

    def _by_written_id(self, links: Links, record: Record, found: Container[Record], among: Counts) -> Doubt | None:
        """The doubt of a record whose identifier only the cloud makes, where others refer to one by an identifier that it may have."""
        for last in tails(record):
            for text in links.by_tail.get(last, ()):
                other = next((other for other in links.by_value[text] if other is not record and other not in found and among(other)), None)
                if other is not None and self._may_be(text, record):
                    return Unknown(Why.UNRESOLVED, f"{other.address} may apply: it names {text}", other.origin)
        return None

    def _hidden(self, kinds: Sequence[str], record: Record | None) -> Doubt | None:
        """Why there may be more records of one of the types: nobody looked for it, or a gap may hide some."""
        gap = next((gap for gap in self._gaps if _may_hide(gap, kinds, record)), None)
        if gap is not None:
            return gap.unknown
        unlisted = next((kind for kind in kinds if self._listed is not None and kind not in self._listed), None)
        return Unknown(Why.NOT_COLLECTED, f"a live scan does not list {unlisted}") if unlisted is not None else None


def _may_hide(gap: Gap, kinds: Sequence[str], record: Record | None) -> bool:
    if gap.types and not set(gap.types) & set(kinds):
        return False
    return not gap.references or (record is not None and record.address in gap.references)


def _may_be(record: Record, presence: Doubt, origin: Origin | None) -> Doubt:
    return Unknown(presence.why, presence.detail, origin, (*presence.references, record.address))


def _another_place(record: Record, origin: Origin | None) -> Doubt:
    detail = f"{record.address} may be of another account or region: its provider is configured otherwise"
    return Unknown(Why.UNRESOLVED, detail, origin, (record.address,))


def tags_of(record: Record) -> Attr[Mapping[str, str]]:
    """A record's tags (labels), those that its provider adds by default included."""
    merged: dict[str, Any] = {}
    origin = None
    doubt: Unknown[Any] | None = None
    told = False
    for name in ("tags", "labels", "tags_all", "effective_labels"):
        if name not in record.values:
            continue
        told = True
        attr = record.at(name)
        if isinstance(attr, Unknown):
            if attr.why is not Why.UNSET:
                doubt = attr if doubt is None else doubt
        elif isinstance(attr.value, Mapping):
            merged.update({key: value for key, value in attr.value.items() if value is not None})
            origin = origin or attr.origin
    if not told:
        return record.at("tags").read_as(lambda _: Known(merged))
    if doubt is None:
        return Known(merged, origin)
    return doubt.read_as(lambda tags: Known({**merged, **tags} if isinstance(tags, Mapping) else merged))
