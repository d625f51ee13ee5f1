"""From tree-sitter's concrete tree to ours, with the language's own precedences."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import tree_sitter

from cloudaudit.sources.terraform.hcl import nodes, precision, splats
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.templates import Piece, Sequence, Text, assemble, unescape, unescape_heredoc
from cloudaudit.sources.terraform.hcl.values import normal

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
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # Go's
_CHAIN = 1_000  # operators in a row
_STEPS = frozenset({"get_attr", "index", "splat"})
_TOO_DEEP = nodes.Refused("nested too deeply")


class Reader:
    """Reads the concrete tree of one file."""

    def __init__(self, source: bytes, file: str, nesting: int) -> None:
        self.source = source
        self.file = file
        self.nesting = nesting

    def text(self, node: tree_sitter.Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def body(self, node: tree_sitter.Node, depth: int) -> nodes.Body:
        if depth > self.nesting:
            raise FileError(f"nests more than {self.nesting} blocks", line_of(node))
        attributes: dict[str, nodes.Attribute] = {}
        blocks: list[nodes.Block] = []
        row = -1
        for child in node.named_children:
            kind = child.type
            if kind == "comment":
                continue
            line = line_of(child)
            if line == row:
                raise FileError("lacks a line break between two arguments", line)
            row = int(child.end_point.row) + 1
            if kind == "block":
                blocks.append(self.block(child, line, depth))
                continue
            parts = [part for part in child.named_children if part.type != "comment"]
            name = self.text(parts[0])
            if name in attributes:
                raise FileError(f'sets "{name}" twice', line)
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
        end = start
        while end < len(children) and children[end].type in _STEPS:
            end += 1
        if end == start:
            return (), end
        return splats.nested([part for child in children[start:end] for part in self.parts(child, depth)]), end

    def parts(self, node: tree_sitter.Node, depth: int) -> Iterator[splats.Part]:
        """One step, or a splat and the steps that the concrete tree holds in it, side by side."""
        if node.type == "get_attr":
            yield self.text(node.named_children[-1])
        elif node.type == "index":
            yield self.index(node, depth)
        elif node.type == "splat":
            _, *rest = _significant(node.children[0])
            yield splats.FULL if node.children[0].type == "full_splat" else splats.ATTRIBUTES
            for child in rest:
                yield from self.parts(child, depth)

    def index(self, node: tree_sitter.Node, depth: int) -> splats.Part:
        inner = node.children[0]
        if inner.type == "legacy_index":
            return splats.Legacy(int(self.text(inner).lstrip(". \n\t")))
        key = next(child for child in inner.named_children if child.type != "comment")
        return nodes.Index(self.expression(key, depth + 1))

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
            return nodes.Literal(normal(unescape(text[1:-1])))
        if inner.type != "numeric_lit":
            return nodes.Literal(_CONSTANTS[text])
        try:
            number = precision.parsed(text)
        except ValueError:
            raise FileError(f"has a bad number {text[:20]}", line_of(node)) from None
        return nodes.Literal(number) if number < precision.INFINITY else nodes.Refused("a number of this size")

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
        self.ends_once(names[0], start, end)
        pieces: list[Piece] = []
        for gap, sequence in self.sequences(node, start, end, depth):
            pieces.extend(Text(unescape_heredoc(line)) for line in gap.splitlines(keepends=True))
            if sequence:
                pieces.append(sequence)
        return assemble(pieces, flush=node.children[0].children[0].type == "<<-", wrap=bool(trailing))

    def ends_once(self, marker: tree_sitter.Node, start: int, end: int) -> None:
        """Raises FileError where Terraform sees the end of a heredoc earlier: any Unicode space may stand beside its marker."""
        name = self.text(marker)
        for place, line in enumerate(self.source[start:end].decode().split("\n"), line_of(marker) + 1):
            if line.strip(_SPACE) == name:
                raise FileError("has a line that ends a heredoc for Terraform, with odd space beside its marker", place)

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


def line_of(node: tree_sitter.Node) -> int:
    """The line where a node begins."""
    return int(node.start_point.row) + 1


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
            raise FileError("nests template directives too deeply", line_of(current))
        if current.type in _UNITS:
            found.append(current)
        elif current.type in {"template_directive", "template_if", "template_for"}:
            pending.extend((child, depth + 1) for child in reversed(current.named_children))
    return found


_TERMS: dict[str, Callable[[Reader, tree_sitter.Node, int], nodes.Node]] = {
    "literal_value": Reader.literal,
    "template_expr": Reader.template,
    "collection_value": Reader.collection,
    "function_call": Reader.call,
    "for_expr": Reader.comprehension,
    "operation": Reader.operation,
    "expression": Reader.expression,
}
