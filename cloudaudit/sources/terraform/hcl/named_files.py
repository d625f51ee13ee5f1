"""Files of the audited side that a text names: the script that a command runs, the chart that a release is made of."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.read_by import READ_BY

_BETWEEN = re.compile(r"[\s'\"`=;|&()<>,]+")
_BESIDES = re.compile(r"[\s'\"`=;|&()<>,:@{}\[\]]+")
_UNSAID = re.compile(r"\$\{[^{}]*\}|\$\([^()]*\)|\$\w+")
"""What a shell or a template puts in the place of it is known when it runs: `$(dirname $0)/lib.sh` names lib.sh all the same."""
_DOTTED = re.compile(r"\w+(?:\.\w+)*")
_WORDS = 100_000  # of all texts of a block, and of each script
_LOOKED_FOR = 300_000  # in all
_FILES = 1_000  # of a folder, and in all
_SCRIPT = 1_000_000  # bytes of a file that may name others
_PROGRAMS = frozenset({".cjs", ".js", ".lua", ".mjs", ".mk", ".pl", ".pm", ".py", ".rb", ".sh", ".ts"})
"""What a language adds to the name of a module: `python -m tool`, `import tool`."""
_COMMANDS = re.compile(r"[;&|\n]")
_LOOKS = frozenset({"", ".", "cd", "echo", "find", "ls", "pushd", "source"})  # no program that runs what it is handed
_AROUND = re.compile(r"\.{1,2}(?:/\.{1,2})*")
_JUDGED = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json", ".hcl", ".md")
"""Ends of files that a program may find beside a root, and that are judged, or run by none."""


def held_by(texts: Iterable[str], bases: Sequence[Path], root: Path, library: Library, *, folders: bool = True) -> str:
    """A digest of the files that texts name, from one of the bases, and of what these name in turn; empty if none.

    `folders` that are named count with all that they hold. One around the root does not, for all of it changes with anything: of it counts
    what lies in it, if a program is handed it.
    """
    found: dict[Path, str] = {}
    listed: dict[Path, list[Path]] = {}
    there: dict[Path, frozenset[str]] = {}
    waiting = deque((name, base) for name in _names(texts) for base in bases)
    looked_for = 0
    while waiting and len(found) < _FILES and looked_for < _LOOKED_FOR:
        name, base = waiting.popleft()
        looked_for += 1
        if not _may_be(name, base, there):
            continue
        for place in _named(base / name, library, listed):
            handed = _AROUND.fullmatch(name) is not None
            if place in found or (root.is_relative_to(place) and not handed) or not (folders or place.is_file()):
                continue
            found[place] = _held(place, library, handed=handed)
            if found[place] and place.is_file():
                waiting.extend((inner, around) for inner in _names(_script(place, library.boundary)) for around in (*bases, place.parent))
    return digest_of(*(text for place, held in sorted(found.items()) if held for text in (os.path.relpath(place, root), held)))


def _may_be(name: str, base: Path, there: dict[Path, frozenset[str]]) -> bool:
    """Whether something in a folder is called as a path begins: most words of a script are about no file."""
    first = name.lstrip("/").partition("/")[0]
    if name.startswith("/") or first in {"", ".", ".."}:
        return True
    if base not in there:
        names = [path.name for path in base.iterdir()] if base.is_dir() and os.access(base, os.R_OK) else []
        there[base] = frozenset((*names, *(name.rpartition(".")[0] for name in names)))
    return first in there[base]


def _names(texts: Iterable[str]) -> list[str]:
    told = list(texts)
    words = [word for text in told for word in _BETWEEN.split(text)]
    words += [word.lstrip("/") for text in told for form in (text, _UNSAID.sub("", text)) for word in _BESIDES.split(form)]
    some = list(dict.fromkeys(word for word in words if word.strip("./") and "\0" not in word))[:_WORDS]
    dotted = [bare.replace(".", "/") for word in some if "." in word and _DOTTED.fullmatch(bare := word.strip("."))]
    return [
        *dict.fromkeys(name for text in told for name in _handed(text)),
        *some,
        *dotted,
        *(name for word in some for name in READ_BY.get(word, ())),
    ]


def _handed(text: str) -> Iterator[str]:
    """The folders around itself that a program is handed: `go run .`, `docker build ..`, `go run ./...`."""
    for command in _COMMANDS.split(text):
        program, _, rest = command.strip().partition(" ")
        words = (word.strip("\"'()").removesuffix("...") for word in (rest.split() if program not in _LOOKS else ()))
        yield from (word.rstrip("/") or "." for word in words if word.startswith(".") and not word.strip("./"))


def _named(path: Path, library: Library, listed: dict[Path, list[Path]]) -> list[Path]:
    """The file or folder of a name; where there is none, the programs of which it is the name without its end."""
    place = library.inside(path)
    if place is None or place.exists():
        return [place] if place is not None else []
    folder = place.parent
    if folder not in listed:
        files = sorted(folder.iterdir())[:_FILES] if folder.is_dir() else []
        listed[folder] = [file for file in files if file.suffix in _PROGRAMS]
    programs = (library.inside(file) for file in listed[folder] if file.stem == place.name)
    return [program for program in programs if program is not None]


def _script(place: Path, boundary: Path) -> list[str]:
    try:
        return [content(place, _SCRIPT, within=boundary).decode()]
    except (UnreadableError, UnicodeDecodeError):
        return []


def _held(place: Path, library: Library, *, handed: bool = False) -> str:
    """What a file or folder holds, as far as whoever applies this finds it too; of one that is handed, what a program may run of it."""
    if place.is_file():
        return digest(place, library.boundary) if library.is_applied(place) else ""
    if not place.is_dir():
        return ""
    files = (path for path in _files(place, handed=handed) if library.is_applied(path))
    return digest_of(*(f"{path.relative_to(place)} {digest(path, library.boundary)}" for path in files))


def _files(top: Path, *, handed: bool) -> Iterator[Path]:
    left = _FILES
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not (handed and name.startswith(".")))
        for name in sorted(name for name in files if not (handed and name.endswith(_JUDGED)))[:left]:
            yield Path(folder, name)
            left -= 1
