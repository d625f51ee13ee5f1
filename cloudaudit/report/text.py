"""Text of unknown descent, made safe to show: nothing in it can move a cursor, reorder a line, start a new one or command a pipeline."""

from __future__ import annotations

import re
import unicodedata

_COMMAND = re.compile("#(?=#)")
_SURROGATES = re.compile("[\ud800-\udfff]")


def printable(text: str, *, unicode: bool = True) -> str:
    r"""The text on one line: control, bidirectional and invisible characters stand as escapes (`\x1b`, `\n`, `\u202e`).

    Without `unicode`, so does everything outside ASCII. Runners of pipelines take `##vso[…]` and `##[…]` anywhere in a line of output
    for a command: no two `#` stand together.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    if "##" in text:
        text = _COMMAND.sub(r"#\\", text)
    return text if unicode or text.isascii() else text.encode("ascii", "backslashreplace").decode()


def encodable(text: str) -> str:
    """The text with U+FFFD for each lone surrogate: a file name that is not UTF-8 must not stop a report."""
    return _SURROGATES.sub("\ufffd", text)


def cells(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, width: int) -> str:
    """The text with spaces up to a width in columns."""
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text at most `width` columns wide. A longer word (an address, say) has a line of its own: it is never broken."""
    lines: list[str] = []
    for word in text.split():
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
