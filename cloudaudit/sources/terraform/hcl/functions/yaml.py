"""YAML, in the part of it that configurations use. What lies beyond is Unknown, never guessed."""

from __future__ import annotations

import bisect
import re
from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.yamlscalars import YamlError, block_text, plain_scalar, quoted

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", re.DOTALL)
_QUOTED_KEY = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*')[ \t]*:(?=[ \t]|$)""")
_PLAIN_START = r"(?:[^\s\"'\[\]{},#&*!|>%@`:?-]|[:?-](?=[^\s,\[\]{}]))"
_PLAIN_KEY = re.compile(_PLAIN_START + r"(?:[^\n:#]|:(?=\S)|(?<=\S)#){0,1000}?[ \t]*:(?=[ \t]|$)")
_PLAIN_LINE = re.compile(_PLAIN_START + r"(?:[^\n:#]|:(?=\S)|(?<=\S)#)*")
_CONTINUED = re.compile(r"(?:[^\n:#]|:(?=\S)|(?<=\S)#)+")
_FLOW_PLAIN = re.compile(_PLAIN_START + r"(?:[^,\[\]{}:#\n]|:(?=[^\s,\[\]{}])|(?<=\S)#)*")
_FLOW_SPACE = re.compile(r"(?:[ \t\n]|(?<=[ \t\n])#[^\n]*)*")
_REST = re.compile(r"[ \t]*(?:$|[ \t]#|(?<=[ \t])#)")
_ANCHOR = re.compile(r"&([^\s\[\]{},]+)(?:[ \t]+|$)")
_ALIAS = re.compile(r"\*([^\s\[\]{},]+)")
_BLOCK = re.compile(r"([|>])(?:([+-])([1-9])?|([1-9])([+-])?)?[ \t]*(?:$|[ \t]#)")
_DEPTH = 60


def read_yaml(text: str, budget: Budget) -> Any:
    """The value of a document, or Unknown where the text is beyond this reader."""
    budget.measure(len(text))
    budget.spend(len(text) // 8)
    try:
        return _Document(text.replace("\r\n", "\n"), budget).read()
    except YamlError as error:
        return Unknown(Why.UNSUPPORTED, f"yamldecode() does not follow line {error.line} of the text")


class _Document:
    """A document and the line that is being read."""

    def __init__(self, text: str, budget: Budget) -> None:
        self.text = text
        self.budget = budget
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.row = 0
        self.anchors: dict[str, Any] = {}

    def error(self) -> YamlError:
        return YamlError(self.row + 1)

    def read(self) -> Any:
        if self.more() and self.lines[self.row].rstrip() == "---":
            self.row += 1
        elif not self.more():
            raise EvaluationError("yamldecode() of an empty text")
        if not self.more():
            return None
        value = self.behind(-1, 0, depth=0, after_key=False)
        if self.more() and not self.ended():
            raise self.error()
        return value

    def more(self) -> bool:
        """Go to the next line that says something; False at the end."""
        while self.row < len(self.lines):
            line = self.lines[self.row].lstrip(" ")
            if line.strip() and not line.startswith("#"):
                if line.startswith(("\t", "%")):
                    raise self.error()
                return True
            self.row += 1
        return False

    def ended(self) -> bool:
        """Whether the document ends here."""
        return self.lines[self.row].rstrip() == "..."

    def indent(self) -> int:
        line = self.lines[self.row]
        return len(line) - len(line.lstrip(" "))

    def at_dash(self, column: int) -> bool:
        return self.lines[self.row][column : column + 2] in {"-", "- "}

    def node(self, column: int, depth: int) -> Any:
        """The node that begins at a column of the current line."""
        self.budget.spend(1)
        if depth > _DEPTH:
            raise BoundError(f"YAML nested more than {_DEPTH} levels")
        if self.at_dash(column):
            return self.sequence(column, depth)
        if self.key(column) is not None:
            return self.mapping(column, depth)
        return self.inline(column, column - 1, depth)

    def sequence(self, column: int, depth: int) -> list[Any]:
        items: list[Any] = []
        while True:
            items.append(self.behind(column, column + 1, depth=depth, after_key=False))
            if not self.more() or self.indent() < column or not self.at_dash(column):
                return items
            if self.indent() != column:
                raise self.error()

    def key(self, column: int) -> tuple[str, bool, int] | None:
        """The key at a column, whether it is quoted, and the column behind its colon."""
        rest = self.lines[self.row][column:]
        match = (_QUOTED_KEY if rest[:1] in {'"', "'"} else _PLAIN_KEY).match(rest)
        if match is None:
            return None
        if rest[0] in {'"', "'"}:
            return quoted(match.group(1), self.row + 1), True, column + match.end()
        name = match.group()[:-1].rstrip()
        return self.name(name), False, column + match.end()

    def name(self, written: str) -> str:
        """The name that an unquoted key is: `on` is "true"."""
        value = plain_scalar(written, self.row + 1)
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int):
            raise self.error()
        return str(value)

    def mapping(self, column: int, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Any] = []
        while True:
            found = self.key(column)
            if found is None or found[0] in result:
                raise self.error()
            name, is_quoted, start = found
            value = self.behind(column, start, depth=depth, after_key=True)
            if name == "<<" and not is_quoted:
                merged.extend(value if isinstance(value, list) else [value])
            else:
                result[name] = value
            if not self.more() or self.indent() < column:
                break
            if self.indent() != column or self.lines[self.row].startswith(("---", "...")):
                if self.indent() != column:
                    raise self.error()
                break
        for part in merged:
            if not isinstance(part, dict):
                raise self.error()
            self.budget.spend(len(part) + len(result))
            result = {**part, **result}
        return result

    def behind(self, column: int, start: int, *, depth: int, after_key: bool) -> Any:
        """What stands behind a dash or a colon, on its line or below, for a parent at a column."""
        line = self.lines[self.row]
        place = start + len(line[start:]) - len(line[start:].lstrip(" "))
        anchor = _ANCHOR.match(line, place)
        if anchor:
            place = anchor.end()
        if _REST.match(line, place) or place >= len(line):
            value = self.below(column, depth, after_key=after_key)
        elif line[place] in "|>":
            value = self.block(column, place)
        elif after_key:
            value = self.inline(place, column, depth)
        elif anchor and self.key(place) is not None:
            raise self.error()
        else:
            value = self.node(place, depth + 1)
        if anchor:
            self.anchors[anchor.group(1)] = value
        return value

    def below(self, column: int, depth: int, *, after_key: bool) -> Any:
        self.row += 1
        if not self.more() or self.lines[self.row].startswith(("---", "...")):
            return None
        if self.indent() > column:
            return self.node(self.indent(), depth + 1)
        if after_key and self.indent() == column and self.at_dash(column):
            return self.sequence(column, depth + 1)
        return None

    def block(self, column: int, place: int) -> str:
        header = _BLOCK.match(self.lines[self.row], place)
        if header is None:
            raise self.error()
        style, chomping, width, width_first, chomping_after = header.groups()
        explicit = width or width_first
        self.row += 1
        indent = max(column, 0) + int(explicit) if explicit else 0
        taken: list[str] = []
        while self.row < len(self.lines):
            line = self.lines[self.row]
            spaces = len(line) - len(line.lstrip(" "))
            if line.strip(" "):
                indent = indent or spaces
                if spaces < indent or indent <= column:
                    break
            taken.append(line[indent:] if indent else "")
            self.row += 1
        if self.row == len(self.lines) and taken and not taken[-1]:
            taken.pop()
        self.budget.measure(sum(len(line) + 1 for line in taken))
        return block_text(taken, style == ">", chomping or chomping_after or "")

    def inline(self, place: int, column: int, depth: int) -> Any:
        """A scalar, a flow collection or an alias; later lines of it stand further right than `column`."""
        line = self.lines[self.row]
        mark = line[place]
        if mark == "*":
            return self.alias(_ALIAS.match(line, place))
        if mark in "[{\"'":
            value, end = self.flow(self.starts[self.row] + place, depth)
            self.row = bisect.bisect_right(self.starts, end) - 1
            if not _REST.match(self.lines[self.row], end - self.starts[self.row]):
                raise self.error()
            self.row += 1
            return value
        match = _PLAIN_LINE.match(line, place)
        if match is None:
            raise self.error()
        return self.plain(match, column)

    def alias(self, match: re.Match[str] | None) -> Any:
        if match is None or match.group(1) not in self.anchors or not _REST.match(match.string, match.end()):
            raise self.error()
        self.row += 1
        return self.anchors[match.group(1)]

    def plain(self, match: re.Match[str], column: int) -> Any:
        first = self.row + 1
        pieces = [match.group().rstrip()]
        complete = not _REST.match(match.string, match.end())
        if complete:
            raise self.error()
        commented = bool(match.string[match.end() :].strip())
        self.row += 1
        while not commented and self.row < len(self.lines) and self.lines[self.row].strip() and self.indent() > column and not self.ended():
            text = self.lines[self.row].strip()
            more = _CONTINUED.fullmatch(text)
            if more is None or text[0] == "#" or self.lines[self.row].startswith(("---", "...")):
                raise self.error()
            pieces.append(text)
            self.row += 1
        return plain_scalar(pieces[0], first) if len(pieces) == 1 else " ".join(pieces)

    def flow(self, place: int, depth: int) -> tuple[Any, int]:
        """The flow node at an offset of the text, and the offset behind it."""
        self.budget.spend(1)
        if depth > _DEPTH:
            raise BoundError(f"YAML nested more than {_DEPTH} levels")
        mark = self.text[place : place + 1]
        if mark in {'"', "'"}:
            match = _QUOTED.match(self.text, place)
            if match is None:
                raise self.error()
            return quoted(match.group(), self.row + 1), match.end()
        if mark in {"[", "{"}:
            return self.flow_items(place + 1, depth, "]" if mark == "[" else "}")
        if mark == "*":
            match = _ALIAS.match(self.text, place)
            if match is None or match.group(1) not in self.anchors:
                raise self.error()
            return self.anchors[match.group(1)], match.end()
        match = _FLOW_PLAIN.match(self.text, place)
        if match is None:
            raise self.error()
        return plain_scalar(match.group().rstrip(), self.row + 1), match.end()

    def flow_items(self, place: int, depth: int, closing: str) -> tuple[Any, int]:
        items: list[Any] = []
        entries: dict[str, Any] = {}
        place = self.space(place)
        while not self.text.startswith(closing, place):
            start = place
            value, place = self.flow(place, depth + 1)
            place = self.space(place)
            if closing == "}":
                name = value if self.text[start] in {'"', "'"} else self.name(self.text[start:place].strip())
                if name in entries or name == "<<":
                    raise self.error()
                entries[name], place = self.flow_value(place, depth)
            else:
                items.append(value)
            if self.text.startswith(",", place):
                place = self.space(place + 1)
            elif not self.text.startswith(closing, place):
                raise self.error()
        return (entries if closing == "}" else items), place + 1

    def flow_value(self, place: int, depth: int) -> tuple[Any, int]:
        if not self.text.startswith(":", place):
            return None, place
        place = self.space(place + 1)
        if self.text[place : place + 1] in {",", "}"}:
            return None, place
        value, place = self.flow(place, depth + 1)
        return value, self.space(place)

    def space(self, place: int) -> int:
        match = _FLOW_SPACE.match(self.text, place)
        return match.end() if match else place
