"""Links: the records of one type, by what one of their attributes refers to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Unknown, Why
from cloudaudit.model.names import canonical, identifiers, is_written_id, meant_by, open_names, parts_of, tail, tails
from cloudaudit.model.partial import NAMELESS, PLACEHOLDER, beginning, holds_placeholder, may_equal
from cloudaudit.model.record import Record

Counts = Callable[[Record], bool | None]
"""Whether a record counts among those that may refer; None if that is not known."""

Written = Callable[[str], bool]
"""Whether an identifier that is written out may be that of the record in question."""

Perhaps = tuple[Record, Doubt]
"""A record that may refer to another one, and why that is not known."""


_MANY = 1000  # links that are not known; of more, comparing what is told of each is not worth its cost


class Links(msgspec.Struct, frozen=True):
    """The records of one type, by what one of their attributes refers to."""

    by_value: dict[str, list[Record]]
    by_address: dict[str, list[Record]]
    by_text: dict[str, list[Record]]  # by value, those too of which it is known whose attribute the value is
    by_tail: dict[str, list[str]]  # the identifiers among the values that are written out, by their last part
    vague: list[tuple[Record, Unknown[str | None]]]  # refer to several resources, or to nothing that can be told
    guessed: bool  # whether one of them is only probable

    def by_name(self, names: Iterable[str], texts: Sequence[Unknown[Any]], *, namesakes: bool) -> Iterator[tuple[Record, bool]]:
        """The records that refer to one of some names, and whether that is a bare name. `texts` are names of which parts are known."""
        index = self.by_text if namesakes else self.by_value
        for name in names:
            for other in index.get(canonical(name), ()):
                yield other, not is_written_id(name)
        for text in texts if namesakes else ():
            yield from ((other, True) for other in self.by_text.get(text.partial or "", ()))
        for other, attr in self.vague if texts else ():
            if any(attr.same_text(text) for text in texts):
                yield other, True

    def unsure(self, record: Record, by: str, found: Container[Record], among: Counts, may_be: Written) -> Iterator[Perhaps]:
        """The links that may lead to a record: one that is not known may lead to any, unless what it may be is told."""
        names = {canonical(name) for name in identifiers(record)} if self.vague else set()
        partly: list[str] = []  # names of the record that are not known either, and of which no candidates are
        for name in open_names(record, by) if self.vague else ():
            names |= {canonical(str(candidate)) for candidate in name.possible}
            partly += [] if name.possible else [(name.partial or NAMELESS).lower()]
        told_here = meant_by(by) in record.values and len(self.vague) <= _MANY
        all_names = (*names, *partly, *(parts_of(record) if self.vague else ()))
        for other, attr in self.vague:
            if other.address == record.address or other in found or among(other) is False:
                continue
            if not attr.possible:
                may_apply = not told_here or _may_name(attr.partial or NAMELESS, record, all_names, may_be)
            else:
                told = {canonical(str(candidate)) for candidate in attr.possible}
                spelled = told & names or any(may_equal(one, part) for one in told for part in partly)
                may_apply = bool(spelled) or any(may_be(str(candidate)) for candidate in attr.possible)
            if may_apply:
                yield other, Unknown(Why.UNRESOLVED, f"{other.address} may apply: {attr.cause}", other.origin)

    def namesakes(self, record: Record, by: str, found: Container[Record], among: Counts, may_be: Written) -> Iterator[Perhaps]:
        """Those that refer to one by a name or an identifier that a record may have, whose own name is not known."""
        for value in open_names(record, by) if self.by_value else ():
            told = {canonical(str(text)) for text in value.possible}
            part = canonical(value.partial or NAMELESS)
            texts = told or {text for text in self.by_value if may_equal(text, part) or (is_written_id(text) and may_be(text))}
            others = (other for text in texts & self.by_value.keys() for other in self.by_value[text])
            for other in (other for other in others if other not in found and among(other) is not False):
                yield other, Unknown(Why.UNRESOLVED, f"{other.address} may apply: {value.cause}", other.origin)


def _may_name(text: str, record: Record, names: Sequence[str], may_be: Written) -> bool:
    """Whether a text of which parts are known may name a record: one of which nothing is, and an identifier of unknown names, may."""
    spelled, written = _spelled(text)
    if not spelled:
        return True
    if not written:
        return any(may_equal(spelled, name) for name in names)
    ends = tail(text)
    return any(map(holds_placeholder, names)) or may_be(text) or (not beginning(text) and (not ends or ends in tails(record)))


@lru_cache(maxsize=4096)
def _spelled(text: str) -> tuple[str, bool]:
    """A text as it is compared, empty if nothing of it is known; and whether it is an identifier that is written out."""
    return (canonical(text) if PLACEHOLDER.sub("", text) else ""), is_written_id(text)


def referring(record: Record, by: str, since: int = 0) -> Iterator[Attr[str | None]]:
    """The values by which a record refers: one, those of a list, or those of an attribute of several blocks."""
    if "[]." in by:
        path, _, name = by.partition("[].")
        blocks = record.blocks(path, since=since)
        yield from [blocks.bare] if isinstance(blocks, Unknown) else (block.text(name) for block in blocks.value)
        return
    if not by.endswith("[]"):
        yield record.text(by, since=since)
        return
    items = record.at(by.removesuffix("[]"), since=since)
    if isinstance(items, Unknown):
        yield items.read_as(lambda value: Known(str(value)))
        return
    for item in items.value if isinstance(items.value, list | tuple) else ():
        yield item if isinstance(item, Unknown) else Known(str(item), items.origin)
