"""`moved` blocks: which address became which, for whoever compares with an earlier time. `import` blocks: what is adopted as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import written
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.modules import Module


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
    found = {address for address, _ in imported(root.definition)}
    return None if "" in found else frozenset(found)


def imported(definition: Definition) -> Iterator[tuple[str, nodes.Block]]:
    """The blocks that `import` blocks adopt, by address without instance keys; without one where it is not told."""
    for block in definition.imports:
        target = block.body.attributes.get("to")
        to = target.expression if target is not None else None
        steps = (step for step in to.steps if isinstance(step, str)) if isinstance(to, nodes.Traversal) else ()
        yield ".".join((to.root, *steps)) if isinstance(to, nodes.Traversal) else "", block


def forgotten(definition: Definition) -> Iterator[tuple[str, nodes.Block]]:
    """What `removed` blocks take out of Terraform's hands and leave in the cloud, by address. Source: Terraform language, removed."""
    for block in definition.removed:
        for inner in block.body.blocks:
            destroy = inner.body.attributes.get("destroy") if inner.type == "lifecycle" else None
            if destroy is not None and not (isinstance(destroy.expression, nodes.Literal) and destroy.expression.value is True):
                origin = block.body.attributes.get("from")
                yield (written(origin.expression) if origin is not None else ""), block
