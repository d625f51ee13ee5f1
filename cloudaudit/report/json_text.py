"""JSON text that any reader takes and that is harmless on a terminal."""

from __future__ import annotations

import json
import re

import msgspec

from cloudaudit.model.names import Named
from cloudaudit.report.text import encodable

_ESCAPED = re.compile("[^\x00-\x7e]|#(?=#)")  # runners of pipelines take `##vso[…]` anywhere in a line for a command


def json_text(document: object) -> str:
    r"""Indented JSON. Invisible and bidirectional characters stand as `\u` escapes, which say the same to a parser."""
    return _harmless(msgspec.json.format(_encoded(document), indent=2).decode() + "\n")


def json_line(item: object) -> str:
    """The same on one line."""
    return _harmless(_encoded(item).decode())


def _harmless(text: str) -> str:
    """Most lines hold nothing to escape: looking for it by a pattern costs more than to make them."""
    plain = text.isascii() and "\x7f" not in text and "##" not in text
    return text if plain else _ESCAPED.sub(_escaped, text)


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document, enc_hook=_plain)
    except UnicodeEncodeError:
        # A lone surrogate, as in a file name that is not UTF-8: only the slower encoder takes it.
        return encodable(json.dumps(msgspec.to_builtins(document, enc_hook=_plain), ensure_ascii=False)).encode()


def _plain(item: object) -> str:
    """A name of a declared resource, as any text: a resource may lie in the region or the account that another one names."""
    if isinstance(item, Named):
        return str(item)
    raise TypeError(f"no report holds a {type(item).__name__}")


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if char == "#":
        return "\\u0023"
    return char if char.isprintable() else json.dumps(char)[1:-1]
