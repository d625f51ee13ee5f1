"""The resources that expressions refer to, followed without evaluating them.

A trail leads through locals, inputs and outputs, and on through a resource or data source whose attribute hands on what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, TypeAlias

import msgspec

from cloudaudit.sources.terraform.echoes import echoed
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.resources import Instance
from cloudaudit.sources.terraform.hcl.run import Run

_NOT_RESOURCES = frozenset({"path", "terraform", "each", "count", "self", "ephemeral"})
_NOT_PASSED = frozenset({"source", "version", "providers", "count", "depends_on"})
_MOST = 2_000


class Caller(Protocol):
    """A module instance, as far as references and calls are followed from it."""

    @property
    def run(self) -> Run: ...
    @property
    def definition(self) -> Definition: ...
    @property
    def depth(self) -> int: ...
    @property
    def parent(self) -> Caller | None: ...
    @property
    def source(self) -> nodes.Block | None: ...

    def absolute(self, address: str) -> str:
        """The address from the root."""

    def children(self, name: str) -> Sequence[Any]:
        """The instances of a module that it calls."""

    def instances(self, block: nodes.Block, name: str) -> Sequence[Instance]:
        """The instances of a resource block."""


Asked: TypeAlias = "tuple[Caller, nodes.Block, str | None]"
"""The block of a resource, in the module that declares it, and the attribute that is asked of it; None for the whole."""


class Trail(msgspec.Struct, frozen=True):
    """Where values may come from: the absolute addresses of resources; data sources and resources, each in the module that declares it."""

    resources: tuple[str, ...]
    data: tuple[tuple[Caller, nodes.Block], ...]
    blocks: tuple[Asked, ...]  # of the resources
    expressions: tuple[nodes.Node, ...]  # that say so: those that were given, and what these name
    whole: bool = True  # past a limit the rest is not told


def trail(expressions: Iterable[nodes.Node], module: Caller) -> Trail:
    """Everything that the values may come from."""
    found: dict[str, None] = {}
    data: list[tuple[Caller, nodes.Block]] = []
    blocks: list[Asked] = []
    followed: list[nodes.Node] = []
    seen: set[tuple[object, ...]] = set()
    pending: list[tuple[nodes.Node, Caller]] = [(expression, module) for expression in expressions]
    while pending and len(found) < _MOST:
        expression, owner = pending.pop()
        followed.append(expression)
        for traversal in _traversals(expression, module.run):
            key = (id(owner), traversal.root, *islice(nodes.names_along(traversal.steps), 3))
            if key in seen:
                continue
            seen.add(key)
            pending.extend(_follow(traversal, owner, found, data, blocks))
    return Trail(tuple(found), tuple(data), tuple(blocks), tuple(followed), whole=not pending)


def _traversals(node: nodes.Node, run: Run) -> tuple[nodes.Traversal, ...]:
    """The same, looked for once: each call of a module that is not here leads through the same locals."""
    if id(node) not in run.traversals:
        run.traversals[id(node)] = node, tuple(nodes.traversals(node))
    return run.traversals[id(node)][1]


def reference_text(node: nodes.Node) -> str:
    """`aws.west` as written, bare or quoted."""
    if isinstance(node, nodes.Literal):
        return str(node.value)
    if isinstance(node, nodes.Traversal):
        return ".".join((node.root, *(step for step in node.steps if isinstance(step, str))))
    return ""


def _follow(
    traversal: nodes.Traversal,
    module: Caller,
    found: dict[str, None],
    data: list[tuple[Caller, nodes.Block]],
    blocks: list[Asked],
) -> list[tuple[nodes.Node, Caller]]:
    """Note what a reference names, and return the expressions that it stands for or hands on."""
    root, steps = traversal.root, traversal.steps
    if root == "resource" and steps and isinstance(steps[0], str):
        root, steps = steps[0], steps[1:]
    first = steps[0] if steps else None
    if root in _NOT_RESOURCES or not isinstance(first, str):
        return []
    definition = module.definition
    if root == "local":
        attribute = definition.locals.get(first)
        return [(attribute.expression, module)] if attribute else []
    if root == "var":
        return _input(module, first)
    if root == "module":
        return _outputs(module, first, traversal)
    if root == "data":
        looked_up = definition.data.get((first, next(nodes.names_along(steps[1:]), "")))
        if looked_up is None:
            return []
        data.append((module, looked_up))
        return [(expression, module) for expression in nodes.expressions_of(looked_up.body)]
    block = definition.resources.get((root, first))
    if block is None:
        return []
    asked = next(nodes.names_along(steps[1:]), None)
    blocks.append((module, block, asked))
    found.update(dict.fromkeys(_addresses(module, root, first)))
    return [(expression, module) for expression in _handed_on(block, asked)]


def _handed_on(block: nodes.Block, name: str | None) -> Iterator[nodes.Node]:
    """What an attribute of a resource is made of, as far as the configuration tells; all of it, if the whole is meant.

    The `id` of what extends a resource (`aws_s3_bucket_policy`) may be that of the resource.
    """
    kind, body = block.labels[0], block.body
    if name is None:
        yield from nodes.expressions_of(body)
        return
    given = (name,) if name in body.attributes else echoed(kind, name, body.attributes)
    yield from (body.attributes[key].expression for key in given)
    for inner in body.blocks:
        if name in {inner.type, *inner.labels}:
            yield from nodes.expressions_of(inner.body)
    if name == "id":
        for expression in nodes.expressions_of(body):
            yield from (one for one in nodes.traversals(expression) if kind.startswith(f"{one.root}_"))


def _input(module: Caller, name: str) -> list[tuple[nodes.Node, Caller]]:
    if module.parent is None or module.source is None:
        return []
    attribute = module.source.body.attributes.get(name)
    loop = module.source.body.attributes.get("for_each")
    return [(part.expression, module.parent) for part in (attribute, loop) if attribute and part]


def _outputs(module: Caller, name: str, traversal: nodes.Traversal) -> list[tuple[nodes.Node, Caller]]:
    if name not in module.definition.modules:
        return []
    wanted = {step for step in traversal.steps[1:] if isinstance(step, str)}
    expressions: list[tuple[nodes.Node, Caller]] = []
    try:
        children = module.children(name)
    except (EvaluationError, BoundError):
        return []
    for child in children:
        outputs = getattr(child, "definition", None)
        if outputs is None:  # a module that is not here may hand on whatever it is given
            return passed(module, name)
        for output, block in outputs.outputs.items():
            value = block.body.attributes.get("value")
            if value and (output in wanted or not wanted):
                expressions.append((value.expression, child))
    return expressions


def passed(module: Caller, name: str) -> list[tuple[nodes.Node, Caller]]:
    """What a call passes to its module."""
    attributes = module.definition.modules[name].body.attributes
    return [(attribute.expression, module) for key, attribute in attributes.items() if key not in _NOT_PASSED]


def _addresses(module: Caller, kind: str, name: str) -> list[str]:
    block = module.definition.resources[kind, name]
    try:
        return [instance.address for instance in module.instances(block, f"{kind}.{name}")]
    except (EvaluationError, BoundError):
        return [module.absolute(f"{kind}.{name}")]
