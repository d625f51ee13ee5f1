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
_NOT_OURS = {".git", ".terraform"}
_REGULAR = {b"100644", b"100755"}
_SECONDS = 120.0
FETCHED = (":(glob)**/.terraform", ":(glob)**/.terraform/**")
"""What `terraform init` writes; committed, it is the word of whoever committed it."""

_SAID = 500  # characters of git's own words
_NO_SUCH = ("Needed a single revision", "unknown revision", "not a git repository", "bad revision")
_MISSING = "a shallow or partial clone lacks it: fetch it (git fetch --refetch --no-filter, or clone without --filter)"


class RevisionError(Exception):
    """A revision that cannot be read, in one line."""


class _Blob(msgspec.Struct, frozen=True):
    name: str
    path: PurePosixPath
    size: int


def base_of(repository: Path, revision: str) -> str | None:
    """The commit where the present one left a revision: their merge base. None: the repository has no such revision.

    Raises RevisionError with git's own words where it refuses, or where the history that is here does not reach that far.
    """
    commit = _commit(repository, revision)
    if commit is None:
        return None
    if _commit(repository, "HEAD") is None:
        return commit  # nothing is committed yet
    found = _git(repository, "merge-base", commit, "HEAD")
    if found.returncode == 0:
        return found.stdout.decode().split()[0]
    if _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        here = _git(repository, "rev-list", "--count", "HEAD").stdout.decode().strip() or "few"
        raise RevisionError(
            f"the clone is shallow (its history ends after {here} commits) and does not reach where HEAD left {revision}: "
            "fetch more (git fetch --unshallow, fetch-depth: 0, GIT_DEPTH: 0)"
        )
    raise RevisionError(f"{revision} and HEAD have no common ancestor: {_words(found) or 'their histories are unrelated'}")


def _commit(repository: Path, text: str) -> str | None:
    """The commit that a text names. Raises RevisionError where git refuses to look."""
    if not text or text.startswith("-"):
        return None
    found = _git(repository, "rev-parse", "--verify", "--end-of-options", f"{text}^{{commit}}")
    if found.returncode == 0:
        _unambiguous(repository, text)
        return found.stdout.decode().strip()
    words = _words(found)
    if not words or any(known in words for known in _NO_SUCH):
        return None
    raise RevisionError(f"git cannot read {repository}: {words}")


def _unambiguous(repository: Path, text: str) -> None:
    """Whoever may push a tag or a branch could name it like the one that the caller means, and git takes the tag."""
    named = [f"refs/{room}{text}" for room in ("", "tags/", "heads/", "remotes/")]
    listed = _git(repository, "for-each-ref", "--format=%(refname)", *named).stdout.decode(errors="replace").split()
    same = [name for name in named if name in listed]
    if len(same) > 1:
        raise RevisionError(f'"{text}" is ambiguous: it names {" and ".join(same)}: give the whole name')


def write_out(repository: Path, commit: str, target: Path) -> None:
    """Write the regular files of a commit below a folder. Links are left out, as are files over 20 MB. Raises RevisionError."""
    listed = _git(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", f"{commit}^{{tree}}")
    if listed.returncode:
        words = _words(listed)
        raise RevisionError(f"git cannot list {commit}: {words}{f': {_MISSING}' if 'promisor' in words else ''}")
    blobs = list(_blobs(listed.stdout))
    if sum(blob.size for blob in blobs) > _TOTAL_LIMIT:
        raise RevisionError(f"{commit} holds more than {_TOTAL_LIMIT // 1_000_000} MB")
    target.mkdir(parents=True, exist_ok=True)
    _copy(repository, blobs, target)


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said, on one line."""
    return " ".join(done.stderr.decode(errors="replace").split())[:_SAID]


def tracked(repository: Path, *patterns: str) -> list[PurePosixPath]:
    """The files that git tracks today and that patterns fit. Raises RevisionError."""
    listed = _git(repository, "ls-files", "-z", "--full-name", "--", *patterns)
    if listed.returncode:
        raise RevisionError(f"git cannot list the files of {repository}: {_words(listed)}")
    return [PurePosixPath(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]


def _blobs(listing: bytes) -> Iterator[_Blob]:
    """Regular files of ordinary size whose names stay below the folder, without what only tools should have written."""
    for entry in listing.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        fields = head.split()
        if len(fields) != 4 or fields[0] not in _REGULAR:
            continue
        path = PurePosixPath(os.fsdecode(name))
        if not fields[3].isdigit():
            raise RevisionError(f"git has no content for {path}: {_MISSING}")
        if path.is_absolute() or ".." in path.parts or _NOT_OURS & set(path.parts) or int(fields[3]) > _FILE_LIMIT:
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
            raise RevisionError(f"git has no content for {blob.path}: {_MISSING}")
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
    # Whose the files are tells nothing: what is audited is hostile anyway, and nothing that it configures runs.
    command = [program, "--no-pager", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(repository), *arguments]
    try:
        return subprocess.run(command, input=given, env=environment, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise RevisionError(f"git did not answer within {_SECONDS:.0f} s") from None
