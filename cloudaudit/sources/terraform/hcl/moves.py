"""`moved` blocks: which address became which, for whoever compares with an earlier time. `import` blocks: what is adopted as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import written
from cloudaudit.sources.terraform.hcl.modules import Module

_KEY = re.compile(r"\[[^\]]*\]")


def moves(declared: Iterable[tuple[Module, nodes.Block]]) -> tuple[tuple[str, str], ...]:
    """The absolute addresses (from, to) of each `moved` block, in the module instance that declares it."""
    found: dict[tuple[str, str], None] = {}
    for module, block in declared:
        ends = [written(end.expression) if end else "" for end in map(block.body.attributes.get, ("from", "to"))]
        if all(ends):
            found[module.absolute(ends[0]), module.absolute(ends[1])] = None
    return tuple(found)


def adopted(root: Module) -> frozenset[str] | None:
    """The blocks that `import` blocks of a root adopt, by address without instance keys; None if one does not tell which.

    Terraform takes such blocks in a root alone. Source: Terraform language, import.
    """
    found: set[str] = set()
    for block in root.definition.imports:
        target = block.body.attributes.get("to")
        if target is None or not isinstance(target.expression, nodes.Traversal):
            return None
        found.add(".".join((target.expression.root, *(step for step in target.expression.steps if isinstance(step, str)))))
    return frozenset(found)


def block_of(address: str) -> str:
    """The address of a block, of one of its instances."""
    return _KEY.sub("", address)
