"""Which folders are roots: what somebody applies. Being called by another folder takes nothing away from one that shows so itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.survey import Survey, survey

_MENTIONS_LOCAL = re.compile(rb'"?source"?\s*[=:]\s*"\.{1,2}["/]')
_APPLIED = {".terraform.lock.hcl": "a lock file", "terraform.tfstate": "a state"}
_NO_ARGUMENTS = {"alias", "version"}  # a provider block of these alone stands in modules for one that is passed


def find_roots(folder: Path, library: Library | None = None) -> list[Path]:
    """The root modules below a folder, in order."""
    library = library or Library(folder, str)
    return list(roots_of(survey(folder, library), library))


def roots_of(found: Survey, library: Library, kept: Callable[[Path], bool] | None = None) -> dict[Path, str]:
    """The root modules of a survey, in order, each with the reason.

    A root is a folder with evidence of being applied (a backend or cloud block, a provider configuration, a lock file, values of
    variables, a state), one that no folder calls, or one that `kept` names: it was a root before the change that is judged.
    Where modules call each other in a circle, all of these are taken. A folder that cannot be listed is one, so that its gap is seen.
    """
    calls = {place: _called(place, paths, library) for place, paths in found.folders.items()}
    called = set().union(*calls.values()) if calls else set()
    result = {place: "no folder calls it" for place in calls if place not in called}
    for place in calls:
        if place in called:
            why = _evidence(found.names.get(place, ()), library.definition(place))
            if why or (kept is not None and kept(place)):
                result[place] = why or "it was a root before the change"
    reached = _reached(result, calls)
    result |= {place: "it calls itself" for place in calls if place not in reached}
    return {place: result[place] for place in calls if place in result}


def _evidence(names: Iterable[str], definition: Definition) -> str:
    """What shows that somebody applies a folder by itself; empty if nothing does. Source: Terraform, working directory contents."""
    for name in names:
        if name in _APPLIED:
            return _APPLIED[name]
        if name.endswith((".tfvars", ".tfvars.json")):
            return f"values of variables ({name})"
    for block in definition.settings:
        for inner in block.body.blocks:
            if inner.type in {"backend", "cloud"}:
                return f"a {inner.type} block"
    for (provider, _), block in definition.providers.items():
        if block.body.blocks or block.body.attributes.keys() - _NO_ARGUMENTS:
            return f'a configuration of provider "{provider}"'
    return ""


def _reached(starts: Iterable[Path], calls: Mapping[Path, set[Path]]) -> set[Path]:
    reached: set[Path] = set()
    pending = list(starts)
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
