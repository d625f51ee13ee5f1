"""Reading a git revision without running anything that the repository chooses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cloudaudit.opener import is_regular
from cloudaudit.sources.terraform.git import RevisionError
from cloudaudit.sources.terraform.revision import bases_of
from cloudaudit.sources.terraform.revision_modules import lend_modules
from cloudaudit.sources.terraform.written import write_out


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


def test_the_files_of_a_revision_are_written_out(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_out(repository, "HEAD", target)
    files = [path for path in target.rglob("*") if path.is_file() and not path.is_symlink()]
    found = {path.relative_to(target).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert found == {"main.tf": "# old\n", "modules/a/ä.tf": "# module\n"}


LINKS = {
    "to a file": ("modules/a/link.tf", "ä.tf", "modules/a/ä.tf"),
    "upwards": ("modules/a/link.tf", "../../main.tf", "main.tf"),
    "through a folder that is a link": ("modules/b/x/link.tf", "../../c/ä.tf", "modules/a/ä.tf"),
    "absolute": ("link.tf", "{repository}/main.tf", "main.tf"),
    "out and in by the name of the repository": ("modules/link.tf", "../../repository/main.tf", "main.tf"),
    "outside": ("link.tf", "/etc/hostname", None),
    "in a circle": ("link.tf", "link.tf", None),
    "to nothing": ("link.tf", "none.tf", None),
}


@pytest.mark.parametrize("way", LINKS)
def test_links_of_a_revision_lead_where_they_led(repository: Path, tmp_path: Path, way: str) -> None:
    name, to, leads = LINKS[way]
    (repository / "link.tf").unlink()
    (repository / "modules" / "c").symlink_to("a")
    (repository / name).parent.mkdir(exist_ok=True, parents=True)
    (repository / name).symlink_to(to.format(repository=repository))
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "links")
    (repository / name).unlink()
    target = tmp_path / "scratch" / "0" / "repository"
    write_out(repository, "HEAD", target)
    for folder in (repository, target):  # nothing but what was committed answers
        (folder / "main.tf").write_text(folder.as_posix())
    if leads is None:
        assert not is_regular(target / name, within=target)
    else:
        assert (target / name).resolve() == target / leads


def test_what_a_filter_would_change_is_there_without_its_content(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trapped"
    (repository / ".gitattributes").write_text("*.tf filter=trap\nmodules/** -filter\n*.sh filter=other\n", encoding="utf-8")
    (repository / "run.sh").write_text("true\n")
    (repository / "main.tf").write_text("# old\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "attributes")
    (repository / ".gitattributes").unlink()  # those of the revision count
    (repository / "main.tf").write_text("# newer\n")
    git(repository, "config", "filter.trap.process", f"touch {trap}; cat")
    git(repository, "config", "filter.other.clean", f"touch {trap}; cat")  # which changes no checkout
    write_out(repository, "HEAD", tmp_path / "out")
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.is_symlink()}
    assert sizes == {"main.tf": 20_000_001, "ä.tf": 9, "run.sh": 5, ".gitattributes": 54}
    assert not trap.exists()


def test_what_a_filter_changes_and_nobody_since_is_as_it_is_now(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("*.tf filter=rot\n", encoding="utf-8")
    for key in ("clean", "smudge"):
        git(repository, "config", f"filter.rot.{key}", "tr a-z n-za-m")
    git(repository, "add", ".")
    git(repository, "add", "--renormalize", ".")
    git(repository, "commit", "-qm", "attributes")
    git(repository, "checkout", "-q", ".")
    for path in repository.rglob("*.tf"):
        os.utime(path, (1, 1), follow_symlinks=False)
    git(repository, "update-index", "--refresh")
    (repository / "modules" / "a" / "ä.tf").write_text("# changed\n")
    write_out(repository, "HEAD", tmp_path / "out")
    assert (tmp_path / "out" / "main.tf").read_text() == "# new\n"
    assert (tmp_path / "out" / "modules" / "a" / "ä.tf").stat().st_size == 20_000_001


def test_a_large_file_is_there_without_its_content(repository: Path, tmp_path: Path) -> None:
    (repository / "large").write_bytes(b"x" * 21_000_000)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "large")
    write_out(repository, "HEAD", tmp_path / "out")
    assert ((tmp_path / "out" / "large").stat().st_size, (tmp_path / "out" / "large").read_bytes()[:1]) == (21_000_000, b"\0")


def test_a_submodule_is_what_it_was(repository: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    (inner / "x.tf").write_text("# one\n")
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "one")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(repository, "commit", "-qam", "sub")
    (repository / "sub" / "x.tf").write_text("# two\n")
    write_out(repository, "HEAD", tmp_path / "out")
    assert (tmp_path / "out" / "sub" / "x.tf").read_text() == "# one\n"
    git(tmp_path, "clone", "-q", "repository", "clone")
    write_out(tmp_path / "clone", "HEAD", tmp_path / "bare")
    assert list((tmp_path / "bare" / "sub").iterdir()) == []  # as it is in the clone
    (tmp_path / "clone" / "sub").rmdir()
    write_out(tmp_path / "clone", "HEAD", tmp_path / "removed")
    assert not (tmp_path / "removed" / "sub").resolve().is_relative_to(tmp_path)  # nothing is known of it
    git(tmp_path / "clone", "init", "-q", "sub")
    with pytest.raises(RevisionError, match="the submodule sub lacks"):
        write_out(tmp_path / "clone", "HEAD", tmp_path / "other")


def test_a_revision_of_too_many_files_is_refused_soon(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudaudit.sources.terraform.written._ENTRIES", 2)
    with pytest.raises(RevisionError, match="holds more than 2 files"):
        write_out(repository, "HEAD", tmp_path / "out")


AMBIGUOUS = {
    "refs/tags/main": ["main", "main~0", "main^", "main^{commit}", "main@{0}"],
    "refs/tags/heads/main": ["heads/main", "heads/main^0"],
    "refs/tags/origin": ["origin", "origin~0"],
    "refs/tags/HEAD": ["HEAD", "HEAD~0"],
    "refs/tags/FETCH_HEAD": ["FETCH_HEAD"],
    "refs/heads/1a2b3c4d": ["1a2b3c4d", "1a2b3c4d^0"],
    "refs/tags/v1-2-g1a2b3c4d": ["v1-2-g1a2b3c4d"],
}


@pytest.mark.parametrize("ref", AMBIGUOUS)
def test_what_could_name_two_things_is_refused(repository: Path, ref: str) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    git(repository, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    git(repository, "update-ref", ref, "HEAD")
    for text in AMBIGUOUS[ref]:
        with pytest.raises(RevisionError, match="is ambiguous: it names"):
            bases_of(repository, text)
    whole = ["refs/heads/main", "refs/heads/main~0", "refs/remotes/origin/HEAD", "refs/heads/main^{commit}", ref]
    assert {text: bases_of(repository, text) is not None for text in whole} == dict.fromkeys(whole, True)


def test_a_whole_name_means_nothing_else(repository: Path) -> None:
    git(repository, "update-ref", "refs/tags/refs/heads/gone", "HEAD")
    assert bases_of(repository, "refs/heads/gone") is None
    object_name = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True).stdout.strip()
    git(repository, "update-ref", f"refs/tags/{object_name}", "HEAD")
    assert bases_of(repository, object_name) is not None
    assert bases_of(repository, object_name[:8]) is not None
    assert bases_of(repository, ":/one") is None


@pytest.mark.parametrize("text", ["no-such-branch", "--help", "-n", "HEAD~9", ""])
def test_what_is_no_revision_has_no_base(repository: Path, text: str) -> None:
    assert bases_of(repository, text) is None


def test_hooks_and_monitors_of_the_repository_do_not_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trapped"
    for key in ("core.fsmonitor", "core.sshCommand", "diff.trap.textconv", "core.pager"):
        git(repository, "config", key, f"touch {trap}; cat")
    (repository / ".gitattributes").write_text("*.tf diff=trap\n", encoding="utf-8")
    write_out(repository, "HEAD", tmp_path / "out")
    assert (tmp_path / "out" / "main.tf").read_text(encoding="utf-8") == "# old\n"
    assert not trap.exists()


def test_a_folder_that_is_no_repository_has_no_revisions(tmp_path: Path) -> None:
    assert bases_of(tmp_path, "HEAD") is None


def test_a_name_that_is_ours_in_a_revision_is_none_of_its_files(repository: Path, tmp_path: Path) -> None:
    for name in (".cloudaudit-lent", ".cloudaudit-not-here"):
        (repository / name).mkdir()
        (repository / name / "x").write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "ours")
    write_out(repository, "HEAD", tmp_path / "out")
    assert not list((tmp_path / "out").glob(".cloud*"))


def test_modules_are_not_lent_in_the_place_of_committed_ones(repository: Path, tmp_path: Path) -> None:
    (repository / ".terraform" / "modules").mkdir(parents=True)
    (repository / ".terraform" / "modules" / "modules.json").write_text('{"Modules": []}')
    git(repository, "add", "-f", ".")
    git(repository, "commit", "-qm", "committed")
    git(repository, "rm", "-rq", "--cached", ".terraform")  # what is there now is what `terraform init` fetched
    write_out(repository, "HEAD", tmp_path / "out")
    lend_modules(repository, tmp_path / "out")
    assert (tmp_path / "out" / ".cloudaudit-lent").read_text() == ""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "main.tf").write_text("")
    lend_modules(repository, tmp_path / "new")
    assert (tmp_path / "new" / ".cloudaudit-lent").read_text() == "."


def test_where_a_change_left_a_revision_is_not_one_of_several(repository: Path) -> None:
    """Set beside one merge base only, what the change undoes of the other would seem to have been so before."""
    git(repository, "branch", "change")
    git(repository, "commit", "-qam", "of main")
    git(repository, "switch", "-q", "change")
    (repository / "b.tf").write_text("# b\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "of the change")
    git(repository, "branch", "former")
    git(repository, "merge", "-q", "--no-edit", "main")
    git(repository, "switch", "-q", "main")
    git(repository, "merge", "-q", "--no-edit", "former")
    git(repository, "switch", "-q", "change")
    with pytest.raises(RevisionError, match="several merge bases"):
        bases_of(repository, "main")
    git(repository, "merge", "-q", "--no-edit", "main")
    assert bases_of(repository, "main")
