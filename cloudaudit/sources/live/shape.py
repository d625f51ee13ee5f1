"""Translation of a cloud's answers into Terraform's shape: paths, blocks and tags, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Union

import msgspec

Item = Mapping[str, Any]
"""One element of an answer, by the cloud's own names."""

Source = Union[str, Callable[[Item], Any]]
"""Where a value comes from: a path in the item ("Certificates[0].CertificateArn"), or a function of it."""

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d*)\])?")
_PLACE = re.compile(r"\{([^{}]+)\}")


class Malformed(ValueError):  # noqa: N818  (it names the answer's state)
    """An answer has another shape than its table says."""


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
    """Like `find`, as plain JSON values: dates become ISO 8601 in UTC."""
    return _plain(find(item, path))


def elements(item: Any, path: str) -> list[Any]:
    """The elements at a path: a list's, or the one mapping there; none where it is missing.

    Raises:
        Malformed: it is neither.
    """
    found = find(item, path)
    if found is None:
        return []
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
    """The value that a source gives for an item."""
    return pick(item, source) if isinstance(source, str) else source(item)


class Blocks(msgspec.Struct, frozen=True):
    """The mappings at a path as nested blocks; a single mapping is one block, an absent one is none."""

    path: str
    shape: Mapping[str, Source]

    def __call__(self, item: Item) -> list[dict[str, Any]]:
        return [{name: evaluate(source, element) for name, source in self.shape.items()} for element in elements(item, self.path)]


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
            if not isinstance(name, str) or not isinstance(value, str | None):
                raise Malformed(f"{self.path}: a tag is no text")
            if not name.startswith(self.reserved):
                tags[name] = value or ""
        return tags


class Is(msgspec.Struct, frozen=True):
    """Whether the value at a path is a certain one: `Status` is "Enabled"."""

    path: str
    value: Any

    def __call__(self, item: Item) -> bool:
        return bool(find(item, self.path) == self.value)


class First(msgspec.Struct, frozen=True):
    """The first of some sources that says anything."""

    sources: tuple[Source, ...]

    def __call__(self, item: Item) -> Any:
        return next((value for source in self.sources if (value := evaluate(source, item))), None)


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
