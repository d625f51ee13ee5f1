"""From text to the syntax tree: tree-sitter's concrete tree becomes ours, with the language's own precedences."""

from __future__ import annotations

import re
from functools import cache

import tree_sitter
import tree_sitter_hcl

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.comments import comments_of
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.reader import Reader, line_of

_CHUNK = 1 << 16
_EXPONENT = re.compile(rb'(?<=[=\[(,?:+*/<>-])(\s*[0-9]+)(?=[eE][+-]?[0-9])(?=[^"]*(?:"[^"]*"[^"]*)*$)')
_INTERPOLATION = re.compile(rb'(?<!\$)\$\{[^"{}]*\}')
_INNER_EXPONENT = re.compile(rb"(?<=[={\[(,?:+*/<>-])(\s*[0-9]+)(?=[eE][+-]?[0-9])")
_LONG_LINE = 1_000


@cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_hcl.language())


def parse_file(source: bytes, file: str, nesting: int) -> nodes.Body:
    """The body of an HCL file. `file` is the name that the user knows. Raises FileError with the line of the first error."""
    root, source = _parsed(source)
    comments = comments_of(root, source, file)
    reader = Reader(source, file, nesting)
    for child in root.named_children:
        if child.type == "body":
            body = reader.body(child, 0)
            return nodes.Body(body.attributes, body.blocks, comments)
        if child.type != "comment":
            raise FileError("is not a Terraform file", line_of(child))
    return nodes.Body({}, (), comments)


def parse_expression(text: str, nesting: int) -> nodes.Node:
    """One expression, such as the value of `--var`. Raises FileError."""
    body = parse_file(b"value = " + text.encode() + b"\n", "", nesting)
    if body.blocks or set(body.attributes) != {"value"}:
        raise FileError("is not one expression")
    return body.attributes["value"].expression


def parse_template(text: str, nesting: int) -> nodes.Node:
    """A template without quotes: the file of `templatefile`, or a string of the JSON form. Raises FileError."""
    if "${" not in text and "%{" not in text:
        return nodes.Literal(text)
    mark = "TEMPLATE_END"
    while mark in text:
        mark += "_"
    root, source = _parsed(f"value = <<{mark}\n{text}\n{mark}\n".encode())
    heredoc = _first(root, "heredoc_template")
    if heredoc is None:
        raise FileError("is not a template")
    return Reader(source, "", nesting).heredoc(heredoc, 0, trailing=1)


def _parsed(source: bytes) -> tuple[tree_sitter.Node, bytes]:
    """The tree of a well-formed text, and the text it is of. Raises FileError."""
    if not source.endswith(b"\n"):
        source += b"\n"
    try:
        return _parsed_once(source), source
    except FileError:
        repaired = _with_fractions(source)
        if repaired == source:
            raise
        return _parsed_once(repaired), repaired


def _with_fractions(source: bytes) -> bytes:
    """The text with `= 1e5` as `= 1.0e5`: the grammar knows no exponent without a fraction."""
    lines = source.split(b"\n")
    return b"\n".join(line if len(line) > _LONG_LINE else _with_fraction(line) for line in lines)


def _with_fraction(line: bytes) -> bytes:
    line = _INTERPOLATION.sub(lambda match: _INNER_EXPONENT.sub(rb"\1.0", match.group()), line)
    return _EXPONENT.sub(rb"\1.0", line)


def _parsed_once(source: bytes) -> tree_sitter.Node:
    parser = tree_sitter.Parser(_language())
    root = parser.parse(source).root_node if len(source) <= _CHUNK else _parsed_until_error(parser, source)
    if root.has_error:
        raise FileError("does not parse", line_of(_first_error(root)))
    return root


def _parsed_until_error(parser: tree_sitter.Parser, source: bytes) -> tree_sitter.Node:
    """Like `parse`, but stop at the first error: recovery costs memory without bound, and a broken file is dropped whole."""
    broken: list[int] = []

    def halt(offset: int, has_error: bool) -> bool:
        if has_error:
            broken.append(offset)
        return has_error

    try:
        return parser.parse(lambda offset, _: source[offset : offset + _CHUNK], progress_callback=halt).root_node
    except ValueError:
        raise FileError("does not parse", source.count(b"\n", 0, broken[0] if broken else 0) + 1) from None


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
