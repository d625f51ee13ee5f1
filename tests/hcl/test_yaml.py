"""YAML is read as Terraform reads it, or not at all."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Bounds, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.yaml import read_yaml
from cloudaudit.sources.terraform.hcl.functions.yamlwriter import yaml_text

RECORDED = json.loads(Path(__file__).with_name("yaml.json").read_text(encoding="utf-8"))
"""What real Terraform made of each text, and wrote for each value."""

NOT_FOLLOWED = re.compile(r"\d{4}-\d\d?-\d\d?|!!(null|binary|timestamp)")  # a moment, and tags that configurations do not use


def read(text: str) -> Any:
    return read_yaml(text, Budget(Bounds()))


@pytest.mark.parametrize("row", RECORDED["decoded"], ids=lambda row: ascii(row["text"]))
def test_a_text_is_what_terraform_makes_of_it_or_unknown(row: Mapping[str, Any]) -> None:
    try:
        value = read(row["text"])
    except EvaluationError:
        assert row.get("refused")
        return
    if row.get("refused") or NOT_FOLLOWED.search(row["text"]):
        assert isinstance(value, Unknown)
    else:
        assert (value, type(value)) == (row["value"], type(value))


@pytest.mark.parametrize("row", RECORDED["encoded"], ids=lambda row: ascii(row["value"])[:40])
def test_a_value_is_written_as_terraform_writes_it(row: Mapping[str, Any]) -> None:
    assert yaml_text(row["value"], Budget(Bounds())) == row["written"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\n", {"a": 1}),
        ("# only\n---\na: b # c\n...\n", {"a": "b"}),
        ("a:\n- 1\n- 2\nb: x\n", {"a": [1, 2], "b": "x"}),
        ("- a: 1\n  b: 2\n-\n  c: 3\n- - 4\n  - 5\n", [{"a": 1, "b": 2}, {"c": 3}, [4, 5]]),
        ("a: [1, 'two', \"three\", {b: c, d: }, ]\n", {"a": [1, "two", "three", {"b": "c", "d": None}]}),
        ("a: {x: 1,\n  z: [2,\n 3]}\nb: 1\n", {"a": {"x": 1, "z": [2, 3]}, "b": 1}),
        ("url: http://x/y#z\n", {"url": "http://x/y#z"}),
        ("'quoted key': 1\n\"other: key\": 2\n", {"quoted key": 1, "other: key": 2}),
        ("a: one\n  two\n  three\nb: 1\n", {"a": "one two three", "b": 1}),
        ('a: "one\n\n  two\\n \\\n  three"\n', {"a": "one\ntwo\n three"}),
        ("a: |+\n  x\n\nb: >-\n  y\n  z\n", {"a": "x\n\n", "b": "y z"}),
        ("a: |2\n    x\n  y\n", {"a": "  x\ny\n"}),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
        ("a: ~\nb: null\nc:\nd: ''\n", {"a": None, "b": None, "c": None, "d": ""}),
        ("a: true\nb: no\nc: 'no'\n", {"a": True, "b": False, "c": "no"}),
        ("a: -1.5e3\nb: +7\nc: .5\nd: 1.2.3\n", {"a": -1500, "b": 7, "c": 0.5, "d": "1.2.3"}),
        ('{"json": ["is", "yaml", 1, null]}', {"json": ["is", "yaml", 1, None]}),
        ("just text", "just text"),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
    ],
)
def test_values(text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "a: !!binary x\n",
        "a: 2024-01-31\n",
        "a: .inf\n",
        "a: b: c\n",
        "a: 1\n  b: 2\n",
        "a: [1, 2\n",
        "a: 'open\n",
        "a: *nowhere\n",
        "\ta: 1\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: 1\n---\nb: 2\n",
        "- 1\nb: 2\n",
        "a: @x\n",
    ],
)
def test_what_is_not_followed_is_unknown_and_names_its_line(text: str) -> None:
    value = read(text)
    assert isinstance(value, Unknown)
    assert value.detail.startswith("yamldecode() does not follow line ")


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, "- " * 1_000_000, "{a: " * 500_000, "? " * 500_000, "&a " * 100_000, "[&a [*a], *a]" * 1000]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(BoundError):
        raise BoundError(str(read(text)))


def test_aliases_of_aliases_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10))]
    with pytest.raises(BoundError):
        read("\n".join(lines))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Cf"], include_characters="\t\n"), max_size=12).map(
    partial(normalize, "NFC")
)
KEYS = st.text("ab: #-'", min_size=1, max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert read(yaml_text(value, Budget(Bounds()))) == value


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_json_is_yaml(value: Any) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value


@settings(max_examples=500, deadline=None)
@given(st.text("ab:-'\"[]{},#&*!|>%@`?~ \n\t1.", max_size=60))
def test_any_text_ends_without_surprise(text: str) -> None:
    with contextlib.suppress(BoundError, EvaluationError):
        read(text)
