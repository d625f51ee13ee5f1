"""Schemas made of what configurations write: for providers, data sources and arguments of which no package tells."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.sources.terraform.hcl import Library, nodes
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.requirements import sources
from tools.fakeprov.schemas import ANY, is_block

_META = {"count", "for_each", "depends_on", "provider", "providers", "lifecycle", "provisioner", "connection"}
_LIST = re.compile(
    "(ids|names|identifiers|values|actions|resources|list|methods|headers|cidrs|blocks|subnets|groups|scopes|zones|addresses|args|command"
    "|ranges|items)$"
)
"""How the names of arguments end that are lists."""

_MAPS = {"tags", "labels", "match_labels", "environment_variables"}


class Written(msgspec.Struct):
    """The arguments and blocks that blocks of one kind have anywhere."""

    arguments: set[str] = msgspec.field(default_factory=set)
    blocks: defaultdict[str, Written] = msgspec.field(default_factory=lambda: defaultdict(Written))

    def add(self, body: nodes.Body) -> None:
        """Those of one more block; of a generated one, those that it makes."""
        self.arguments |= body.attributes.keys()
        for block in body.blocks:
            if block.type != "dynamic":
                self.blocks[block.type].add(block.body)
            for made in block.body.blocks if block.type == "dynamic" else ():
                self.blocks[nodes.nested_type(block)].add(made.body)


class Configurations(msgspec.Struct, frozen=True):
    """What all folders below one write, by type of resource and of data source; by local name, providers and their sources."""

    resources: defaultdict[str, Written]
    data: defaultdict[str, Written]
    providers: defaultdict[str, Written]
    sources: defaultdict[str, set[str]]

    def names(self) -> set[str]:
        """The local names of all providers."""
        return {provider_of(kind) for kind in (*self.resources, *self.data)} | self.providers.keys() | self.sources.keys()


def provider_of(kind: str) -> str:
    """The local name of a type's provider, unless the resource names another one."""
    return kind.partition("_")[0]


def written_below(top: Path) -> Configurations:
    """What the configurations below a folder write. A file that cannot be read says nothing."""
    library = Library(top, str)
    found = Configurations(defaultdict(Written), defaultdict(Written), defaultdict(Written), defaultdict(set))
    definitions = [library.definition(Path(folder)) for folder, _, files in os.walk(top) if any(name.endswith(".tf") for name in files)]
    for definition in definitions:
        for kinds, blocks in ((found.resources, definition.resources), (found.data, definition.data)):
            for (kind, _), block in blocks.items():
                kinds[kind].add(block.body)
        for (name, _), block in definition.providers.items():
            found.providers[name].add(block.body)
        for name, source in sources(nodes.Body({}, tuple(definition.settings))):
            found.sources[name].add(source)
    for definition in definitions:
        for names in _referred(definition):
            if names[0] == "data" and len(names) > 3:
                found.data[names[1]].arguments.add(names[3])
            elif names[0] in found.resources and len(names) > 2:
                found.resources[names[0]].arguments.add(names[2])
    return found


def _referred(definition: Definition) -> Iterator[list[str]]:
    """The names along each reference, through indexes and splats."""
    blocks: Iterable[nodes.Block] = (
        *definition.resources.values(), *definition.data.values(), *definition.modules.values(),
        *definition.outputs.values(), *definition.providers.values(),
    )  # fmt: skip
    expressions = [expression for block in blocks for expression in nodes.expressions_of(block.body)]
    expressions += [one.expression for one in definition.locals.values()]
    for expression in expressions:
        for traversal in nodes.traversals(expression):
            yield [traversal.root, *nodes.names_along(traversal.steps)]


def attributes(written: Written, *, nested: bool = False) -> dict[str, Any]:
    """The schema of blocks that are written so: an argument may be anything, but in nested blocks, where Terraform asks for types."""
    left_out = set() if nested else _META
    told: dict[str, Any] = {
        name: {"t": _kind(name) if nested else ANY, "o": True, "c": not nested, "r": False} for name in sorted(written.arguments - left_out)
    }
    for name, inner in written.blocks.items():
        if name not in left_out:
            told[name] = {"t": ["list", attributes(inner, nested=True)], "o": True, "c": False, "r": False}
    return told


def _kind(name: str) -> str:
    return "List" if _LIST.search(name) else "StringMap" if name in _MAPS else "String"


def resource_type(written: Written, packaged: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema of a type: what a package tells of it, and what is written besides."""
    told: dict[str, Any] = dict(packaged["attrs"]) if packaged else {"id": {"t": ANY, "o": True, "c": True, "r": False}}
    blocks = set(packaged["blocks"]) if packaged else set()
    for name, one in attributes(written).items():
        as_block = isinstance(one["t"], list)
        known = told.get(name)
        if known is None:
            told[name] = one
        elif as_block and not is_block(name, known, frozenset(blocks)):
            inner = known["t"][1] if isinstance(known["t"], list) else {}
            told[name] = {**one, "t": ["list", {**one["t"][1], **{key: {**value, "r": False} for key, value in inner.items()}}]}
        blocks |= {name} if as_block else set()
    return {"attrs": told, "blocks": sorted(blocks)}
