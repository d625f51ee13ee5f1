"""The scalars of YAML: plain ones by the core schema, quoted ones with their escapes and folding, literal and folded blocks."""

from __future__ import annotations

import re
from typing import Any

from cloudaudit.sources.terraform.hcl.values import whole

_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_TRUTHS = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"], False),
}
_INTEGER = re.compile(r"[-+]?(?:[0-9]{1,300}|0x[0-9a-fA-F]{1,60}|0o[0-7]{1,60})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_DOUBTFUL = re.compile(r"[-+]?\.(inf|nan)|\d{4}-\d\d?-\d\d?([Tt \t].*)?|[-?:]", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\n[ \t]*)|(.))|([ \t]*\n(?:[ \t]*\n)*[ \t]*)", re.DOTALL)
_FOLD = re.compile(r"[ \t]*\n((?:[ \t]*\n)*)[ \t]*")
_SIMPLE = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", "\t": "\t",
}  # fmt: skip
_LAST_CODE_POINT = 0x10FFFF


class YamlError(Exception):
    """A text that this reader does not follow, from a line on."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def plain_scalar(text: str, line: int) -> Any:
    """The value of an unquoted scalar. Raises YamlError where versions of YAML disagree about it."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 16 if "x" in text else 8 if "o" in text else 10)
    if _DOUBTFUL.fullmatch(text):
        raise YamlError(line)
    if _FLOAT.fullmatch(text):
        return whole(float(text))
    return text


def quoted(written: str, line: int) -> str:
    """The text of a scalar with its quotes. Raises YamlError."""
    body = written[1:-1]
    if written[0] == "'":
        return _FOLD.sub(_folded, body.replace("''", "'"))
    return _ESCAPE.sub(lambda match: _character(match, line), body)


def _folded(match: re.Match[str]) -> str:
    return "\n" * match.group(1).count("\n") or " "


def _character(match: re.Match[str], line: int) -> str:
    short, medium, long, joined, simple, fold = match.groups()
    if fold is not None:
        return "\n" * (fold.count("\n") - 1) or " "
    if joined is not None:
        return ""
    if simple is not None:
        if simple not in _SIMPLE:
            raise YamlError(line)
        return _SIMPLE[simple]
    code = int(short or medium or long, 16)
    if code > _LAST_CODE_POINT or 0xD800 <= code <= 0xDFFF:
        raise YamlError(line)
    return chr(code)


def block_text(lines: list[str], folded: bool, chomping: str) -> str:
    """The text of a literal or folded block, of its lines without their indentation."""
    body = list(lines)
    trailing = 0
    while body and not body[-1]:
        body.pop()
        trailing += 1
    text = _fold(body) if folded else "\n".join(body)
    if chomping == "-" or not (body or chomping == "+"):
        return text
    if chomping == "+":
        return text + "\n" * (trailing + bool(body))
    return text + "\n"


def _fold(lines: list[str]) -> str:
    """Join lines with a space; empty lines and those indented further keep their breaks."""
    pieces: list[str] = []
    empty = 0
    former = ""
    for place, line in enumerate(lines):
        if not line:
            empty += 1
            continue
        if place and pieces:
            kept = former[:1] in {" ", "\t"} or line[:1] in {" ", "\t"}
            pieces.append("\n" * (empty + 1) if kept else "\n" * empty or " ")
        elif empty:
            pieces.append("\n" * empty)
        pieces.append(line)
        former, empty = line, 0
    return "".join(pieces)
