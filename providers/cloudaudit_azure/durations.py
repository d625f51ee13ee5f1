"""Durations in ISO 8601, as Azure writes them: `P30D`, `P18M`, `PT0S`."""

from __future__ import annotations

import re

from cloudaudit.model import Attr, Known, Unknown, Why

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
