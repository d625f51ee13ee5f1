"""Page: lines of text for a person, fitted to a width, and safe whatever the audited input holds."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from cloudaudit.report.options import Options
from cloudaudit.report.text import cells, padded, printable, wrapped

_NARROWEST = 40


class Style(Enum):
    """What colour means: an SGR code of ANSI terminals."""

    FAIL = "1;31"
    UNKNOWN = "1;33"
    WAIVED = "1;36"
    OK = "1;32"
    STRONG = "1"
    FAINT = "2"
    PLAIN = ""


Part = tuple[str, Style]


class Row(msgspec.Struct, frozen=True):
    """A thing in a list: where it is, what it is called, what else there is to say of it."""

    place: str
    name: str
    details: tuple[str, ...] = ()


class Page:
    """Collects lines. Every text that comes in is made printable here, so that no caller can forget it."""

    def __init__(self, options: Options) -> None:
        self.width = max(options.width, _NARROWEST)
        self._color = options.color
        self._unicode = options.unicode
        self._lines: list[str] = []

    def text(self) -> str:
        """All the lines; no blank one at the end."""
        return "\n".join(self._lines).rstrip("\n") + "\n"

    def blank(self) -> None:
        """One blank line, and never two."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def paragraph(self, text: str, *, indent: int = 0, label: str = "", style: Style = Style.PLAIN, body: Style = Style.PLAIN) -> None:
        """Wrapped text after a label; further lines stand under the first word."""
        margin = indent + cells(label)
        first, *others = wrapped(self._safe(text), self.width - margin) or [""]
        self._add(indent, (label, style), (first, body))
        for line in others:
            self._add(margin, (line, body))

    def rows(self, rows: Sequence[Row], *, indent: int) -> None:
        """Rows in two columns. What does not fit beside its place stands below it; neither is ever broken or cut."""
        safe = [Row(self._safe(row.place), self._safe(row.name), tuple(map(self._safe, row.details))) for row in rows]
        room = self.width - indent - 2
        column = max((cells(row.place) for row in safe if cells(row.place) + cells(row.name) <= room), default=0)
        for row in safe:
            if cells(row.place) <= column and column + cells(row.name) <= room:
                margin = indent + column + 2
                self._add(indent, (padded(row.place, column + 2), Style.PLAIN), (row.name, Style.STRONG))
            else:
                margin = indent + 2
                self._add(indent, (row.place, Style.PLAIN))
                self._add(margin, (row.name, Style.STRONG))
            for detail in row.details:
                for line in wrapped(detail, self.width - margin - 2):
                    self._add(margin + 2, (line, Style.FAINT))

    def _safe(self, text: str) -> str:
        return printable(text, unicode=self._unicode)

    def _add(self, indent: int, *parts: Part) -> None:
        shown = [(text, style) for text, style in parts if text]
        if shown and shown[0][0].startswith("::"):
            # Runners of pipelines take a line that begins with `::` for a command.
            shown[0] = (f"\\{shown[0][0]}", shown[0][1])
        if shown:
            shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
        self._lines.append(" " * (indent if shown else 0) + "".join(self._painted(text, style) for text, style in shown))

    def _painted(self, text: str, style: Style) -> str:
        return f"\x1b[{style.value}m{text}\x1b[0m" if self._color and style is not Style.PLAIN else text
