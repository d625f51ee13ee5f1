"""The one way in which a file of the audited side is read: a regular file, inside its boundary, of bounded size, never waited for.

Whoever wrote what is audited may have put a link to a device, a FIFO, a huge or a sparse file there. Nothing else in the product
opens a file to read it, but for its own data; a test over the syntax trees holds that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_MARKER = 10_000  # bytes of a file in which git names a folder
_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)

_GIT = ".git"
_NAME, _PATH = 255, 4_000  # bytes


class UnreadableError(Exception):
    """A file that is not read. The message goes on from its name: "is not a regular file"."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.too_large = too_large


def content(path: Path, limit: int, *, within: Path | None, streams: bool = False) -> bytes:
    """The bytes of a file, at most `limit` of them. Raises UnreadableError.

    `within` is the folder that it must not lie outside of, links resolved; None is for what nobody but the caller could have put
    there. Only then may it be a stream, if `streams` says so.
    """
    try:
        place = path if within is None else inside(path, within)
        mode = place.stat().st_mode
        if not (stat.S_ISREG(mode) or (streams and within is None and stat.S_ISFIFO(mode))):
            raise UnreadableError("is not a regular file")
        waiting = os.O_RDONLY if stat.S_ISFIFO(mode) else os.O_RDONLY | _NEVER_WAIT
        with open(os.open(place, waiting), "rb") as stream:  # noqa: PTH123  (a descriptor, not a path)
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(limit + 1) if size <= limit else b""
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "the system refused"
        raise UnreadableError(f"cannot be read: {reason}") from None
    if size > limit or len(data) > limit:
        raise UnreadableError(f"is larger than {_readable(limit)}", too_large=True)
    return data


def named(path: Path, limit: int) -> bytes:
    """The bytes of a file that the caller names. Raises UnreadableError.

    In a repository it is that repository's word, whoever names it: a change may have put a link or a FIFO there. It is read like all
    else of it. Only what the system itself names may be the output of another program (`<(…)`): a tree without a repository can hold a
    FIFO that nobody ever writes to.
    """
    return content(path, limit, within=checkout(path), streams=path.is_relative_to("/dev") or path.is_relative_to("/proc"))


def written_through(path: Path, audited: Iterable[Path] = ()) -> bool:
    """Whether writing to a path would lead to where whoever wrote what is audited says.

    In a repository or in what is audited, which need not be one, a path may lead out of it, to what git keeps there, or to something
    that is no file.
    """
    named = Path(os.path.abspath(path))  # noqa: PTH100  (links are not trusted)
    places = (named, path.parent.resolve() / path.name)
    around = checkout(path) or next((tree for tree in audited if any(place.is_relative_to(tree) for place in places)), None)
    if around is None:
        return False
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return True
    try:
        inside(path, around)
    except UnreadableError:
        return True
    return False


def checkout(path: Path) -> Path | None:
    """The repository that a path lies in by its name, links aside."""
    place = Path(os.path.abspath(path))  # noqa: PTH100  (`resolve` would follow the links that are not trusted)
    return repository(place.parent)


def repository(folder: Path) -> Path | None:
    """The outermost repository that an absolute folder lies in: what is nested in it, a submodule too, is content that a change replaces.

    Another working tree of the same repository stands for itself. GIT_CEILING_DIRECTORIES bounds the search as it bounds git's, and so
    does a repository of another owner: no change to what is audited put that around it.
    """
    found: Path | None = None
    around = [parent for parent in (folder, *folder.parents) if parent not in _above_ceilings(folder) and (parent / _GIT).exists()]
    for outer in reversed(around):
        if found is None or _owner(found) != _owner(outer) or _common(found) == _common(outer):
            found = outer
    return found


def _above_ceilings(folder: Path) -> set[Path]:
    named = map(Path, filter(None, os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)))
    return {place for ceiling in named if ceiling in folder.parents for place in (ceiling, *ceiling.parents)}


def _owner(top: Path) -> int:
    return (top / _GIT).lstat().st_uid


def _common(top: Path) -> Path:
    """Where git keeps what all working trees of a repository share."""
    kept = _kept(top)
    return (kept / _said(kept / "commondir")).resolve()


def _kept(top: Path) -> Path:
    """Where git keeps what belongs to a checkout: its `.git`, or what that says (`git init --separate-git-dir`, a working tree)."""
    marker = top / _GIT
    said = "" if marker.is_dir() else _said(marker)
    return top / said.removeprefix("gitdir:").strip() if said.startswith("gitdir:") else marker


def _said(marker: Path) -> str:
    try:
        return content(marker, _MARKER, within=None).decode(errors="surrogateescape").strip()
    except UnreadableError:
        return ""


def is_regular(path: Path, *, within: Path) -> bool:
    """Whether a path is a regular file inside a folder."""
    try:
        return stat.S_ISREG(inside(path, within).stat().st_mode)
    except (UnreadableError, OSError, ValueError, RuntimeError):
        return False


def inside(path: Path, within: Path) -> Path:
    """The path with its links resolved. Raises UnreadableError if it lies outside a folder, or where git keeps its own there.

    What git keeps is not what was committed: a configuration with the token of the run, hooks, the history. It differs between a
    checkout, a worktree and an archive, and whoever may name a file of it would have it printed.
    """
    place, around = os.path.realpath(path), os.path.realpath(within)
    if not _is_below(place, around):
        raise UnreadableError("lies outside the audited folder")
    if len(place) > _NAME and (len(place) > _PATH or any(len(os.fsencode(part)) > _NAME for part in Path(place).parts)):
        raise UnreadableError("has a name that is longer than any file's")  # whoever asked the system for it would meet an error
    below = f"{os.sep}{place[len(around) :].lower()}{os.sep}"
    if f"{os.sep}{_GIT}{os.sep}" in below or any(_is_below(place, kept) for kept in _kept_by_git(around)):
        raise UnreadableError("is git's own, and no part of what is audited")
    return Path(place)


def _is_below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(os.path.join(folder, ""))  # noqa: PTH118  (asked of every file: paths are costly)


@lru_cache(maxsize=1_000)
def _kept_by_git(around: str) -> tuple[str, ...]:
    top = Path(around)
    return (str(_kept(top).resolve()),) if (top / _GIT).exists() else ()


def _readable(size: int) -> str:
    return f"{size // 1_000_000:,} MB" if size >= 1_000_000 else f"{size:,} bytes"
