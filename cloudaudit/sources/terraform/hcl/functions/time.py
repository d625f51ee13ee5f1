"""Time: what a moment is added to or written as; of the present moment only how far others lie from it is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.model.partial import after_apply, of_apply
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, to_text, unknown_of

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_FORMAT = re.compile(r"'((?:[^']|'')*)'|(Y+|M+|D+|E+|h+|H+|A+|a+|m+|s+|Z+)|(.)", re.DOTALL)


_SAMPLES = tuple(datetime(*sample, tzinfo=UTC) for sample in ((2001, 2, 3, 4, 5, 6), (2032, 11, 29, 23, 58, 57), (2015, 7, 16, 14, 30, 41)))
"""Moments that are alike in no part: what a layout makes of each of them as it is, or of its day, it makes of any."""


def _moment(text: str) -> datetime:
    if not _STAMP.fullmatch(text):
        raise EvaluationError("a timestamp like 2024-01-31T12:00:00Z is needed")
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))


def _stamp(moment: datetime) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}Z" if moment.utcoffset() == timedelta(0) else text + _zone(moment, ":")


def _zone(moment: datetime, separator: str) -> str:
    minutes = int((moment.utcoffset() or timedelta(0)).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{separator}{abs(minutes) % 60:02d}"


def _duration(text: str) -> timedelta:
    unsigned = text.lstrip("+-")
    parts = _DURATION.findall(unsigned)
    if not parts or "".join(number + unit for number, unit in parts) != unsigned or len(text) - len(unsigned) > 1:
        raise EvaluationError("a duration like 1h30m is needed")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return timedelta(seconds=-seconds if text.startswith("-") else seconds)


def _present(name: str, why: str) -> Function:
    """A moment that only a real run has."""
    return Function(lambda _: Unknown(Why.COMPUTED, f"{name}() {why}", partial=of_apply(0, 0)), 0, 0)


def _derived(arguments: tuple[Any, ...], since: tuple[float, float] | None) -> Unknown[Any]:
    """A moment that rests on what is not known, or the text of one, and how far from the run it lies."""
    found = blend(unknown_of(argument) for argument in arguments if is_unknown(argument))
    return msgspec.structs.replace(found, partial=of_apply(*since)) if since is not None else found


def _since_run(stamp: Any) -> tuple[float, float] | None:
    return after_apply(stamp.partial) if isinstance(stamp, Unknown) else None


def _timeadd(_: Context, stamp: Any, duration: Any) -> Any:
    if is_unknown(stamp) or is_unknown(duration):
        since = None if is_unknown(duration) else _since_run(stamp)
        seconds = 0.0 if since is None else _duration(to_text(duration)).total_seconds()
        return _derived((stamp, duration), since and (since[0] + seconds, since[1] + seconds))
    return _stamp(_moment(to_text(stamp)) + _duration(to_text(duration)))


def _timecmp(_: Context, first: Any, second: Any) -> int:
    a, b = _moment(to_text(first)), _moment(to_text(second))
    return (a > b) - (a < b)


def _formatdate(_: Context, layout: Any, stamp: Any) -> Any:
    if is_unknown(layout) or is_unknown(stamp):
        since, shift = _since_run(stamp), None if is_unknown(layout) else _shift(to_text(layout))
        return _derived((layout, stamp), (since[0] - shift, since[1] + shift) if since is not None and shift is not None else None)
    return _written(to_text(layout), _moment(to_text(stamp)))


def _shift(layout: str) -> float | None:
    """By how many seconds at most a layout writes another moment than it is given: of one that writes none it is not known."""
    farthest = 0.0
    for sample in _SAMPLES:
        try:
            farthest = max(farthest, abs((_moment(_written(layout, sample)) - sample).total_seconds()))
        except (EvaluationError, ValueError):
            return None
    return 0.0 if farthest == 0 else 86_400.0 if farthest < 86_400 else None


def _written(layout: str, moment: datetime) -> str:
    pieces: list[str] = []
    for quoted, letters, other in _FORMAT.findall(layout):
        if letters:
            pieces.append(_field(letters, moment))
        elif other == "'" or (other and other.isascii() and other.isalpha()):
            raise EvaluationError("formatdate() does not know this layout")
        else:
            pieces.append(other or quoted.replace("''", "'"))
    return "".join(pieces)


def _field(letters: str, moment: datetime) -> str:
    fields = {
        "YY": f"{moment.year % 100:02d}",
        "YYYY": f"{moment.year:04d}",
        "M": str(moment.month),
        "MM": f"{moment.month:02d}",
        "MMM": moment.strftime("%b"),
        "MMMM": moment.strftime("%B"),
        "D": str(moment.day),
        "DD": f"{moment.day:02d}",
        "EEE": moment.strftime("%a"),
        "EEEE": moment.strftime("%A"),
        "h": str(moment.hour),
        "hh": f"{moment.hour:02d}",
        "H": str((moment.hour + 11) % 12 + 1),
        "HH": f"{(moment.hour + 11) % 12 + 1:02d}",
        "AA": "AM" if moment.hour < 12 else "PM",
        "aa": "am" if moment.hour < 12 else "pm",
        "m": str(moment.minute),
        "mm": f"{moment.minute:02d}",
        "s": str(moment.second),
        "ss": f"{moment.second:02d}",
        "Z": "Z" if not moment.utcoffset() else _zone(moment, ":"),
        "ZZZ": "UTC" if not moment.utcoffset() else _zone(moment, ""),
        "ZZZZ": _zone(moment, ""),
        "ZZZZZ": _zone(moment, ":"),
    }
    if letters not in fields:
        raise EvaluationError("formatdate() does not know this layout")
    return fields[letters]


TIME: dict[str, Function] = {
    "formatdate": fixed(_formatdate, 2, Needs.PARTS),
    "plantimestamp": _present("plantimestamp", "is the moment of the plan"),
    "timeadd": fixed(_timeadd, 2, Needs.PARTS),
    "timecmp": fixed(_timecmp, 2),
    "timestamp": _present("timestamp", "is the moment of the run"),
}
