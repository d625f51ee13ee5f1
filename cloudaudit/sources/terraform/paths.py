"""What a path of the gate is: a folder of configuration, a plan, a state, or none of these."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cloudaudit.model import Collection, Gap, Origin, Record, SourceKind, Why
from cloudaudit.opener import repository
from cloudaudit.sources.terraform.document import digest, read_document
from cloudaudit.sources.terraform.plan import read_plan
from cloudaudit.sources.terraform.state import read_show, read_state

if TYPE_CHECKING:
    from cloudaudit.sources.terraform.inputs import Inputs

_PLAN_KEYS = {"planned_values", "resource_changes", "resource_drift", "prior_state", "configuration"}
_STATE_KEYS = {"serial", "lineage", "resources", "modules", "terraform_version", "backend"}
_SHOW_KEYS = {"format_version", "terraform_version", "values", "checks"}


def collect(
    path: Path,
    *,
    shown: Callable[[Path], str],
    unit_of: Callable[[Path], str],
    inputs: Inputs,
    wanted: Callable[[str], bool],
    kind: SourceKind | None = None,
    boundary: Path | None = None,
    kept: Container[str] = frozenset(),
) -> Iterator[Collection]:
    """What an existing path brings: one collection for each Terraform root of a folder, or one for a plan or state.

    `kept` are the folders, as shown, that were roots before the change that is judged: they stay roots, whatever calls them now.

    A `.tf` file stands for its folder. `kind` says what the path has to be; without it, the content decides. Plans and states
    inside a folder are not read: they are named, or they are not part of the audit. Nothing outside `boundary` is read: the
    checkout around the path, if it is not given.
    """
    file, unit = shown(path), unit_of(path)
    folder = _is_folder(path)
    if folder and kind in {SourceKind.PLAN, SourceKind.STATE}:
        gap = Gap(Why.FAILED, f"{file} is a folder, not a {kind}", Origin(file=file), f"name the {kind} file", unit)
        yield Collection(unit, kind, (), (gap,))
    elif folder or kind is SourceKind.HCL or path.name.endswith((".tf", ".tf.json")):
        inside = boundary or _boundary(path if folder else path.parent)
        for found in _configurations(path, inside, shown, unit_of, inputs, wanted, kept, folder=folder):
            yield _versioned(found, inputs.versions)
    else:
        document = read_document(path, file=file, unit=unit)
        collection = _marked(_document(document, file, unit, wanted, kind), path)
        if collection.kind is SourceKind.PLAN and isinstance(document, Mapping) and collection.records:
            collection = _with_source(collection, document, path.parent, inputs.source, shown)
        yield _versioned(collection, inputs.versions)


def _versioned(collection: Collection, versions: Mapping[str, int]) -> Collection:
    """The records with the provider versions that the caller names, where what was read leaves them open."""
    if not versions:
        return collection
    return msgspec.structs.replace(collection, records=[_of_version(record, versions) for record in collection.records])


def _of_version(record: Record, versions: Mapping[str, int]) -> Record:
    major = versions.get(record.type.partition("_")[0])
    oldest, newest = record.majors or (0, sys.maxsize)
    if major is None or not oldest <= major <= newest:
        return record
    return msgspec.structs.replace(record, majors=(major, major))


def _configurations(
    path: Path,
    boundary: Path,
    shown: Callable[[Path], str],
    unit_of: Callable[[Path], str],
    inputs: Inputs,
    wanted: Callable[[str], bool],
    kept: Container[str],
    *,
    folder: bool,
) -> Iterator[Collection]:
    from cloudaudit.sources.terraform import hcl

    library = hcl.Library(boundary, shown)
    if not folder:
        for unit, root, given in _variants([path.parent], unit_of, shown, inputs):
            yield hcl.read_root(root, boundary=boundary, unit=unit, shown=shown, inputs=given, wanted=wanted, library=library)
        return
    found = hcl.survey(path, library)
    roots = hcl.roots_of(found, library, lambda place: shown(place) in kept)
    last: Collection | None = None
    for unit, root, given in _variants(roots, unit_of, shown, inputs):
        if last is not None:
            yield last
        last = hcl.read_root(root, boundary=boundary, unit=unit, shown=shown, inputs=given, wanted=wanted, library=library)
        aside = tuple(file.relative_to(root).as_posix() for file in hcl.set_aside(root, library, inputs))
        last = msgspec.structs.replace(last, aside=aside)
    lines, gaps = hcl.ledger(found, roots, library, unit_of)
    if last is not None:
        yield msgspec.structs.replace(last, ledger=lines)
    if gaps:  # they are of no root's reading, and make none of its facts unknown
        yield Collection("", SourceKind.HCL, (), gaps, ledger=() if roots else lines)
    if not roots:
        file, unit = shown(path), unit_of(path)
        gap = Gap(Why.FAILED, f"no Terraform configuration below {file}", Origin(file=file), "name a folder that holds .tf files", unit)
        yield Collection(unit, SourceKind.HCL, (), (gap,))


def _variants(
    roots: Iterable[Path], unit_of: Callable[[Path], str], shown: Callable[[Path], str], inputs: Inputs
) -> Iterator[tuple[str, Path, Inputs]]:
    """Each root once, or once for every file of values that stands for an environment: a unit of its own.

    Its name has what no path has: no folder can be called like it, and pass for what was known there.
    """
    from cloudaudit.sources.terraform import hcl

    for root in roots:
        unit, files = unit_of(root), hcl.matching(root, inputs.variants)
        for path in files:
            inner = path.relative_to(root).as_posix() if path.is_relative_to(root) else shown(path)
            yield f"{unit}//{inner}", root, msgspec.structs.replace(inputs, arguments=(path, *inputs.arguments))
        if not files:
            yield unit, root, inputs


def _with_source(
    plan: Collection, document: Mapping[str, Any], beside: Path, source: Path | None, shown: Callable[[Path], str]
) -> Collection:
    """The plan with its links proven by the folder that is given, or by its own if that is what it was made of."""
    folder = source if source is not None else beside if _holds_terraform(beside) else None
    if folder is None:
        return plan
    from cloudaudit.sources.terraform.configured import proven

    result = proven(plan, document, folder, _boundary(folder), shown)
    if not isinstance(result, str):
        return result
    if source is None:
        return plan  # another folder that plans lie in, say: the plan stands alone
    what = f"{shown(folder)} is not what the plan was made of: {result}"
    gap = Gap(Why.FAILED, what, Origin(file=shown(folder)), "name the folder that the plan was made of, as it was then", plan.unit)
    return msgspec.structs.replace(plan, gaps=(*plan.gaps, gap))


def _holds_terraform(folder: Path) -> bool:
    try:
        return any(path.name.endswith((".tf", ".tf.json")) for path in folder.iterdir())
    except OSError:
        return False


def _boundary(folder: Path) -> Path:
    """The folder that nothing is read outside of: the checkout around it, so that `../modules` is found, else the folder itself."""
    return repository(folder.resolve()) or folder


def _document(
    document: Mapping[str, Any] | Gap, file: str, unit: str, wanted: Callable[[str], bool], kind: SourceKind | None
) -> Collection:
    guess = kind or (SourceKind.STATE if "tfstate" in file else SourceKind.PLAN)
    if isinstance(document, Gap):
        return Collection(unit, guess, (), (document,))
    found = _format(document)
    if found is None:
        what = f"{file} is not a Terraform plan, state or configuration"
        gap = Gap(Why.FAILED, what, Origin(file=file), "make the JSON with: terraform show -json FILE > plan.json", unit)
        return Collection(unit, guess, (), (gap,))
    collection = found(document, file=file, unit=unit, wanted=wanted)
    if kind is None or collection.kind is kind:
        return collection
    gap = Gap(Why.FAILED, f"{file} is a {collection.kind}, not a {kind}", Origin(file=file), f"name the {kind} file", unit)
    return Collection(unit, kind, (), (gap,))


def _marked(collection: Collection, path: Path) -> Collection:
    """The gaps of a document of which nothing was read stand for its content."""
    if collection.records or not collection.gaps:
        return collection
    content = digest(path)
    gaps = tuple(msgspec.structs.replace(gap, content=content) for gap in collection.gaps)
    return msgspec.structs.replace(collection, gaps=gaps)


def _format(document: Mapping[str, Any]) -> Callable[..., Collection] | None:
    keys = document.keys()
    if keys & _PLAN_KEYS:
        return read_plan
    if "encrypted_data" in keys or ("version" in keys and keys & _STATE_KEYS):
        return read_state
    if "format_version" in keys and (isinstance(document.get("values"), dict) or keys <= _SHOW_KEYS):
        return read_show
    return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
