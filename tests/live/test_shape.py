"""The path language and the converters of the tables."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.sources.live.shape import Always, Blocks, First, Is, Malformed, Maybe, Missing, Odd, Tags, Text, evaluate, pick, render

ITEM = {
    "Name": "n",
    "Flag": False,
    "Deep": {"Er": {"Value": 7}},
    "List": [{"Name": "one", "Id": "a", "Tags": ["x", "y"]}, {"Name": "two", "Id": "b"}, {"Name": "three", "Tags": ["z"]}],
    "Whole": [{"Tags": ["x", "y"]}, {"Tags": []}, {"Tags": ["z"]}],
    "Nothings": [None, {}, ""],
    "Empty": [],
    "Date": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1))),
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Name", "n"),
        ("Flag", False),
        ("Deep.Er.Value", 7),
        ("List[0].Id", "a"),
        ("List[].Name", ["one", "two", "three"]),
        ("Whole[].Tags[]", ["x", "y", "z"]),
        ("Empty[].Id", []),
        ("Date", "2026-01-02T02:04:05Z"),
    ],
)
def test_a_path_picks_a_value(path: str, value: Any) -> None:
    assert pick(ITEM, path) == value


@pytest.mark.parametrize("path", ["Deep.Nothing.Value", "Nothing", "List[7].Id", "Nothing[].Id", "Blank"])
def test_what_is_missing_is_said(path: str) -> None:
    with pytest.raises(Missing):
        pick({**ITEM, "Blank": ""}, path)
    assert evaluate(Maybe(path), {**ITEM, "Blank": ""}) is None
    with pytest.raises(Missing):
        evaluate(Maybe(path, unless=Is("Name", "n")), {**ITEM, "Blank": ""})


@pytest.mark.parametrize(
    "path", ["Name.First", "List.Id", "Deep[].Er", "Flag[0]", "List[].Id", "List[].Tags[]", "List", "Deep", "", "Nothings[]"]
)
def test_another_shape_is_said_not_guessed(path: str) -> None:
    with pytest.raises(Malformed):
        pick(ITEM, path)
    with pytest.raises(Malformed):
        evaluate(Maybe(path), ITEM)


def test_a_date_without_a_zone_is_utc() -> None:
    assert pick({"At": datetime(2026, 1, 2)}, "At") == "2026-01-02T00:00:00Z"  # noqa: DTZ001  (such answers exist)
    assert pick({"At": datetime(2026, 1, 2, tzinfo=UTC)}, "At") == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (Blocks("List", {"id": "Id"}), [{"id": "a"}, {"id": "b"}, {"id": Odd("Id is missing")}]),
        (Blocks("List", {"id": Maybe("Id")}), [{"id": "a"}, {"id": "b"}, {"id": None}]),
        (
            Blocks("Nothings", {}),
            [
                Odd("an element of Nothings is missing or has another shape"),
                {},
                Odd("an element of Nothings is missing or has another shape"),
            ],
        ),
        (Blocks("Deep.Er", {"value": "Value"}), [{"value": 7}]),
        (Maybe(Blocks("Nothing", {"value": "Value"})), []),
        (Maybe(Tags("Nothing")), {}),
        (Blocks("", {"name": "Name"}), [{"name": "n"}]),
        (Blocks("Empty", {"name": "Name"}), []),
        (Is("Name", "n"), True),
        (Maybe(Is("Nothing", "n")), None),
        (First(("Nothing", "Deep.Er.Value", "Name")), 7),
        (Maybe(First(("Nothing",))), None),
        (Always(3), 3),
        (Text("{Name}/{Deep.Er.Value}"), "n/7"),
    ],
)
def test_sources(source: Any, value: Any) -> None:
    assert evaluate(source, ITEM) == value


@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}], {"a": "1", "b": ""}),
        ([{"Key": "aws:cloudformation:stack-name", "Value": "s"}], {}),
        ({"Key": "a", "Value": "1"}, {"a": "1"}),
        ([], {}),
    ],
)
def test_tags_become_a_map_without_the_providers_own(answer: Any, tags: dict[str, str]) -> None:
    assert Tags("Tags")({"Tags": answer}) == tags


@pytest.mark.parametrize("answer", ["text", ["text"], [{"Value": "1"}], [{"Key": 7}], [{"Key": "c"}], None])
def test_tags_of_another_shape_are_said(answer: Any) -> None:
    with pytest.raises(Malformed):
        Tags("Tags")({"Tags": answer})


@pytest.mark.parametrize("item", [{}, {"Name": None}, {"Name": ""}, {"Name": []}, {"Name": True}])
def test_a_text_with_a_hole_is_no_text(item: Any) -> None:
    with pytest.raises(Malformed):
        render("x/{Name}", item)


def test_values_are_not_templates() -> None:
    assert render("{Name}", {"Name": "{Secret}", "Secret": "s"}) == "{Secret}"


def test_a_list_that_is_never_empty_is_not_understood_where_it_is() -> None:
    with pytest.raises(Malformed):
        evaluate(Blocks("Empty", {}, filled=True), ITEM)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["A", "B", "Key", "Value"]), inner, max_size=3),
    max_leaves=12,
)
SOURCES = st.sampled_from(
    ["A", "A.B", "A[].B", "A[0].B[]", "", Blocks("A", {"b": Blocks("B", {"c": "A"})}), First(("A", "B.A")), Is("A.B", 1)]
)


@given(answer=JSON, source=SOURCES)
def test_no_answer_does_worse_than_malformed(answer: Any, source: Any) -> None:
    with suppress(Malformed):
        evaluate(source, {"A": answer})


@given(answer=JSON)
def test_tags_are_texts_or_malformed(answer: Any) -> None:
    with suppress(Malformed):
        texts: list[Any] = [text for tag in Tags("A")({"A": answer}).items() for text in tag]
        assert all(isinstance(text, str) for text in texts)
