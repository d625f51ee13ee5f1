"""Files whose content in a checkout is not the one that git keeps: a filter of the repository writes another (git-crypt, LFS)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath

import msgspec

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.git import ask, entries, streamed
from cloudaudit.sources.terraform.line_ends import ASKED, Rule, ends, rule

_FILTERS = ("filter", "working-tree-encoding")
_OFF = frozenset(map(os.fsencode, _FILTERS))
_STAT = re.compile(rb"  ctime: \d+:\d+\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: \d+\n  uid: \d+\tgid: \d+\n  size: (\d+)\t")
_ENTRY = re.compile(rb"^\d{6} ([0-9a-f]+) 0\t(.+)\Z", re.MULTILINE | re.DOTALL)


class Changed(msgspec.Struct, frozen=True):
    """What a checkout changes: by a filter that we do not run, or by a rule of git's own."""

    filtered: Sequence[PurePosixPath]
    rules: Mapping[PurePosixPath, Rule]


def changed(repository: Path, written: Path, paths: Iterable[PurePosixPath]) -> Changed:
    """The paths that a checkout changes, by the attributes of what is written out. A filter that is not configured changes nothing."""
    drivers, otherwise = _drivers(repository), ends(repository)
    hidden: list[PurePosixPath] = []
    rules: dict[PurePosixPath, Rule] = {}
    for path, attributes in _attributes(repository, written, paths):
        filter_ = attributes.get(b"filter")
        if attributes.keys() & {b"working-tree-encoding"} or filter_ in drivers:
            hidden.append(path)
        elif (found := rule(attributes, otherwise)) is not None:
            rules[path] = found
    return Changed(hidden, rules)


def _attributes(repository: Path, written: Path, paths: Iterable[PurePosixPath]) -> Iterator[tuple[PurePosixPath, Mapping[bytes, bytes]]]:
    """The attributes of each path that are set or unset. Git answers by path, in order."""
    there = {"GIT_WORK_TREE": str(written), "GIT_INDEX_FILE": str(written / ".git" / "none")}
    given = (os.fsencode(path) + b"\0" for path in paths)
    with streamed(repository, "check-attr", "--stdin", "-z", *_FILTERS, *ASKED, given=given, settings=there) as answer:
        parts = entries(answer)
        for path, told in groupby(zip(parts, parts, parts, strict=True), key=itemgetter(0)):
            set_ = {name: value for _, name, value in told if value != b"unspecified"}
            yield PurePosixPath(os.fsdecode(path)), {name: value for name, value in set_.items() if name not in _OFF or value != b"unset"}


def as_now(repository: Path, objects: Mapping[PurePosixPath, str], limit: int) -> dict[PurePosixPath, bytes]:
    """The content of those whose object is the present one and whose file is as it was checked out: what the filter wrote is there."""
    found: dict[PurePosixPath, bytes] = {}
    for path, name, changed, size in _index(repository):
        if objects.get(path) != name:
            continue
        with suppress(OSError, UnreadableError):
            now = (repository / path).lstat()
            if (now.st_mtime_ns, now.st_size) == (changed, size):
                found[path] = content(repository / path, limit, within=repository)
    return found


def _index(repository: Path) -> Iterator[tuple[PurePosixPath, str, int, int]]:
    """What git noted of the files that it wrote last: the object, when, and how large. Git itself would run the filter to compare.

    A file that is no older than the note may have changed since, unseen.
    """
    place = repository / os.fsdecode(ask(repository, "rev-parse", "--git-path", "index").stdout.rstrip(b"\n"))
    noted = place.stat().st_mtime_ns if place.exists() else 0
    last: tuple[PurePosixPath, str] | None = None
    with streamed(repository, "ls-files", "-z", "--stage", "--debug", "--full-name") as answer:
        for part in entries(answer):
            stat, entry = _STAT.match(part), _ENTRY.search(part)
            if last is not None and stat is not None:
                changed = int(stat[1]) * 1_000_000_000 + int(stat[2])
                if changed < noted:
                    yield *last, changed, int(stat[3])
            last = (PurePosixPath(os.fsdecode(entry[2])), entry[1].decode()) if entry is not None else None


def _drivers(repository: Path) -> set[bytes]:
    """The filters that are configured to change what a checkout writes."""
    told = ask(repository, "config", "-z", "--get-regexp", r"^filter\..*\.(smudge|process)$").stdout
    commands = (entry.partition(b"\n") for entry in told.split(b"\0"))
    return {key.removeprefix(b"filter.").rpartition(b".")[0] for key, _, command in commands if command}
