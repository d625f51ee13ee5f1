"""Text of unknown descent inside Markdown: it makes no markup, no table cell, no mention, no link."""

from __future__ import annotations

import re

from cloudaudit.report.text import printable

_MARKUP = re.compile(r"""[\\`*_\[\]|<>"]|[@#!%&~$]|://|www\.""", re.IGNORECASE)
_ENTITIES = {"<": "&lt;", ">": "&gt;", '"': "&quot;"}
_BREAK = "&#8203;"  # a zero-width space: hosts look for `@name` and `#12` in the text that remains after Markdown
_SIGILS = "@#!%&~$"
_CODE_ENDS = re.compile(r"[`|\\]")
_NOT_WORD = re.compile(r"[^A-Za-z0-9 ]")


def prose(text: str) -> str:
    """The text as running text, inside a line that begins with a word of ours."""
    return _MARKUP.sub(_harmless, printable(text))


def code(text: str) -> str:
    """The text as inline code, in a table cell too."""
    shown = printable(text)
    if not shown.strip():
        return ""
    if not _CODE_ENDS.search(shown):
        return f"`{shown.strip()}`"
    return f"<code>{_NOT_WORD.sub(lambda match: f'&#{ord(match[0])};', shown)}</code>"


def advice(text: str) -> str:
    """The text as running text in which only `code` between backticks is markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return prose(text)
    return "".join(code(part) if number % 2 else prose(part) for number, part in enumerate(parts))


def _harmless(match: re.Match[str]) -> str:
    found = match[0]
    if found in _ENTITIES:
        return _ENTITIES[found]
    if len(found) > 1:
        return f"{found[:-1]}{_BREAK}{found[-1]}"
    shown = "&amp;" if found == "&" else f"\\{found}"
    return f"{shown}{_BREAK}" if found in _SIGILS else shown
