"""Files whose content in a checkout is not the one that git keeps: a filter of the repository writes another (git-crypt, LFS)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.git import ask, entries, streamed

_ASKED = ("filter", "working-tree-encoding")
_NOT_SET = {b"unspecified", b"unset"}


def filtered(repository: Path, written: Path, paths: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """The paths that a checkout changes, by the attributes of what is written out. A filter that is not configured changes nothing."""
    drivers = _drivers(repository)
    there = {"GIT_WORK_TREE": str(written), "GIT_INDEX_FILE": str(written / ".git" / "none")}
    given = (os.fsencode(path) + b"\0" for path in paths)
    with streamed(repository, "check-attr", "--stdin", "-z", *_ASKED, given=given, settings=there) as answer:
        parts = entries(answer)
        found = [
            PurePosixPath(os.fsdecode(path))
            for path, attribute, value in zip(parts, parts, parts, strict=True)
            if value not in _NOT_SET and (attribute != b"filter" or value in drivers)
        ]
    return list(dict.fromkeys(found))


def as_now(repository: Path, objects: Mapping[PurePosixPath, str], limit: int) -> dict[PurePosixPath, bytes]:
    """The content of those whose object is the present one and whose file is as it was checked out: what the filter wrote is there."""
    off = [(b"filter." + name + key, b"") for name in _drivers(repository) for key in (b".clean", b".process", b".smudge")]
    settings = {"GIT_CONFIG_COUNT": str(len(off))}
    for number, (key, value) in enumerate(off):
        settings |= {f"GIT_CONFIG_KEY_{number}": os.fsdecode(key), f"GIT_CONFIG_VALUE_{number}": os.fsdecode(value)}
    with streamed(repository, "diff-files", "--name-only", "-z", settings=settings) as answer:
        changed = {PurePosixPath(os.fsdecode(name)) for name in entries(answer)}
    found: dict[PurePosixPath, bytes] = {}
    with streamed(repository, "ls-files", "-z", "--stage", "--full-name") as answer:
        for entry in entries(answer):
            head, _, name = entry.partition(b"\t")
            path = PurePosixPath(os.fsdecode(name))
            if path in objects and path not in changed and head.split()[1:] == [objects[path].encode(), b"0"]:
                try:
                    found[path] = content(repository / path, limit, within=repository)
                except UnreadableError:
                    continue
    return found


def _drivers(repository: Path) -> set[bytes]:
    """The filters that are configured to write something."""
    told = ask(repository, "config", "-z", "--get-regexp", r"^filter\..*\.(smudge|process)$").stdout
    named = (entry.partition(b"\n") for entry in told.split(b"\0") if entry)
    return {key[len(b"filter.") : key.rindex(b".")] for key, _, value in named if value}
