"""Folders of Terraform files: found, read within bounds, parsed once, and merged with their override files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

import msgspec

from cloudaudit.model import Comment, Gap, Origin, Why
from cloudaudit.opener import UnreadableError, content, inside, named
from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.git import FETCHED, RevisionError, is_repository, tracked
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Bounds
from cloudaudit.sources.terraform.hcl.jsonsyntax import parse_json_file
from cloudaudit.sources.terraform.hcl.lifecycle import unknown_arguments
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.syntax import parse_file, parse_template
from cloudaudit.sources.terraform.written import LENT

_CACHED_BYTES = 16_000_000
_CACHED_TEMPLATES = 2_000_000
_TOFU_JSON = ".tofu.json"
_TOFU = (".tofu", _TOFU_JSON)
_NOT_TERRAFORMS = "is not read: OpenTofu alone takes such files, in place of `.tf` files of the same name"
_DECLARES = frozenset({"resource", "data", "module"})
_NO_CONCERN = frozenset({"action", "check", "ephemeral", "list", "output", "provider", "variable"})
"""Blocks that declare nothing that is audited, or are refused by Terraform with other labels. Source: Terraform language, files."""

FETCHED_INTO = ".terraform"
_PLACES = 20_000
_BRACKETS = 500_000  # the parser takes some 350 bytes of memory for each

K = TypeVar("K")
V = TypeVar("V")


class Definition(msgspec.Struct, frozen=True):
    """What the files of one folder declare together: the definition of a module."""

    folder: Path
    variables: dict[str, nodes.Block] = {}
    locals: dict[str, nodes.Attribute] = {}
    outputs: dict[str, nodes.Block] = {}
    resources: dict[tuple[str, str], nodes.Block] = {}
    data: dict[tuple[str, str], nodes.Block] = {}
    modules: dict[str, nodes.Block] = {}
    providers: dict[tuple[str, str], nodes.Block] = {}
    moved: list[nodes.Block] = []
    imports: list[nodes.Block] = []
    removed: list[nodes.Block] = []
    settings: list[nodes.Block] = []  # `terraform { … }`
    gaps: list[Gap] = []
    comments: list[Comment] = []


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
        self.instantiated: set[Path] = set()  # the folders of which an instance was evaluated

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

    @cached_property
    def _lent(self) -> set[str] | None:
        """Of a revision that is written out, the folders whose `.terraform` is lent. None: it is none. Such a file only takes away."""
        if not (self.boundary / LENT).exists():
            return None
        try:
            return set(self.text(self.boundary / LENT, self.bounds.hcl_bytes).splitlines())
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
            _declare(definition, block, override=override)
        definition.comments.extend(_placed(body, definition))
    return definition, size


def _placed(body: nodes.Body, definition: Definition) -> Iterator[Comment]:
    """The comments of a file. Those in an override file are about the block that it changes."""
    blocks = {block.line: block.labels for block in body.blocks} if body.comments else {}
    for comment in body.comments:
        labels = blocks.get(comment.block.line, ()) if comment.block else ()
        kept = definition.resources.get((labels[0], labels[1])) if len(labels) == 2 else None
        yield msgspec.structs.replace(comment, block=Origin(kept.file, kept.line) if kept else None, subject=".".join(labels))


def file_gap(name: str, error: FileError, block: nodes.Block | None = None) -> Gap:
    """The gap of a file that could not be taken in, or of a block of it: it may hide any resource."""
    return Gap(Why.FAILED, f"{name} {error.reason}", Origin(name, error.line), content=digest_of(_said(block)) if block else "")


def _said(block: nodes.Block) -> str:
    """What a block says, wherever it stands."""
    attributes = {name: attribute.expression for name, attribute in sorted(block.body.attributes.items())}
    return repr((block.type, block.labels, attributes, [_said(inner) for inner in block.body.blocks]))


def _declare(definition: Definition, block: nodes.Block, *, override: bool) -> None:
    labels = block.labels
    if block.type == "locals":
        for name, attribute in block.body.attributes.items():
            former = definition.locals.setdefault(name, attribute)
            if override:
                definition.locals[name] = attribute
            elif former is not attribute:
                what = f"local.{name} is declared twice, first at {Origin(former.file, former.line)}"
                held = digest_of(repr(attribute.expression))
                definition.gaps.append(Gap(Why.FAILED, what, Origin(attribute.file, attribute.line), content=held))
    elif block.type == "terraform":
        definition.settings.append(block)
    elif block.type == "moved":
        definition.moved.append(block)
    elif block.type in {"import", "removed"} and not labels:
        (definition.imports if block.type == "import" else definition.removed).append(block)
    elif block.type in {"resource", "data"} and len(labels) == 2:
        table = definition.resources if block.type == "resource" else definition.data
        _put(definition, table, (labels[0], labels[1]), block, override=override)
    elif block.type in {"variable", "output", "module"} and len(labels) == 1:
        tables = {"variable": definition.variables, "output": definition.outputs, "module": definition.modules}
        _put(definition, tables[block.type], labels[0], block, override=override)
    elif block.type == "provider" and len(labels) == 1:
        alias = block.body.attributes.get("alias")
        name = alias.expression.value if alias is not None and isinstance(alias.expression, nodes.Literal) else ""
        _put(definition, definition.providers, (labels[0], str(name)), block, override=override)
    else:
        definition.gaps.extend(_refused(block))
    if block.type in _DECLARES:
        definition.gaps.extend(_misplaced(block))


def _refused(block: nodes.Block) -> Iterator[Gap]:
    """The gap of a block that declares nothing that Terraform takes, unless it is of a type that is no concern of an audit."""
    if block.type in _DECLARES:
        yield file_gap(block.file, FileError(f'has a "{block.type}" block with {len(block.labels)} labels', block.line), block)
    elif block.type not in _NO_CONCERN:
        yield file_gap(block.file, FileError(f'has a block of type "{block.type[:40]}", which means nothing', block.line), block)


def _misplaced(block: nodes.Block) -> Iterator[Gap]:
    """What stands inside a block and is not taken for a part of it: a declaration one brace too deep, an unknown meta-argument."""
    types = (block.labels[0],) if block.type == "resource" and block.labels else ()
    for inner in block.body.blocks:
        if inner.type in _DECLARES and len(inner.labels) == (1 if inner.type == "module" else 2):
            yield file_gap(block.file, FileError(f'has a "{inner.type}" block inside another block', inner.line), inner)
    for name, line in unknown_arguments(block):
        gap = file_gap(block.file, FileError(f'has "{name[:40]}" in a lifecycle block, whose meaning is not known', line))
        yield msgspec.structs.replace(gap, types=types)


def _put(definition: Definition, table: dict[Any, nodes.Block], key: Any, block: nodes.Block, *, override: bool) -> None:
    former = table.get(key)
    if former is None:
        table[key] = block
    elif override:
        table[key] = merged(former, block)
    else:
        name = " ".join(f'"{label}"' for label in block.labels)
        what = f"{block.type} {name} is declared twice, first at {Origin(former.file, former.line)}"
        types = (block.labels[0],) if block.type == "resource" else ()
        definition.gaps.append(Gap(Why.FAILED, what, Origin(block.file, block.line), types=types, content=digest_of(_said(block))))


def merged(block: nodes.Block, override: nodes.Block) -> nodes.Block:
    """The block as an override file changes it: its arguments win, its nested blocks replace those of the same type."""
    replaced = {_nested_type(inner) for inner in override.body.blocks} - {"lifecycle"}
    kept = tuple(inner for inner in block.body.blocks if _nested_type(inner) not in replaced)
    attributes = {**block.body.attributes, **override.body.attributes}
    body = nodes.Body(attributes, kept + override.body.blocks)
    return nodes.Block(block.type, block.labels, body, block.line, block.file)


def _nested_type(block: nodes.Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
