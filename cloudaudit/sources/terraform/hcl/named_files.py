"""Files of the audited side that a text names: the script that a command runs, the chart that a release is made of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl.modules import Module

_BETWEEN = re.compile(r"[\s'\"`=;|&()<>,]+")
_WORDS = 300  # of all texts of a block
_FILES = 1_000  # of a folder


def held_by(texts: Iterable[str], module: Module) -> str:
    """A digest of the files and folders that texts name, from the root or from the module; empty if they name none.

    What these run in turn is not followed, and neither is a folder around the root: all of it changes with anything.
    """
    root, library = module.run.root, module.run.library
    names = dict.fromkeys(word for text in texts for word in _BETWEEN.split(text) if word.strip("./"))
    found: dict[Path, str] = {}
    for name in list(names)[:_WORDS]:
        for base in (root, module.definition.folder):
            place = library.inside(base / name) if "\0" not in name else None
            if place is not None and place not in found and not root.is_relative_to(place):
                found[place] = _held(place, library.boundary)
    return digest_of(*(text for place, held in found.items() if held for text in (os.path.relpath(place, root), held))) if found else ""


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
