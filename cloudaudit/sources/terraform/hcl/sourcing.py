"""Where the files of a called module are: beside the root, or where `terraform init` put them. Else a gap says so, once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.model.shown import uncredentialed
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.files import FETCHED_INTO, terraform_files
from cloudaudit.sources.terraform.hcl.marks import MARKED
from cloudaudit.sources.terraform.hcl.references import Caller
from cloudaudit.sources.terraform.hcl.values import Opaque
from cloudaudit.sources.terraform.versions import admits

_INIT = "run `terraform init` first, so that .terraform/modules holds it (what is committed there is not read)"
_FOLDER = "check out that folder too: here it holds no Terraform file"
KEY = secrets.token_hex()
"""Of this run alone: what is compared within it."""
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
    names = _names(caller, block)
    folder = _local(caller, text) if local else _fetched(caller, block, text, names)
    if isinstance(folder, Absence):
        return folder
    if caller.depth >= caller.run.library.bounds.module_depth:
        return Absence("is not followed: modules are nested too deeply", why=Why.BOUNDED)
    if folder in _ancestors(caller):
        return Absence("is not followed: it calls itself", why=Why.BOUNDED)
    caller.run.library.called[caller.run.root, names] = folder
    return folder


def _names(caller: Caller, block: nodes.Block) -> str:
    """The path of names of a call."""
    names = [block.labels[0]]
    module: Caller | None = caller
    while module is not None and module.source is not None:
        names.append(module.source.labels[0])
        module = module.parent
    return ".".join(reversed(names))


def comparable(value: Any, key: str) -> Any:
    """What can be compared of a value; of what is not known, what it rests on and may be.

    Of what is sensitive that is nothing, but with a key whether it is the same: without one, a digest could be guessed.
    """
    if isinstance(value, MARKED):
        return digest_of(key, str(value)) if key else None
    if isinstance(value, str):
        return uncredentialed(value)
    if isinstance(value, Mapping):
        return {str(comparable(name, key)): comparable(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [comparable(item, key) for item in value]
    if isinstance(value, Opaque):
        return comparable(value.unknown(), key)
    if isinstance(value, Unknown):
        return [value.is_ or value.partial, *value.references, [comparable(one, key) for one in value.possible]]
    return value


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


def _fetched(caller: Caller, block: nodes.Block, text: str, names: str) -> Path | Absence:
    fetched = caller.run.fetched(names)
    shown = uncredentialed(text)
    if fetched is None:
        return Absence(f"is not here: {shown}", _INIT)
    version = block.body.attributes.get("version")
    pinned = version.expression.value if version and isinstance(version.expression, nodes.Literal) else None
    fits = not isinstance(pinned, str) or admits(pinned, fetched.version)
    if fetched.source.removeprefix(_REGISTRY) != text.removeprefix(_REGISTRY) or not fits:
        return Absence(f"is not here: {shown} (.terraform/modules holds another one)", "run `terraform init` again")
    folder = caller.run.library.inside(caller.run.root / fetched.folder)
    if folder is None or not folder.is_relative_to(caller.run.root / FETCHED_INTO) or not _holds_files(folder):
        return Absence(f"is not here: {shown}", _INIT)  # nothing that is fetched lies elsewhere
    return folder
