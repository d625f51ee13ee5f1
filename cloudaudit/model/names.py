"""By what names other resources may mean a record, and which of them are not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from cloudaudit.model.attr import Unknown, Why
from cloudaudit.model.record import Record

_IDENTIFIERS = ("id", "arn", "name", "bucket", "identifier", "cluster_identifier", "key_id", "self_link", "versionless_id")
_OTHER_NAMES = ("key_arn", "resource_id", "resource_versionless_id", "target_key_arn", "unique_id")
NAMING = frozenset((*_IDENTIFIERS, *_OTHER_NAMES))
"""Attributes that mean the resource that has them."""

_OF_ONE_TYPE = {"aws_rds_global_cluster": ("global_cluster_identifier",)}
"""Names that mean the resource of one type, and that others refer to it by. Source: aws provider, `id` of aws_rds_global_cluster."""


def names_itself(kind: str, name: str) -> bool:
    """Whether an attribute of a type means the resource that has it."""
    return name in NAMING or name in _OF_ONE_TYPE.get(kind, ())


class Named(str):
    """A text that is an attribute of a declared resource: `is_` says which (`aws_s3_bucket.x["a"].bucket`). Nothing made of it is."""

    __slots__ = ("is_",)
    is_: str

    def __new__(cls, text: str, is_: str) -> Self:
        made = super().__new__(cls, text)
        made.is_ = is_
        return made


_LEFT = {Why.COMPUTED, Why.UNSET, Why.IGNORED}


def identifiers(record: Record) -> list[str]:
    """Every text by which others may name a record."""
    names = [record.id] if record.id else []
    for name in (*_IDENTIFIERS, *_OF_ONE_TYPE.get(record.type, ())):
        value = record.values.get(name)
        if isinstance(value, str) and value and value not in names:
            names.append(value)
    return names


def open_names(record: Record, by: str = "") -> Iterator[Unknown[Any]]:
    """The names of a record that are not known, though somebody chooses them: what only the cloud makes, nobody writes out.

    `by` is the attribute by which others name it: `security_group_id` holds its id. A file that tells no name tells none of these.
    """
    for name in _IDENTIFIERS:
        value = record.values.get(name)
        if isinstance(value, Unknown) and value.why not in _LEFT:
            yield value
    wanted = by.rpartition("_")[2]
    named = wanted in record.values if wanted in NAMING else any(name in record.values for name in _IDENTIFIERS)
    if not named and record.untold is not None and record.untold.why not in _LEFT:
        missing = record.at(wanted if wanted in NAMING else "id")
        if isinstance(missing, Unknown):
            yield missing
