"""The syntax tree that is evaluated: expressions, templates, blocks. HCL and its JSON form both become this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from cloudaudit.model import Comment


class Node(msgspec.Struct, frozen=True, gc=False):
    """An expression."""


class Literal(Node, frozen=True, gc=False):
    """A number, string, boolean or null as written."""

    value: Any


class Refused(Node, frozen=True, gc=False):
    """An expression that is not followed, such as one nested too deeply."""

    reason: str


class Index(msgspec.Struct, frozen=True, gc=False):
    """`[key]`, or the legacy `.0`."""

    key: Node


class Splat(msgspec.Struct, frozen=True, gc=False):
    """`[*]` and the steps that are taken on each element, or the legacy `.*`."""

    steps: tuple[Step, ...]


Step: TypeAlias = "str | Index | Splat"


class Traversal(Node, frozen=True, gc=False):
    """`aws_s3_bucket.x.id`: a name and the steps from it."""

    root: str
    steps: tuple[Step, ...]


class Access(Node, frozen=True, gc=False):
    """Steps from any other expression: `f(x)[0].y`."""

    source: Node
    steps: tuple[Step, ...]


class Parenthesis(Node, frozen=True, gc=False):
    """`(inner)`: it matters in object keys and in chains of conditionals."""

    inner: Node


class Unary(Node, frozen=True, gc=False):
    """`!x` or `-x`."""

    operator: str
    operand: Node


class Binary(Node, frozen=True, gc=False):
    """Two operands and the operator between them."""

    operator: str
    left: Node
    right: Node


class Conditional(Node, frozen=True, gc=False):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


class Call(Node, frozen=True, gc=False):
    """A function call; `spread` for `f(list...)`."""

    name: str
    arguments: tuple[Node, ...]
    spread: bool


class Tuple(Node, frozen=True, gc=False):
    """`[…]`."""

    items: tuple[Node, ...]


class Object(Node, frozen=True, gc=False):
    """`{…}`: keys and values, in order."""

    items: tuple[tuple[Node, Node], ...]


class For(Node, frozen=True, gc=False):
    """`[for …]` where `result_key` is None, else `{for …}`."""

    key: str | None
    value: str
    collection: Node
    result_key: Node | None
    result: Node
    condition: Node | None
    grouped: bool


class If(msgspec.Struct, frozen=True, gc=False):
    """A `%{ if }` directive."""

    condition: Node
    yes: tuple[Part, ...]
    no: tuple[Part, ...]


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """A `%{ for }` directive."""

    key: str | None
    value: str
    collection: Node
    parts: tuple[Part, ...]


Part: TypeAlias = "str | Node | If | Repeat"


class Template(Node, frozen=True, gc=False):
    """Text with interpolations and directives; `wrap` for `"${x}"`, which is x itself."""

    parts: tuple[Part, ...]
    wrap: bool = False


class Attribute(msgspec.Struct, frozen=True, gc=False):
    """An argument of a block, and where it is written."""

    expression: Node
    line: int | None
    file: str = ""


class Body(msgspec.Struct, frozen=True, gc=False):
    """The arguments and the nested blocks of a block or a file."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]
    comments: tuple[Comment, ...] = ()  # of a file, those to cloudaudit


class Block(msgspec.Struct, frozen=True, gc=False):
    """A block with its labels. `file` is as shown to the user."""

    type: str
    labels: tuple[str, ...]
    body: Body
    line: int | None
    file: str = ""


def nested_type(block: Block) -> str:
    """The type of a nested block, or of those that a `dynamic` makes."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def traversals(node: Any, bound: frozenset[str | None] = frozenset()) -> Iterator[Traversal]:
    """Every reference in an expression, or in parts of one, but to the variables of a `for`; `bound` are such variables around it."""
    pending: list[tuple[Any, frozenset[str | None]]] = [(node, bound)]
    while pending:
        current, names = pending.pop()
        if isinstance(current, tuple):
            pending.extend((part, names) for part in current if not isinstance(part, str))
        elif isinstance(current, For | Repeat):
            inner = names | {current.key, current.value}
            pending.extend((part, names if part is current.collection else inner) for part in msgspec.structs.astuple(current))
        elif isinstance(current, _WITH_PARTS):
            if isinstance(current, Traversal) and current.root not in names:
                yield current
            pending.extend((part, names) for part in msgspec.structs.astuple(current))


def names_along(steps: Iterable[Step]) -> Iterator[str]:
    """The names that steps go by, whichever instances they take."""
    for step in steps:
        if isinstance(step, str):
            yield step
        elif isinstance(step, Splat):
            yield from names_along(step.steps)


_WITH_PARTS = (Node, Index, Splat, If, Repeat)


def expressions_of(body: Body) -> Iterator[Node]:
    """Every expression in a block."""
    yield from (attribute.expression for attribute in body.attributes.values())
    for block in body.blocks:
        yield from expressions_of(block.body)


class FileError(Exception):
    """A file that is not well-formed, and the line where that shows."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
