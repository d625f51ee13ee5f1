"""What holds data of its own and is looked up only for others is told as not read: nobody says that it is fine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudaudit import plugins
from tests.cli.console import document

KINDS = sorted({kind for provider in plugins.providers() for reader in plugins.readers(provider).values() for kind in reader.unjudged})


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_looked_up_for_others_alone_is_told_as_not_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "main.tf").write_text(f'resource "{kind}" "x" {{ name = "x" }}\n', encoding="utf-8")
    summary = document("gate", ".", cwd=tmp_path)["summary"]
    assert summary["unread_types"] == {kind: 1}
    assert (summary["census"]["evaluated"], summary["census"]["not_read"]) == (0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_comparison_counts_it_too(kind: str) -> None:
    assert plugins.unseen(kind) == ""
