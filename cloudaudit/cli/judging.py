"""What the gate judges: the paths of a run, read as they are or as they stood before a change."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cloudaudit.cli.options import progress
from cloudaudit.cli.places import Tree, Units, all_then, by_repository, repository, then, units

if TYPE_CHECKING:
    from cloudaudit.cli.assess import Audited
    from cloudaudit.cli.earlier import Base
    from cloudaudit.cli.waivers import Waived, Waivers
    from cloudaudit.model import Collection, SourceKind
    from cloudaudit.policy import Check, Policy
    from cloudaudit.policy.waiver import Waiver
    from cloudaudit.sources.terraform.hcl import Inputs


class Judged(msgspec.Struct, frozen=True):
    """Paths, what is passed to them, and by what they are judged."""

    paths: Sequence[Path]
    inputs: Inputs
    kind: SourceKind | None
    checks: Sequence[Check]
    policy: Policy

    def collections(self, kept: Container[str] = frozenset()) -> Iterator[Collection]:
        """What each path holds now: one collection per Terraform root, plan or state. The `kept` units stay roots."""
        names = units(self.paths)
        for path in self.paths:
            base = repository(path)
            yield from _collected(path, self.inputs, self.kind, Tree(base, base), names, kept=kept)

    def at_base(self, began: Base, named: Waivers) -> tuple[Audited, Sequence[Waiver], Waived]:
        """The same audit of what stood in the base, its waivers, and the findings with these applied.

        The earlier files are read, named and waived as the present ones are: what says the same then and now is the same.
        """
        from cloudaudit.cli.assess import audited
        from cloudaudit.cli.waivers import read_all, waived

        found = audited(self._then(began), self.checks, self.policy)
        heeded = msgspec.structs.replace(self._heeded(began, named), repositories_count=True)
        applied = waived(list(found.findings), found.inventories, found.comments, heeded, self.checks, self.policy)
        return found, read_all(heeded, found.comments), applied

    def _then(self, began: Base) -> Iterator[Collection]:
        names, inside = units(self.paths), by_repository(self.paths)
        placed = ([one] if isinstance(one, tuple) else all_then([one], began.trees) for one in self.inputs.arguments)
        known = msgspec.structs.replace(self.inputs, arguments=tuple(chain.from_iterable(placed)))
        for tree in began.trees:
            for path in all_then(inside[tree.base], [tree]):
                yield from _collected(path, known, self.kind, tree, names, tree.at)

    def _heeded(self, began: Base, named: Waivers) -> Waivers:
        from cloudaudit.cli.waivers import with_repositories

        files = []
        for path, source in named.files:
            place = then(path, began.trees)
            if place is not None:
                tree = next((tree for tree in began.trees if place.is_relative_to(tree.at)), None)
                own = source if tree is None else msgspec.structs.replace(source, boundary=tree.at.as_posix())
                files.append((place, own))
        heeded = msgspec.structs.replace(named, files=tuple(files))
        inside = by_repository(self.paths)
        for tree in began.trees:
            found = [(path, tree.at) for path in all_then(inside[tree.base], [tree])]
            heeded = with_repositories(heeded, found, partial(_shown_of, tree), tree.base)
        return heeded


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
    return shown(tree.place(path))


def shown(path: Path) -> str:
    """A file as a reader of the report would open it: by its own name, from the working directory where possible."""
    place = path.parent.resolve() / path.name if path.name not in {"", ".."} else path.resolve()
    return place.relative_to(Path.cwd()).as_posix() if place.is_relative_to(Path.cwd()) else place.as_posix()
