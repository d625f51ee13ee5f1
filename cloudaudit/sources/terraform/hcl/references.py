"""The resources that expressions refer to, followed through locals, inputs and outputs, without evaluating them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.files import Definition
from cloudaudit.sources.terraform.hcl.resources import Instance
from cloudaudit.sources.terraform.hcl.run import Run

_NOT_RESOURCES = frozenset({"path", "terraform", "each", "count", "self", "ephemeral"})
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


def referenced(expressions: Iterable[nodes.Node], module: Caller) -> tuple[str, ...]:
    """The absolute addresses of the resources that the values may come from."""
    found: dict[str, None] = {}
    seen: set[tuple[int, str]] = set()
    pending: list[tuple[nodes.Node, Caller]] = [(expression, module) for expression in expressions]
    while pending and len(found) < _MOST:
        expression, owner = pending.pop()
        for traversal in traversals(expression):
            key = (id(owner), _name(traversal))
            if key in seen:
                continue
            seen.add(key)
            pending.extend(_follow(traversal, owner, found))
    return tuple(found)


def traversals(node: nodes.Node) -> Iterator[nodes.Traversal]:
    """Every reference in an expression."""
    pending: list[Any] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, nodes.Traversal):
            yield current
        if isinstance(current, tuple):
            pending.extend(current)
        elif isinstance(current, nodes.Node | nodes.Index | nodes.Splat | nodes.If | nodes.Repeat):
            pending.extend(getattr(current, field) for field in current.__struct_fields__)


def _name(traversal: nodes.Traversal) -> str:
    steps = []
    for step in traversal.steps[:3]:
        if not isinstance(step, str):
            break
        steps.append(step)
    return ".".join((traversal.root, *steps))


def _follow(traversal: nodes.Traversal, module: Caller, found: dict[str, None]) -> list[tuple[nodes.Node, Caller]]:
    """Note the resource that a reference names, or return the expressions that it stands for."""
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
    if root != "data" and (root, first) in definition.resources:
        for address in _addresses(module, root, first):
            found[address] = None
    return []


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
        for output, block in outputs.outputs.items() if outputs else ():
            value = block.body.attributes.get("value")
            if value and (output in wanted or not wanted):
                expressions.append((value.expression, child))
    return expressions


def _addresses(module: Caller, kind: str, name: str) -> list[str]:
    block = module.definition.resources[kind, name]
    try:
        return [instance.address for instance in module.instances(block, f"{kind}.{name}")]
    except (EvaluationError, BoundError):
        return [module.absolute(f"{kind}.{name}")]
