"""How far a breach reaches: a set of names and of whole numbers under a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Extent, extent, numbers

NUMBERS = st.integers(0, 30)
SPANS = st.lists(st.tuples(NUMBERS, NUMBERS).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        (["tcp IPv4 22"], ["tcp IPv4 22"], True),
        (["tcp IPv4 22"], ["tcp IPv4 20-25"], True),
        (["tcp IPv4 0-65535"], ["tcp IPv4 22"], False),
        (["tcp IPv4 22", "tcp IPv6 22"], ["tcp IPv4 22"], False),
        (["udp IPv4 22"], ["tcp IPv4 22"], False),
        (["tcp IPv4 22,23,24"], ["tcp IPv4 22-23", "tcp IPv4 24"], True),
        (["tcp IPv4 22 from first byte 0-127"], ["tcp IPv4 20-25"], True),
        (["tcp IPv4 22"], ["tcp IPv4 22 from first byte 0-127"], False),
        (["tcp IPv4 22 from first byte 0-127"], ["tcp IPv4 22 from first byte 128-255"], False),
        (["us-east-1"], ["us-east-1", "eu-west-2"], True),
        (["us-east-1"], ["eu-west-2"], False),
        (["days too many 91-365"], ["days too many 91-inf"], True),
        (["days too many 91-inf"], ["days too many 91-365"], False),
        ([], ["tcp IPv4 22"], False),  # all that there can be
        (["tcp IPv4 22"], [], True),
        ([], [], True),
    ],
)
def test_what_reaches_no_further(one: list[str], other: list[str], within: bool) -> None:
    assert extent(one).within(extent(other)) is within


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (["tcp IPv4 24", "tcp  IPv4 22", "tcp IPv4 23,80"], ("tcp IPv4 22-24,80",)),
        (["TLS 1.0", "SSL 3.0"], ("SSL 3.0", "TLS 1.0")),
        (["days too many 91-inf", "days too many 5"], ("days too many 5,91-inf",)),
    ],
)
def test_the_form_is_one(parts: list[str], written: tuple[str, ...]) -> None:
    assert extent(parts) == Extent(written)


@given(SPANS, SPANS)
def test_numbers_are_sets(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> None:
    def members(spans: list[tuple[float, float]]) -> set[int]:
        return {number for first, last in spans for number in range(int(first), int(last) + 1)}

    a, b = numbers("days", one), numbers("days", other)
    assert a.within(b) is (members(one) <= members(other))
    assert a.within(a | b)
    assert b.within(a | b)
    assert extent(a.parts) == a
