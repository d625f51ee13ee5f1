"""Where the copies of something live, put together from what tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, product

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Unknown, one_of
from cloudaudit.model.facets import Location
from cloudaudit.model.links import Counts, referring
from cloudaudit.model.names import tail, tails
from cloudaudit.model.record import Record
from cloudaudit.model.related import Companions, Related

Copies = Attr[tuple[Attr[Location], ...]]
Places = Callable[[Record, Related], Copies]

_FEW = 3  # kinds of copies that may be one of several


class Maker(msgspec.Struct, frozen=True):
    """A type whose resources are made of others: by which attributes they name what they are made of, and where they put it."""

    kind: str
    by: tuple[str, ...]
    places: Places
    judged: bool = True  # whether what is made of it in turn is told there
    among: Counts = lambda _: True  # which of them count


def made_of(record: Record, makers: Mapping[str, Iterable[Maker]], related: Related, *, near: bool = False) -> Copies:
    """Where that lives which is made of a record, and of what nobody judges by itself, by the types of what it is made of."""
    parts: list[Copies] = []
    chain = [record]
    for one in chain:
        for maker, by in ((kind, name) for kind in makers.get(one.type, ()) for name in kind.by):
            found = related.companions(one, maker.kind, by, optional=True, near=near, among=maker.among)
            others = [other for other in found.records if other not in chain]
            parts.extend(perhaps(maker.places(other, related), other.presence) for other in others)
            parts.append(Known((found.doubt,) if found.doubt is not None else ()))
            chain.extend(others if not maker.judged else ())
    return together(*parts)


def resting_on(record: Record, kind: str, by: Iterable[str], related: Related, *, near: bool = False) -> Iterator[Record]:
    """What names a record by one of some attributes, what does so by way of what no reader takes, and by an id that may be its own."""
    ends = tails(record)
    for name in by:
        yield from related.companions(record, kind, name, optional=True, near=near).records
        for other in related.every(kind):
            links = (link for link in referring(other, name) if isinstance(link, Unknown) or tail(link.value or "") in ends)
            named = [related.target(link, record.type) for link in links]
            if any(isinstance(one, Unknown) and record.address in one.references for one in named):
                yield other


def addresses(target: Attr[Record | None]) -> tuple[str, ...]:
    """The addresses of what a link leads to, or may."""
    if isinstance(target, Unknown):
        return target.references
    return (target.value.address,) if target.value is not None else ()


def perhaps_resting_on(record: Record, kind: str, by: Iterable[str], related: Related, *, near: bool = False) -> Iterator[Record]:
    """What may name a record by one of some attributes."""
    for name in by:
        found = related.companions(record, kind, name, optional=True, near=near, singly=True)
        yield from (other for other, _ in found.perhaps)


def together(*parts: Copies) -> Copies:
    """The copies of several kinds: a kind of which nothing is known is one copy that is not known.

    Of a kind that is one of several, each counts, beside all others. Of many such kinds what they may be together is not told.
    """
    several = [part for part in parts if part != Known(())]
    if len(several) == 1:
        return several[0]
    open_ = [part for part in several if isinstance(part, Unknown) and part.possible]
    told = 0 < len(open_) <= _FEW
    rest = [part for part in several if not (isinstance(part, Unknown) and part.possible)] if told else several
    known = tuple(copy for part in rest for copy in (part.value if isinstance(part, Known) else (part.bare,)))
    if not told:
        return Known(known)
    choices = product(*(part.possible for part in open_))
    return one_of([Known((*known, *chain.from_iterable(choice))) for choice in choices], open_[0].bare)


def perhaps(copies: Copies, presence: Doubt | None) -> Copies:
    """Copies of what may not be there: these, or none."""
    return copies if presence is None else either((copies, Known(())), presence)


def either(several: Iterable[Copies], doubt: Doubt) -> Copies:
    """The copies of one of several kinds, each of which may itself be one of several."""
    told = [choice for one in several for choice in _choices(one)]
    return one_of(told, doubt.bare)


def _choices(copies: Copies) -> list[Copies]:
    return [Known(one) for one in copies.possible] if isinstance(copies, Unknown) and copies.possible else [copies]


def declared(of: Record, found: Companions, place: Callable[[Record], Attr[Location]]) -> Copies:
    """The copies of a record that companions declare. One that may not be there, or may be another's, is a copy that is not known."""
    others = [perhaps(Known((place(other),)), other.presence) for other in found.records if other is not of]
    return together(*others, Known((found.doubt,) if found.doubt is not None else ()))
