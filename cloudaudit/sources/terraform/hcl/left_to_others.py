"""What rests on an attribute of another resource that `ignore_changes` leaves to others is left to them, too."""

from __future__ import annotations

from collections.abc import Iterator

from cloudaudit.model import IgnoredPath
from cloudaudit.model.ignoring import is_left_to_others
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import META, names_set
from cloudaudit.sources.terraform.hcl.lifecycle import ignored
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.references import trail
from cloudaudit.sources.terraform.hcl.resources import Instance


def left_to_others(instance: Instance) -> tuple[IgnoredPath, ...]:
    """The attributes of a resource that nothing promises once it is made."""
    return (*ignored(instance.block), *(_resting(instance) if instance.scope.budget.left_to_others else ()))


def _resting(instance: Instance) -> Iterator[IgnoredPath]:
    """What it sets by attributes that others may change. Source: Terraform plans with what the state holds of these."""
    body, module = instance.block.body, instance.scope.module
    assert isinstance(module, Module)
    for name in names_set(body):
        if name in META:
            continue
        blocks = (inner for inner in body.blocks if nodes.nested_type(inner) == name)
        own = [body.attributes[name].expression] if name in body.attributes else []
        parts = (*own, *(one for inner in blocks for one in nodes.expressions_of(inner.body)))
        each = [body.attributes["for_each"].expression] if _names_each(parts) and "for_each" in body.attributes else []
        found = trail([*parts, *each], module)
        if any(_is_ignored(block, asked) for _, block, asked in found.blocks):
            yield (name,)


def _names_each(parts: tuple[nodes.Node, ...]) -> bool:
    return any(one.root == "each" for one in nodes.traversals(parts))


def _is_ignored(block: nodes.Block, asked: str | None) -> bool:
    told = asked is None or asked in names_set(block.body)  # else only the cloud knows it
    return told and is_left_to_others(block.labels[0], asked, ignored(block))
