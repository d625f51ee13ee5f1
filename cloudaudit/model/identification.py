"""Identification: the record that a value names or refers to, by its identifiers, by reference, or by a text of which parts are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why, first_unknown
from cloudaudit.model.indexes import Indexes
from cloudaudit.model.inventory import Collection, SourceKind
from cloudaudit.model.names import (
    PARENTS,
    READ_BY,
    Named,
    block_of,
    canonical,
    identifiers,
    is_written_id,
    may_be,
    names_itself,
    open_names,
    parent_of,
    spellings,
    tail,
)
from cloudaudit.model.partial import NAMELESS, may_equal, nameless, sole_placeholder
from cloudaudit.model.record import Record
from cloudaudit.model.shown import uncredentialed

_DATA = re.compile(r"(?:^|\.)data\.([^.]+)\.")
_SAYS_WHERE, _ARN = "arn:", "arn"
_OF_ANY_TYPE = re.compile(r"_resources?(?:_list|_action|_id)?$")


class Identification(Indexes):
    """The records of one unit of work, by what may name them."""

    def __init__(self, collection: Collection, *, proven: bool) -> None:
        super().__init__(collection, proven=proven)
        self._looked_up = collection.looked_up
        self._rests = collection.rests
        self._led: dict[tuple[tuple[str, ...], str | None, tuple[str, ...]], tuple[str, ...]] = {}
        self._read: dict[str, tuple[Record, ...]] = {}

    def target(self, attr: Attr[str | None], *types: str, near: Record | None = None) -> Attr[Record | None]:
        """The record of one of the types that an attribute refers to; absent if the attribute is.

        With `near`, a value that is a name is unique in an account and region only: it means the one where that record is. An ARN
        says where what it names is.

        ELSEWHERE if it names something outside this Terraform root, UNRESOLVED if something outside this account.
        """
        if isinstance(attr, Unknown):
            return self._unknown_target(attr, types, near)
        if attr.value is None:
            return Known(None, attr.origin)
        near = None if attr.value.startswith(_SAYS_WHERE) else near
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
                may_be = tuple(match.address for match in matches)
                return Unknown(Why.UNSUPPORTED, f"{uncredentialed(attr.value)} names {len(matches)} resources", attr.origin, may_be)
        doubt = first_unknown(self._hidden(types, None), self._nameless(attr.value, types), self._tailed(attr.value, types))
        if doubt is not None:
            return doubt
        where = "this account" if self.live else "this configuration"
        return Unknown(Why.UNRESOLVED if self.live else Why.ELSEWHERE, f"{uncredentialed(attr.value)} is not in {where}", attr.origin)

    def _unknown_target(self, attr: Unknown[str | None], types: Sequence[str], near: Record | None) -> Attr[Record | None]:
        """The record that an unknown value names all the same. A declared one that it may name is among its `references`.

        What is ignored names what it did at creation: what refers to a resource belongs to it still, what it uses may be another.
        """
        if attr.why is Why.IGNORED or not (attr.is_ or attr.references or attr.partial or attr.possible):
            return attr.bare
        found = self._referred(attr, types)
        if found is not None:
            return Known(found, attr.origin) if near is None or _is_meant(attr, found, near) else _apart(found, attr)
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
        doubts = (tailed, *(target for target in targets if isinstance(target, Unknown)))
        may_be = (*hits, *(name for one in doubts if one is not None for name in one.references), *self._leads(attr, types))
        return Unknown(doubt.why, doubt.detail, doubt.origin, (*doubt.references, *may_be))

    def _leads(self, attr: Unknown[str | None], types: Sequence[str]) -> tuple[str, ...]:
        """The records that an unknown value may be all the same: by way of what no reader takes, or by what is known of its text."""
        if self.live:
            return ()
        key = (attr.references, attr.partial, tuple(types))
        if key not in self._led:
            records = [record for kind in types for record in self._by_type[kind]]
            self._led[key] = tuple(dict.fromkeys((*self._behind(attr.references, records), *self._of_like_text(attr, types))))
        return self._led[key]

    def _behind(self, references: Sequence[str], records: Sequence[Record]) -> Iterator[str]:
        """The records on which something rests by way of what no reader takes, or whose parent is among that."""
        reached: dict[str, None] = {}
        pending = list(references) if records else []
        while pending:
            told = self._rests.get(reference := pending.pop(), ())
            read = self._read_by(reference)
            if told is None or (read and not any(record in read for record in records)):
                yield from (record.address for record in records)
                return
            behind = [address for address in (*told, *(record.address for record in read)) if address not in reached]
            reached.update(dict.fromkeys(behind))
            pending.extend(behind)
        blocks = {block_of(address) for address in reached}
        for record in records if blocks else ():
            parents = (parent for name in PARENTS if isinstance(parent := record.values.get(name), Unknown))
            if block_of(record.address) in blocks or any(block_of(name) in blocks for parent in parents for name in parent.references):
                yield record.address

    def _of_like_text(self, attr: Unknown[str | None], types: Sequence[str]) -> Iterator[str]:
        """The records of which a text of which parts are known may be the name, or one that rests on the same as the name does."""
        text = (attr.partial or NAMELESS).lower()
        for kind in types:
            if nameless(text) == NAMELESS:
                yield from (record.address for on in attr.references for record in self._by_rest(kind).get(on, ()))
            else:
                yield from (record.address for record in self._by_type[kind] if any(may_equal(text, name) for name in spellings(record)))

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
                    return Unknown(Why.UNRESOLVED, f"{record.address} may be {uncredentialed(text)}", record.origin, (record.address,))
        return None

    def _may_be(self, text: str, record: Record) -> bool:
        """Whether an identifier that is written out may be that of a record, and its beginning that of the record's parent."""
        if not may_be(text, record):
            return False
        for parent in (record.text(name) for name in PARENTS if name in record.values):
            above = parent_of(text)
            if isinstance(parent, Unknown):
                found = self._referred(parent)
                return found is None or self._is_all_of(above, found) or self._may_be(above, found)
            return not tail(above) or tail(above) == tail(parent.value or "")
        return True

    def _is_all_of(self, text: str, record: Record) -> bool:
        """Whether nothing is known of a text, and it is no attribute of another record."""
        if nameless(text) != NAMELESS:
            return False
        named = self._by_address.get((sole_placeholder(text) or "").rpartition(".")[0])
        return named is None or named is record

    def _nameless(self, name: str, types: Sequence[str]) -> Doubt | None:
        """The doubt of a record of one of the types whose own name is not known: it may be the one that a name means."""
        for kind in types:
            for record in self._unnamed(kind):
                for value in open_names(record):
                    told = {canonical(str(candidate)) for candidate in value.possible}
                    if not told or canonical(name) in told:
                        return Unknown(
                            Why.UNRESOLVED,
                            f"{record.address} may be {uncredentialed(name)}: {value.cause}",
                            record.origin,
                            (record.address,),
                        )
        return None

    def outside(self, missing: Unknown[Any], what: str) -> Doubt:
        """Why nothing is known of what a reference names, from the Unknown that `target` gave.

        ELSEWHERE if a Terraform configuration leaves it to others, which judge it. What rests on a resource that is declared here, or
        may be one (see `_unknown_target`), may be that one, and so may what rests on nothing that is told: there the doubt stays. A
        live answer leaves nothing to others.
        """
        traced = missing.why is Why.ELSEWHERE or bool(missing.references)
        foreign = traced and missing.why in {Why.ELSEWHERE, Why.UNRESOLVED, Why.COMPUTED} and not self.live
        if foreign and not any(block_of(reference) in self._blocks for reference in missing.references):
            return Unknown(Why.ELSEWHERE, f"{what} is not declared here", missing.origin)
        return missing.bare

    def may_read(self, reference: str) -> bool:
        """Whether a reference is to a data source that may have read what is declared here."""
        return bool(self._read_by(reference))

    def _read_by(self, reference: str) -> tuple[Record, ...]:
        """What is declared here that a data source may have read, by the texts by which it selects, where these are told."""
        found = _DATA.search(reference)
        if found is None:
            return ()
        if reference not in self._read:
            self._read[reference] = tuple(self._selected(found[1], self._looked_up.get(reference)))
        return self._read[reference]

    def _selected(self, kind: str, texts: Sequence[str] | None) -> Iterator[Record]:
        """The records that a data source of a type may have read.

        One of a record's own type gives the one that it names. One whose type begins so (`google_kms_crypto_keys`,
        `google_kms_crypto_key_version`) gives any within what it names, and one of resources of any type
        (`azurerm_resources`, `aws_cloudcontrolapi_resource`) may give anything.
        """
        service = kind.split("_")[:2]
        also = READ_BY.get(kind, ())
        kinds = [one for one, records in self._by_type.items() if records and (one.split("_")[:2] == service or one in also)]
        if _OF_ANY_TYPE.search(kind):
            yield from self._by_address.values()
        elif not self._by_type.get(kind) and (listed := [one for one in kinds if kind.startswith(one)]):
            yield from (record for one in listed for record in self._by_type[one] if self._may_list(texts or (), record, kinds))
        elif not texts:
            yield from (record for one in (kind, *also) for record in self._by_type.get(one, ()))
        else:
            names = {canonical(text) for text in texts}
            for record in (record for one in kinds for record in self._by_type[one]):
                if any(canonical(name) in names for name in identifiers(record)):
                    yield record
            for text in texts:
                doubts = (self._nameless(text, kinds), self._tailed(text, (kind,)))
                yield from (self._by_address[address] for doubt in doubts if doubt is not None for address in doubt.references)

    def _may_list(self, texts: Sequence[str], record: Record, kinds: Sequence[str]) -> bool:
        """Whether a record may be among those that a data source lists: an identifier by which it selects may be of it or its parent."""
        own = {canonical(value) for value in record.values.values() if isinstance(value, str)}
        parents = [parent for name in PARENTS if isinstance(parent := record.values.get(name), Unknown)]
        if any(self._referred(parent) is None for parent in parents):
            return True
        return all(
            canonical(text) in own
            or self._tailed(text, kinds) is not None
            or self._nameless(text, kinds) is not None
            or any(canonical(text) in self._by_identifier(one) for one in kinds)
            for text in filter(is_written_id, texts)
        )

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

    def bearers(self, attr: Attr[str | None], kind: str) -> tuple[Record, ...]:
        """The records of a type that have a name which others may have too, as far as they are there for certain. See `companions`.

        What is ignored may be another name by now, as in `_unknown_target`.
        """
        told = self._referred(attr, (kind,)) if isinstance(attr, Unknown) and attr.why is not Why.IGNORED else None
        named = self._named(attr.value) if isinstance(attr, Known) else told
        found = [named] if named is not None and named.type == kind else []
        if isinstance(attr, Known) and attr.value is not None:
            matches = self._by_identifier(kind).get(canonical(attr.value), [])
            found.extend(match for match in matches if match.presence is None and match is not named)
        return tuple(found)


def _may_be(record: Record, presence: Doubt, origin: Origin | None) -> Doubt:
    return Unknown(presence.why, presence.detail, origin, (*presence.references, record.address))


def _is_meant(attr: Unknown[str | None], found: Record, near: Record) -> bool:
    """Whether an attribute of a record means that one, seen from another: its name does so in its own place alone.

    A plan does not tell which attribute it is.
    """
    return attr.is_ is None or attr.is_.endswith(_ARN) or found.scope.shares_place(near.scope) is True


def _apart(record: Record, attr: Unknown[str | None]) -> Doubt:
    """The name of a record of another place: where it is used, it means another one, which may be declared as well."""
    detail = f"{attr.is_} is a name, and {record.address} may be of another account or region"
    return Unknown(Why.UNRESOLVED, detail, attr.origin, (*attr.references, record.address))


def another_place(record: Record, origin: Origin | None) -> Doubt:
    detail = f"{record.address} may be of another account or region: that it is of the same is not told"
    return Unknown(Why.UNRESOLVED, detail, origin, (record.address,))
