"""The versions of a provider that a configuration allows: some defaults rest on them, and a plan states these."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.files import Definition
from cloudaudit.sources.terraform.hcl.modules import Module

_UPPER = re.compile(r"\s*(=|<=|<|~>)?\s*v?(\d{1,9})(?:\.(\d+))?(?:\.(\d+))?\S*\s*")


def newest_major(module: Module | None, provider: str) -> int | None:
    """The newest major version that a module and those that call it allow; None if they set no limit."""
    majors: list[int] = []
    while module is not None:
        majors.extend(major for text in _constraints(module.definition, provider) for major in _majors(text))
        module = module.parent
    return min(majors, default=None)


def _constraints(definition: Definition, provider: str) -> Iterator[str]:
    attributes = [body.attributes[provider].expression for body in _required(definition) if provider in body.attributes]
    required = attributes[-1] if attributes else None  # an override file comes last
    block = definition.providers.get((provider, ""))
    older = block.body.attributes.get("version") if block else None  # before Terraform 0.13
    for node in (required, _item(required, "version"), older.expression if older else None):
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            yield node.value


def _required(definition: Definition) -> Iterator[nodes.Body]:
    for block in definition.settings:
        yield from (inner.body for inner in block.body.blocks if inner.type == "required_providers")
        attribute = block.body.attributes.get("required_providers")  # of a `.tf.json` file
        if attribute is not None and isinstance(attribute.expression, nodes.Object):
            items = ((key, nodes.Attribute(value, attribute.line, attribute.file)) for key, value in attribute.expression.items)
            yield nodes.Body({str(key.value): value for key, value in items if isinstance(key, nodes.Literal)}, ())


def _item(node: nodes.Node | None, name: str) -> nodes.Node | None:
    items = node.items if isinstance(node, nodes.Object) else ()
    return next((value for key, value in items if isinstance(key, nodes.Literal) and key.value == name), None)


def _majors(text: str) -> Iterator[int]:
    for match in filter(None, map(_UPPER.fullmatch, text.split(","))):
        operator, major, minor, patch = match.groups()
        if operator == "<" and not int(minor or 0) and not int(patch or 0):
            yield int(major) - 1
        elif operator != "~>" or minor is not None:
            yield int(major)
