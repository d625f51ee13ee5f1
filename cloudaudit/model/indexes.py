"""Indexes: the records of one unit of work, by their types, addresses, names and texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from cloudaudit.model.attr import Doubt, Unknown, Why
from cloudaudit.model.ignoring import without_ignored
from cloudaudit.model.inventory import Collection, Gap, SourceKind
from cloudaudit.model.names import block_of, canonical, identifiers, modules_of, open_names, tails, texts_of
from cloudaudit.model.record import Record

Index: TypeAlias = "dict[str, list[Record]]"
"""The records of a type by what may name them."""


class Indexes:
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
        self._blocks = {name for address in self._by_address for name in (block_of(address), *modules_of(address))}
        self._nameless_records: dict[str, list[Record]] = {}
        self._identified: dict[str, Index] = {}
        self._ending: dict[str, Index] = {}
        self._composed: dict[str, Index] = {}
        self._resting: dict[str, Index] = {}

    @property
    def live(self) -> bool:
        """Whether the records come from the cloud itself."""
        return self.kind is SourceKind.LIVE

    def _by_identifier(self, kind: str) -> Index:
        return self._indexed(self._identified, kind, lambda record: map(canonical, identifiers(record)))

    def _by_text(self, kind: str) -> Index:
        return self._indexed(self._composed, kind, lambda record: (text.partial or "" for text in texts_of(record)))

    def _by_rest(self, kind: str) -> Index:
        """By what the names rest on that are not known."""
        return self._indexed(self._resting, kind, lambda record: {on for name in open_names(record) for on in name.references})

    def _by_tail(self, kind: str) -> Index:
        return self._indexed(self._ending, kind, tails)

    def _indexed(self, made: dict[str, Index], kind: str, keys: Callable[[Record], Iterable[str]]) -> Index:
        index = made.get(kind)
        if index is None:
            index = made[kind] = defaultdict(list)
            for record in self._by_type[kind]:
                for key in dict.fromkeys(keys(record)):  # an id and a self link have one spelling
                    index[key].append(record)
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


def _may_hide(gap: Gap, kinds: Sequence[str], record: Record | None) -> bool:
    if gap.types and not set(gap.types) & set(kinds):
        return False
    return not gap.references or (record is not None and record.address in gap.references)
