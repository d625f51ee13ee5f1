"""What a module declares that is not judged by what it says: when it means something else, something else may be behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.rests import files_of, files_of_used, looked_up
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.sourcing import KEY, comparable

Counts = Callable[[str], str | None]
"""Whether a kind counts, and why it can make anything, if it can: a resource type, one behind `data.`, `ephemeral.` or `action.`,
`provisioner.TYPE`, or `exec.PROVIDER`."""


def unseen(modules: Sequence[Module], counts: Counts) -> tuple[tuple[str, str], ...]:
    """Of each block in modules the kind, and a digest of what it says and means."""
    return tuple(entry for module in modules for entry in _declared(module, counts))


def _declared(module: Module, counts: Counts) -> Iterator[tuple[str, str]]:
    definition = module.definition
    for block in definition.resources.values():
        kind, provisioners = block.labels[0], [inner for inner in block.body.blocks if inner.type == "provisioner"]
        running = [name for name in (f"provisioner.{'.'.join(inner.labels)}" for inner in provisioners) if counts(name) is not None]
        why = counts(kind)
        if why is None and not running:
            continue
        # What is read is judged, but for its provisioners, and for how often these run.
        whole = block.body if why is not None else nodes.Body(_expanding(block), tuple(provisioners))
        text = _meant(module, block, whole, runs=bool(why or running))
        yield from ((name, text) for name in running)
        if why is not None:
            yield kind, text
    for block in (*definition.data.values(), *definition.runs):
        kind = f"{block.type}.{block.labels[0]}"
        if counts(kind) is not None:
            yield kind, _meant(module, block, block.body, runs=True)
    for (name, _), block in definition.providers.items():
        if "'exec'" in (text := said(block)) and counts(f"exec.{name}") is not None:
            yield f"exec.{name}", digest_of(text, _meant(module, block, block.body, runs=True))


def _expanding(block: nodes.Block) -> dict[str, nodes.Attribute]:
    return {name: attribute for name, attribute in block.body.attributes.items() if name in {"count", "for_each", "triggers_replace"}}


def _meant(module: Module, block: nodes.Block, body: nodes.Body, *, runs: bool) -> str:
    """A digest of what a part of a block says, of what that is made of, and of its values; if it runs, of the files that these name."""
    expressions = list(nodes.expressions_of(body))
    behind = looked_up(expressions, module)
    values = [comparable(attempt(one, scope), KEY) for scope in _scopes(module, block) for one in expressions] + behind.values
    files = (files_of(values, module), files_of_used(expressions, module)) if runs else ()
    texts = (said(nodes.Block(block.type, block.labels, body, 0, "")), *behind.said, *files)
    return digest_of(*texts, json.dumps(values, sort_keys=True, default=str))


def _scopes(module: Module, block: nodes.Block) -> list[Scope]:
    """Where the block is evaluated: once for each instance, if these are known."""
    if block.type == "resource":
        try:
            return [instance.scope for instance in module.instances(block, ".".join(block.labels))]
        except (BoundError, EvaluationError):
            pass
    return [module.scope]
