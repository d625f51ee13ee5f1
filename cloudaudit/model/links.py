"""Links: the records of one type, by what one of their attributes refers to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
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
        for other, attr in self.vague:
            if other.address == record.address or other in found or among(other) is False:
                continue
            told = {canonical(str(candidate)) for candidate in attr.possible}
            spelled = told & names or any(may_equal(one, part) for one in told for part in partly)
            any_of_them = not told and _may_name(attr.partial or NAMELESS, record, by, (*names, *partly), may_be)
            if any_of_them or spelled or any(may_be(str(candidate)) for candidate in attr.possible):
                yield other, Unknown(Why.UNRESOLVED, f"{other.address} may apply: {attr.cause}", other.origin)

    def namesakes(self, record: Record, by: str, found: Container[Record], among: Counts) -> Iterator[Perhaps]:
        """Those that refer to one by a name that a record may have, whose own is not known."""
        for value in open_names(record, by) if self.by_value else ():
            told = {canonical(str(text)) for text in value.possible}
            texts = told or {text for text in self.by_value if may_equal(text, canonical(value.partial or NAMELESS))}
            others = (other for text in texts & self.by_value.keys() for other in self.by_value[text])
            for other in (other for other in others if other not in found and among(other) is not False):
                yield other, Unknown(Why.UNRESOLVED, f"{other.address} may apply: {value.cause}", other.origin)


def _may_name(text: str, record: Record, by: str, names: Sequence[str], may_be: Written) -> bool:
    """Whether a text of which parts are known may name a record by some attribute.

    One of which nothing is known may, one for what the record does not tell, and an identifier of names that are not known.
    """
    put_together = tuple(parts_of(record))
    if meant_by(by) not in record.values or not PLACEHOLDER.sub("", text):
        return True
    if not is_written_id(text):
        return any(may_equal(canonical(text), name) for name in (*names, *put_together))
    begins, ends = beginning(text), tail(text)
    if put_together or any(map(holds_placeholder, names)):
        return True
    return may_be(text) or (not begins and (not ends or ends in tails(record)))


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
