"""What the tables of verdicts share: a folder from a text, and the verdicts of the gate on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli


class Judged(msgspec.Struct, frozen=True):
    """What the gate said: outcomes by address and check, what is missing, and how it ended."""

    outcomes: Mapping[tuple[str, str], str]
    reasons: Mapping[tuple[str, str], str]
    gaps: list[str]
    code: int


def judged(path: Path, *options: str) -> Judged:
    result = CliRunner().invoke(cli, ["gate", str(path), "--format", "json", *options], standalone_mode=False)
    assert result.exception is None, result.output
    document = json.loads(result.stdout)
    named = {(finding["resource"]["address"], finding["check"]): finding for finding in document["findings"]}
    return Judged(
        {key: finding["outcome"] for key, finding in named.items()},
        {key: finding["reason"] for key, finding in named.items()},
        [gap["what"] for gap in document["gaps"]],
        int(result.return_value or 0),
    )


@pytest.fixture
def gate(tmp_path: Path) -> Callable[..., Judged]:
    def run(main: str, *options: str, **files: Any) -> Judged:
        (tmp_path / "main.tf").write_text(main, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return judged(tmp_path, *options)

    return run
