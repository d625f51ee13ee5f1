"""The files of a git revision, written out to be read like a folder.

Only plumbing that runs no program of the repository's choosing is used: no filters, no hooks, no lazy fetches.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

_FILE_LIMIT = 20_000_000  # bytes
_TOTAL_LIMIT = 500_000_000
_REGULAR = {b"100644", b"100755"}
_SECONDS = 120.0


class RevisionError(Exception):
    """A revision that cannot be read, in one line."""


class _Blob(msgspec.Struct, frozen=True):
    name: str
    path: PurePosixPath
    size: int


def is_revision(repository: Path, text: str) -> bool:
    """Whether a text names a commit of a repository."""
    return not text.startswith("-") and _git(repository, "rev-parse", "--verify", "--quiet", f"{text}^{{tree}}").returncode == 0


def write_out(repository: Path, revision: str, target: Path) -> None:
    """Write the regular files of a revision below a folder. Links are left out, as are files over 20 MB. Raises RevisionError."""
    if not is_revision(repository, revision):
        raise RevisionError(f'"{revision}" is neither a file nor a revision of {repository}')
    listed = _git(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", f"{revision}^{{tree}}")
    if listed.returncode:
        raise RevisionError(f"git cannot list {revision}: {listed.stderr.decode(errors='replace').strip()}")
    blobs = list(_blobs(listed.stdout))
    if sum(blob.size for blob in blobs) > _TOTAL_LIMIT:
        raise RevisionError(f"{revision} holds more than {_TOTAL_LIMIT // 1_000_000} MB")
    _copy(repository, blobs, target)


def tracked(repository: Path, *patterns: str) -> list[PurePosixPath]:
    """The files that git tracks today and that patterns fit. Raises RevisionError."""
    listed = _git(repository, "-c", "core.fsmonitor=false", "ls-files", "-z", "--full-name", "--", *patterns)
    if listed.returncode:
        raise RevisionError(f"git cannot list the files of {repository}: {listed.stderr.decode(errors='replace').strip()}")
    return [PurePosixPath(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]


def _blobs(listing: bytes) -> Iterator[_Blob]:
    """Regular files of ordinary size whose names stay below the folder."""
    for entry in listing.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        fields = head.split()
        if len(fields) != 4 or fields[0] not in _REGULAR or not fields[3].isdigit():
            continue
        path = PurePosixPath(os.fsdecode(name))
        if path.is_absolute() or ".." in path.parts or ".git" in path.parts or int(fields[3]) > _FILE_LIMIT:
            continue
        yield _Blob(fields[2].decode(), path, int(fields[3]))


def _copy(repository: Path, blobs: list[_Blob], target: Path) -> None:
    """One `cat-file --batch` answers for all blobs, in order: a header line, the content, a line feed."""
    names = "".join(f"{blob.name}\n" for blob in blobs)
    answer = _git(repository, "cat-file", "--batch", given=names.encode()).stdout
    at = 0
    for blob in blobs:
        start = answer.find(b"\n", at) + 1
        if not start or answer[at:start].split()[1:2] != [b"blob"]:
            raise RevisionError(f"git has no content for {blob.path}: fetch the whole history, a shallow or partial clone lacks it")
        place = target / blob.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(answer[start : start + blob.size])
        at = start + blob.size + 1


def _git(repository: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise RevisionError("comparing with a revision needs git")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",  # a partial clone must not fetch: its configuration could name a program
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    command = [program, "--no-pager", "-C", str(repository), *arguments]
    try:
        return subprocess.run(command, input=given, env=environment, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise RevisionError(f"git did not answer within {_SECONDS:.0f} s") from None
