"""The files of a commit, written out to be read like a folder: what a checkout would hold, or what says that it cannot be told.

No filter of the repository runs. What one would have changed, and what is too large, is there without its content, so that nothing is
concluded from its absence: larger than anything that is read. A submodule that is not here leads outside of all that is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from cloudaudit.sources.terraform.filtered import as_now, changed
from cloudaudit.sources.terraform.git import MISSING, RevisionError, ask, entries, is_repository, streamed

_FILE_LIMIT = 20_000_000  # bytes
_TOTAL_LIMIT = 500_000_000
_ENTRIES = 500_000
_DEPTH = 100  # of folders
_LINK_LIMIT = 4096  # bytes
_CHUNK = 1 << 20
_NESTED = 10  # submodules in submodules
LENT = ".cloudaudit-lent"
"""A file of what is written out: the folders whose `.terraform` is lent. What all others hold there was committed."""

NOT_HERE = ".cloudaudit-not-here"
"""A file of what is written out: the submodules that nobody checked out, then or now, each with its commit."""

_NOWHERE = "/nowhere/not-known-to-cloudaudit"


class _Entry(msgspec.Struct, frozen=True):
    mode: bytes
    name: str  # of the object
    path: PurePosixPath
    size: int = 0

    @property
    def is_link(self) -> bool:
        return self.mode == b"120000"

    @property
    def is_submodule(self) -> bool:
        return self.mode == b"160000"


class _Allowance:
    """What may still be written."""

    def __init__(self) -> None:
        self.size = _TOTAL_LIMIT
        self.entries = _ENTRIES
        self.not_here: list[tuple[str, Path]] = []  # submodules: commit and place

    def take(self, entry: _Entry, commit: str) -> None:
        """Account for one more entry. Raises RevisionError."""
        self.entries -= 1
        self.size -= entry.size if entry.size <= _FILE_LIMIT else 0
        if self.entries < 0:
            raise RevisionError(f"{commit} holds more than {_ENTRIES:,} files")
        if self.size < 0:
            raise RevisionError(f"{commit} holds more than {_TOTAL_LIMIT // 1_000_000} MB")


def write_out(repository: Path, commit: str, target: Path) -> None:
    """Write what a commit holds to a folder that is made for it. Raises RevisionError."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        left = _Allowance()
        _write(repository, commit, target, left, _NESTED)
        if left.not_here:
            lines = (f"{name} {place.relative_to(target)}".encode(errors="surrogateescape") for name, place in left.not_here)
            (target / NOT_HERE).write_bytes(b"\0".join(lines))
        _contain(repository, target.resolve())
    except (OSError, ValueError) as error:  # a link to a name with NUL is a ValueError
        raise RevisionError(f"{commit} cannot be written out: {getattr(error, 'strerror', None) or error}") from None


def _write(repository: Path, commit: str, target: Path, left: _Allowance, nested: int) -> None:
    listed = _listed(repository, commit, left)
    made: set[Path] = set()
    for entry in listed:
        _make(target / entry.path.parent, made)
    _copy(repository, [entry for entry in listed if not entry.is_submodule and not entry.is_link and entry.size <= _FILE_LIMIT], target)
    for entry in listed:
        if entry.size > _FILE_LIMIT:
            _without_content(target / entry.path, entry.size)
    _as_checked_out(repository, target, [entry for entry in listed if not entry.is_submodule and not entry.is_link])
    for entry in listed:
        if entry.is_submodule:
            _submodule(repository, entry, target / entry.path, left, nested)
    _copy(repository, [entry for entry in listed if entry.is_link], target)  # last: nothing is written through one


def _listed(repository: Path, commit: str, left: _Allowance) -> list[_Entry]:
    found: list[_Entry] = []
    seen: set[PurePosixPath] = set()
    with streamed(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", f"{commit}^{{tree}}") as listing:
        for text in entries(listing):
            entry = _entry(text)
            if entry is None:
                continue
            left.take(entry, commit)
            if entry.path in seen:
                raise RevisionError(f"{commit} holds {entry.path} twice")
            seen.add(entry.path)
            found.append(entry)
    return found


def _entry(text: bytes) -> _Entry | None:
    """What a line of the listing tells, without what no checkout writes and what only tools should have written."""
    head, _, name = text.partition(b"\t")
    mode, _, object_name, size = head.split()
    parts = os.fsdecode(name).split("/")
    if ".." in parts or ".git" in {part.lower() for part in parts} or parts[0] in {LENT, NOT_HERE}:
        return None
    if "" in parts or "." in parts or len(parts) > _DEPTH:
        raise RevisionError(f"git lists a name that no checkout has: {os.fsdecode(name)[:_DEPTH]}")
    path = PurePosixPath(*parts)
    if mode == b"160000":
        return _Entry(mode, object_name.decode(), path)
    if not size.isdigit():
        raise RevisionError(f"git has no content for {path}: {MISSING}")
    entry = _Entry(mode, object_name.decode(), path, int(size))
    if entry.is_link and entry.size > _LINK_LIMIT:
        raise RevisionError(f"{path} is a link to a name that no system takes")
    return entry


def _make(folder: Path, made: set[Path]) -> None:
    """Make a folder and those around it. What is there already as anything else stops it."""
    missing = []
    while folder not in made:
        missing.append(folder)
        made.add(folder)
        if folder.is_dir():
            missing.pop()
            break
        folder = folder.parent
    for place in reversed(missing):
        place.mkdir()


def _copy(repository: Path, wanted: Sequence[_Entry], target: Path) -> None:
    """One `cat-file --batch` answers for all objects, in order: a header line, the content, a line feed."""
    if not wanted:
        return
    with streamed(repository, "cat-file", "--batch", given=(f"{entry.name}\n".encode() for entry in wanted)) as answer:
        for entry in wanted:
            if answer.readline().split()[1:] != [b"blob", str(entry.size).encode()]:
                raise RevisionError(f"git has no content for {entry.path}: {MISSING}")
            if entry.is_link:
                (target / entry.path).symlink_to(os.fsdecode(answer.read(entry.size)))
            else:
                with (target / entry.path).open("xb") as file:
                    file.writelines(_pieces(answer, entry.size))
            answer.read(1)


def _pieces(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (data := stream.read(min(size, _CHUNK))):
        size -= len(data)
        yield data


def _without_content(place: Path, size: int) -> None:
    """A file that is there, and larger than anything that is read."""
    with place.open("wb") as file:
        file.truncate(max(size, _FILE_LIMIT + 1))


def _as_checked_out(repository: Path, target: Path, files: Sequence[_Entry]) -> None:
    """Write files as a checkout would. Where a filter would have written another content there is none, unless it is as it is today."""
    objects = {entry.path: entry.name for entry in files}
    found = changed(repository, target, objects)
    now = as_now(repository, {path: objects[path] for path in found.filtered}, _FILE_LIMIT) if found.filtered else {}
    for path in found.filtered:
        data = now.get(path)
        if data is None:
            _without_content(target / path, 0)
        else:
            (target / path).write_bytes(data)
    small = {entry.path for entry in files if entry.size <= _FILE_LIMIT}
    for path in found.rules.keys() & small:
        data = (target / path).read_bytes()  # we wrote it ourselves
        (target / path).write_bytes(found.rules[path].written(data, objects[path]))


def _submodule(repository: Path, entry: _Entry, place: Path, left: _Allowance, nested: int) -> None:
    """What a submodule held, if its own repository is here. Where nobody checked it out, then or now, it is an empty folder."""
    now = repository / entry.path
    if is_repository(now):
        if nested == 0 or ask(now, "cat-file", "-e", f"{entry.name}^{{commit}}").returncode:
            raise RevisionError(f"the submodule {entry.path} lacks {entry.name}: fetch it (git submodule update, fetch-depth: 0)")
        place.mkdir()
        _write(now, entry.name, place, left, nested - 1)
    elif now.is_dir() and not now.is_symlink() and not any(now.iterdir()):
        place.mkdir()
        left.not_here.append((entry.name, place))
    else:
        place.symlink_to(_NOWHERE)


def _contain(repository: Path, target: Path) -> None:
    """Links lead where they led: inside the folder to what was there, outside of it to what a reader refuses then and now."""
    for link in _links(target):
        if not Path(os.path.realpath(link)).is_relative_to(target):
            place = link.relative_to(target)
            led = Path(os.path.normpath(repository / place.parent / os.readlink(link)))  # noqa: PTH115
            link.unlink()
            link.symlink_to(target / led.relative_to(repository) if led.is_relative_to(repository) else led)


def _links(folder: Path) -> list[Path]:
    return [
        Path(around, name) for around, folders, files in os.walk(folder) for name in (*folders, *files) if Path(around, name).is_symlink()
    ]
