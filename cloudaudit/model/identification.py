"""Identification: the record that a value names or refers to, by its identifiers, by reference, or by a text of which parts are known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why, first_unknown
from cloudaudit.model.ignoring import without_ignored
from cloudaudit.model.inventory import Collection, Gap, SourceKind
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
from cloudaudit.model.record import Record

_DATA = re.compile(r"(?:^|\.)data\.([^.]+)\.")


class Identification:
    """The records of one unit of work, by what may name them; each index is made when it is first needed.

    `proven` asks for proof of every link and value: what is only probable, or what `ignore_changes` leaves to others, counts as not
    known. Otherwise `guessed` tells, since it was last set to False, whether an answer rests on a link that is only probable.
    """

    def __init__(self, collection: Collection, *, proven: bool) -> None:
        self.kind = collection.kind
        self.guessed = False
        self._proven = proven
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
                    return another_place(apart[0], attr.origin)
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

    def _hidden(self, kinds: Sequence[str], record: Record | None) -> Doubt | None:
        """Why there may be more records of one of the types: nobody looked for it, or a gap may hide some."""
        gap = next((gap for gap in self._gaps if _may_hide(gap, kinds, record)), None)
        if gap is not None:
            return gap.unknown
        unlisted = next((kind for kind in kinds if self._listed is not None and kind not in self._listed), None)
        return Unknown(Why.NOT_COLLECTED, f"a live scan does not list {unlisted}") if unlisted is not None else None

    def bearers(self, attr: Attr[str | None], kind: str) -> tuple[Record, ...]:
        """The records of a type that have a name which others may have too, as far as they are there for certain. See `companions`."""
        named = self._referred(attr, (kind,)) if isinstance(attr, Unknown) else self._named(attr.value)
        found = [named] if named is not None and named.type == kind else []
        if isinstance(attr, Known) and attr.value is not None:
            matches = self._by_identifier(kind).get(canonical(attr.value), [])
            found.extend(match for match in matches if match.presence is None and match is not named)
        return tuple(found)


def _may_hide(gap: Gap, kinds: Sequence[str], record: Record | None) -> bool:
    if gap.types and not set(gap.types) & set(kinds):
        return False
    return not gap.references or (record is not None and record.address in gap.references)


def _may_be(record: Record, presence: Doubt, origin: Origin | None) -> Doubt:
    return Unknown(presence.why, presence.detail, origin, (*presence.references, record.address))


def another_place(record: Record, origin: Origin | None) -> Doubt:
    detail = f"{record.address} may be of another account or region: its provider is configured otherwise"
    return Unknown(Why.UNRESOLVED, detail, origin, (record.address,))
