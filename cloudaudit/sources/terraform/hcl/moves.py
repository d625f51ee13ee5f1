"""`moved` blocks: which address became which, for whoever compares with an earlier time."""

from __future__ import annotations

from collections.abc import Iterable

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import written
from cloudaudit.sources.terraform.hcl.modules import Module


def moves(declared: Iterable[tuple[Module, nodes.Block]]) -> tuple[tuple[str, str], ...]:
    """The absolute addresses (from, to) of each `moved` block, in the module instance that declares it."""
    found: dict[tuple[str, str], None] = {}
    for module, block in declared:
        ends = [written(end.expression) if end else "" for end in map(block.body.attributes.get, ("from", "to"))]
        if all(ends):
            found[module.absolute(ends[0]), module.absolute(ends[1])] = None
    return tuple(found)
