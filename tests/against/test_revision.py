"""Reading a git revision without running anything that the repository chooses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudaudit.sources.terraform.revision import base_of, write_out


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "modules" / "a").mkdir(parents=True)
    (folder / "main.tf").write_text("# old\n", encoding="utf-8")
    (folder / "modules" / "a" / "ä.tf").write_text("# module\n", encoding="utf-8")
    (folder / "link.tf").symlink_to("/etc/passwd")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    (folder / "main.tf").write_text("# new\n", encoding="utf-8")
    return folder


def test_the_files_of_a_revision_are_written_out_and_links_are_not(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_out(repository, "HEAD", target)
    found = {path.relative_to(target).as_posix(): path.read_text(encoding="utf-8") for path in target.rglob("*") if path.is_file()}
    assert found == {"main.tf": "# old\n", "modules/a/ä.tf": "# module\n"}


@pytest.mark.parametrize("text", ["no-such-branch", "--help", "-n", "HEAD~9", ""])
def test_what_is_no_revision_has_no_base(repository: Path, text: str) -> None:
    assert base_of(repository, text) is None


def test_filters_hooks_and_monitors_of_the_repository_do_not_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trapped"
    for key in ("filter.trap.smudge", "filter.trap.clean", "core.fsmonitor", "core.sshCommand", "diff.trap.textconv", "core.pager"):
        git(repository, "config", key, f"touch {trap}; cat")
    (repository / ".gitattributes").write_text("*.tf filter=trap diff=trap\n", encoding="utf-8")
    write_out(repository, "HEAD", tmp_path / "out")
    assert (tmp_path / "out" / "main.tf").read_text(encoding="utf-8") == "# old\n"
    assert not trap.exists()


def test_a_folder_that_is_no_repository_has_no_revisions(tmp_path: Path) -> None:
    assert base_of(tmp_path, "HEAD") is None
