"""Where the files of a called module are: beside the root, or where `terraform init` put them. Else a gap says so, once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Gap, Origin, Record, Unknown, Why
from cloudaudit.model.names import identifiers
from cloudaudit.model.shown import uncredentialed
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import META
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.files import FETCHED_INTO, terraform_files
from cloudaudit.sources.terraform.hcl.references import Caller, trail
from cloudaudit.sources.terraform.hcl.run import Given
from cloudaudit.sources.terraform.hcl.values import Opaque, Sensitive
from cloudaudit.sources.terraform.versions import admits

_INIT = "run `terraform init` first, so that .terraform/modules holds it (what is committed there is not read)"
_FOLDER = "check out that folder too: here it holds no Terraform file"
_OWN = frozenset({"name", "providers", "source", "version", *META})
"""Arguments that are no names of other resources; `name` is that of what the module makes."""

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


def note_absence(caller: Caller, name: str, block: nodes.Block, absence: Absence, instances: Sequence[Mapping[str, Any]]) -> None:
    """Note the gap: it concerns the resources that the arguments of the call refer to, or name.

    `instances` are the values of the arguments for each instance of the call. With others, or with another version, the module does
    something else: it is another gap.
    """
    found = trail([attribute.expression for attribute in block.body.attributes.values()], caller)
    references = found.resources or (caller.absolute(f"module.{name}"),)
    origin = Origin(block.file, block.line)
    key = KEY if caller.run.compared else ""
    values = json.dumps([comparable(one, key) for one in instances], sort_keys=True, default=str)
    written = [attribute.expression for name, attribute in sorted(block.body.attributes.items()) if name != "source"]
    content = digest_of(key, values, *map(repr, trail(written, caller).expressions if key else written))
    if key:
        content = digest_of(content, *(said(looked_up) for _, looked_up in found.data))
    what = f'module "{name}" {absence.reason}'
    caller.run.gap(absence.why, what, origin, remedy=absence.remedy, references=references, content=content)
    given = caller.run.given.setdefault((what, origin), Given(set(), set()))
    for one in instances:
        given.texts.update(text.lower() for key, value in one.items() if key not in _OWN for text in _texts(value))
    for owner, looked_up in found.data:
        _look_up(owner, looked_up, given)


def comparable(value: Any, key: str) -> Any:
    """What can be compared of a value; of what is not known, what it rests on and may be.

    Of a text that is sensitive that is nothing, but with a key whether it is the same: without one, a digest could be guessed.
    """
    if isinstance(value, str):
        return (digest_of(key, value) if key else None) if isinstance(value, Sensitive) else uncredentialed(value)
    if isinstance(value, Mapping):
        return {str(comparable(name, key)): comparable(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [comparable(item, key) for item in value]
    if isinstance(value, Opaque):
        return comparable(value.unknown(), key)
    if isinstance(value, Unknown):
        return [value.is_ or value.partial, *value.references, [comparable(one, key) for one in value.possible]]
    return value


def _look_up(owner: Caller, block: nodes.Block, given: Given) -> None:
    """What a data source may have read of what is declared here: what has the names that it selects by, else anything of its type."""
    texts: list[str] = []
    for name, attribute in block.body.attributes.items():
        if name in META:
            continue
        values = _values(owner, block, name)
        texts.extend(value for value in values if isinstance(value, str))
        if not (values and all(isinstance(value, str) for value in values)) and not trail([attribute.expression], owner).resources:
            given.types.add(block.labels[0])
    given.texts.update(text.lower() for text in texts)
    if block.body.blocks or not texts:
        given.types.add(block.labels[0])


def _values(owner: Caller, block: nodes.Block, name: str) -> list[Any]:
    try:
        return [instance.declared(name, None) for instance in owner.instances(block, f"data.{'.'.join(block.labels)}")]
    except (EvaluationError, BoundError):
        return []


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, and the names at the end of those that are ARNs."""
    if isinstance(value, str):
        yield from (value, value.rpartition(":")[2]) if value.startswith("arn:") else (value,)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def concerned(gaps: Iterable[Gap], given: Mapping[tuple[str, Origin], Given], records: Sequence[Record]) -> tuple[Gap, ...]:
    """The gaps, those of modules that are not here with the resources too that are handed to them by name."""
    found: list[Gap] = []
    for gap in gaps:
        handed = given.get((gap.what, gap.origin))
        named = [record.address for record in records if handed is not None and is_handed(record, handed)]
        found.append(msgspec.structs.replace(gap, references=tuple(dict.fromkeys((*gap.references, *named)))) if named else gap)
    return tuple(found)


def is_handed(record: Record, given: Given) -> bool:
    """Whether a module that is not here is handed a record by a name, or by what reads anything of its type."""
    return record.type in given.types or any(name.lower() in given.texts for name in identifiers(record))


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
