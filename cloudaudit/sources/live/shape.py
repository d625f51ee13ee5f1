"""Translation of a cloud's answers into Terraform's shape: paths, blocks and tags, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Union

import msgspec

Item = Mapping[str, Any]
"""One element of an answer, by the cloud's own names."""

Source = Union[str, Callable[[Item], Any]]
"""Where a value comes from: a path in the item ("Certificates[0].CertificateArn"), or a function of it.

A path must lead somewhere: an item without it is not understood. `Maybe` says what may be left out.
"""

Condition = Callable[[Item], bool]

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d*)\])?")
_PLACE = re.compile(r"\{([^{}]+)\}")


class Malformed(ValueError):  # noqa: N818  (it names the answer's state)
    """An answer has another shape than its table says."""


class Missing(Malformed):
    """An answer has not what its table says that every answer has."""


class Odd(msgspec.Struct, frozen=True):
    """A part that is not understood, in a value that otherwise is, and why."""

    cause: str


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((match[1], match[2]) for match in _STEP.finditer(path))


def find(item: Any, path: str) -> Any:
    """The value at a path as the cloud gave it; None where it is missing. An empty path is the item itself.

    `A[].B` gathers B over a list, `A[0].B` looks at its first element.

    Raises:
        Malformed: a list or a mapping was expected on the way.
    """
    return _walk(item, _steps(path), path)


def pick(item: Any, path: str) -> Any:
    """The value that stands at a path, as plain JSON: dates become ISO 8601 in UTC. A path with `[]` gives a list, any other no list.

    Raises:
        Missing: nothing stands there.
        Malformed: something of another shape stands there.
    """
    found = find(item, path)
    if found in (None, ""):
        raise Missing(f"{path} is missing")
    if isinstance(found, list) and "[]" in path:
        given = [leaf for leaf in _leaves(item, _steps(path)) if not _scalar(leaf)]
        if given:
            raise Malformed(f"an element of {path} is missing or has another shape")
    elif not _scalar(found):
        raise Malformed(f"{path} has another shape")
    return _plain(found)


def _scalar(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, Mapping | list)


def _leaves(value: Any, steps: tuple[tuple[str, str | None], ...]) -> Iterator[Any]:
    """What stands at the end of a path, once for each element on the way; None where it is missing."""
    if not steps or not isinstance(value, Mapping):
        yield None if steps else value
        return
    (name, index), rest = steps[0], steps[1:]
    inner = value.get(name)
    if index:
        inner = inner[int(index)] if isinstance(inner, list) and int(index) < len(inner) else None
    for element in inner if index == "" and isinstance(inner, list) else [inner]:
        yield from _leaves(element, rest)


def elements(item: Any, path: str) -> list[Any]:
    """The elements at a path: a list's, or the one mapping there.

    Raises:
        Missing: nothing stands there.
        Malformed: it is neither.
    """
    found = find(item, path)
    if found in (None, "") or (not path and not found):
        raise Missing(f"{path or 'the answer'} is missing")
    if isinstance(found, Mapping):
        return [found]
    if not isinstance(found, list):
        raise Malformed(f"{path} is not a list")
    return found


def _walk(value: Any, steps: tuple[tuple[str, str | None], ...], path: str) -> Any:
    if not steps or value is None:
        return value
    (name, index), rest = steps[0], steps[1:]
    if not isinstance(value, Mapping):
        raise Malformed(f"{path}: {name} is asked of {type(value).__name__}")
    value = value.get(name)
    if index is None or value is None:
        return _walk(value, rest, path)
    if not isinstance(value, list):
        raise Malformed(f"{path}: {name} is not a list")
    if index:
        return _walk(value[int(index)], rest, path) if int(index) < len(value) else None
    found = [_walk(element, rest, path) for element in value]
    if any(mark == "" for _, mark in rest):
        return [leaf for leaves in found for leaf in leaves or ()]
    return [leaf for leaf in found if leaf is not None]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(name): _plain(element) for name, element in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    return value


def evaluate(source: Source, item: Item) -> Any:
    """The value that a source gives for an item.

    Raises:
        Missing: the item has not what the source needs.
        Malformed: it has it in another shape.
    """
    return pick(item, source) if isinstance(source, str) else source(item)


def understood(source: Source, item: Item) -> Any:
    """The value of a source, or what is odd about the item."""
    try:
        return evaluate(source, item)
    except Malformed as error:
        return Odd(str(error))


class Maybe(msgspec.Struct, frozen=True):
    """What an item may lack, where that means that there is none. `unless` says of which items it does not."""

    source: Source
    unless: Condition | None = None

    def __call__(self, item: Item) -> Any:
        try:
            return evaluate(self.source, item)
        except Missing:
            if self.unless is not None and self.unless(item):
                raise
            return [] if isinstance(self.source, Blocks) else {} if isinstance(self.source, Tags) else None


class Blocks(msgspec.Struct, frozen=True):
    """The mappings at a path as nested blocks; a single mapping is one block. `filled`: there is always one at least."""

    path: str
    shape: Mapping[str, Source]
    filled: bool = False

    def __call__(self, item: Item) -> list[Any]:
        found = elements(item, self.path)
        if self.filled and not found:
            raise Malformed(f"{self.path} is empty")
        return [self._block(element) for element in found]

    def _block(self, element: Any) -> Any:
        if not isinstance(element, Mapping):
            return Odd(f"an element of {self.path} is missing or has another shape")
        return {name: understood(source, element) for name, source in self.shape.items()}


class Tags(msgspec.Struct, frozen=True):
    """A list of tags (or a single one) as a map, without the provider's own (`aws:cloudformation:stack-name`)."""

    path: str
    key: str = "Key"
    value: str = "Value"
    reserved: str = "aws:"

    def __call__(self, item: Item) -> dict[str, str]:
        tags = {}
        for tag in elements(item, self.path):
            name, value = find(tag, self.key), find(tag, self.value)
            if not isinstance(name, str) or not isinstance(value, str):
                raise Malformed(f"{self.path}: a tag has no {self.key if not isinstance(name, str) else self.value}")
            if not name.startswith(self.reserved):
                tags[name] = value
        return tags


class Is(msgspec.Struct, frozen=True):
    """Whether the value at a path is a certain one: `Status` is "Enabled"."""

    path: str
    value: Any

    def __call__(self, item: Item) -> bool:
        return bool(pick(item, self.path) == self.value)


class First(msgspec.Struct, frozen=True):
    """The first of some sources that says anything."""

    sources: tuple[Source, ...]

    def __call__(self, item: Item) -> Any:
        for source in self.sources[:-1]:
            with suppress(Missing):
                return evaluate(source, item)
        return evaluate(self.sources[-1], item)


class Always(msgspec.Struct, frozen=True):
    """The same value whatever the item says."""

    value: Any

    def __call__(self, item: Item) -> Any:  # noqa: ARG002  (a source takes the item)
        return self.value


class Text(msgspec.Struct, frozen=True):
    """A text with paths of the item in braces: "vol/{VolumeId}"."""

    template: str

    def __call__(self, item: Item) -> str:
        return render(self.template, item)


def render(template: str, item: Item) -> str:
    """The template with each path in braces replaced by its value.

    Raises:
        Malformed: a value is missing or is no text.
    """

    def value(match: re.Match[str]) -> str:
        found = find(item, match[1])
        if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
            raise Malformed(f"{match[1]} is missing")
        return str(found)

    return _PLACE.sub(value, template)
