"""Templates: escapes, `~` trimming, indentation of `<<-` heredocs, and the nesting of directives."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.nodes import FileError, Part
from cloudaudit.sources.terraform.hcl.values import normal


class Text(msgspec.Struct, gc=False):
    """Literal text, at most one line of a heredoc."""

    value: str


class Sequence(msgspec.Struct, frozen=True, gc=False):
    """`${…}` or `%{…}`, and whether its ends trim the text beside them."""

    kind: str  # interpolation, if, else, endif, for, endfor
    trims_before: bool
    trims_after: bool
    expression: nodes.Node | None = None
    names: tuple[str, ...] = ()


Piece: TypeAlias = "Text | Sequence"

_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|([$%])\4\{')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_DOUBLED = re.compile(r"([$%])\1\{")
_LARGEST_CODE_POINT = 0x10FFFF


def unescape(text: str) -> str:
    """The characters that quoted text stands for."""
    if "\\" not in text:
        return unescape_heredoc(text)

    def character(match: re.Match[str]) -> str:
        simple, short, long, doubled = match.groups()
        if simple:
            return _SIMPLE[simple]
        if doubled:
            return doubled + "{"
        code = int(short or long, 16)
        return chr(code) if code <= _LARGEST_CODE_POINT and not 0xD800 <= code <= 0xDFFF else "\ufffd"

    return _ESCAPE.sub(character, text)


def unescape_heredoc(text: str) -> str:
    """`$${` and `%%{` stand for `${` and `%{`; a heredoc has no other escape."""
    return _DOUBLED.sub(r"\1{", text) if "{" in text else text


def assemble(pieces: list[Piece], *, flush: bool, wrap: bool) -> nodes.Node:
    """The template of its pieces. `flush` takes the common indentation away, `wrap` unwraps a lone `${x}`. Raises FileError."""
    _trim(pieces)
    if flush:
        _unindent(pieces)
    only = pieces[0] if len(pieces) == 1 else None
    if wrap and isinstance(only, Sequence) and only.kind == "interpolation" and only.expression is not None:
        return nodes.Template((only.expression,), wrap=True)
    parts, end = _nested(pieces, 0)
    if end != len(pieces):
        raise FileError("has a template directive without its beginning")
    if not parts:
        return nodes.Literal("")
    if len(parts) == 1 and isinstance(parts[0], str):
        return nodes.Literal(normal(parts[0]))
    return nodes.Template(parts)


def _trim(pieces: list[Piece]) -> None:
    for index, piece in enumerate(pieces):
        if isinstance(piece, Text):
            continue
        if piece.trims_before and index:
            before = pieces[index - 1]
            if isinstance(before, Text):
                before.value = before.value.rstrip()
        if piece.trims_after and index + 1 < len(pieces):
            after = pieces[index + 1]
            if isinstance(after, Text):
                after.value = after.value.lstrip()


def _unindent(pieces: list[Piece]) -> None:
    indents: list[tuple[Text, int]] = []
    least: int | None = None
    at_line_start = True
    for piece in pieces:
        if at_line_start:
            at_line_start = False
            spaces = 0
            if isinstance(piece, Text):
                stripped = piece.value.lstrip()
                blank = not stripped and piece.value.endswith("\n")
                spaces = -1 if blank else len(piece.value) - len(stripped)
                if not blank:
                    indents.append((piece, spaces))
            if spaces >= 0:
                least = spaces if least is None else min(least, spaces)
        if isinstance(piece, Text) and piece.value.endswith("\n"):
            at_line_start = True
    for text, _ in indents:
        text.value = text.value[least or 0 :]


def _nested(pieces: list[Piece], start: int) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    index = start
    while index < len(pieces):
        piece = pieces[index]
        if isinstance(piece, Text):
            if piece.value and parts and isinstance(parts[-1], str):
                parts[-1] += piece.value
            elif piece.value:
                parts.append(piece.value)
            index += 1
        elif piece.kind == "interpolation":
            parts.append(piece.expression or nodes.Refused("an interpolation is empty"))
            index += 1
        elif piece.kind in {"if", "for"}:
            part, index = _directive(pieces, index, piece)
            parts.append(part)
        else:
            break
    return tuple(parts), index


def _directive(pieces: list[Piece], start: int, opening: Sequence) -> tuple[Part, int]:
    assert opening.expression is not None
    body, index = _nested(pieces, start + 1)
    otherwise: tuple[Part, ...] = ()
    if opening.kind == "if" and _kind(pieces, index) == "else":
        otherwise, index = _nested(pieces, index + 1)
    if _kind(pieces, index) != "end" + opening.kind:
        raise FileError(f"has a template directive %{{ {opening.kind} }} without its end")
    if opening.kind == "if":
        return nodes.If(opening.expression, body, otherwise), index + 1
    key = opening.names[0] if len(opening.names) > 1 else None
    return nodes.Repeat(key, opening.names[-1], opening.expression, body), index + 1


def _kind(pieces: list[Piece], index: int) -> str:
    piece = pieces[index] if index < len(pieces) else None
    return piece.kind if isinstance(piece, Sequence) else ""
