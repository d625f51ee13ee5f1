"""Many resources of one type cost at most the square of one, whatever is not told of them.

Generated: of each record of a fixture there are four, then eight, and each attribute that readers ask for is unknown in all of them. What
each may refer to any other by is then compared once for each pair. Counted is how often the values of records are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.model import Collection, Encryption, Known, Record, Related, Unknown, Why, reader
from tests.laws.fixture_audits import FIXTURES, RULES, Path_, ReaderOf, asked, changed, collection

FEW, MANY = 4, 8
SQUARE = (MANY / FEW) ** 2
ALWAYS = 600
"""Looks that need no reason: those of one record and its companions."""

MOST = 60_000
UNKNOWN = {
    "an input": Unknown[Any](Why.UNRESOLVED, "var.q has no value", references=("var.q",)),
    "not recorded": Unknown[Any](Why.UNRECORDED, "the file does not hold it"),
}


class TooMuchError(Exception):
    """The work does not end soon."""


class Looks:
    """How often values were looked at."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MOST:
            raise TooMuchError


class Counted(dict[str, Any]):
    """Values that count how often they are asked for."""

    def __init__(self, values: Mapping[str, Any], looks: Looks) -> None:
        super().__init__(values)
        self._looks = looks

    def get(self, key: str, default: Any = None) -> Any:
        self._looks.add()
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._looks.add()
        return super().__contains__(key)


def work(source: Collection, index: int, path: Path_, value: Unknown[Any], size: int, reader_of: ReaderOf) -> int:
    """How often values are looked at where there are so many of one record, all without the value at a path."""
    looks, original = Looks(), source.records[index]
    values = changed(original.values, path, value)
    copies = [
        msgspec.structs.replace(original, address=f"{original.address}_{number}", values=Counted(values, looks)) for number in range(size)
    ]
    others = [msgspec.structs.replace(one, values=Counted(one.values, looks)) for one in source.records if one is not original]
    related = Related(msgspec.structs.replace(source, records=[*copies, *others]), RULES)
    read = reader_of(original.type)
    assert read is not None
    try:
        for record in copies:
            read.read(record, related)
    except TooMuchError:
        return MOST
    return looks.count


def tried(source: Collection, reader_of: ReaderOf) -> list[tuple[int, Path_]]:
    """What readers ask for at the top of a record, of one record of each type."""
    found: dict[tuple[str, str], tuple[int, Path_]] = {}
    for index, paths in enumerate(asked(source, reader_of)):
        kind = source.records[index].type
        for name in sorted({str(path[0]) for path in paths} if reader_of(kind) is not None else ()):
            found.setdefault((kind, name), (index, (name,)))
    return list(found.values())


def breaches(source: Collection, some: Iterable[tuple[int, Path_]], reader_of: ReaderOf = plugins.reader_of) -> Iterator[str]:
    for index, path in some:
        for how, value in UNKNOWN.items():
            few, many = (work(source, index, path, value, size, reader_of) for size in (FEW, MANY))
            if many > SQUARE * few + ALWAYS:
                yield f"{source.records[index].type}.{path[0]}, {how}: {few:,} looks for {FEW}, {many:,} for {MANY}"


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_is_not_told_of_many_is_not_compared_over_and_over(folder: Path) -> None:
    assert list(breaches(collection(folder), tried(collection(folder), plugins.reader_of))) == []


@reader("aws_ebs_volume", related=("aws_ebs_volume",))
def compares_all_anew(record: Record, related: Related) -> tuple[Encryption]:
    """A mutant: what is not told of one rests on all others, and so on."""

    def told(one: Record, seen: frozenset[str]) -> bool:
        if isinstance(one.flag("encrypted"), Known):
            return True
        return all(told(other, seen | {other.address}) for other in related.every("aws_ebs_volume") if other.address not in seen)

    told(record, frozenset({record.address}))
    return (Encryption.unknown(Unknown(Why.UNSUPPORTED, "a mutant", record.origin)),)


def test_the_law_catches_a_reader_that_compares_all_anew() -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == "ebs")
    mutants: ReaderOf = {"aws_ebs_volume": compares_all_anew}.get
    assert list(breaches(collection(folder), tried(collection(folder), mutants), mutants))
