"""Where the copies of something live, put together from what tells of them."""

from __future__ import annotations

from collections.abc import Callable

from cloudaudit.model.attr import Attr, Known
from cloudaudit.model.facets import Location
from cloudaudit.model.record import Record
from cloudaudit.model.related import Companions

Copies = Attr[tuple[Attr[Location], ...]]


def together(*parts: Copies) -> Copies:
    """The copies of several kinds: a kind of which nothing is known is one copy that is not known."""
    several = [part for part in parts if part != Known(())]
    if len(several) == 1:
        return several[0]
    return Known(tuple(copy for part in several for copy in (part.value if isinstance(part, Known) else (part.bare,))))


def declared(of: Record, found: Companions, place: Callable[[Record], Attr[Location]]) -> Copies:
    """The copies of a record that companions declare. One that may not be there, or may be another's, is a copy that is not known."""
    others = [other for other in found.records if other is not of]
    known = (place(other) if other.presence is None else other.presence.bare for other in others)
    return Known((*known, *((found.doubt,) if found.doubt is not None else ())))
