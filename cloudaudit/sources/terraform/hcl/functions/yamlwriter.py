"""YAML as `yamlencode` writes it: keys and strings in double quotes, text of several lines as a literal block."""

from __future__ import annotations

import re
from typing import Any

from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget

_DEPTH = 200
_WIDTH = 80
_ESCAPES = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e",
    '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_NO_BLOCK = re.compile(r" (?:\n|\Z)|[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_ESCAPED = re.compile('["\\\\\u2028\u2029\ufeff]|[^ -~\xa0-\ud7ff\ue000-\ufffd]')


def yaml_text(value: Any, budget: Budget) -> str:
    """The document, with its last line break."""
    lines: list[str] = []
    _write(value, "", "", lines, budget, 0)
    plain = value is None or isinstance(value, bool | int | float)
    return "\n".join(lines) + ("\n...\n" if plain else "\n")  # a document of nothing but a plain scalar says where it ends


def _write(value: Any, head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    """Append the lines of a value that begins behind `head`."""
    if depth > _DEPTH:
        raise BoundError(f"a value nested more than {_DEPTH} levels")
    if isinstance(value, dict) and value:
        _entries([(f"{_quoted(key)}:", value[key]) for key in sorted(value)], head, indent, lines, budget, depth)
    elif isinstance(value, list) and value:
        _items(value, head, indent, lines, budget, depth)
    else:
        text = _scalar(value, indent if head.endswith("- ") else indent + "  ", len(head) + (head.endswith(":")))
        budget.measure(len(text) + len(head))
        lines.append(f"{head} {text}" if head and not head.endswith(" ") else head + text)


def _entries(pairs: list[tuple[str, Any]], head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    if head.endswith(":"):
        lines.append(head)
        head = indent
    for place, (key, item) in enumerate(pairs):
        nested = isinstance(item, dict) and item
        _write(
            item,
            (head if place == 0 and head.endswith("- ") else indent) + key,
            indent + "  " if nested else indent,
            lines,
            budget,
            depth + 1,
        )


def _items(items: list[Any], head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    if head.endswith(":"):
        lines.append(head)
        head = indent
    for place, item in enumerate(items):
        _write(item, (head if place == 0 and head.endswith("- ") else indent) + "- ", indent + "  ", lines, budget, depth + 1)


def _scalar(value: Any, indent: str, column: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return precision.written(value)
    if isinstance(value, str):
        if "\n" in value and not _NO_BLOCK.search(value):
            return _block(value, indent)
        return _folded(_quoted(value), indent, column)
    return "[]" if isinstance(value, list) else "{}"


def _quoted(text: str) -> str:
    """The text in double quotes. Source: libyaml's emitter, which go-cty-yaml is a port of."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _ESCAPES.get(found[0]) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")


def _folded(quoted: str, indent: str, column: int) -> str:
    """The text in double quotes, which begins in a column, on lines that end at the first single space behind the width."""
    if column + len(quoted) <= _WIDTH:
        return quoted
    pieces: list[str] = []
    spaces, last = False, len(quoted) - 2
    for place, char in enumerate(quoted):
        if char == " " and not spaces and column > _WIDTH and 1 < place < last:
            pieces.append(f"\n{indent}" + ("\\" if quoted[place + 1] == " " else ""))
            column = len(indent) + (quoted[place + 1] == " ")
        else:
            pieces.append(char)
            column += 1
        spaces = char == " "
    return "".join(pieces)


def _block(text: str, indent: str) -> str:
    """The text as a literal block, with what its header says of the space at its beginning and of the breaks at its end."""
    hint = "2" if text[0] in " \n" else ""
    sign = "" if text.endswith("\n") else "-"
    if text.endswith("\n\n") or text == "\n":
        sign = "+"
    lines = text.removesuffix("\n").split("\n")
    return f"|{hint}{sign}\n" + "\n".join(f"{indent}{line}" if line else "" for line in lines)
