"""What the files of a folder declare together: blocks by their names, merged with those of override files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Comment, Gap, Origin, Why
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.lifecycle import unknown_arguments
from cloudaudit.sources.terraform.hcl.nodes import FileError, nested_type

_DECLARES = frozenset({"resource", "data", "module"})
_WITH_BLOCKS = frozenset({"resource", "data"})  # nested blocks whose types a provider makes up
_RUNS = frozenset({"action", "ephemeral"})
_NO_CONCERN = frozenset({"action", "check", "ephemeral", "list", "output", "provider", "variable"})
"""Blocks that declare nothing that is audited, or are refused by Terraform with other labels. Source: Terraform language, files."""


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
    runs: list[nodes.Block] = []  # `action`, `ephemeral`, the data source of a `check`: no resource, but they can do something
    settings: list[nodes.Block] = []  # `terraform { … }`
    gaps: list[Gap] = []
    comments: list[Comment] = []


def placed(body: nodes.Body, definition: Definition) -> Iterator[Comment]:
    """The comments of a file. Those in an override file are about the block that it changes."""
    blocks = {block.line: block.labels for block in body.blocks} if body.comments else {}
    for comment in body.comments:
        labels = blocks.get(comment.block.line, ()) if comment.block else ()
        kept = definition.resources.get((labels[0], labels[1])) if len(labels) == 2 else None
        yield msgspec.structs.replace(comment, block=Origin(kept.file, kept.line) if kept else None, subject=".".join(labels))


def file_gap(name: str, error: FileError, block: nodes.Block | None = None) -> Gap:
    """The gap of a file that could not be taken in, or of a block of it: it may hide any resource."""
    content = digest_of(said(block)) if block else ""
    return Gap(Why.FAILED, f"{name} {error.reason}", Origin(name, error.line), remedy=_MEND, content=content)


_MEND = "terraform validate says more; what Terraform accepts all the same can be audited as a plan (terraform show -json)"


def said(block: nodes.Block) -> str:
    """What a block says, wherever it stands."""
    attributes = {name: attribute.expression for name, attribute in sorted(block.body.attributes.items())}
    return repr((block.type, block.labels, attributes, [said(inner) for inner in block.body.blocks]))


def declare(definition: Definition, block: nodes.Block, *, override: bool) -> None:
    """Take a block of a file in; what it changes, if that is an override file."""
    labels = block.labels
    if block.type == "locals":
        for name, attribute in block.body.attributes.items():
            former = definition.locals.setdefault(name, attribute)
            if override:
                definition.locals[name] = attribute
            elif former is not attribute:
                what = f"local.{name} is declared twice, first in {former.file}"
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
        definition.gaps.extend(_refused(block, definition.runs))
    if block.type in _DECLARES:
        definition.gaps.extend(_misplaced(block))


def _refused(block: nodes.Block, runs: list[nodes.Block]) -> Iterator[Gap]:
    """The gap of a block that declares nothing that Terraform takes, unless it is of a type that is no concern of an audit."""
    if block.type in _RUNS and len(block.labels) == 2:
        runs.append(block)
    if block.type == "check":  # it may have a data source of its own
        runs.extend(inner for inner in block.body.blocks if inner.type == "data" and len(inner.labels) == 2)
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
        what = f"{block.type} {name} is declared twice, first in {former.file}"
        types = (block.labels[0],) if block.type == "resource" else ()
        definition.gaps.append(Gap(Why.FAILED, what, Origin(block.file, block.line), types=types, content=digest_of(said(block))))


def merged(block: nodes.Block, override: nodes.Block) -> nodes.Block:
    """The block as an override file changes it: its arguments win, its nested blocks replace those of the same type.

    What is a nested block in one file may look like an argument in another: JSON spells both alike. Where it says that there is none,
    an argument is taken away and nested blocks stay.
    """
    given, made = dict(override.body.attributes), {nested_type(inner) for inner in override.body.blocks}
    for name, attribute in given.items() if block.type in _WITH_BLOCKS else ():
        if _says_none(attribute) and _may_be_blocks(block.body, name):
            reason = f"whether {name} is an argument, which an override file takes away, or nested blocks, which stay"
            given[name] = nodes.Attribute(nodes.Refused(reason), attribute.line, attribute.file)
    kept = tuple(inner for inner in block.body.blocks if nested_type(inner) not in (made - {"lifecycle"}) | given.keys())
    arguments = {name: attribute for name, attribute in block.body.attributes.items() if name not in made}
    body = nodes.Body({**arguments, **given}, kept + override.body.blocks)
    return nodes.Block(block.type, block.labels, body, block.line, block.file)


def _says_none(attribute: nodes.Attribute) -> bool:
    """Whether JSON gives no nested block, or an argument that is empty."""
    return attribute.file.endswith(".json") and attribute.expression in (nodes.Literal(None), nodes.Tuple(()))


def _may_be_blocks(body: nodes.Body, name: str) -> bool:
    """Whether what a body sets by a name is, or may be, nested blocks: in JSON, objects are."""
    if any(nested_type(inner) == name for inner in body.blocks):
        return True
    former = body.attributes.get(name)
    if former is None or not former.file.endswith(".json"):
        return False
    items = former.expression.items if isinstance(former.expression, nodes.Tuple) else (former.expression,)
    return bool(items) and all(isinstance(item, nodes.Object) for item in items)
