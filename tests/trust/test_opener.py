"""Every file of the audited side is read through one bounded opener, and what that refuses."""

from __future__ import annotations

import ast
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudaudit.opener import UnreadableError, content

REPOSITORY = Path(__file__).resolve().parents[2]
READS = {"open", "read_text", "read_bytes", "fdopen", "copyfile", "copyfileobj", "copytree", "mmap", "FileIO"}
OWN = {
    "cloudaudit/opener.py": "the opener itself",
    "cloudaudit/model/jurisdiction.py": "a table of the package",
    "cloudaudit/plugins.py": "the index of the package's own readers",
    "cloudaudit/sources/terraform/hcl/read_by.py": "a table of the package",
    "providers/cloudaudit_aws/elb.py": "a table of the package",
    "providers/cloudaudit_aws/unlisted.py": "a table of the package",
    "providers/cloudaudit_aws/credentials.py": "whether there is a terminal",
    "cloudaudit/cli/writing.py": "writes reports",
    "cloudaudit/cli/ending.py": "the terminal, whose state is kept",
    "cloudaudit/cli/waive.py": "appends to the file that the caller names",
    "cloudaudit/cli/output.py": "/dev/null in place of a closed standard stream",
    "cloudaudit/sources/terraform/revision_modules.py": "copies regular files of fetched modules, sizes summed before",
    "cloudaudit/sources/terraform/written.py": "writes out what git keeps",
    "cloudaudit/sources/live/engine.py": "opens a listing of calls, no file",
}


def reads(path: Path) -> Iterator[int]:
    """The lines of a module that call something by which files are read."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name in READS:
                yield node.lineno


def modules() -> list[Path]:
    return [path for room in ("cloudaudit", "providers", "checks") for path in sorted((REPOSITORY / room).rglob("*.py"))]


def test_no_module_reads_files_but_by_the_opener() -> None:
    found = {path.relative_to(REPOSITORY).as_posix(): list(reads(path)) for path in modules()}
    assert {name: lines for name, lines in found.items() if lines and name not in OWN} == {}
    assert [name for name in OWN if not found.get(name)] == []  # an exception that nothing needs any more


def test_a_module_that_opens_a_file_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "reader.py"
    module.write_text("from pathlib import Path\nPath('x').open()\nopen('y')\n", encoding="utf-8")
    assert list(reads(module)) == [2, 3]


def refused(path: Path, within: Path, limit: int = 100) -> str:
    with pytest.raises(UnreadableError) as error:
        content(path, limit, within=within)
    return error.value.reason


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    for path in (tmp_path / "fifo", tmp_path / "socket", tmp_path):
        assert refused(path, tmp_path) == "is not a regular file"


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/environ", "/etc/hostname", "../other"])
def test_a_link_that_leads_outside_is_refused(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "other").write_text("secret", encoding="utf-8")
    (root / "link").symlink_to(target)
    assert refused(root / "link", root) == "lies outside the audited folder"


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert content(tmp_path / "link", 100, within=tmp_path) == b"text"


def test_links_in_a_circle_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert refused(tmp_path / "one", tmp_path).startswith("cannot be read: ")
    assert refused(tmp_path / "none", tmp_path) == "cannot be read: No such file or directory"


def test_a_large_or_sparse_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(2**40)
    assert refused(tmp_path / "sparse", tmp_path, 3_000_000) == "is larger than 3 MB"
    (tmp_path / "small").write_bytes(b"x" * 101)
    assert refused(tmp_path / "small", tmp_path) == "is larger than 100 bytes"


def test_a_stream_is_for_the_caller_alone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"plan")
    os.close(writer)
    try:
        assert content(Path(f"/dev/fd/{reader}"), 100, within=None, streams=True) == b"plan"
    finally:
        os.close(reader)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UnreadableError):
        content(tmp_path / "fifo", 100, within=tmp_path, streams=True)


@pytest.mark.parametrize("kept", ["folder", "link", "file"])
def test_what_git_keeps_is_no_part_of_what_is_audited(tmp_path: Path, kept: str) -> None:
    """It has the token of the run in its configuration, and is wherever `.git` says."""
    place = tmp_path / (".git" if kept == "folder" else "elsewhere")
    place.mkdir()
    (place / "config").write_text("token", encoding="utf-8")
    if kept == "link":
        (tmp_path / ".git").symlink_to("elsewhere")
    elif kept == "file":
        (tmp_path / ".git").write_text("gitdir: ./elsewhere\n", encoding="utf-8")
    (tmp_path / "link").symlink_to(place / "config")
    for path in (place / "config", tmp_path / "link", tmp_path / ".git" / "config"):
        if path.exists():
            assert refused(path, tmp_path) == "is git's own, and no part of what is audited"


def test_what_git_keeps_of_a_fetched_module_is_no_part_of_it_either(tmp_path: Path) -> None:
    kept = tmp_path / ".terraform" / "modules" / "m" / ".git"
    kept.mkdir(parents=True)
    (kept / "config").write_text("token", encoding="utf-8")
    assert refused(kept / "config", tmp_path) == "is git's own, and no part of what is audited"
