"""One configuration says the same in both syntaxes: blocks written out, made by `dynamic` at any level, or brought by an override file."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit.model import Block, Known
from tests.hcl.conftest import Project

_TYPES = ("b", "c")
_EACH = {"once": '["p"]', "twice": '["p", "q"]', "never": "[]", "unknown": "var.u"}
_VARIABLE = 'variable "u" {}\n'


class Body(msgspec.Struct, frozen=True):
    """A body with one argument and nested blocks, each of a type and in a form: written out, or made over something."""

    value: int
    blocks: tuple[tuple[str, str, Body], ...] = ()


def _bodies(depth: int) -> st.SearchStrategy[Body]:
    values = st.integers(0, 3)
    if not depth:
        return st.builds(Body, values)
    block = st.tuples(st.sampled_from(_TYPES), st.sampled_from(("static", *_EACH)), _bodies(depth - 1))
    return st.builds(Body, values, st.lists(block, max_size=3).map(tuple))


def _as_hcl(body: Body) -> str:
    lines = [f"v = {body.value}"]
    for kind, form, inner in body.blocks:
        text = _as_hcl(inner)
        made = f'dynamic "{kind}" {{\nfor_each = {_EACH.get(form)}\ncontent {{\n{text}\n}}\n}}'
        lines.append(f"{kind} {{\n{text}\n}}" if form == "static" else made)
    return "\n".join(lines)


def _as_json(body: Body) -> dict[str, Any]:
    made: dict[str, Any] = {"v": body.value}
    for kind, form, inner in body.blocks:
        if form == "static":
            made.setdefault(kind, []).append(_as_json(inner))
        else:
            each = json.loads(_EACH[form]) if form != "unknown" else "${var.u}"
            made.setdefault("dynamic", {}).setdefault(kind, []).append({"for_each": each, "content": _as_json(inner)})
    return {name: value[0] if name in _TYPES and len(value) == 1 else value for name, value in made.items()}


def _files(body: Body, name: str, syntax: str) -> dict[str, str | bytes]:
    if syntax == "json":
        return {f"{name}.tf.json": json.dumps({"resource": {"x": {"y": _as_json(body)}}})}
    return {f"{name}.tf": f'resource "x" "y" {{\n{_as_hcl(body)}\n}}\n'}


def _told(block: Block) -> Any:
    """What a block says, as a reader sees it: nested blocks in no order."""
    nested = {kind: block.blocks(kind) for kind in _TYPES}
    seen = {kind: sorted(map(repr, map(_told, some.value))) if isinstance(some, Known) else some.why for kind, some in nested.items()}
    value = block.at("v")
    return (value.value if isinstance(value, Known) else value.why, seen)


def _read(folder: Path, files: dict[str, str | bytes]) -> Any:
    (record,) = Project(folder).write({"variables.tf": _VARIABLE, **files}).records().values()
    return _told(record.body)


@settings(max_examples=60, deadline=None)
@given(_bodies(3), st.none() | _bodies(2))
def test_both_syntaxes_say_the_same(base: Body, override: Body | None) -> None:
    said = []
    for one, other in itertools.product(("hcl", "json"), ("hcl", "json") if override is not None else ("hcl",)):
        with tempfile.TemporaryDirectory() as folder:
            more = _files(override, "override", other) if override is not None else {}
            said.append(_read(Path(folder).resolve(), {**_files(base, "main", one), **more}))
    assert all(one == said[0] for one in said)


@pytest.mark.parametrize("beside", ['"b": []', '"b": null', '"b": "${[]}"'])
def test_json_that_writes_out_no_block_beside_dynamic_ones_hides_none(project: Any, beside: str) -> None:
    made = '"dynamic": {"b": {"for_each": ["x"], "content": {"v": "${b.value}"}}}'
    project.write({"main.tf.json": f'{{"resource": {{"x": {{"y": {{{beside}, {made}}}}}}}}}'})
    assert project.records()["x.y"].values["b"] == [{"v": "x"}]


def test_json_that_takes_blocks_from_elsewhere_keeps_them_beside_dynamic_ones(project: Any) -> None:
    body = '"b": "${[{v = 1}]}", "dynamic": {"b": {"for_each": ["x"], "content": {"v": 2}}}'
    project.write({"main.tf.json": f'{{"resource": {{"x": {{"y": {{{body}}}}}}}}}'})
    assert project.records()["x.y"].values["b"] == [{"v": 1}, {"v": 2}]


def test_an_argument_of_an_override_file_takes_the_place_of_blocks(project: Any) -> None:
    project.write({"main.tf": 'resource "x" "y" {\n  b {\n    v = 1\n  }\n}\n', "override.tf": 'resource "x" "y" {\n  b = []\n}\n'})
    assert project.records()["x.y"].values["b"] == []


def test_blocks_that_cannot_be_known_hide_no_others(project: Any) -> None:
    made = '  dynamic "b" {\n    for_each = var.u\n    content {\n      v = 2\n    }\n  }\n'
    static = "  b {{\n    v = {}\n  }}\n"
    project.write({"main.tf": f'{_VARIABLE}resource "x" "y" {{\n{static.format(1)}{made}{static.format(3)}}}\n'})
    record = project.records()["x.y"]
    first, last, hidden = record.values["b"]
    assert (first, last) == ({"v": 1}, {"v": 3})
    assert 'dynamic "b" over var.u' in hidden.detail
    assert str(record.origin_of("b[2].v")) == "main.tf:6"


@pytest.mark.parametrize("none", ["[]", "null"])
@pytest.mark.parametrize("base", ["hcl", "json"])
def test_json_that_overrides_with_nothing_takes_an_argument_away_and_blocks_not(project: Any, none: str, base: str) -> None:
    override = f'{{"resource": {{"x": {{"y": {{"b": {none}, "v": {none}, "new": {none}}}}}}}}}'
    project.write({**_files(Body(1, (("b", "static", Body(2)),)), "main", base), "override.tf.json": override})
    values = project.records()["x.y"].values
    assert values["v"] == values["new"] == json.loads(none)
    assert "whether b is an argument" in values["b"].detail
