"""Rounds of review by people who did not write the code: each case with what is right, and why.

The files hold rows of files of a configuration, an address, a check, the outcomes that are right ("absent": no finding), and the source.
A row of the check "exit" tells the right exit codes instead. One file that is no `main.tf` is a plan or a state, judged by itself.
Those of `open_*.json` are known to be wrong still: whoever mends one moves it to the others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

OPEN = pytest.mark.xfail(strict=True, reason="found in review, not mended yet")
ROWS = [
    pytest.param(row, id=f"{path.stem} {number}: {row['why'][:60]}", marks=[OPEN] if path.stem.startswith("open_") else [])
    for path in sorted(Path(__file__).parent.glob("*_*.json"))
    for number, row in enumerate(json.loads(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("row", ROWS)
def test_what_a_reviewer_tried(tmp_path: Path, row: dict[str, Any]) -> None:
    for name, text in row["files"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    only = next(iter(row["files"])) if len(row["files"]) == 1 else "main.tf"
    found = judged(tmp_path if only == "main.tf" else tmp_path / only)
    outcome = str(found.code) if row["check"] == "exit" else found.outcomes.get((row["address"], row["check"]), "absent")
    assert outcome in row["right"].split(), (row["why"], found.reasons.get((row["address"], row["check"]), found.gaps))
