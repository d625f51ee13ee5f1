"""What the gate judges: the paths of a run, read as they are or as they stood before a change."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cloudaudit.cli.options import progress
from cloudaudit.cli.places import Tree, Units, all_then, by_repository, repository, then, units
from cloudaudit.model import Collection, Comment, Gap, Origin, Role, SourceKind, Why

if TYPE_CHECKING:
    from cloudaudit.cli.assess import Audited
    from cloudaudit.cli.earlier import Base
    from cloudaudit.cli.waivers import Waived, Waivers
    from cloudaudit.policy import Check, Policy
    from cloudaudit.policy.waiver import Waiver
    from cloudaudit.sources.terraform.inputs import Inputs, Variant


class Declared:
    """The variables that audited roots declare: a value for any other is a slip, and the default is judged in its place."""

    def __init__(self, inputs: Inputs) -> None:
        self._given = [one[0] for one in inputs.arguments if isinstance(one, tuple)]
        self._passed: dict[str, Origin] = {}
        self._names: set[str] = set()

    def add(self, collection: Collection) -> None:
        """Note what a root declares and what files of the caller set."""
        self._names |= collection.variables
        self._passed.update(collection.passed)

    def unknown(self) -> Iterator[Collection]:
        """The gaps of files. Raises click.UsageError for an argument, as Terraform refuses it."""
        for name in self._given:
            if name not in self._names:
                raise click.UsageError(f"--var {name}: no audited root declares this variable{self._hint(name)}")
        gaps = tuple(
            Gap(Why.UNRESOLVED, f"{origin} sets {name}, which no audited root declares", origin, f"remove it{self._hint(name)}")
            for name, origin in self._passed.items()
            if name not in self._names
        )
        if gaps:
            yield Collection("", SourceKind.HCL, (), gaps)

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._names, 1)
        return f": did you mean {close[0]}?" if close else ""


class Judged(msgspec.Struct, frozen=True):
    """Paths, what is passed to them, and by what they are judged."""

    paths: Sequence[Path]
    inputs: Inputs
    kind: SourceKind | None
    checks: Sequence[Check]
    policy: Policy

    def collections(self, kept: Container[str] = frozenset()) -> Iterator[Collection]:
        """What each path holds now: one collection per Terraform root, plan or state. The `kept` folders stay roots."""
        names = units(self.paths)
        declared = Declared(self.inputs)
        broad_first = sorted(self.paths, key=lambda path: len(path.resolve().parts))  # what lies around a root may be needed for it
        trees = [(path, repository(path)) for path in broad_first]
        found = (_collected(path, self.inputs, self.kind, Tree(base, base), names, kept=kept) for path, base in trees)
        for collection in _once(chain.from_iterable(found)):
            declared.add(collection)
            yield collection
        yield from declared.unknown()

    def at_base(self, began: Base, named: Waivers) -> tuple[Audited, Sequence[Waiver], Waived]:
        """The same audit of what stood in the base, its waivers, and the findings with these applied.

        The earlier files are read, named and waived as the present ones are: what says the same then and now is the same.
        """
        from cloudaudit.cli.assess import audited
        from cloudaudit.cli.waivers import read_all, waived

        found = audited(self._then(began.trees), self.checks, self.policy)
        heeded = self._heeded(began.trees, named)
        standing = self._standing(read_all(heeded, found.comments), began, named)
        heeded = msgspec.structs.replace(heeded, base=standing)
        applied = waived(list(found.findings), found.inventories, found.comments, heeded, self.checks, self.policy)
        return found, standing, applied

    def _standing(self, waivers: Sequence[Waiver], began: Base, named: Waivers) -> Sequence[Waiver]:
        """The waivers of the base that the revision has where it stands now: one that was revoked since does not come back."""
        from cloudaudit.cli.waivers import read_all

        ours = [waiver for waiver in waivers if waiver.in_repository]
        if not ours or began.tips() is began.trees:
            return waivers
        files = (waiver.block.file for waiver in ours if waiver.block is not None and waiver.block.file is not None)
        tips = began.tips()
        comments = [comment for folder in {Path(file).parent for file in files} for comment in _comments_of(folder, tips)]
        now = {waiver.identity for waiver in read_all(self._heeded(tips, named), comments)}
        return [waiver for waiver in waivers if not waiver.in_repository or waiver.identity in now]

    def _then(self, trees: Sequence[Tree]) -> Iterator[Collection]:
        names, inside = units(self.paths), by_repository(self.paths)
        placed = ([one] if isinstance(one, tuple) else all_then([one], trees) for one in self.inputs.arguments)
        known = msgspec.structs.replace(self.inputs, arguments=tuple(chain.from_iterable(placed)))
        for tree in trees:
            variants = [_variant_then(one, tree) for one in self.inputs.variants]
            for path in all_then(inside[tree.base], [tree]):
                yield from _collected(path, msgspec.structs.replace(known, variants=variants), self.kind, tree, names, tree.at)

    def _heeded(self, trees: Sequence[Tree], named: Waivers) -> Waivers:
        from cloudaudit.cli.waivers import with_repositories

        files = []
        for path, source in named.files:
            place = then(path, trees)
            if place is not None:
                tree = next((tree for tree in trees if place.is_relative_to(tree.at)), None)
                own = source if tree is None else msgspec.structs.replace(source, boundary=tree.at.as_posix())
                files.append((place, own))
        heeded = msgspec.structs.replace(named, files=tuple(files))
        inside = by_repository(self.paths)
        for tree in trees:
            found = [(path, tree.at) for path in all_then(inside[tree.base], [tree])]
            heeded = with_repositories(heeded, found, partial(_shown_of, tree), tree.base)
        return heeded


def _comments_of(folder: Path, trees: Sequence[Tree]) -> Iterator[Comment]:
    """What the files of a folder say to cloudaudit in some trees."""
    from cloudaudit.sources.terraform.hcl import Library

    place = then(folder, trees)
    tree = next((tree for tree in trees if place is not None and place.is_relative_to(tree.at)), None)
    if tree is not None and place is not None:
        yield from Library(tree.at, partial(_shown_of, tree)).definition(place.resolve()).comments


def _once(collections: Iterable[Collection]) -> Iterator[Collection]:
    """Each root once, though several paths lead to it; each folder and gap beside them is told once too."""
    units: set[str] = set()
    told: set[tuple[str, Role] | Gap] = set()
    for collection in collections:
        if collection.kind is not SourceKind.HCL:
            yield collection
            continue
        lines = [line for line in collection.ledger if (line.place, line.role) not in told]
        if collection.unit in units:
            yield Collection("", SourceKind.HCL, (), ledger=lines)
        elif collection.unit:
            yield msgspec.structs.replace(collection, ledger=lines)
            units.add(collection.unit)
        else:
            yield msgspec.structs.replace(collection, ledger=lines, gaps=[gap for gap in collection.gaps if gap not in told])
            told.update(collection.gaps)
        told.update((line.place, line.role) for line in lines)


def _variant_then(variant: Variant, tree: Tree) -> Variant:
    inside = variant.top.is_relative_to(tree.base)
    return msgspec.structs.replace(variant, top=tree.at / variant.top.relative_to(tree.base)) if inside else variant


def _collected(
    path: Path,
    inputs: Inputs,
    kind: SourceKind | None,
    tree: Tree,
    names: Units,
    boundary: Path | None = None,
    kept: Container[str] = frozenset(),
) -> Iterator[Collection]:
    from cloudaudit import plugins
    from cloudaudit.sources.terraform.paths import collect

    progress(f"reading {path}")
    yield from collect(
        path,
        shown=partial(_shown_of, tree),
        unit_of=lambda root: names.name(tree.base, tree.place(root)),
        inputs=inputs,
        wanted=plugins.wanted,
        kind=kind,
        boundary=boundary,
        kept=kept,
    )


def _shown_of(tree: Tree, path: Path) -> str:
    place = tree.place(path)  # of a tree that is read where it lies, it has no links left to follow
    return _from_here(place) if tree.at == tree.base else shown(place)


def shown(path: Path) -> str:
    """A file as a reader of the report would open it: by its own name, from the working directory where possible."""
    return _from_here(path.parent.resolve() / path.name if path.name not in {"", ".."} else path.resolve())


def _from_here(place: Path) -> str:
    here = Path.cwd()
    return place.relative_to(here).as_posix() if place.is_relative_to(here) else place.as_posix()
