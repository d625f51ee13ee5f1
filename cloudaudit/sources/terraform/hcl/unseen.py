"""What a module declares that is not judged by what it says: with another text, something else may be behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl.definitions import Definition, said
from cloudaudit.sources.terraform.hcl.modules import Module

Counts = Callable[[str], bool]
"""Whether a kind counts: a resource type, one behind `data.`, `ephemeral.` or `action.`, or `provisioner.TYPE`."""


def unseen(modules: Sequence[Module], counts: Counts) -> tuple[tuple[str, str], ...]:
    """Of each block in modules the kind, and a digest of what it says."""
    found: dict[Path, tuple[tuple[str, str], ...]] = {}
    for module in modules:
        if module.definition.folder not in found:
            found[module.definition.folder] = tuple(_declared(module.definition, counts))
    return tuple(entry for module in modules for entry in found[module.definition.folder])


def _declared(definition: Definition, counts: Counts) -> Iterator[tuple[str, str]]:
    for block in definition.resources.values():
        kind, provisioners = block.labels[0], [inner for inner in block.body.blocks if inner.type == "provisioner"]
        whole = [block] if counts(kind) else provisioners  # what is read is judged, but for its provisioners
        text = digest_of(*map(said, whole)) if whole else ""
        yield from ((name, text) for name in (f"provisioner.{'.'.join(inner.labels)}" for inner in provisioners) if counts(name))
        if counts(kind):
            yield kind, text
    for block in (*definition.data.values(), *definition.runs):
        kind = f"{block.type}.{block.labels[0]}"
        if counts(kind):
            yield kind, digest_of(said(block))
