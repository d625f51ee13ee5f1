"""The JSON form of Terraform's language (`.tf.json`, `.tfvars.json`): strings are templates, blocks are nested objects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from cloudaudit.sources.terraform.hcl import nodes, precision
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.syntax import parse_expression, parse_template
from cloudaudit.sources.terraform.hcl.values import normal

_TOKEN = re.compile(r'[ \t\r\n]*([{}\[\],:]|"(?:[^"\\\x00-\x1f]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)')
_WORDS = {"true": True, "false": False, "null": None}
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "check": 1}
_PLAIN = frozenset({"locals", "terraform", "moved", "import", "removed"})
_TYPE_EXPRESSIONS = {"variable": {"type"}, "moved": {"from", "to"}, "import": {"to", "provider"}, "removed": {"from"}}
_REFERENCES = frozenset({"provider"})


class Item(msgspec.Struct, frozen=True, gc=False):
    """A JSON value and its line. An object is a tuple of pairs, as HCL lets a name occur twice."""

    value: Any
    line: int


class _Pairs(tuple[tuple[str, Item], ...]):
    __slots__ = ()


class _Tokens:
    def __init__(self, text: str, nesting: int) -> None:
        self.text = text
        self.nesting = nesting
        self.position = 0
        self.line = 1

    def next(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise FileError("is not well-formed JSON", self.line)
        self.line += self.text.count("\n", self.position, match.start(1))
        self.position = match.end()
        return match.group(1)

    def ended(self) -> bool:
        return not self.text[self.position :].strip()


def _read(tokens: _Tokens, lexeme: str, depth: int) -> Item:
    line = tokens.line
    if depth > tokens.nesting:
        raise FileError(f"nests more than {tokens.nesting} levels", line)
    if lexeme == "{":
        return Item(_Pairs(_members(tokens, depth)), line)
    if lexeme == "[":
        return Item(_elements(tokens, depth), line)
    if lexeme[0] == '"':
        return Item(_string(lexeme, line), line)
    if lexeme in _WORDS:
        return Item(_WORDS[lexeme], line)
    if lexeme in "}],:":
        raise FileError("is not well-formed JSON", line)
    try:
        return Item(-precision.parsed(lexeme[1:]) if lexeme[0] == "-" else precision.parsed(lexeme), line)
    except ValueError:
        raise FileError("is not well-formed JSON", line) from None


def _string(lexeme: str, line: int) -> str:
    try:
        return normal(str(json.loads(lexeme)))
    except ValueError:
        raise FileError("is not well-formed JSON", line) from None


def _members(tokens: _Tokens, depth: int) -> list[tuple[str, Item]]:
    members: list[tuple[str, Item]] = []
    lexeme = tokens.next()
    while lexeme != "}":
        if lexeme[0] != '"' or tokens.next() != ":":
            raise FileError("is not well-formed JSON", tokens.line)
        members.append((_string(lexeme, tokens.line), _read(tokens, tokens.next(), depth + 1)))
        lexeme = tokens.next()
        if lexeme == ",":
            lexeme = tokens.next()
        elif lexeme != "}":
            raise FileError("is not well-formed JSON", tokens.line)
    return members


def _elements(tokens: _Tokens, depth: int) -> list[Item]:
    elements: list[Item] = []
    lexeme = tokens.next()
    while lexeme != "]":
        elements.append(_read(tokens, lexeme, depth + 1))
        lexeme = tokens.next()
        if lexeme == ",":
            lexeme = tokens.next()
        elif lexeme != "]":
            raise FileError("is not well-formed JSON", tokens.line)
    return elements


def read_json(text: str, nesting: int) -> Item:
    """The value that the text holds. Raises FileError with the line where it breaks."""
    tokens = _Tokens(text, nesting)
    item = _read(tokens, tokens.next(), 0)
    if not tokens.ended():
        raise FileError("is not well-formed JSON", tokens.line)
    return item


def plain(item: Item) -> Any:
    """The plain value, without templates: what a `.tfvars.json` sets."""
    if isinstance(item.value, _Pairs):
        return {name: plain(value) for name, value in _once(item.value, lambda _: False)}
    if isinstance(item.value, list):
        return [plain(value) for value in item.value]
    return item.value


def _once(pairs: Iterable[tuple[str, Item]], may_repeat: Callable[[str], bool]) -> list[tuple[str, Item]]:
    """Each name with its value. A name that stands for nested blocks may occur again, and adds to them; any other is refused.

    Source: HCL, json/structure.go and json/spec.md ("Duplicate argument", "Duplicate object attribute").
    """
    found: dict[str, Item] = {}
    for name, item in pairs:
        former = found.get(name)
        if former is None:
            found[name] = item
        elif may_repeat(name) and _blocks(former) and _blocks(item):
            found[name] = Item([*_blocks(former), *_blocks(item)], former.line)
        else:
            raise FileError(f'sets "{name[:40]}" twice', item.line)
    return list(found.items())


def _blocks(item: Item) -> list[Item]:
    """The objects that a value holds, if it holds nothing else: one or several blocks."""
    items = item.value if isinstance(item.value, list) else [item]
    return items if all(isinstance(one.value, _Pairs) for one in items) else []


def _holds_dynamic(item: Item) -> bool:
    """Whether a value is a nested block, or several, that have `dynamic` in them at any depth: an argument has none."""
    pairs = [pair for block in _blocks(item) for pair in block.value]
    return any((name == "dynamic" and _is_dynamic(value)) or _holds_dynamic(value) for name, value in pairs)


def _made(members: Iterable[tuple[str, Item]]) -> frozenset[str]:
    """The types of the blocks that `dynamic` makes among the members of a block: what stands beside it by that name is blocks too."""
    labels = [labels for name, item in members if name == "dynamic" for labels in _blocks(item)]
    return frozenset(label for pairs in labels for label, _ in pairs.value)


def _written_out(name: str, item: Item, made: frozenset[str]) -> list[Item] | None:
    """The nested blocks that a property is for certain: `dynamic` makes more of them, or stands in them. None: it may be an argument."""
    if name not in made:
        return _blocks(item) if _holds_dynamic(item) else None
    items = [one for one in (item.value if isinstance(item.value, list) else [item]) if one.value is not None]
    return items if all(isinstance(one.value, _Pairs) for one in items) else None


def _is_dynamic(item: Item) -> bool:
    made = [block for labels in _blocks(item) for _, value in labels.value for block in _blocks(value)]
    return bool(made) and all({"for_each", "content"} <= {name for name, _ in block.value} for block in made)


def parse_json_file(text: str, file: str, nesting: int) -> nodes.Body:
    """The body of a `.tf.json` file. Raises FileError."""
    root = read_json(text, nesting)
    reader = _Reader(file, nesting)
    blocks: list[nodes.Block] = []
    for name, item in reader.members(root):
        if name in _LABELS:
            reader.labelled(name, (), item, _LABELS[name], blocks.append)
        elif name in _PLAIN:
            reader.labelled(name, (), item, 0, blocks.append)
        else:
            blocks.append(nodes.Block(name, (), nodes.Body({}, ()), item.line, file))
    return nodes.Body({}, tuple(blocks))


_NESTED: Mapping[str, Mapping[str, int]] = {
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0, "provider_meta": 1},
    "provider": {"default_tags": 0, "assume_role": 0, "assume_role_with_web_identity": 0, "ignore_tags": 0, "features": 0},
    "resource": {"lifecycle": 0, "provisioner": 1, "connection": 0},
    "data": {"lifecycle": 0},
    "removed": {"lifecycle": 0},
    "lifecycle": {"precondition": 0, "postcondition": 0, "action_trigger": 0},
}
"""Nested blocks that are read as such, with the number of their labels; in JSON they are properties like any argument.

Source: Terraform language, JSON configuration syntax; aws and azurerm provider references.
"""

_WITH_BLOCKS = frozenset({"resource", "data", "content"})
"""Where `dynamic` makes nested blocks, and a property that occurs twice may be two of them."""


class _Reader:
    def __init__(self, file: str, nesting: int) -> None:
        self.file = file
        self.nesting = nesting

    def members(self, item: Item) -> list[tuple[str, Item]]:
        """The pairs of an object, or of a list of objects."""
        if isinstance(item.value, _Pairs):
            return [(name, value) for name, value in item.value if name != "//"]
        if isinstance(item.value, list):
            return [pair for element in item.value for pair in self.members(element)]
        if item.value is None:
            return []
        raise FileError("has a value where an object is needed", item.line)

    def labelled(self, kind: str, labels: tuple[str, ...], item: Item, missing: int, put: Callable[[nodes.Block], None]) -> None:
        if missing:
            for name, inner in self.members(item):
                self.labelled(kind, (*labels, name), inner, missing - 1, put)
            return
        for element in item.value if isinstance(item.value, list) else [item]:
            put(nodes.Block(kind, labels, self.body(kind, element), element.line, self.file))

    def body(self, kind: str, item: Item) -> nodes.Body:
        attributes: dict[str, nodes.Attribute] = {}
        blocks: list[nodes.Block] = []
        bare = _TYPE_EXPRESSIONS.get(kind, _REFERENCES if kind != "terraform" else frozenset())
        has_blocks = kind in _WITH_BLOCKS
        members = _once(self.members(item), lambda name: has_blocks or name in _NESTED.get(kind, {}))
        made = _made(members) if has_blocks else frozenset()
        for name, value in members:
            written = _written_out(name, value, made) if has_blocks else None
            if name == "dynamic" and has_blocks:
                for label, inner in self.members(value):
                    self.labelled("dynamic", (label,), inner, 0, blocks.append)
            elif name in _NESTED.get(kind, {}):
                self.labelled(name, (), value, _NESTED[kind][name], blocks.append)
            elif name == "content" and kind == "dynamic":
                blocks.append(nodes.Block("content", (), self.body("content", value), value.line, self.file))
            elif written is not None:
                blocks.extend(nodes.Block(name, (), self.body("content", one), one.line, self.file) for one in written)
            else:
                expression = self.reference(value) if name in bare else self.expression(value)
                if name == "providers" and kind == "module":
                    expression = nodes.Object(tuple((nodes.Literal(key), self.reference(inner)) for key, inner in self.members(value)))
                attributes[name] = nodes.Attribute(expression, value.line, self.file)
        return nodes.Body(attributes, tuple(blocks))

    def reference(self, item: Item) -> nodes.Node:
        """A string that holds an expression: a type, an address, a provider."""
        if not isinstance(item.value, str):
            return self.expression(item)
        return parse_expression(item.value, self.nesting)

    def expression(self, item: Item) -> nodes.Node:
        value = item.value
        if isinstance(value, str):
            return parse_template(value, self.nesting)
        if isinstance(value, _Pairs):
            return nodes.Object(
                tuple((parse_template(key, self.nesting), self.expression(inner)) for key, inner in _once(value, lambda _: True))
            )
        if isinstance(value, list):
            return nodes.Tuple(tuple(self.expression(inner) for inner in value))
        return nodes.Literal(value)
