"""Folders of Terraform files: found, read within bounds, parsed once, and merged with their override files."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

import msgspec

from cloudaudit.opener import UnreadableError, content, inside, is_regular, named
from cloudaudit.sources.terraform.document import digest
from cloudaudit.sources.terraform.git import FETCHED, RevisionError, is_repository, tracked
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Bounds
from cloudaudit.sources.terraform.hcl.definitions import Definition, declare, file_gap, placed
from cloudaudit.sources.terraform.hcl.ignored_files import IgnoredFiles
from cloudaudit.sources.terraform.hcl.jsonsyntax import parse_json_file
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.syntax import parse_file, parse_template
from cloudaudit.sources.terraform.written import LENT, NOT_HERE

_CACHED_BYTES = 16_000_000
_CACHED_TEMPLATES = 2_000_000
_TOFU_JSON = ".tofu.json"
_TOFU = (".tofu", _TOFU_JSON)
_NOT_TERRAFORMS = "is not read: OpenTofu alone takes such files, in place of `.tf` files of the same name"
FETCHED_INTO = ".terraform"
_MODULES = {(FETCHED_INTO, "modules")}
_PLACES = 20_000
_BRACKETS = 500_000  # the parser takes some 350 bytes of memory for each

K = TypeVar("K")
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """What was made lately, up to a total size."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def get(self, key: K, make: Callable[[], tuple[V, int]]) -> V:
        """The value of a key; `make` gives it with its size, if it is not there."""
        known = self._items.get(key)
        if known is not None:
            self._items.move_to_end(key)
            return known[0]
        value, size = make()
        self._items[key] = (value, size)
        self._size += size
        while self._size > self.limit and len(self._items) > 1:
            _, (_, dropped) = self._items.popitem(last=False)
            self._size -= dropped
        return value


class Library:
    """The folders that were read, kept so that a module that many roots call is parsed once.

    `boundary` is the folder that no path may leave; `shown` gives the name of a file for the user.
    """

    def __init__(self, boundary: Path, shown: Callable[[Path], str], bounds: Bounds | None = None) -> None:
        self.boundary = boundary.resolve()
        self.shown = shown
        self.bounds = bounds or Bounds()
        self._definitions: Shelf[Path, Definition] = Shelf(_CACHED_BYTES)
        self._templates: Shelf[str, nodes.Node] = Shelf(_CACHED_TEMPLATES)
        self._contents: Shelf[Path, bytes] = Shelf(_CACHED_TEMPLATES)
        self._places: dict[str, Path | None] = {}
        self._committed: dict[Path, set[PurePosixPath] | None] = {}
        self._tracked: dict[Path, frozenset[str] | None] = {}  # the files of a repository, as paths
        self._regular: dict[Path, bool] = {}
        self._repositories: dict[Path, Path | None] = {}  # around a folder
        self.ignored = IgnoredFiles(self.boundary)
        self.instantiated: set[Path] = set()  # the folders of which an instance was evaluated
        self.called: dict[tuple[Path, str], Path] = {}  # the folder of each module call, by its root and its path of names

    def inside(self, path: Path) -> Path | None:
        """The path with links resolved, if that lies inside the boundary, and is not git's own."""
        name = str(path)
        if name not in self._places:
            if len(self._places) > _PLACES:
                self._places.clear()
            self._places[name] = self._resolved(path)
        return self._places[name]

    def _resolved(self, path: Path) -> Path | None:
        try:
            return inside(path, self.boundary)
        except (UnreadableError, OSError, RuntimeError, ValueError):
            return None

    def is_regular(self, path: Path) -> bool:
        """Whether a path is a regular file inside the boundary."""
        if path not in self._regular:
            self._regular[path] = is_regular(path, within=self.boundary)
        return self._regular[path]

    def is_committed(self, path: Path) -> bool:
        """Whether git tracks something in the `.terraform` that a path lies in: what it holds is then the word of the audited side.

        It may be tracked by the repository around another one, and be a link or a submodule itself. Where git cannot tell, nothing
        there is believed.
        """
        place = next((around for around in (path, *path.parents) if around.name == FETCHED_INTO), None)
        if place is None or not place.is_relative_to(self.boundary):
            return False
        around = [folder for folder in place.parents if folder.is_relative_to(self.boundary) and is_repository(folder)]
        if not around:
            return self._lent is not None and place.parent.relative_to(self.boundary).as_posix() not in self._lent
        return any(self._tracks(folder, PurePosixPath(place.relative_to(folder))) for folder in around)

    def is_applied(self, path: Path) -> bool:
        """Whether a file that is found here is one that whoever applies this finds too: git tracks it, or `terraform init` fetched it.

        Any other was made here: by a build, by an earlier job, by this very audit. Without a repository nothing tells them apart.
        """
        around = self._around(path.parent)
        if around is None:
            return path.name not in {LENT, NOT_HERE}  # notes of our own in what is written of a revision
        if FETCHED_INTO in path.parts:
            place = PurePosixPath(path.relative_to(around))
            if {*zip(place.parts, place.parts[1:], strict=False)} >= _MODULES:
                return not self.is_committed(path)
        if around not in self._tracked:
            try:
                self._tracked[around] = frozenset(str(around / entry.path) for entry in tracked(around))
            except RevisionError:
                self._tracked[around] = None
        known = self._tracked[around]
        return known is not None and str(path) in known

    def _around(self, folder: Path) -> Path | None:
        """The repository around a folder, if it lies inside the boundary."""
        if folder not in self._repositories:
            places = (place for place in (folder, *folder.parents) if place.is_relative_to(self.boundary))
            self._repositories[folder] = next(filter(is_repository, places), None)
        return self._repositories[folder]

    @cached_property
    def _lent(self) -> set[str] | None:
        """Of a revision that is written out, the folders whose `.terraform` is lent. None: it is none. Such a file only takes away."""
        if not (self.boundary / LENT).exists():
            return None
        try:
            return {os.fsdecode(name) for name in self.content(self.boundary / LENT).split(b"\0")}
        except FileError:
            return set()

    def _tracks(self, repository: Path, place: PurePosixPath) -> bool:
        if repository not in self._committed:
            try:
                names = [entry.path for entry in tracked(repository, *FETCHED)]
                self._committed[repository] = {part for name in names for part in (name, *name.parents)}
            except RevisionError:
                self._committed[repository] = None
        known = self._committed[repository]
        return known is None or place in known

    def definition(self, folder: Path) -> Definition:
        """What the folder declares; files that could not be read or parsed are its gaps."""
        return self._definitions.get(folder, lambda: _read_folder(folder, self))

    def template(self, text: str) -> nodes.Node:
        """A template, parsed. Raises FileError."""
        return self._templates.get(text, lambda: (parse_template(text, self.bounds.nesting), len(text)))

    def content(self, path: Path) -> bytes:
        """The bytes of a file that functions read. Raises FileError."""

        def read() -> tuple[bytes, int]:
            try:
                data = content(path, self.bounds.text, within=self.boundary)
            except UnreadableError as error:
                raise FileError(error.reason) from None
            return data, len(data)

        return self._contents.get(path, read)

    def text(self, path: Path, limit: int, *, by_caller: bool = False) -> str:
        """The text of a file, inside the boundary unless the caller names it. Raises FileError."""
        try:
            own = not by_caller or path.is_relative_to(self.boundary)
            return (content(path, limit, within=self.boundary) if own else named(path, limit)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FileError("is not UTF-8 text") from None
        except UnreadableError as error:
            raise FileError(error.reason) from None

    def body(self, path: Path) -> tuple[nodes.Body, int]:
        """The body of a Terraform file, and its size. Raises FileError."""
        name = self.shown(path)
        if path.name.endswith(_TOFU_JSON):
            raise FileError(_NOT_TERRAFORMS)
        if path.suffix == ".json":
            text = self.text(path, self.bounds.json_bytes)
            return parse_json_file(text, name, self.bounds.nesting), len(text)
        text = self.text(path, self.bounds.hcl_bytes)
        if len(text) > self.bounds.line_bytes:
            longest = max(len(line) for line in text.splitlines())
            if longest > self.bounds.line_bytes:
                raise FileError(f"has a line of {longest:,} characters, the limit is {self.bounds.line_bytes:,}")
        if len(text) > _BRACKETS and sum(text.count(mark) for mark in '[({"') > _BRACKETS:
            raise FileError(f"has more than {_BRACKETS:,} brackets and quotes")
        source = text.encode()
        body = parse_file(source, name, self.bounds.nesting)
        if not is_tofu(path.name):
            return body, len(source)
        if body.attributes or any(block.type != "terraform" for block in body.blocks):
            raise FileError(_NOT_TERRAFORMS)
        return nodes.Body({}, ()), 0


def terraform_files(folder: Path) -> list[Path]:
    """The `.tf`, `.tf.json` and OpenTofu's own files of a folder, in order, override files last. Raises OSError."""
    return sorted_files([path for path in folder.iterdir() if is_terraform(path.name)])


def sorted_files(paths: list[Path]) -> list[Path]:
    """Files of a folder in the order in which Terraform takes them, override files last."""
    return sorted(paths, key=lambda path: (is_override(path.name), path.name))


def is_terraform(name: str) -> bool:
    return name.endswith((".tf", ".tf.json", *_TOFU)) and not name.startswith(".") and not name.endswith("~")


def is_tofu(name: str) -> bool:
    return name.endswith(_TOFU)


def is_override(name: str) -> bool:
    stem = name.removesuffix(".json").removesuffix(".tf")
    return stem == "override" or stem.endswith("_override")


def _read_folder(folder: Path, library: Library) -> tuple[Definition, int]:
    definition = Definition(folder, {}, {}, {}, {}, {}, {}, {}, [], [], [], [], [], [])
    size = 0
    try:
        paths = terraform_files(folder)
    except OSError as error:
        definition.gaps.append(file_gap(library.shown(folder), FileError(f"could not be listed: {error.strerror}")))
        return definition, size
    for path in paths:
        try:
            body, length = library.body(path)
        except FileError as error:
            gap = file_gap(library.shown(path), error)
            definition.gaps.append(msgspec.structs.replace(gap, content=digest(path, library.boundary)))
            continue
        size += length
        override = is_override(path.name)
        for name, attribute in body.attributes.items():
            definition.gaps.append(file_gap(attribute.file, FileError(f'sets "{name[:40]}" outside of any block', attribute.line)))
        for block in body.blocks:
            declare(definition, block, override=override)
        definition.comments.extend(placed(body, definition))
    return definition, size
