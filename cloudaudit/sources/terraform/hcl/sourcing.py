"""Where the files of a called module are: beside the root, or where `terraform init` put them. Else a gap says so, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Origin, Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.files import terraform_files
from cloudaudit.sources.terraform.hcl.references import Caller, referenced
from cloudaudit.sources.terraform.hcl.values import Opaque

_INIT = "run `terraform init` first, so that .terraform/modules holds it (what is committed there is not read)"
_FOLDER = "check out that folder too: here it holds no Terraform file"
_REGISTRY = "registry.terraform.io/"


class AbsentModule(Opaque):
    """A module whose files are not at hand, or are not followed."""

    __slots__ = ("address", "reason")

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason

    def unknown(self) -> Unknown[Any]:
        return Unknown(Why.UNRESOLVED, f"{self.address}: {self.reason}", references=(self.address,))

    def attribute(self, name: str) -> Any:
        return Unknown(Why.UNRESOLVED, f"{self.address}.{name}: {self.reason}", references=(self.address,))


class Absence(msgspec.Struct, frozen=True):
    """Why a module cannot be followed, and what to do about it."""

    reason: str
    remedy: str = ""
    why: Why = Why.UNRESOLVED

    @property
    def short(self) -> str:
        return "the module is not here" if self.why is Why.UNRESOLVED else "the module is not followed"


def located(caller: Caller, block: nodes.Block) -> Path | Absence:
    """The folder of the module that a block calls."""
    source = block.body.attributes.get("source")
    text = source.expression.value if source and isinstance(source.expression, nodes.Literal) else None
    if not isinstance(text, str) or not text:
        return Absence("has no source that is plain text")
    local = text.startswith(("./", "../", "/")) or text in {".", ".."}
    folder = _local(caller, text) if local else _fetched(caller, block, text)
    if isinstance(folder, Absence):
        return folder
    if caller.depth >= caller.run.library.bounds.module_depth:
        return Absence("is not followed: modules are nested too deeply", why=Why.BOUNDED)
    if folder in _ancestors(caller):
        return Absence("is not followed: it calls itself", why=Why.BOUNDED)
    return folder


def note_absence(caller: Caller, name: str, block: nodes.Block, absence: Absence) -> None:
    """Note the gap: it concerns the resources that the arguments of the call refer to."""
    touched = referenced([attribute.expression for attribute in block.body.attributes.values()], caller)
    references = touched or (caller.absolute(f"module.{name}"),)
    origin = Origin(block.file, block.line)
    caller.run.gap(absence.why, f'module "{name}" {absence.reason}', origin, remedy=absence.remedy, references=references)


def _ancestors(caller: Caller) -> set[Path]:
    found: set[Path] = set()
    module: Caller | None = caller
    while module is not None:
        found.add(module.definition.folder)
        module = module.parent
    return found


def _local(caller: Caller, text: str) -> Path | Absence:
    folder = caller.run.library.inside(caller.definition.folder / text)
    if folder is None:
        return Absence(f"lies outside the audited folder: {text}", "audit a folder that holds both")
    return folder if _holds_files(folder) else Absence(f"is not here: {text}", _FOLDER)


def _holds_files(folder: Path) -> bool:
    try:
        return folder.is_dir() and bool(terraform_files(folder))
    except OSError:
        return True


def _fetched(caller: Caller, block: nodes.Block, text: str) -> Path | Absence:
    names = [block.labels[0]]
    module: Caller | None = caller
    while module is not None and module.source is not None:
        names.append(module.source.labels[0])
        module = module.parent
    fetched = caller.run.fetched(".".join(reversed(names)))
    if fetched is None:
        return Absence(f"is not here: {text}", _INIT)
    version = block.body.attributes.get("version")
    pinned = version.expression.value if version and isinstance(version.expression, nodes.Literal) else None
    exact = isinstance(pinned, str) and pinned[:1].isdigit()
    if fetched.source.removeprefix(_REGISTRY) != text.removeprefix(_REGISTRY) or (exact and fetched.version not in {"", pinned}):
        return Absence(f"is not here: {text} (.terraform/modules holds another one)", "run `terraform init` again")
    folder = caller.run.library.inside(caller.run.root / fetched.folder)
    return folder if folder is not None and _holds_files(folder) else Absence(f"is not here: {text}", _INIT)
