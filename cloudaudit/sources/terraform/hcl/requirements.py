"""What a module says of its providers: whose each is, and in which versions."""

from __future__ import annotations

from collections.abc import Iterator

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.references import reference_text


def maker_of(block: nodes.Block, definition: Definition) -> str | None:
    """The source of the provider that makes a resource, or answers a data source, as it is written; None where none is."""
    meta = block.body.attributes.get("provider")
    name = reference_text(meta.expression).partition(".")[0] if meta else block.labels[0].partition("_")[0]
    return written_source(definition, name)


def sources(body: nodes.Body) -> Iterator[tuple[str, str]]:
    """The providers that the settings of a file require: what it calls each, and its source."""
    told = [inner.body for block in body.blocks for inner in block.body.blocks if inner.type == "required_providers"]
    for name, attribute in (entry for one in told for entry in one.attributes.items()):
        written = item(attribute.expression, "source")
        if isinstance(written, nodes.Literal) and isinstance(written.value, str):
            yield name, written.value


def written_source(definition: Definition, name: str) -> str | None:
    """The source of a provider by the name that a module has for it, as it is written."""
    written = item(requirement(definition, name), "source")
    return written.value if isinstance(written, nodes.Literal) and isinstance(written.value, str) else None


def requirement(definition: Definition, name: str) -> nodes.Node | None:
    """What a module requires of a provider."""
    attributes = [body.attributes[name].expression for body in required(definition) if name in body.attributes]
    return attributes[-1] if attributes else None  # an override file comes last


def required(definition: Definition) -> Iterator[nodes.Body]:
    """All that a module requires."""
    for block in definition.settings:
        yield from (inner.body for inner in block.body.blocks if inner.type == "required_providers")


def item(node: nodes.Node | None, name: str) -> nodes.Node | None:
    """What stands under a name in an object."""
    items = node.items if isinstance(node, nodes.Object) else ()
    return next((value for key, value in items if isinstance(key, nodes.Literal) and key.value == name), None)
