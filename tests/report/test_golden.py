"""Every format of one result, byte by byte.

`UPDATE_GOLDEN=1 pytest tests/report` writes the files anew: read the diff before you keep it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit.report.document import Document
from cloudaudit.report.formats import Options, names, render
from tests.report.sample import clean, sample

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "cloudaudit" / "report" / "schema.json"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))

CASES = {
    "text-80.txt": ("text", Options(width=80)),
    "text-120.txt": ("text", Options(width=120)),
    "text-verbose.txt": ("text", Options(verbose=True)),
    "text-color.ansi": ("text", Options(color=True)),
    "result.json": ("json", Options()),
    "strict.sarif": ("sarif", Options()),
    "github.sarif": ("sarif", Options(sarif_profile="github")),
    "junit.xml": ("junit", Options()),
    "codequality.json": ("codequality", Options()),
    "comment.md": ("markdown", Options()),
    "annotations.txt": ("github", Options()),
    "findings.csv": ("csv", Options()),
}


def compare(path: Path, text: str) -> None:
    if UPDATE:
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_output_is_the_golden_file(name: str) -> None:
    form, options = CASES[name]
    compare(GOLDEN / name, render(form, sample(), options))


def test_a_clean_run_reads_well() -> None:
    compare(GOLDEN / "text-clean.txt", render("text", clean()))


def test_every_format_has_a_golden_file() -> None:
    assert {form for form, _ in CASES.values()} == set(names())


def test_the_published_schema_is_made_from_the_types() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON result of cloudaudit, version 1",
        **msgspec.json.schema(Document),
    }
    if UPDATE:
        SCHEMA.write_bytes(msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n")
    assert _in_any_version(json.loads(msgspec.json.encode(schema))) == _in_any_version(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _in_any_version(node: Any) -> Any:
    """A schema without what only some versions of msgspec write: indentation of descriptions, names of properties."""
    if isinstance(node, dict):
        return {key: _in_any_version(item) for key, item in node.items() if key != "propertyNames" or not isinstance(item, dict)}
    if isinstance(node, list):
        return [_in_any_version(item) for item in node]
    return " ".join(node.split()) if isinstance(node, str) else node
