"""YAML as Terraform decodes it: libyaml's events, made into values with the scalars and the merging of go-cty-yaml.

What Terraform refuses, and what it reads as a moment, is Unknown, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.values import normal, to_text

_DEPTH = 60
_STANDARD = "tag:yaml.org,2002:"
_CONTAINERS = {"mapping": {None, f"{_STANDARD}map"}, "sequence": {None, f"{_STANDARD}seq"}}
_MERGE = "<<"

_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_TRUTHS = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"], False),
}
_BASED = re.compile(r"0x[0-9a-fA-F]{1,16}|0o[0-7]{1,21}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")
_DOUBTFUL = re.compile(
    r"[-+]?\.(?i:inf|nan)|\d{4}-\d\d?-\d\d?([Tt \t].*)?|0x[0-9a-fA-F]+|0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
)
"""What is not finite, a moment, or a number longer than any that a person writes."""
_CONFIRMED = {f"{_STANDARD}int": int | float, f"{_STANDARD}float": int | float, f"{_STANDARD}bool": bool}


class _NotFollowedError(Exception):
    """A text that is not followed, from a line on."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def read_yaml(text: str, budget: Budget) -> Any:
    """The value of a document, or Unknown. Raises EvaluationError for an empty text, and BoundError."""
    budget.measure(len(text))
    budget.spend(len(text) // 8)
    try:
        return _Document(budget).read(_events(text))
    except _NotFollowedError as error:
        return Unknown(Why.UNSUPPORTED, f"yamldecode() does not follow line {error.line} of the text")


def _events(text: str) -> Iterator[Any]:
    import yaml

    if "\ufeff" in text[1:]:
        raise _NotFollowedError(text.count("\n", 0, text.index("\ufeff", 1)) + 1)
    try:
        yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _NotFollowedError(mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as error:
        raise _NotFollowedError(text.count("\n", 0, error.position) + 1) from None
    except UnicodeError:
        raise _NotFollowedError(1) from None


class _Open(msgspec.Struct):
    """A collection that is being read: its values so far, the key that waits for one, and how many nodes it has."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    key: str | None = None
    nodes: int = 1


class _Document:
    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.whole: list[Any] = []

    def read(self, events: Iterator[Any]) -> Any:
        documents = 0
        for event in events:
            kind, line = type(event).__name__, event.start_mark.line + 1
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1 or (event.version and event.version != (1, 1)):
                    raise _NotFollowedError(line)
            elif kind not in {"StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"}:
                self.node(event, kind, line)
        if not documents:
            raise EvaluationError("yamldecode() of an empty text")
        return self.whole[0]

    def node(self, event: Any, kind: str, line: int) -> None:
        self.budget.spend(1)
        if kind == "ScalarEvent":
            value = _scalar(event, line)
            if event.anchor and not self.at_key():
                self.anchors[event.anchor] = value, 1
            self.add(value, 1, line)
        elif kind == "AliasEvent":
            if event.anchor not in self.anchors or self.at_key():
                raise _NotFollowedError(line)
            value, nodes = self.anchors[event.anchor]
            self.budget.spend(nodes)
            self.add(value, nodes, line)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            done = self.open.pop()
            if done.anchor:
                self.anchors[done.anchor] = done.value, done.nodes
            self.add(done.value, done.nodes, line)
        else:
            self.begin(event, "mapping" if kind == "MappingStartEvent" else "sequence", line)

    def begin(self, event: Any, kind: str, line: int) -> None:
        if event.tag not in _CONTAINERS[kind] or self.at_key():
            raise _NotFollowedError(line)
        if len(self.open) >= _DEPTH:
            raise BoundError(f"YAML nested more than {_DEPTH} levels")
        self.open.append(_Open({} if kind == "mapping" else [], event.anchor))

    def at_key(self) -> bool:
        """Whether the next node is the key of a mapping."""
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def add(self, value: Any, nodes: int, line: int) -> None:
        """A node that is complete: the document, an element, a key, or the value of the key before it."""
        if not self.open:
            self.whole.append(value)
            return
        last = self.open[-1]
        last.nodes += nodes
        if isinstance(last.value, list):
            last.value.append(value)
        elif last.key is None:
            if value is None or isinstance(value, list | dict):
                raise _NotFollowedError(line)
            last.key = to_text(value)
        else:
            key, last.key = last.key, None
            if key == _MERGE and not isinstance(value, dict):
                raise _NotFollowedError(line)
            last.value.update(value if key == _MERGE else {key: value})


def _scalar(event: Any, line: int) -> Any:
    """The value of a scalar by its form, which a tag may confirm; of a block the text of that value; of what stands in quotes the text."""
    quoted = event.style in {"'", '"'}
    if event.tag == f"{_STANDARD}str" or (quoted and event.tag in {None, *_CONFIRMED}):
        return normal(event.value)
    value = _plain(event.value, line)
    if event.tag is not None:
        if not isinstance(value, _CONFIRMED.get(event.tag, ())):
            raise _NotFollowedError(line)
        return value
    return to_text(value) if event.style and value is not None else value


def _plain(text: str, line: int) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _BASED.fullmatch(text):
        return int(text, 16 if "x" in text else 8)
    if _NUMBER.fullmatch(text):
        return precision.parsed(text)
    if _DOUBTFUL.fullmatch(text):
        raise _NotFollowedError(line)
    return normal(text)
