"""Where what is audited lies, and what it is called: the same wherever its repository is checked out."""

from __future__ import annotations

import os
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
    """The git repository that a path belongs to by its name; without one, the working directory or the path's own folder."""
    place = named(path)
    folder = place if place.is_dir() else place.parent
    return opener.repository(folder) or (Path.cwd() if place.is_relative_to(Path.cwd()) else folder)


def named(path: Path) -> Path:
    """Where a path lies that the caller names. Links on the way to a repository are followed, those inside it are not.

    A change may have put these there, and what the name stood for before is what counts.
    """
    whole = Path(os.path.normpath(_here() / path))
    for folder in reversed((whole, *whole.parents)):
        real = folder.resolve()
        if opener.repository(real) is not None:
            return real / whole.relative_to(folder)
    return whole.resolve()


def _here() -> Path:
    """The working directory by the name under which the caller went there, as `pwd` tells it."""
    told = os.environ.get("PWD", "")
    try:
        return Path(told) if Path(told).is_absolute() and Path(told).samefile(Path.cwd()) else Path.cwd()
    except OSError:
        return Path.cwd()


def inside(path: Path, bases: Iterable[Path]) -> tuple[Path, Path] | None:
    """The folder of some that a path lies in, by its name or by what that leads to, and where."""
    known = list(bases)
    for place in (named(path), path.resolve()):
        around = [base for base in known if place.is_relative_to(base)]
        if around:
            return max(around, key=lambda base: len(base.parts)), place
    return None


def by_repository(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Paths by the repository that they belong to."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        found.setdefault(repository(path), []).append(path)
    return found


def then(path: Path, trees: Sequence[Tree]) -> Path | None:
    """Where a path is read that the caller names: in its tree, as it is if it belongs to none. None: its tree does not have it."""
    at = {tree.base: tree.at for tree in trees}
    found = inside(path, at)
    if found is None:
        return path
    base, place = found
    written = at[base] / place.relative_to(base)
    return written if written.exists() else None


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
    inputs = [(base, named(path)) for base, those in by_repository(paths).items() for path in those]
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
