"""What `ignore_changes` leaves to others: the declared value holds at creation, and nothing is promised after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cloudaudit.model.attr import Doubt, Unknown, Why
from cloudaudit.model.names import names_itself
from cloudaudit.model.record import IgnoredPath, Record

_EVERYTHING: IgnoredPath = ("*",)
_NAMES = ("id", "arn", "name", "bucket", "identifier", "cluster_identifier", "parent_id", "resource_id", "type")
_PLACES = ("availability_zone", "location", "region", "zone")
_LASTING = frozenset((*_NAMES, *_PLACES))
"""A resource that others name so, that is of another type or that they put elsewhere is another resource."""

_TOGETHER = {"tags": "tags_all", "labels": "effective_labels"}


def without_ignored(record: Record) -> Record:
    """The record as far as Terraform keeps it: what is ignored is unknown. To which resource something belongs stays told."""
    if not record.ignored:
        return record
    values: Any = record.values
    everything = _EVERYTHING in record.ignored
    paths = [(name,) for name in values if name not in _LASTING] if everything else list(record.ignored)
    paths.extend(
        (_TOGETHER[str(path[0])], *path[1:]) for path in tuple(paths) if path[0] in _TOGETHER and _TOGETHER[str(path[0])] in values
    )
    for path in paths:
        values = _left_to_others(values, path, _doubt(record, ".".join(map(str, path))))
    untold = _doubt(record, "{}") if everything else record.untold
    return msgspec.structs.replace(record, values=values, untold=untold)


def is_left_to_others(kind: str, name: str | None, ignored: tuple[IgnoredPath, ...]) -> bool:
    """Whether others may change an attribute that another resource takes, None for any. What names the resource stays its name."""
    if not ignored or (name is not None and names_itself(kind, name)):
        return False
    return name is None or any(path[0] == name for path in ignored) or (_EVERYTHING in ignored and name not in _LASTING)


def _doubt(record: Record, name: str) -> Doubt:
    return Unknown(Why.IGNORED, name, record.origin)


def _left_to_others(value: Any, path: IgnoredPath, doubt: Doubt) -> Any:
    if not path:
        linked = isinstance(value, Unknown) and value.is_ is not None
        return msgspec.structs.replace(doubt, references=value.references, is_=value.is_) if linked else doubt
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return {**value, step: _left_to_others(value.get(step), rest, doubt)}
    if isinstance(value, list | tuple):
        if not isinstance(step, int):
            return [_left_to_others(item, path, doubt) for item in value] or doubt
        if step < len(value) and not any(isinstance(item, Unknown) for item in value):  # which may be any number of elements
            return [_left_to_others(item, rest, doubt) if index == step else item for index, item in enumerate(value)]
    return doubt
