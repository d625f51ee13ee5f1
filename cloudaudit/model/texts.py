"""Whether two texts are equal, of either of which it may be known only in part what it is."""

from __future__ import annotations

from cloudaudit.model.attr import Attr, Known, Unknown, both
from cloudaudit.model.partial import NAMELESS, may_equal


def same_text(one: Attr[str | None], other: Attr[str | None]) -> Attr[bool]:
    """Whether two texts are equal, in whatever case. Two that are not known are if they are one attribute, or made alike of the same parts.

    They are not if what is known of them differs.
    """
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        alike = (one.is_ is not None and one.is_ == other.is_) or one.same_text(other)
        found: Attr[bool] = Known(value=True, origin=one.origin) if alike else one.bare
    else:
        found = both(one, other, lambda a, b: (a or "").lower() == (b or "").lower())
    if isinstance(found, Known) or any(may_equal(a, b) for a in _spelled(one) for b in _spelled(other)):
        return found
    return Known(value=False, origin=found.origin)


def _spelled(attr: Attr[str | None]) -> list[str]:
    """What a text may be, as far as it is told."""
    told = (attr.value,) if isinstance(attr, Known) else attr.possible or (attr.partial or NAMELESS,)
    return [(text or "").lower() for text in told]
