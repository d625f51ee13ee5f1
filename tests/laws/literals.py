"""The literals of a configuration, and what may stand in the place of each: inputs that are not known and may be what stood there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec
import tree_sitter
import tree_sitter_hcl

from tests.laws.fixture_audits import FIXTURES

Files = Mapping[str, str]
ROOT = Path(__file__).resolve().parents[2]

JUDGED = ("resource", "data", "provider", "module", "locals")
"""The blocks whose literals count; Terraform takes no variable in those of `terraform`, `moved` and the like."""

FIXED = ("source", "version", "alias", "providers", "provider")
"""Arguments of those blocks, and `lifecycle` in them, in which Terraform takes no variable."""

INPUTS = '\nvariable "untold" {}\nvariable "other" {}\n'
READ = '\ndata "external" "read" {\n  program = ["x"]\n}\n'
MADE = '\nresource "random_pet" "made" {}\nresource "random_integer" "made" {\n  min = 1\n  max = 2\n}\n'
KINDS = {"string_lit": "text", "numeric_lit": "number", "bool_lit": "flag"}


class Literal(msgspec.Struct, frozen=True):
    """Where a literal stands: its place in the file, and what it is the value of (`aws_s3_bucket bucket`)."""

    file: str
    start: int
    end: int
    kind: str
    name: str


class Variant(msgspec.Struct, frozen=True):
    """A configuration of which one literal is an input."""

    literal: Literal
    put: str
    text: str  # of the literal's file


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def configurations() -> list[Files]:
    """The configurations of the rows of review that are right, and of the fixtures; each once."""
    rows = [row["files"] for path in sorted((ROOT / "tests/verdicts").glob("review_*.json")) for row in json.loads(path.read_bytes())]
    fixtures = [{str(file.relative_to(path)): file.read_text(encoding="utf-8") for file in sorted(path.rglob("*.tf"))} for path in FIXTURES]
    distinct = {json.dumps(files, sort_keys=True): files for files in (*rows, *fixtures)}
    return [files for files in distinct.values() if any(name.endswith(".tf") for name in files)]


def literals(files: Files) -> list[Literal]:
    return [found for file, text in files.items() if file.endswith(".tf") for found in _of_file(file, text)]


def _of_file(file: str, text: str) -> Iterator[Literal]:
    for body in _parser().parse(text.encode()).root_node.named_children:
        for block in body.named_children:
            if block.type == "block" and _word(block) in JUDGED:
                label = next((child for child in block.named_children if child.type == "string_lit"), None)
                kind = _word(block) if label is None or _word(block) == "module" else _text(label).strip('"')
                for start, end, node, path in _within(block, ()):
                    yield Literal(file, start, end, KINDS[node], f"{kind} {'.'.join(path)}")


def _within(node: tree_sitter.Node, path: tuple[str, ...]) -> Iterator[tuple[int, int, str, tuple[str, ...]]]:
    """The literals of expressions within a block, each with the names that lead to it."""
    for child in node.named_children:
        if child.type == "literal_value":
            inner = child.named_children[0] if child.named_children else child
            if inner.type in KINDS:
                yield inner.start_byte, inner.end_byte, inner.type, path
        elif child.type == "block":
            if _word(child) != "lifecycle":
                yield from _within(child, (*path, _word(child)))
        elif child.type == "attribute":
            if path or _word(child) not in FIXED:
                yield from _within(child, (*path, _word(child)))
        elif child.type == "object_elem":
            key, value = (part for part in child.named_children if part.type == "expression")
            yield from _within(value, (*path, _text(key).strip('"')))
        else:
            yield from _within(child, path)


def _word(node: tree_sitter.Node) -> str:
    return _text(node.named_children[0])


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()


def variants(files: Files, literal: Literal) -> Iterator[Variant]:
    """What may stand there instead; in the file of a called module nothing that its caller would have to give.

    Nobody writes out what is made at random: it stands in the place of no text that the configuration has twice, nor of a path or a format.
    """
    source = files[literal.file].encode()
    stood = source[literal.start : literal.end].decode()
    word = stood.strip('"').lower()
    named = literal.kind == "text" and ({"/", "%"} & set(word) or "\n".join(files.values()).lower().count(word) > 1)
    for put in _instead(stood, literal.kind):
        if not (("var." in put and "/" in literal.file) or ("random_" in put and named)):
            beside = MADE if "random_" in put else INPUTS if "var." in put else READ
            text = source[: literal.start].decode() + put + source[literal.end :].decode() + beside
            yield Variant(literal, put, text)


def _instead(stood: str, kind: str) -> Iterator[str]:
    """Expressions each of which may be what stood there, or something else."""
    yield "var.untold"
    yield {"text": "random_pet.made.id", "number": "random_integer.made.result", "flag": 'random_pet.made.id == "x"'}[kind]
    yield f"(var.untold ? {stood} : var.other)"
    if kind == "text":
        half = len(stood) // 2
        yield "data.external.read.result.v"
        yield "lower(var.untold)" if stood == stood.lower() else "trimspace(var.untold)"
        if not {"\\", "$", "%"} & set(stood) and half > 1:
            yield '"${var.untold}' + stood[half:]
            yield stood[:half] + '${data.external.read.result.v}"'
