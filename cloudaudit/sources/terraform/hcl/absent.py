"""What a repository has and its working tree has not: it is a part of what is applied, and nothing here tells of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.git import Entry, RevisionError, is_repository, tracked
from cloudaudit.sources.terraform.hcl.files import is_terraform
from cloudaudit.sources.terraform.written import NOT_HERE

_SUBMODULE = "a submodule that is not checked out"
_NOTED = 20_000_000  # bytes
_SIGNS = (".gitmodules", ".git/info/sparse-checkout")


def matters(name: str) -> bool:
    """Whether a file could change what is judged: Terraform's own, values of variables, Terragrunt, stacks."""
    return is_terraform(name) or name.endswith((".tfvars", ".tfvars.json", ".hcl"))


def absent(repository: Path, top: Path) -> Iterator[tuple[Path, str, str]]:
    """Submodules that are not checked out and files that a sparse checkout leaves out, below a folder: place, why, what is there."""
    if not is_repository(repository):
        yield from _noted(repository, top)
        return
    place = top.relative_to(repository).as_posix() if top.is_relative_to(repository) else "."
    try:
        entries = list(tracked(repository, f":(top,literal){place}" if place != "." else ":(top)", elsewhere=True))
    except RevisionError as error:
        if any((repository / sign).exists() for sign in _SIGNS):
            yield repository, f"whether all of it is checked out cannot be determined: {error}", ""
        return
    for entry in entries:
        if entry.is_repository and not (repository / entry.path / ".git").exists():
            yield repository / entry.path, _SUBMODULE, entry.name
    left_out = [entry for entry in entries if entry.left_out and matters(entry.path.name)]
    yield from _left_out(left_out, repository)


def _noted(written: Path, top: Path) -> Iterator[tuple[Path, str, str]]:
    """The same of a revision that is written out."""
    try:
        noted = content(written / NOT_HERE, _NOTED, within=written)
    except UnreadableError:
        return
    for line in filter(None, noted.split(b"\0")):
        name, _, path = line.partition(b" ")
        place = written / os.fsdecode(path)
        if place.is_relative_to(top):
            yield place, _SUBMODULE, os.fsdecode(name)


def _left_out(entries: Iterable[Entry], repository: Path) -> Iterator[tuple[Path, str, str]]:
    """By the topmost folder that is not here; those that are here all the same are read."""
    groups: dict[Path, list[Entry]] = {}
    there: dict[Path, bool] = {}
    for entry in entries:
        for part in (*reversed(entry.path.parents), entry.path):
            place = repository / part
            if place not in there:
                there[place] = place.exists()
            if not there[place]:
                groups.setdefault(place, []).append(entry)
                break
    for place, missing in groups.items():
        content = digest_of(*(f"{entry.path} {entry.name}" for entry in missing))
        yield place, "it is committed, and not in the working tree (a sparse checkout)", content
