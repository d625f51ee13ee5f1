"""Which repository decides what is trusted: the outermost one, of the same owner, and below the ceilings that the caller sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cloudaudit.opener import checkout, repository
from tests.against.test_gate import PROVIDER, committed, volume, write
from tests.against.test_revision import git
from tests.cli.console import run


def nested(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name / ".git").mkdir(parents=True)
    return folder


def test_a_repository_inside_another_is_content_of_that(tmp_path: Path) -> None:
    top = nested(tmp_path, "r", "r/sub", "r/sub/deep", "beside") / "r"
    assert {repository(top / name) for name in (".", "x", "sub", "sub/deep/x")} == {top}
    assert checkout(top / "sub" / "file.json") == top
    assert repository(tmp_path / "beside") == tmp_path / "beside"
    assert repository(tmp_path) is None


def test_a_working_tree_of_the_same_repository_stands_for_itself(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, PROVIDER + volume("v", "true"))
    git(folder, "worktree", "add", "-q", "-b", "feature", "trees/w")
    assert repository(folder / "trees" / "w") == folder / "trees" / "w"
    write(folder / "trees" / "w", PROVIDER + volume("v", "false"))
    assert run("gate", ".", "--against", "main", cwd=folder / "trees" / "w").returncode == 1
    git(tmp_path, "clone", "-q", "--bare", "r", "bare/.bare")
    (tmp_path / "bare" / ".git").write_text("gitdir: ./.bare\n")
    git(tmp_path / "bare", "worktree", "add", "-q", "w", "main")
    assert repository(tmp_path / "bare" / "w") == tmp_path / "bare" / "w"
    assert run("gate", ".", "--check", "data-encrypted-at-rest", "--against", "main", cwd=tmp_path / "bare" / "w").returncode == 0


def test_the_search_ends_at_the_callers_ceilings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nested(tmp_path, "home", "home/r")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"/elsewhere{os.pathsep}{tmp_path / 'home'}")
    assert repository(tmp_path / "home" / "r" / "x") == tmp_path / "home" / "r"
    assert repository(tmp_path / "home" / "x") is None
    assert repository(tmp_path / "home") == tmp_path / "home"  # as git: where one stands is looked at


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a checkout another owner")
def test_what_another_owner_puts_around_a_repository_does_not_decide(tmp_path: Path) -> None:
    nested(tmp_path, "r", "r/sub")
    os.chown(tmp_path / "r" / ".git", 12345, 12345)
    assert repository(tmp_path / "r" / "sub") == tmp_path / "r" / "sub"
    assert repository(tmp_path / "r" / "x") == tmp_path / "r"
