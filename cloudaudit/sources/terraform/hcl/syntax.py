"""From text to the syntax tree: tree-sitter's concrete tree becomes ours, with the language's own precedences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import tree_sitter
import tree_sitter_hcl

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.nodes import Fault
from cloudaudit.sources.terraform.hcl.templates import Piece, Sequence, Text, assemble, unescape, unescape_heredoc

_CHUNK = 1 << 16
_CONSTANTS = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset({"*", "/", "%", "+", "-", ">", ">=", "<", "<=", "==", "!=", "&&", "||"})
_UNITS = {
    "template_interpolation": "interpolation",
    "template_if_intro": "if",
    "template_else_intro": "else",
    "template_if_end": "endif",
    "template_for_start": "for",
    "template_for_end": "endfor",
}
_EXPONENT = re.compile(rb'(?<![\w."])([0-9]+)(?=[eE][+-]?[0-9])(?=[^"]*(?:"[^"]*"[^"]*)*$)')
_REPAIRS = 20
_LONG_LINE = 1_000
_CHAIN = 1_000  # operators in a row
_LONGEST_INTEGER = 300
_EXACT = 2**53
_TOO_DEEP = nodes.Refused("nested too deeply")


@cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_hcl.language())


def parse_file(source: bytes, file: str, nesting: int) -> nodes.Body:
    """The body of an HCL file. `file` is the name that the user knows. Raises Fault with the line of the first error."""
    root, source = _parsed(source)
    reader = _Reader(source, file, nesting)
    for child in root.named_children:
        if child.type == "body":
            return reader.body(child, 0)
        if child.type != "comment":
            raise Fault("is not a Terraform file", _line(child))
    return nodes.Body({}, ())


def parse_expression(text: str, nesting: int) -> nodes.Node:
    """One expression, such as the value of `--var`. Raises Fault."""
    body = parse_file(b"value = " + text.encode() + b"\n", "", nesting)
    if body.blocks or set(body.attributes) != {"value"}:
        raise Fault("is not one expression")
    return body.attributes["value"].expression


def parse_template(text: str, nesting: int) -> nodes.Node:
    """A template without quotes: the file of `templatefile`, or a string of the JSON form. Raises Fault."""
    if "${" not in text and "%{" not in text:
        return nodes.Literal(text)
    mark = "TEMPLATE_END"
    while mark in text:
        mark += "_"
    root, source = _parsed(f"value = <<{mark}\n{text}\n{mark}\n".encode())
    heredoc = _first(root, "heredoc_template")
    if heredoc is None:
        raise Fault("is not a template")
    return _Reader(source, "", nesting).heredoc(heredoc, 0, trailing=1)


def _parsed(source: bytes) -> tuple[tree_sitter.Node, bytes]:
    """The tree of a well-formed text, and the text it is of. Raises Fault."""
    if not source.endswith(b"\n"):
        source += b"\n"
    for _ in range(_REPAIRS):
        try:
            return _parsed_once(source), source
        except Fault as fault:
            repaired = _with_fractions(source, fault.line or 1)
            if repaired == source:
                raise
            source = repaired
    raise Fault("has too many numbers with an exponent")


def _with_fractions(source: bytes, line: int) -> bytes:
    """The text with `1e5` of a line as `1.0e5`: the grammar knows no exponent without a fraction."""
    lines = source.split(b"\n")
    if len(lines[line - 1]) > _LONG_LINE:
        return source
    lines[line - 1] = _EXPONENT.sub(rb"\1.0", lines[line - 1])
    return b"\n".join(lines)


def _parsed_once(source: bytes) -> tree_sitter.Node:
    parser = tree_sitter.Parser(_language())
    if len(source) <= _CHUNK:
        root = parser.parse(source).root_node
    else:
        root = _parsed_until_error(parser, source)
    if root.has_error:
        raise Fault("does not parse", _line(_first_error(root)))
    return root


def _parsed_until_error(parser: tree_sitter.Parser, source: bytes) -> tree_sitter.Node:
    """Like `parse`, but stop at the first error: recovery costs memory without bound, and a broken file is dropped whole."""
    broken: list[int] = []

    def halt(offset: int, has_error: bool) -> bool:  # noqa: FBT001  (the parser's signature)
        if has_error:
            broken.append(offset)
        return has_error

    try:
        return parser.parse(lambda offset, _: source[offset : offset + _CHUNK], progress_callback=halt).root_node
    except ValueError:
        raise Fault("does not parse", source.count(b"\n", 0, broken[0] if broken else 0) + 1) from None


def _first_error(root: tree_sitter.Node) -> tree_sitter.Node:
    node = root
    while not (node.is_error or node.is_missing):
        broken = next((child for child in node.children if child.is_error or child.is_missing or child.has_error), None)
        if broken is None:
            break
        node = broken
    return node


def _first(root: tree_sitter.Node, kind: str) -> tree_sitter.Node | None:
    pending = [root]
    while pending:
        current = pending.pop()
        if current.type == kind:
            return current
        pending.extend(reversed(current.named_children))
    return None


def _line(node: tree_sitter.Node) -> int:
    return int(node.start_point.row) + 1


class _Reader:
    """Reads the concrete tree of one file."""

    def __init__(self, source: bytes, file: str, nesting: int) -> None:
        self.source = source
        self.file = file
        self.nesting = nesting

    def text(self, node: tree_sitter.Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def body(self, node: tree_sitter.Node, depth: int) -> nodes.Body:
        if depth > self.nesting:
            raise Fault(f"nests more than {self.nesting} blocks", _line(node))
        attributes: dict[str, nodes.Attribute] = {}
        blocks: list[nodes.Block] = []
        row = -1
        for child in node.named_children:
            kind = child.type
            if kind == "comment":
                continue
            line = _line(child)
            if line == row:
                raise Fault("lacks a line break between two arguments", line)
            row = int(child.end_point.row) + 1
            if kind == "block":
                blocks.append(self.block(child, line, depth))
                continue
            parts = [part for part in child.named_children if part.type != "comment"]
            name = self.text(parts[0])
            if name in attributes:
                raise Fault(f'sets "{name}" twice', line)
            attributes[name] = nodes.Attribute(self.expression(parts[-1], 0), line, self.file)
        return nodes.Body(attributes, tuple(blocks))

    def block(self, node: tree_sitter.Node, line: int, depth: int) -> nodes.Block:
        labels: list[str] = []
        body = nodes.Body({}, ())
        for child in node.named_children:
            kind = child.type
            if kind == "identifier":
                labels.append(self.text(child))
            elif kind == "string_lit":
                labels.append(unescape(self.text(child)[1:-1]))
            elif kind == "body":
                body = self.body(child, depth + 1)
        return nodes.Block(labels[0], tuple(labels[1:]), body, line, self.file)

    def expression(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        if depth > self.nesting:
            return _TOO_DEEP
        children = _significant(node)
        if children[0].type == "conditional":
            return self.conditional(children[0], depth)
        return self.operand(children, 0, depth)[0]

    def operand(self, children: list[tree_sitter.Node], start: int, depth: int) -> tuple[nodes.Node, int]:
        """The term that begins at `start`, with the steps that follow it, and the index after these."""
        first = children[start]
        kind = first.type
        end = start + 1
        if kind == "(":
            term: nodes.Node = nodes.Parenthesis(self.expression(children[start + 1], depth + 1))
            end = start + 3
        elif kind == "variable_expr":
            return self.traversal(first, children, end, depth)
        elif depth > self.nesting:
            term = _TOO_DEEP
        else:
            term = _TERMS[kind](self, first, depth + 1)
        steps, end = self.steps(children, end, depth)
        return (nodes.Access(term, steps) if steps else term), end

    def traversal(self, node: tree_sitter.Node, children: list[tree_sitter.Node], start: int, depth: int) -> tuple[nodes.Node, int]:
        name = self.text(node)
        steps, end = self.steps(children, start, depth)
        if name in _CONSTANTS and not steps:
            return nodes.Literal(_CONSTANTS[name]), end
        return nodes.Traversal(name, steps), end

    def steps(self, children: list[tree_sitter.Node], start: int, depth: int) -> tuple[tuple[nodes.Step, ...], int]:
        steps: list[nodes.Step] = []
        index = start
        while index < len(children):
            child = children[index]
            kind = child.type
            if kind == "get_attr":
                steps.append(self.text(child.named_children[-1]))
            elif kind == "index":
                steps.append(self.index(child, depth))
            elif kind == "splat":
                steps.extend(self.splat(child, depth))
            else:
                break
            index += 1
        return tuple(steps), index

    def index(self, node: tree_sitter.Node, depth: int) -> nodes.Index:
        inner = node.children[0]
        if inner.type == "legacy_index":
            return nodes.Index(nodes.Literal(int(self.text(inner).lstrip(". \n\t"))))
        key = next(child for child in inner.named_children if child.type != "comment")
        return nodes.Index(self.expression(key, depth + 1))

    def splat(self, node: tree_sitter.Node, depth: int) -> list[nodes.Step]:
        inner = node.children[0]
        steps, _ = self.steps(_significant(inner), 1, depth)
        if inner.type == "full_splat":
            return [nodes.Splat(steps)]
        attributes = next((place for place, step in enumerate(steps) if not isinstance(step, str)), len(steps))
        return [nodes.Splat(steps[:attributes]), *steps[attributes:]]

    def conditional(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        """`a ? b : c ? d : e` is `a ? b : (c ? d : e)`, whatever way the concrete tree leans."""
        arms: list[tuple[tree_sitter.Node, tree_sitter.Node]] = []
        while True:
            condition, _, yes, _, no = _significant(node)
            arms.append((yes, no))
            inner = _significant(condition)[0]
            if inner.type != "conditional":
                break
            node = inner
        if len(arms) > _CHAIN:
            return _TOO_DEEP
        result = self.expression(arms[0][1], depth + 1)
        for place, (yes, _) in enumerate(arms):
            test = condition if place + 1 == len(arms) else arms[place + 1][1]
            result = nodes.Conditional(self.expression(test, depth + 1), self.expression(yes, depth + 1), result)
        return result

    def operation(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        """Unary or binary; a chain `a + b + c` is walked along its left side, without recursion."""
        rest: list[tuple[str, nodes.Node]] = []
        while True:
            operation = node.children[0]
            children = _significant(operation)
            if operation.type == "unary_operation":
                result: nodes.Node = nodes.Unary(children[0].type, self.operand(children, 1, depth)[0])
                break
            place = next(index for index, child in enumerate(children) if child.type in _OPERATORS)
            rest.append((children[place].type, self.operand(children, place + 1, depth)[0]))
            if len(rest) > _CHAIN:
                return _TOO_DEEP
            if children[0].type != "operation" or place > 1:
                result = self.operand(children, 0, depth)[0]
                break
            node = children[0]
        for operator, right in reversed(rest):
            result = nodes.Binary(operator, result, right)
        return result

    def literal(self, node: tree_sitter.Node, _depth: int) -> nodes.Node:
        inner = node.children[0]
        text = self.text(inner)
        if inner.type == "string_lit":
            return nodes.Literal(unescape(text[1:-1]))
        return nodes.Literal(parse_number(text) if inner.type == "numeric_lit" else _CONSTANTS[text])

    def collection(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        inner = node.children[0]
        if inner.type == "tuple":
            return nodes.Tuple(tuple(self.expression(child, depth) for child in inner.named_children if child.type == "expression"))
        items: list[tuple[nodes.Node, nodes.Node]] = []
        for child in inner.named_children:
            if child.type != "object_elem":
                continue
            key, value = (part for part in child.named_children if part.type == "expression")
            items.append((_object_key(self.expression(key, depth)), self.expression(value, depth)))
        return nodes.Object(tuple(items))

    def call(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        arguments: list[nodes.Node] = []
        spread = False
        for child in node.named_children:
            if child.type == "function_arguments":
                arguments = [self.expression(part, depth) for part in child.named_children if part.type == "expression"]
                spread = any(part.type == "ellipsis" for part in child.named_children)
        return nodes.Call(self.text(node.named_children[0]), tuple(arguments), spread)

    def comprehension(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        inner = node.children[0]
        parts = inner.named_children
        intro = next(part for part in parts if part.type == "for_intro")
        names = [self.text(part) for part in intro.named_children if part.type == "identifier"]
        collection = next(part for part in intro.named_children if part.type == "expression")
        results = [self.expression(part, depth) for part in parts if part.type == "expression"]
        condition = next((part for part in parts if part.type == "for_cond"), None)
        test = next((part for part in condition.named_children if part.type == "expression"), None) if condition else None
        return nodes.For(
            key=names[0] if len(names) > 1 else None,
            value=names[-1],
            collection=self.expression(collection, depth),
            result_key=results[0] if len(results) > 1 else None,
            result=results[-1],
            condition=self.expression(test, depth) if test else None,
            grouped=any(part.type == "ellipsis" for part in parts),
        )

    def template(self, node: tree_sitter.Node, depth: int) -> nodes.Node:
        inner = node.children[0]
        if inner.type == "heredoc_template":
            return self.heredoc(inner, depth)
        start, end = inner.start_byte + 1, inner.end_byte - 1
        pieces: list[Piece] = []
        for gap, sequence in self.sequences(inner, start, end, depth):
            if gap:
                pieces.append(Text(unescape(gap)))
            if sequence:
                pieces.append(sequence)
        return assemble(pieces, flush=False, wrap=True)

    def heredoc(self, node: tree_sitter.Node, depth: int, *, trailing: int = 0) -> nodes.Node:
        """A heredoc, without the last `trailing` characters of its text."""
        names = [child for child in node.named_children if child.type == "heredoc_identifier"]
        start = self.source.index(b"\n", names[0].end_byte) + 1
        end = max(self.source.rindex(b"\n", 0, names[-1].start_byte) + 1 - trailing, start)
        pieces: list[Piece] = []
        for gap, sequence in self.sequences(node, start, end, depth):
            pieces.extend(Text(unescape_heredoc(line)) for line in gap.splitlines(keepends=True))
            if sequence:
                pieces.append(sequence)
        return assemble(pieces, flush=node.children[0].children[0].type == "<<-", wrap=bool(trailing))

    def sequences(self, node: tree_sitter.Node, start: int, end: int, depth: int) -> Iterator[tuple[str, Sequence | None]]:
        """The text before each `${…}` and `%{…}`, with it, and the text after the last."""
        position = start
        for unit in _units(node, self.nesting):
            if unit.start_byte >= end:
                break
            yield self.source[position : unit.start_byte].decode(), self.sequence(unit, depth)
            position = unit.end_byte
        yield self.source[position:end].decode(), None

    def sequence(self, unit: tree_sitter.Node, depth: int) -> Sequence:
        raw = self.source
        expression = next((child for child in unit.named_children if child.type == "expression"), None)
        names = tuple(self.text(child) for child in unit.named_children if child.type == "identifier")
        return Sequence(
            _UNITS[unit.type],
            trims_before=raw[unit.start_byte + 2 : unit.start_byte + 3] == b"~",
            trims_after=raw[unit.end_byte - 2 : unit.end_byte - 1] == b"~",
            expression=self.expression(expression, depth) if expression else None,
            names=names,
        )


def parse_number(text: str) -> int | float:
    """A number as written: whole numbers stay exact."""
    if text.isdigit():
        return int(text) if len(text) < _LONGEST_INTEGER else float(text)
    if text[:2] in {"0x", "0X"}:
        raise Fault(f"has a bad number {text[:40]}")
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def _object_key(node: nodes.Node) -> nodes.Node:
    if isinstance(node, nodes.Traversal) and not node.steps:
        return nodes.Literal(node.root)
    return node


def _significant(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [child for child in node.children if child.type != "comment"]


def _units(node: tree_sitter.Node, nesting: int) -> list[tree_sitter.Node]:
    """The `${…}` and `%{…}` below a template, in order, those inside directives too."""
    found: list[tree_sitter.Node] = []
    pending = [(child, 0) for child in reversed(node.named_children)]
    while pending:
        current, depth = pending.pop()
        if depth > 3 * nesting:
            raise Fault("nests template directives too deeply", _line(current))
        if current.type in _UNITS:
            found.append(current)
        elif current.type in {"template_directive", "template_if", "template_for"}:
            pending.extend((child, depth + 1) for child in reversed(current.named_children))
    return found


_TERMS: dict[str, Callable[[_Reader, tree_sitter.Node, int], nodes.Node]] = {
    "literal_value": _Reader.literal,
    "template_expr": _Reader.template,
    "collection_value": _Reader.collection,
    "function_call": _Reader.call,
    "for_expr": _Reader.comprehension,
    "operation": _Reader.operation,
    "expression": _Reader.expression,
}
