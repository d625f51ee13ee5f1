"""What the laws on fixtures share: the records of a folder, the outcomes of an audit, and the attributes that readers ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Collection, Outcome, Reader, Record, Related, Unknown, Why
from cloudaudit.model.reader import NotRead
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect

FIXTURES = sorted(path.parent for path in (Path(__file__).resolve().parents[2] / "terraform-fixtures").glob("*/*/main.tf"))
POLICY = Policy()
RULES = POLICY.environments.rules()

Path_ = tuple[str | int, ...]
Outcomes = Mapping[tuple[str, str], Outcome]
ReaderOf = Callable[[str], Reader | None]


@cache
def collection(folder: Path) -> Collection:
    """The records of a fixture's configuration."""
    (found,) = collect(folder, shown=str, unit_of=lambda _: "fixture", inputs=Inputs(), wanted=plugins.wanted)
    return found


def outcomes(source: Collection, records: Sequence[Record], reader_of: ReaderOf = plugins.reader_of) -> Outcomes:
    """The outcome of each check on each address. No reader may raise."""
    inventory = read(msgspec.structs.replace(source, records=records), reader_of, RULES)
    crashes = [gap.what for gap in inventory.gaps if gap.why is Why.CRASHED]
    assert not crashes, crashes
    return {(finding.subject.address, finding.check): finding.outcome for finding in audit(inventory, plugins.checks(), POLICY, reader_of)}


class Asked(dict[str, Any]):
    """Values that note which of their names are asked for, at every depth."""

    def __init__(self, values: Mapping[str, Any], path: Path_, noted: set[Path_]) -> None:
        super().__init__({name: _noting(value, (*path, name), noted) for name, value in values.items()})
        self._path, self._noted = path, noted

    def get(self, key: str, default: Any = None) -> Any:
        self._noted.add((*self._path, key))
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._noted.add((*self._path, str(key)))
        return super().__contains__(key)


def _noting(value: Any, path: Path_, noted: set[Path_]) -> Any:
    if isinstance(value, Mapping):
        return Asked(value, path, noted)
    if isinstance(value, list | tuple):
        return [_noting(item, (*path, index), noted) for index, item in enumerate(value)]
    return value


def asked(source: Collection, reader_of: ReaderOf = plugins.reader_of) -> list[set[Path_]]:
    """The paths that readers ask of each record, its own reader's and those of others."""
    noted: list[set[Path_]] = [set() for _ in source.records]
    records = [
        msgspec.structs.replace(record, values=Asked(record.values, (), paths)) for record, paths in zip(source.records, noted, strict=True)
    ]
    related = Related(msgspec.structs.replace(source, records=records), RULES)
    for record in records:
        reader = reader_of(record.type)
        if reader is not None:
            found = reader.read(record, related)
            assert isinstance(found, NotRead) or list(found)
        related.environment(record)
    return noted


def at(values: Any, path: Path_) -> Any:
    """The value at a path; None where there is none."""
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list | tuple) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values


def changed(values: Any, path: Path_, new: Any) -> Any:
    """The values with another one at a path."""
    if not path:
        return new
    if isinstance(values, list | tuple):
        items = list(values)
        items[int(path[0])] = changed(items[int(path[0])], path[1:], new)
        return items
    return {**values, path[0]: changed(values.get(path[0]), path[1:], new)}


def with_value(source: Collection, index: int, path: Path_, new: Any) -> list[Record]:
    """The records, one of them with another value at a path."""
    records = list(source.records)
    records[index] = msgspec.structs.replace(records[index], values=changed(records[index].values, path, new))
    return records


def names_of(path: Path_) -> tuple[str, ...]:
    """A path without the positions in lists."""
    return tuple(step for step in path if isinstance(step, str))


def holds_unknown(value: Any) -> bool:
    """Whether a value is unknown, or a part of it."""
    return any(isinstance(item, Unknown) for item in _leaves(value))


def references_in(value: Any) -> tuple[str, ...]:
    """What the unknown parts of a value rest on."""
    return tuple(reference for item in _leaves(value) if isinstance(item, Unknown) for reference in item.references)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
