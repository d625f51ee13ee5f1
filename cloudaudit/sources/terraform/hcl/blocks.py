"""The values of a block: its arguments, its nested blocks as lists of mappings, `dynamic` blocks expanded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudaudit.model import Origin, Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import entries
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.evaluate import attempt, evaluate
from cloudaudit.sources.terraform.hcl.lifecycle import META_ARGUMENTS
from cloudaudit.sources.terraform.hcl.open import Blocks, OpenBlocks, joined
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.unfollowed import named_in
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, made_of, unknown_of

META = frozenset(META_ARGUMENTS)


class Place:
    """Where values stand: the resource, the path in it, and the lines they were read from."""

    __slots__ = ("address", "origins", "path")

    def __init__(self, address: str, path: str = "", origins: dict[str, Origin] | None = None) -> None:
        self.address = address
        self.path = path
        self.origins = origins

    def at(self, name: str) -> Place:
        return Place(self.address, f"{self.path}.{name}" if self.path else name, self.origins)

    def element(self, index: int) -> Place:
        return Place(self.address, f"{self.path}[{index}]", self.origins)

    def note(self, file: str, line: int | None) -> None:
        """Remember the line, unless one is known already."""
        if self.origins is not None:
            self.origins.setdefault(self.path, Origin(file, line))


def body_values(body: nodes.Body, scope: Scope, place: Place) -> dict[str, Any]:
    """Everything that a nested block sets."""
    return {name: body_value(body, name, scope, place.at(name)) for name in names_set(body)}


def names_set(body: nodes.Body) -> list[str]:
    """The names of what a block sets: its arguments, and the types of its nested blocks, those that `dynamic` makes too."""
    return list(dict.fromkeys((*body.attributes, *map(nodes.nested_type, body.blocks))))


def body_value(body: nodes.Body, name: str, scope: Scope, place: Place) -> Any:
    """What a block sets by a name: an argument or nested blocks, or both, as what is meant for blocks may be spelled either way."""
    attribute = body.attributes.get(name)
    if attribute is None:
        return nested(body.blocks, name, scope, place)
    place.note(attribute.file, attribute.line)
    value = attempt(attribute.expression, scope)
    blocks = [block for block in body.blocks if nodes.nested_type(block) == name]
    if not blocks:
        return value
    written = value if isinstance(value, list) or is_unknown(value) else [] if value is None else [value]
    try:
        return joined([written, nested(blocks, name, scope, place)], scope.budget)
    except BoundError as error:
        return Unknown(Why.BOUNDED, str(error))


def nested(blocks: Iterable[nodes.Block], name: str, scope: Scope, place: Place) -> Any:
    """The nested blocks of one type, in order. If a `dynamic` among them cannot be expanded, there may be any number beside the others."""
    result = Blocks()
    hidden: list[tuple[nodes.Block, Unknown[Any]]] = []
    for block in blocks:
        if nodes.nested_type(block) != name:
            continue
        place.note(block.file, block.line)
        if block.type == "dynamic":
            made = _dynamic(block, scope, place, len(result))
            if isinstance(made, Unknown):
                hidden.append((block, made))
            else:
                result.extend(made)
        else:
            result.append(_one(block, block.body, scope, place.element(len(result))))
    if not hidden:
        return result
    reason = hidden[0][1] if len(hidden) == 1 else blend(made for _, made in hidden)
    if result:
        place.element(len(result)).note(hidden[0][0].file, hidden[0][0].line)
    return OpenBlocks(tuple(result), reason) if result else reason


def _one(block: nodes.Block, body: nodes.Body, scope: Scope, place: Place) -> dict[str, Any]:
    place.note(block.file, block.line)
    return body_values(body, scope, place)


def _dynamic(block: nodes.Block, scope: Scope, place: Place, start: int) -> list[Any] | Unknown[Any]:
    name = block.labels[0]
    each = block.body.attributes.get("for_each")
    content = next((inner for inner in block.body.blocks if inner.type == "content"), None)
    if each is None or content is None:
        return Unknown(Why.UNRESOLVED, f'dynamic "{name}" has no for_each or no content')
    collection = attempt(each.expression, scope)
    if collection is None:
        return Unknown(Why.UNRESOLVED, f'dynamic "{name}" goes over null')
    if is_unknown(collection):
        reason = made_of(
            unknown_of(collection), named_in(tuple(nodes.expressions_of(content.body)), scope, evaluate, _iterator(block, name))
        )
        return _unexpanded(name, each.expression, reason)
    iterator = _iterator(block, name)
    made: list[Any] = []
    try:
        for key, value in entries(collection):
            scope.budget.spend(1)
            inner = scope.with_names({iterator: {"key": key, "value": value}})
            made.append(_one(block, content.body, inner, place.element(start + len(made))))
    except EvaluationError as error:
        return Unknown(Why.UNRESOLVED, f'dynamic "{name}": {error}')
    except BoundError as error:
        return Unknown(Why.BOUNDED, f'dynamic "{name}": {error}')
    return made


def _iterator(block: nodes.Block, name: str) -> str:
    given = block.body.attributes.get("iterator")
    if given is None:
        return name
    node = given.expression
    return node.root if isinstance(node, nodes.Traversal) else str(node.value) if isinstance(node, nodes.Literal) else name


def _unexpanded(name: str, expression: nodes.Node, reason: Unknown[Any]) -> Unknown[Any]:
    over = written(expression)
    detail = f'dynamic "{name}" over {over}: {reason.detail}' if over else f'dynamic "{name}": {reason.detail}'
    return Unknown(Why.BOUNDED if reason.why is Why.BOUNDED else Why.UNRESOLVED, detail, references=reason.references)


def key_text(key: Any) -> str:
    """What an address says of an instance: `[0]`, `["a"]`, or nothing."""
    if key is None:
        return ""
    if isinstance(key, str):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'["{escaped}"]'
    return f"[{key}]"


def written(node: nodes.Node) -> str:
    """A plain reference as it is written, else nothing."""
    if not isinstance(node, nodes.Traversal):
        return ""
    text = node.root
    for step in node.steps:
        if isinstance(step, str):
            text += f".{step}"
        elif isinstance(step, nodes.Index) and isinstance(step.key, nodes.Literal):
            text += key_text(step.key.value)
        else:
            break
    return text
