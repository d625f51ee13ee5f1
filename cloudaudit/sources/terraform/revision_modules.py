"""The modules that `terraform init` fetched, lent to an earlier revision: git does not hold them, and most of them are the same."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.nodes import Literal
from cloudaudit.sources.terraform.written import LENT

_FETCHED = Path(".terraform") / "modules"
_MANIFEST_LIMIT = 20_000_000  # bytes
_TOTAL_LIMIT = 500_000_000
_Sides = tuple[Library, Library]  # now, then


def lend_modules(repository: Path, written: Path) -> None:
    """Copy the fetched modules of each folder to where a revision is written out, as far as that calls the same ones.

    Those that git tracks are not lent: they are not read in the present either.
    """
    sides = (Library(repository, str), Library(written, str))
    folders = [Path(name).relative_to(written) for name, _, files in os.walk(written) if any(".tf" in file for file in files)]
    lent = []
    for folder in folders:
        source = repository / folder / _FETCHED
        lendable = source.is_dir() and not sides[0].is_committed(source) and source.resolve() == source and _size(source) <= _TOTAL_LIMIT
        if lendable and _lend(sides, repository / folder, written / folder):
            lent.append(folder.as_posix())
    (written / LENT).write_bytes(b"\0".join(map(os.fsencode, lent)))


def _lend(sides: _Sides, now: Path, then: Path) -> bool:
    manifest = now / _FETCHED / "modules.json"
    if os.path.lexists(then / ".terraform") or not manifest.exists():
        return False  # what is committed in the place of it is not believed
    try:
        entries = json.loads(content(manifest, _MANIFEST_LIMIT, within=now / _FETCHED))["Modules"]
        folders = {str(entry["Key"]): str(entry["Dir"]) for entry in entries}
        same = [entry for entry in entries if _called_alike(str(entry["Key"]), folders, sides, (now, then))]
        shutil.copytree(now / _FETCHED, then / _FETCHED, ignore=_left_out)
        (then / _FETCHED / "modules.json").write_text(json.dumps({"Modules": same}), encoding="utf-8")
    except (UnreadableError, OSError, ValueError, KeyError, TypeError, RecursionError):
        shutil.rmtree(then / ".terraform", ignore_errors=True)  # without them their calls are gaps of the revision
        return False
    return True


def _called_alike(key: str, folders: Mapping[str, str], sides: _Sides, roots: tuple[Path, Path]) -> bool:
    """Whether the call of a module says the same then and now, and so do all on the way to it.

    What a fetched module calls is the same with it.
    """
    caller, _, name = key.rpartition(".")
    folder = folders.get(caller, ".")
    if not key:
        return True
    if not _called_alike(caller, folders, sides, roots):
        return False
    if PurePosixPath(folder).parts[:2] == _FETCHED.parts:
        return True
    now, then = (_call(library, root / folder, name) for library, root in zip(sides, roots, strict=True))
    return now == then is not None


def _call(library: Library, folder: Path, name: str) -> tuple[Any, ...] | None:
    """The source and the version that a module is called with, as far as they are plain text."""
    block = library.definition(folder.resolve()).modules.get(name)
    if block is None:
        return None
    written = map(block.body.attributes.get, ("source", "version"))
    return tuple(attribute.expression.value if attribute and isinstance(attribute.expression, Literal) else None for attribute in written)


def _size(folder: Path) -> int:
    places = [Path(name) for name, _, _ in os.walk(folder) if ".git" not in Path(name).parts]
    return sum(entry.stat(follow_symlinks=False).st_size for place in places for entry in os.scandir(place))


def _left_out(folder: str, names: Sequence[str]) -> list[str]:
    """The history of a module, and all but regular files: links could lead anywhere."""
    paths = [Path(folder) / name for name in names]
    return [path.name for path in paths if path.name == ".git" or path.is_symlink() or not (path.is_dir() or path.is_file())]
