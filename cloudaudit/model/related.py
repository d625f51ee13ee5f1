"""Related: the other records of a unit, as a reader may ask for them.

A reader never guesses. What refers to a record is found by reference (`aws_s3_bucket.x.id`) or by value (its name, id or ARN);
what could not be read, or cannot be placed, is a doubt that makes just the facts that rest on it Unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Unknown, Why, first_unknown, one_of
from cloudaudit.model.defaults import left_out
from cloudaudit.model.environment import EnvironmentRules, environment_of
from cloudaudit.model.identification import Identification, another_place
from cloudaudit.model.inventory import Collection
from cloudaudit.model.links import Counts, Links, Perhaps, referring
from cloudaudit.model.names import (
    canonical,
    identifiers,
    is_written_id,
    open_names,
    open_spellings,
    spellings,
    tail,
    tails,
    texts_of,
)
from cloudaudit.model.partial import may_equal
from cloudaudit.model.record import Block, Record
from cloudaudit.model.shown import uncredentialed

T = TypeVar("T")

_FEW = 50  # records that may apply; of more, what each says is not worth its cost


class Companions(msgspec.Struct, frozen=True):
    """The records that refer to another one, and why there may be more.

    `perhaps` are the others, as far as they are told one by one: whatever else is in doubt is `hidden`.
    """

    records: tuple[Record, ...]
    hidden: Doubt | None = None
    perhaps: tuple[Perhaps, ...] = ()

    @property
    def doubt(self) -> Doubt | None:
        """Why there may be more than `records`."""
        return self.perhaps[0][1] if self.perhaps else self.hidden


class Related(Identification):
    """The records of one unit of work, by what they refer to. See `Identification` for `proven` and `guessed`."""

    def __init__(self, collection: Collection, rules: EnvironmentRules, *, proven: bool = False) -> None:
        super().__init__(collection, proven=proven)
        self._rules = rules
        self._former: dict[str, list[Record]] = defaultdict(list)
        for record in collection.former:
            self._former[record.type].append(record)
        self._links: dict[tuple[str, str, int], Links] = {}

    def only(self, kind: str, record: Record, *, rivals: bool = True) -> Attr[Record | None]:
        """The one record of a type that rules a record's account and region: an account-wide default, say.

        Several rule a setting in turn: with `rivals`, one of a place that is not known may be among these, beside one that is near.
        """
        near = [(other, other.scope.shares_place(record.scope)) for other in self._by_type[kind]]
        found, apart = ([other for other, shared in near if shared is wanted] for wanted in (True, None))
        if len(found) == 1 and not (apart and rivals):
            return found[0].presence if found[0].presence is not None else Known(found[0])
        certain = all(other.presence is None for other in found)
        told: tuple[Record | None, ...] = (*found, *apart) if found and certain else ()
        if len(found) > 1:
            return Unknown(Why.UNRESOLVED, f"{len(found)} resources of type {kind} compete", possible=told)
        doubt = self._hidden((kind,), None)
        if doubt is not None:
            return doubt
        if apart:
            return msgspec.structs.replace(another_place(apart[0], record.origin), possible=told)
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
        singly: bool = False,
    ) -> Companions:
        """The records of type `kind` whose attribute `by` refers to a record; `optional` says that one without it refers to none.

        Of a list, `by` is its name with `[]`: each of its elements refers; `disk[].source` is that attribute of each block. `since`
        as in `Block.at`. `also` are further names of the record. With `near`, a bare name means one of the same account. With
        `namesakes` it holds a name that others may have too: a reference proves the name, not the record, and the reader tells by
        the place which is meant. `among` tells which records count.
        With `singly`, those that may refer to it are told one by one.
        """
        if not self._by_type.get(kind):
            return Companions((), self._hidden((kind,), record))
        links = self._linked(kind, by, optional=optional, since=since)
        self.guessed = self.guessed or links.guessed
        referring = {other: among(other) for other in links.by_address.get(record.address, ())}
        found = dict.fromkeys(other for other, counts in referring.items() if counts)
        apart: list[Perhaps] = [(other, _somewhere(other)) for other, counts in referring.items() if counts is None]
        names = (*identifiers(record), *also)
        texts = tuple(texts_of(record)) if links.vague or namesakes else ()
        for other, bare in links.by_name(names, texts, namesakes=namesakes):
            shared = among(other) and (other.scope.shares_account(record.scope) if near and bare else True)
            if shared:
                found[other] = None
            elif shared is None and other not in found:
                apart.append((other, _somewhere(other) if among(other) is None else another_place(other, other.origin)))
        most = _FEW if singly else 0
        may_be = partial(self._may_be, record=record)
        perhaps = tuple(
            islice(
                chain(
                    links.unsure(record, by, found, among, may_be),
                    links.namesakes(record, by, found, among, may_be),
                    self._by_written_id(links, record, found, among),
                    apart,
                ),
                most + 1,
            )
        )
        if len(perhaps) > most:
            return Companions(tuple(found), perhaps[0][1])
        return Companions(tuple(found), self._hidden((kind,), record), perhaps)

    def named_alike(self, record: Record, kind: str, by: str) -> Iterator[tuple[Record, Record]]:
        """Those that refer to another record by its name, which may be this record's own too; and that other one.

        Of what one run makes, two names that are not told may be one, and one may be what is written out.
        """
        own, linked = tuple(spellings(record)), self._linked(kind, by).by_address
        named = (
            linked
            if next(open_names(record), None) is not None
            else [other.address for other in self._unnamed(record.type) if other.address in linked]
        )
        for address in named:
            other = self._by_address.get(address)
            if other is not None and other is not record and any(may_equal(one, name) for one in spellings(other) for name in own):
                yield from ((one, other) for one in linked[address])

    def unseen(self, record: Record, *kinds: str) -> Doubt | None:
        """Why something of some types may be hidden that changes a record; told where proof is asked for: what fails without it fails."""
        hidden = self._hidden(kinds, record)
        self.guessed = self.guessed or hidden is not None
        return hidden if self._proven else None

    def every(self, kind: str) -> tuple[Record, ...]:
        """All records of a type that are at hand: for what is linked in no way that can be looked up."""
        return tuple(self._by_type.get(kind, ()))

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

    def blocks(
        self, record: Record, inline: str, kind: str, by: str, path: str, *, unset: tuple[Block, ...] | None = None
    ) -> Attr[tuple[Block, ...]]:
        """Blocks that stand either inline in a record or in a companion resource; the companion wins, and so does a doubt about it.

        `unset` are those of a new resource of which the configuration leaves the outermost block to the cloud, where that is known.
        """

        def own() -> Attr[tuple[Block, ...]]:
            if unset is not None and not record.report and left_out(record, inline.partition(".")[0]):
                return Known(unset, record.origin_of(inline))
            return self.lasting(record.blocks(inline), record, inline, (kind, by))

        return self._split(record, kind, by, lambda one: one.blocks(path), own)

    def text(self, record: Record, inline: str, kind: str, by: str, path: str) -> Attr[str | None]:
        """A text that stands either inline in a record or in a companion resource; the companion wins, and so does a doubt about it."""
        return self._split(
            record, kind, by, lambda one: one.text(path), lambda: self.lasting(record.text(inline), record, inline, (kind, by))
        )

    def environment(self, record: Record) -> Attr[str | None]:
        """The environment that a record says it belongs to; absent if it says nothing."""
        names = (record.text(name) for name in ("name", "bucket", "identifier", "cluster_identifier") if name in record.values)
        return environment_of(self._rules, record.scope.account, tags_of(record), names)

    def environment_of_account(self, account: Attr[str | None]) -> Attr[str | None]:
        """The environment of an account, where the policy gives it one; absent if it does not."""
        return environment_of(self._rules, account, Known({}), ())

    def _split(self, record: Record, kind: str, by: str, split: Callable[[Record], Attr[T]], own: Callable[[], Attr[T]]) -> Attr[T]:
        """What the one companion says, or `own` where there is none; where several compete or that is in doubt, one of what these say."""
        found = self.companions(record, kind, by, singly=True)
        if found.doubt is not None and found.hidden is not None:
            return found.doubt
        told = [split(other) for other in (*found.records, *(other for other, _ in found.perhaps))]
        if all(other.presence is not None for other in found.records):
            told.append(own())
        competing = _compete(found.records) if len(found.records) > 1 else None
        doubt = first_unknown(*(other.presence for other in found.records), found.doubt, competing)
        return one_of(told, doubt) if doubt is not None else told[0]

    def sharing(self, record: Record, by: str) -> Companions:
        """The other records of a record's type whose optional attribute `by` says the same as its own."""
        links, own = self._linked(record.type, by, optional=True), record.text(by)
        if isinstance(own, Known) and not own.value:
            return Companions(())
        referred = self._referred(own) if isinstance(own, Unknown) else self._named(own.value)
        if isinstance(own, Unknown) and referred is None:
            return Companions((), own.bare)
        meant = set(map(canonical, identifiers(referred) if referred is not None else [own.value or ""]))  # type: ignore[union-attr]
        found = [other for name in meant for other in links.by_value.get(name, ())]
        for address, linked in links.by_address.items():
            to = self._by_address.get(address)
            if to is not None and (to is referred or {canonical(name) for name in identifiers(to)} & meant):
                found.extend(linked)
        others = tuple({id(other): other for other in found if other is not record}.values())
        doubts = (attr.bare for other, attr in links.vague if other is not record)
        return Companions(others, next(chain(doubts, self._may_share(links, referred, meant, {record, *others})), None))

    def _may_share(self, links: Links, referred: Record | None, meant: Iterable[str], among: Container[Record]) -> Iterator[Doubt]:
        """Why what is named in words may be the same as what is referred to, of which the name is not known."""
        if referred is not None:
            pairs = [(text, spelled, found) for text, found in links.by_value.items() for spelled in open_spellings(referred)]
        else:
            named = [(self._by_address.get(address), found) for address, found in links.by_address.items()]
            pairs = [(text, one, found) for to, found in named if to is not None for one in open_spellings(to) for text in meant]
        for text, spelled, found in pairs:
            for other in found if may_equal(text, spelled) else ():
                if other not in among:
                    yield Unknown(Why.UNRESOLVED, f"{other.address} may name the same", other.origin)

    def _linked(self, kind: str, by: str, *, optional: bool = False, since: int = 0) -> Links:
        links = self._links.get((kind, by, since))
        if links is None:
            former, self.guessed = self.guessed, False
            by_value: dict[str, list[Record]] = defaultdict(list)
            by_address: dict[str, list[Record]] = defaultdict(list)
            by_text: dict[str, list[Record]] = defaultdict(list)
            vague: list[tuple[Record, Unknown[str | None]]] = []
            for record, attr in ((one, attr) for one in self._by_type[kind] for attr in referring(one, by, since)):
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
                    if attr.partial is not None and attr.same_text(attr):
                        by_text[attr.partial].append(record)
                else:
                    vague.append((record, attr))
            by_tail: dict[str, list[str]] = defaultdict(list)
            for text in filter(is_written_id, by_value):
                by_tail[tail(text)].append(text)
            links = self._links[kind, by, since] = Links(by_value, by_address, by_text, by_tail, vague, self.guessed)
            self.guessed = former
        return links

    def _by_written_id(self, links: Links, record: Record, found: Container[Record], among: Counts) -> Iterator[Perhaps]:
        """Those that refer to one by an identifier that a record may have, whose own only the cloud makes."""
        for last in tails(record) if links.by_tail else ():
            for text in links.by_tail.get(last, ()):
                others = [
                    other for other in links.by_value[text] if other is not record and other not in found and among(other) is not False
                ]
                for other in others if others and self._may_be(text, record) else ():
                    yield other, Unknown(Why.UNRESOLVED, f"{other.address} may apply: it names {uncredentialed(text)}", other.origin)


def _somewhere(other: Record) -> Doubt:
    detail = f"{other.address} may apply: where that lies which it names is not known"
    return Unknown(Why.UNRESOLVED, detail, other.origin)


def _compete(records: Sequence[Record]) -> Doubt:
    names = ", ".join(record.address for record in records)
    return Unknown(Why.UNRESOLVED, f"{names} compete for one setting", records[0].origin)


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
