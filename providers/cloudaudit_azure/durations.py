"""Durations and moments in ISO 8601, as Azure writes them: `P30D`, `P18M`, `PT0S`, `2027-01-31T00:00:00Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cloudaudit.model import Attr, Known, Unknown, Why
from cloudaudit.model.partial import after_apply

_NUMBER = r"([0-9]{1,9})"
_DURATION = re.compile(rf"P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?")
_UNIT_DAYS = (365, 365 / 12, 7, 1, 1 / 24, 1 / 1440, 1 / 86400)


def days(text: str | None) -> Attr[float | None]:
    """A duration in days: a year is 365, a month a twelfth of that. No duration, or one of zero, is none."""
    if text is None:
        return Known(None)
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()):
        return Unknown(Why.UNSUPPORTED, f'"{text[:40]}" is no ISO 8601 duration')
    total = sum(int(number) * unit for number, unit in zip(match.groups(), _UNIT_DAYS, strict=True) if number)
    return Known(total or None)


def is_over(moment: Attr[str | None]) -> Attr[bool]:
    """Whether a moment has passed once it is applied, be it written out or made of the time of the apply."""
    since = after_apply(moment.partial) if isinstance(moment, Unknown) else None
    if since is None or since[0] <= 0 < since[1]:
        return moment.then(is_past)
    return Known(since[1] <= 0, moment.origin)


def is_past(moment: str | None) -> Attr[bool]:
    """Whether a moment has passed by now; none never passes. Without a time zone it is one of UTC."""
    if moment is None:
        return Known(value=False)
    try:
        found = datetime.fromisoformat(moment.strip())
    except ValueError:
        return Unknown(Why.UNSUPPORTED, f'"{moment[:40]}" is no date')
    return Known((found if found.tzinfo is not None else found.replace(tzinfo=UTC)) <= datetime.now(UTC))
