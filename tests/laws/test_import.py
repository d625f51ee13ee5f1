"""Law: what an `import` block adopts is not made by Terraform. Adopting what a configuration declares moves verdicts to UNKNOWN alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.laws.fixture_audits import FIXTURES
from tests.verdicts.conftest import judged


def adopting(folder: Path, target: Path) -> None:
    """A fixture with an import block for each of its resource blocks."""
    shutil.copytree(
        folder, target, ignore=lambda _, names: [name for name in names if not name.endswith((".tf", ".tfvars", ".hcl")) and "." in name]
    )
    blocks = [
        line.split('"')
        for path in target.glob("*.tf")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("resource ")
    ]
    text = "".join(f'import {{\n  to = {parts[1]}.{parts[3]}\n  id = "x"\n}}\n' for parts in blocks)
    (target / "imports.tf").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_adopting_moves_verdicts_to_unknown_alone(folder: Path, tmp_path: Path) -> None:
    before = judged(folder).outcomes
    adopting(folder, tmp_path / "adopted")
    after = judged(tmp_path / "adopted").outcomes
    assert before.keys() <= after.keys()
    moved = {key: (before[key], after[key]) for key in before if after[key] != before[key]}
    assert {key: move for key, move in moved.items() if move[1] != "unknown"} == {}


def test_the_law_catches_that_an_import_is_no_concern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: import blocks are passed over. Then nothing moves, and a default of creation passes what is adopted."""
    folder = next(folder for folder in FIXTURES if folder.name == "security_group")
    adopting(folder, tmp_path / "adopted")
    assert judged(tmp_path / "adopted").outcomes != judged(folder).outcomes
    monkeypatch.setattr("cloudaudit.sources.terraform.hcl.records.adopted", lambda _root: frozenset())
    assert judged(tmp_path / "adopted").outcomes == judged(folder).outcomes
