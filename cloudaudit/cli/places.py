"""Where what is audited lies, and what it is called: the same wherever its repository is checked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from cloudaudit import opener


class Tree(NamedTuple):
    """A repository, or the folder that stands for one, and where its files are read: those of a revision are written out elsewhere."""

    base: Path
    at: Path

    def place(self, path: Path) -> Path:
        """Where a file that is read belongs, by its own name: a link is not named by what it leads to."""
        resolved = path.parent.resolve() / path.name if path.name not in {"", ".."} else path.resolve()
        return self.base / resolved.relative_to(self.at) if resolved.is_relative_to(self.at) else resolved


def repository(path: Path) -> Path:
    """The git repository that a path belongs to; without one, the working directory or the path's own folder."""
    resolved = path.resolve()
    folder = resolved if resolved.is_dir() else resolved.parent
    return opener.repository(folder) or (Path.cwd() if resolved.is_relative_to(Path.cwd()) else folder)


def by_repository(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Paths by the repository that they belong to."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        found.setdefault(repository(path), []).append(path)
    return found


def then(path: Path, trees: Sequence[Tree]) -> Path | None:
    """Where a path is read that the caller names: in its tree, as it is if it belongs to none. None: its tree does not have it."""
    resolved = path.resolve()
    around = [tree for tree in trees if resolved.is_relative_to(tree.base)]
    if not around:
        return path
    tree = max(around, key=lambda tree: len(tree.base.parts))
    place = tree.at / resolved.relative_to(tree.base)
    return place if place.exists() else None


def all_then(paths: Iterable[Path], trees: Sequence[Tree]) -> Iterator[Path]:
    """Where those of some paths are read that are there."""
    return (place for path in paths if (place := then(path, trees)) is not None)


class Units(NamedTuple):
    """The names of units: their places in their repositories, behind the name of that where two inputs would share a name.

    They depend on the inputs alone, not on what these hold: a folder that is added gives no other unit a new name.
    """

    prefixes: Mapping[Path, str]

    def name(self, base: Path, place: Path) -> str:
        """What a path of a repository is called."""
        inner = place.relative_to(base) if place.is_relative_to(base) else place
        return (Path(self.prefixes.get(base, "")) / inner).as_posix()


def units(paths: Iterable[Path]) -> Units:
    """The names for a run over some paths."""
    inputs = [(base, path.resolve()) for base, inside in by_repository(paths).items() for path in inside]
    if not any(_share(one, other) for one, other in combinations(inputs, 2)):
        return Units({})
    bases = list(dict.fromkeys(base for base, _ in inputs))
    depth = 1
    while len({base.parts[-depth:] for base in bases}) < len(bases):
        depth += 1
    return Units({base: Path(*base.parts[-depth:]).as_posix() for base in bases})


def _share(one: tuple[Path, Path], other: tuple[Path, Path]) -> bool:
    """Whether two inputs of different repositories could both hold a unit of one name. A folder holds units at any depth."""
    (base, path), (its_base, its_path) = one, other
    if base == its_base:
        return False
    inner, its_inner = path.relative_to(base), its_path.relative_to(its_base)
    deeper, folder = (its_path, path) if inner in (its_inner, *its_inner.parents) else (path, its_path)
    nested = inner in its_inner.parents or its_inner in inner.parents
    return inner == its_inner or (nested and folder.is_dir() and deeper.is_dir())
