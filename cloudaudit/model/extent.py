"""Extent: how far a breach reaches. A finding that was known, or waived, is so as far as it reached then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import ceil, floor, inf

import msgspec

Span = tuple[float, float]  # first and last whole number; the last may be infinite

_RANGES = re.compile(r"(.+) (\d{1,9}(?:-(?:\d{1,9}|inf))?(?:,\d{1,9}(?:-(?:\d{1,9}|inf))?)*)")

_SHARE = " from first byte"


class Extent(msgspec.Struct, frozen=True):
    """The parts of a breach, in canonical form: names ("region us-east-1"), and whole numbers under a name ("tcp IPv4 22,80-90").

    Without parts it is all that there can be: nothing is wider.
    """

    parts: tuple[str, ...] = ()

    def within(self, other: Extent) -> bool:
        """Whether it reaches no further than another."""
        if not other.parts:
            return True
        mine, others = _read(self.parts), _read(other.parts)
        return bool(self.parts) and all(_is_in(name, spans, others) for name, spans in mine.items())

    def __or__(self, other: Extent) -> Extent:
        """What both reach together."""
        return extent((*self.parts, *other.parts)) if self.parts and other.parts else Extent()


def extent(parts: Iterable[str]) -> Extent:
    """The canonical form of some parts, as a person may have written them."""
    return Extent(tuple(_written(name, spans) for name, spans in sorted(_read(parts).items())))


def numbers(name: str, spans: Iterable[Span]) -> Extent:
    """Whole numbers under a name, from their first and last; a part of a number counts as all of it."""
    return Extent((_written(name, _merged((floor(first), last if last == inf else ceil(last)) for first, last in spans)),))


def _read(parts: Iterable[str]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for part in parts:
        text = " ".join(part.split())
        match = _RANGES.fullmatch(text)
        spans = found.setdefault(match[1] if match else text, [])
        spans.extend(map(_span, match[2].split(",")) if match else ())
    return {name: _merged(spans) for name, spans in found.items()}


def _span(text: str) -> Span:
    first, _, last = text.partition("-")
    return float(first), float(last or first)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _covered(spans: list[Span], others: list[Span]) -> bool:
    return all(any(low <= first and last <= high for low, high in others) for first, last in spans)


def _is_in(name: str, spans: list[Span], others: Mapping[str, list[Span]]) -> bool:
    """Whether a part is one of others, or a share of one: "tcp IPv4 22 from first byte 0-127" is less than "tcp IPv4 22"."""
    if name in others and _covered(spans, others[name]):
        return True
    whole, share, _ = name.partition(_SHARE)
    return bool(share) and all(_is_in(one, of, others) for one, of in _read([whole]).items())


def _written(name: str, spans: list[Span]) -> str:
    return " ".join((name, ",".join(map(_range, spans)))) if spans else name


def _range(span: Span) -> str:
    first, last = span
    end = "inf" if last == inf else f"{last:.0f}"
    return f"{first:.0f}" if first == last else f"{first:.0f}-{end}"
