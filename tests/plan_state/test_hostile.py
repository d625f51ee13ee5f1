"""Damaged and hostile documents: never an exception, never a hang, always a collection whose census adds up."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudaudit.model import Collection, Gap
from cloudaudit.sources.terraform.document import read_document
from cloudaudit.sources.terraform.plan import read_plan
from cloudaudit.sources.terraform.state import read_show, read_state

DATA = Path(__file__).parent / "data"
DOCUMENTS = {name: (DATA / name).read_bytes() for name in ("plan.json", "show.json", "state.tfstate")}
PARSED = {name: json.loads(text) for name, text in DOCUMENTS.items()}
READERS = {"plan.json": read_plan, "show.json": read_show, "state.tfstate": read_state}

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=5
)
relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def check(collection: Collection) -> None:
    census = collection.census
    assert census.declared == census.evaluated + census.unknown + census.absent + census.unread
    assert census.instances == len(collection.records)
    for record in collection.records:
        assert isinstance(record.values, Mapping)
        assert isinstance(record.address, str)
    assert all(gap.what for gap in collection.gaps)


def read_any(document: Mapping[str, Any], name: str) -> None:
    for wanted in (lambda _: True, lambda kind: kind == "aws_s3_bucket"):
        check(READERS[name](document, file="f", unit="u", wanted=wanted))


@pytest.mark.parametrize("name", list(DOCUMENTS))
@relaxed
@given(data=st.data())
def test_damaged_bytes(name: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    text = bytearray(DOCUMENTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 1, 2, 30, 5000]))
        text[start : start + length] = data.draw(st.binary(max_size=4) | st.sampled_from([b"{", b"]", b'"', b"null,", b"\xff", b"\\u0000"]))
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(bytes(text))
    document = read_document(path, file="f", unit="u")
    if isinstance(document, Gap):
        assert document.what.startswith("f ")
    else:
        read_any(document, name)


@pytest.mark.parametrize("name", list(DOCUMENTS))
@relaxed
@given(data=st.data())
def test_a_part_that_is_something_else(name: str, data: st.DataObject) -> None:
    document = copy.deepcopy(PARSED[name])
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.integers(0, 5)) == 0:
                node[key] = data.draw(junk)
                break
            node = node[key]
    read_any(document, name)


@given(
    document=st.dictionaries(
        st.sampled_from(["resource_changes", "planned_values", "configuration", "values", "version", "resources"]), junk
    )
)
def test_anything_at_all(document: Mapping[str, Any]) -> None:
    for name in READERS:
        read_any(document, name)


def test_wide_blocks_do_not_multiply() -> None:
    width = 20_000
    rule = [{"port": number} for number in range(width)]
    block = [{"port": {"constant_value": number}, "cidr": {"references": ["aws_eip.x"]}} for number in range(width)]
    change = {"actions": ["create"], "after": {"rule": rule}, "after_unknown": {"rule": [{"cidr": True}] * width}}
    entry = {"address": "aws_x.x", "mode": "managed", "type": "aws_x", "name": "x"}
    configuration = {"root_module": {"resources": [{**entry, "expressions": {"rule": block}}]}}
    plans = (
        {"resource_changes": [{**entry, "change": change}], "configuration": configuration},
        {"planned_values": {"root_module": {"resources": [{**entry, "values": {"rule": rule}}]}}, "configuration": configuration},
    )
    for plan in plans:
        read_any(plan, "plan.json")


def test_long_chains_and_wide_fans_of_modules_end() -> None:
    names = [f"m{number}" for number in range(3000)]
    calls = {
        name: {
            "expressions": {"v": {"references": [f"module.{following}.o"]}},
            "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}, "variables": {"v": {}}},
        }
        for name, following in zip(names, names[1:] + names[:1], strict=True)
    }
    calls["fan"] = {"module": {"outputs": {name: {"expression": {"references": [f"aws_x.{name}"]}} for name in names}}}
    entry = {"mode": "managed", "type": "aws_x", "name": "x"}
    expressions = {
        "chain": {"references": ["module.m0.o"]},
        "fan": {"references": ["module.fan"]},
        "all": {"references": [f"aws_x.{name}" for name in names]},
    }
    changes = [
        {
            **entry,
            "address": f"aws_x.x[{index}]",
            "index": index,
            "change": {"actions": ["create"], "after": {}, "after_unknown": dict.fromkeys(expressions, True)},
        }
        for index in range(200)
    ]
    plan = {
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": [{**entry, "expressions": expressions}], "module_calls": calls}},
    }
    collection = read_plan(plan, file="f", unit="u", wanted=lambda _: True)
    assert {record.values[name].references for record in collection.records for name in expressions} == {()}
