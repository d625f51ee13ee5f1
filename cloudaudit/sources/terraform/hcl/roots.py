"""Which folders are roots: those with Terraform files that no other folder calls as a module."""

from __future__ import annotations

import re
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.files import Library, terraform_files, walk_folders

_MENTIONS_LOCAL = re.compile(rb'"?source"?\s*[=:]\s*"\.{1,2}["/]')


def find_roots(folder: Path, library: Library | None = None) -> list[Path]:
    """The root modules below a folder, in order. A folder that cannot be listed is one, so that its gap is seen.

    Where modules call each other in a circle, all of these are taken.
    """
    folder = folder.resolve()
    library = library or Library(folder, str)
    calls: dict[Path, set[Path]] = {}
    for candidate in walk_folders(folder):
        try:
            paths = terraform_files(candidate)
        except OSError:
            calls[candidate] = set()
            continue
        if paths:
            calls[candidate] = _called(candidate, paths, library)
    called = set().union(*calls.values()) if calls else set()
    roots = [candidate for candidate in calls if candidate not in called]
    reached = _reached(roots, calls)
    return [candidate for candidate in calls if candidate not in called or candidate not in reached]


def _reached(roots: list[Path], calls: dict[Path, set[Path]]) -> set[Path]:
    reached: set[Path] = set()
    pending = list(roots)
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending.extend(calls.get(current, ()))
    return reached


def _called(folder: Path, paths: list[Path], library: Library) -> set[Path]:
    """The folders that a folder calls; files are parsed only where they seem to call one."""
    if not any(_mentions_local(path, library) for path in paths):
        return set()
    found: set[Path] = set()
    for block in library.definition(folder).modules.values():
        source = block.body.attributes.get("source")
        text = source.expression.value if source and isinstance(source.expression, nodes.Literal) else None
        if isinstance(text, str) and text.startswith("."):
            target = library.inside(folder / text)
            if target is not None and target != folder:
                found.add(target)
    return found


def _mentions_local(path: Path, library: Library) -> bool:
    try:
        return bool(_MENTIONS_LOCAL.search(content(path, library.bounds.hcl_bytes, within=library.boundary)))
    except UnreadableError:
        return False
