"""Files of the audited side that a text names: the script that a command runs, the chart that a release is made of."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl.modules import Module

_BETWEEN = re.compile(r"[\s'\"`=;|&()<>,]+")
_WORDS = 300  # of all texts of a block, and of each script
_FILES = 1_000  # of a folder, and in all
_SCRIPT = 100_000  # bytes of a file that may name others
_READ_BY = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "docker": ("Dockerfile",),
    "just": ("justfile",),
    "npm": ("package.json",),
    "task": ("Taskfile.yml",),
    "yarn": ("package.json",),
}
"""What programs read that nobody names."""


def held_by(texts: Iterable[str], module: Module) -> str:
    """A digest of the files and folders that texts name, from the root or from the module, and of what these name in turn; empty if none.

    A folder around the root is not followed: all of it changes with anything.
    """
    root, library = module.run.root, module.run.library
    bases = (root, module.definition.folder)
    found: dict[Path, str] = {}
    waiting = deque((name, base) for name in _names(texts) for base in bases)
    while waiting and len(found) < _FILES:
        name, base = waiting.popleft()
        place = library.inside(base / name) if "\0" not in name else None
        if place is None or place in found or root.is_relative_to(place):
            continue
        found[place] = _held(place, library.boundary)
        if found[place] and place.is_file():
            waiting.extend((inner, there) for inner in _names(_script(place, library.boundary)) for there in (*bases, place.parent))
    return digest_of(*(text for place, held in sorted(found.items()) if held for text in (os.path.relpath(place, root), held)))


def _names(texts: Iterable[str]) -> list[str]:
    words = dict.fromkeys(word for text in texts for word in _BETWEEN.split(text) if word.strip("./"))
    some = list(words)[:_WORDS]
    return [*some, *(name for word in some for name in _READ_BY.get(word, ()))]


def _script(place: Path, boundary: Path) -> list[str]:
    try:
        return [content(place, _SCRIPT, within=boundary).decode()]
    except (UnreadableError, UnicodeDecodeError):
        return []


def _held(place: Path, boundary: Path) -> str:
    if place.is_file():
        return digest(place, boundary)
    return digest_of(*(f"{path.relative_to(place)} {digest(path, boundary)}" for path in _files(place))) if place.is_dir() else ""


def _files(top: Path) -> Iterator[Path]:
    left = _FILES
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files)[:left]:
            yield Path(folder, name)
            left -= 1
