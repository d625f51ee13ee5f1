"""What values rest on beyond what they say: data sources that tell them, with their arguments, and files that these name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.named_files import held_by
from cloudaudit.sources.terraform.hcl.references import trail
from cloudaudit.sources.terraform.hcl.sourcing import KEY, comparable


class LookedUp(msgspec.Struct, frozen=True):
    """The data sources behind expressions: what their blocks say, and the values of their arguments as they can be compared."""

    said: tuple[str, ...]
    values: list[Any]


def looked_up(expressions: Iterable[nodes.Node], module: Module) -> LookedUp:
    """What is looked up for the values of expressions. The same block with another argument looks up something else."""
    found = trail(expressions, module).data
    values = [
        comparable(attempt(one, owner.scope), KEY)
        for owner, block in found
        if isinstance(owner, Module)
        for one in nodes.expressions_of(block.body)
    ]
    return LookedUp(tuple(said(block) for _, block in found), values)


def files_of_used(expressions: Iterable[nodes.Node], module: Module) -> str:
    """A digest of the files that resources are made of which are used: the archive of the function that is invoked."""
    told = []
    for owner, block, _ in trail(expressions, module).blocks:
        if isinstance(owner, Module):
            own = list(nodes.expressions_of(block.body))
            values = [comparable(attempt(one, owner.scope), KEY) for one in own]
            told.append(files_of([values, looked_up(own, owner).values], owner))
    return digest_of(*told) if any(told) else ""


def files_of(values: Any, module: Module, *, folders: bool = True) -> str:
    """A digest of the files that the texts in some values name, from the root or from the module."""
    root = module.run.root
    return held_by(_texts(values), (root, module.definition.folder), root, module.run.library, folders=folders)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
