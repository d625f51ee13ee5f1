"""Asking git about a repository that nobody vouches for.

Only plumbing that runs no program of the repository's choosing is used: no filters, no hooks, no lazy fetches. What git answers is read
as it comes, so that whoever made the repository bounds neither the memory nor the time that this takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

_SECONDS = 120.0
_SUBMODULE = b"160000"
_SKIPPED = b"S"
_SAID = 500  # characters of git's own words
_CHUNK = 1 << 16
_LONGEST = 1 << 20  # bytes of one entry of a listing
MISSING = "a shallow or partial clone lacks it: fetch it (git fetch --refetch --no-filter, or clone without --filter)"
FETCHED = (":(glob)**/.terraform", ":(glob)**/.terraform/**")
"""What `terraform init` writes; committed, it is the word of whoever committed it."""


class RevisionError(Exception):
    """A revision that cannot be read, in one line."""


def is_repository(folder: Path) -> bool:
    """Whether git keeps a repository there. Files of a tree that look like one are none."""
    return (folder / ".git").exists()


def ask(repository: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """A short answer of git. Raises RevisionError if there is no git, or none in time."""
    command, environment = _command(repository, arguments, settings or {})
    try:
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise _late() from None


@contextmanager
def streamed(
    repository: Path, *arguments: str, given: Iterable[bytes] = (), settings: Mapping[str, str] | None = None
) -> Iterator[IO[bytes]]:
    """A long answer of git, to be read as it comes. Raises RevisionError with git's own words where it fails."""
    command, environment = _command(repository, arguments, settings or {})
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.writelines(given)
        asked.seek(0)
        with subprocess.Popen(command, env=environment, stdin=asked, stdout=subprocess.PIPE, stderr=said) as running:  # noqa: S603
            late = threading.Event()

            def stop() -> None:
                late.set()
                running.kill()

            clock = threading.Timer(_SECONDS, stop)
            clock.start()
            try:
                assert running.stdout is not None
                yield running.stdout
                running.stdout.close()
                failed = running.wait() != 0
            finally:
                clock.cancel()
                running.kill()
        if late.is_set():
            raise _late()
        if failed:
            said.seek(0)
            words = one_line(said.read(_LONGEST))
            raise RevisionError(f"git cannot read {repository}: {words}{f': {MISSING}' if 'promisor' in words else ''}")


def entries(stream: IO[bytes]) -> Iterator[bytes]:
    """The parts of an answer with NUL between them. Raises RevisionError for one that is longer than any name."""
    rest = b""
    while data := stream.read(_CHUNK):
        *whole, rest = (rest + data).split(b"\0")
        yield from whole
        if len(rest) > _LONGEST:
            raise RevisionError("git lists a name that no system takes")
    if rest:
        yield rest


class Entry(msgspec.Struct, frozen=True):
    """What git tracks today under a name."""

    path: PurePosixPath
    name: str  # of the object
    is_repository: bool  # another one: a submodule
    left_out: bool  # of the working tree, by a sparse checkout


def tracked(repository: Path, *patterns: str, elsewhere: bool = False) -> Iterator[Entry]:
    """What git tracks today and patterns fit; with `elsewhere`, only what may not be in the working tree. Raises RevisionError."""
    with streamed(repository, "ls-files", "-t", "--stage", "-z", "--full-name", "--", *patterns) as listed:
        for line in entries(listed):
            if not elsewhere or line[:1] == _SKIPPED or line[2:].startswith(_SUBMODULE):
                yield _entry(line)


def _entry(line: bytes) -> Entry:
    """An entry from its line: a tag, the mode, the object, the stage, a tabulator, the path."""
    head, _, path = line.partition(b"\t")
    tag, mode, name, _ = head.split()
    return Entry(PurePosixPath(os.fsdecode(path)), name.decode(), mode == _SUBMODULE, tag == _SKIPPED)


def one_line(words: bytes) -> str:
    """What git said."""
    return " ".join(words.decode(errors="replace").split())[:_SAID]


def _late() -> RevisionError:
    return RevisionError(f"git did not answer within {_SECONDS:.0f} s")


def _command(repository: Path, arguments: Iterable[str], settings: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    program = shutil.which("git")
    if program is None:
        raise RevisionError("comparing with a revision needs git")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "LC_ALL": "C",
        "GIT_DIR": str(repository / ".git"),  # git would look further, and take files of the tree for a repository
        "GIT_WORK_TREE": str(repository),
        "GIT_ALLOW_PROTOCOL": "none",  # a partial clone must not fetch: its configuration could name a program
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        **settings,
    }
    # Whose the files are tells nothing: what is audited is hostile anyway, and nothing that it configures runs.
    own = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
    return [program, "--no-pager", *own, "-C", environment["GIT_WORK_TREE"], *arguments], environment
