"""Texts of which parts are known: two that can come out as one are never told apart, and two that cannot are."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Attr, Known, Unknown, Why
from cloudaudit.model.partial import NAMELESS, may_equal
from cloudaudit.model.texts import same_text
from tests.partial import partial

UNITS = st.lists(st.sampled_from(["a", "b", "-", partial("${x}"), partial("${y}"), NAMELESS]), max_size=5)
VALUES = ("", "a", "-b")


def may_come_out(units: list[str], x: str, y: str) -> set[str]:
    """Every text that some values of the parts make: a part without a name may be anything."""
    given_ = {partial("${x}"): (x,), partial("${y}"): (y,), NAMELESS: VALUES}
    return {"".join(parts) for parts in product(*(given_.get(unit, (unit,)) for unit in units))}


@given(UNITS, UNITS)
def test_two_that_may_come_out_as_one_text_may_be_equal(one: list[str], other: list[str]) -> None:
    meet = any(may_come_out(one, x, y) & may_come_out(other, x, y) for x, y in product(VALUES, VALUES))
    assert may_equal("".join(one), "".join(other)) or not meet


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("${x}-a", "${x}-b", False),
        ("m-${x}", "m-${x}-b", False),
        ("m-${x}", "m-${x}${y}", True),
        ("${x}-${y}", "${y}-${x}", True),
        ("${x}-a", "a", False),
        ("a-${x}-b", "a-b", False),
        ("a${x}b", "ab", True),
    ],
)
def test_what_can_never_be_equal_is_told_apart(one: str, other: str, may: bool) -> None:
    texts = [partial(text) if "$" in text else text for text in (one, other)]
    assert may_equal(*texts) is may
    attrs: list[Attr[str | None]] = [Unknown(Why.UNRESOLVED, "x", partial=text) if "$" in one else Known(text) for text in texts]
    assert isinstance(same_text(*attrs), Unknown) or not may
