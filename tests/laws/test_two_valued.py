"""An attribute that may have one of several values gives the verdict that all of them give, or UNKNOWN.

Generated from what readers ask for: a new reader and its fixture are under it without a line here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.model import Attr, Backup, Collection, Known, Outcome, Reader, Record, Related, Unknown, Why, reader
from tests.laws.fixture_audits import (
    FIXTURES,
    Outcomes,
    Path_,
    ReaderOf,
    asked,
    at,
    collection,
    holds_unknown,
    names_of,
    outcomes,
    references_in,
    with_value,
)

ACCEPTED = {
    ("aws_s3_bucket", "bucket"): "a name is one bucket's in the world: the other value is taken by another bucket of the fixture",
    ("aws_db_parameter_group", "name"): "a name is one group's in a region: the other value is taken by another group of the fixture",
    ("azurerm_network_security_group", "name"): "a rule whose group's name is not known is judged alone as well as, in doubt, with it",
    ("azurerm_network_security_group", "resource_group_name"): "a name that one declared group has means that group",
    ("azurerm_network_security_rule", "network_security_group_name"): "a rule whose group is not known is judged alone as well",
    ("azurerm_network_security_rule", "resource_group_name"): "a name that one declared group has means that group",
    ("azurerm_storage_account", "allow_blob_public_access"): "older providers alone have it: that it is written at all tells the version",
    ("aws_ebs_volume", "availability_zone"): "a zone lies in the region of its provider, whichever it is",
}
"""Breaches that are meant: type and attribute, and why."""

KEY_USABLE = "encryption-key-usable"
"""Does not apply to a key that is passed in: that is judged where it is declared."""

MOST = 4  # other values tried for each attribute


@cache
def seen() -> dict[tuple[str, tuple[str, ...]], list[Any]]:
    """The known values that attributes of each type have in the fixtures."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = defaultdict(dict)
    for folder in FIXTURES:
        source = collection(folder)
        for record, paths in zip(source.records, asked(source), strict=True):
            for path in paths:
                value = at(record.values, path)
                if not holds_unknown(value):
                    found[record.type, names_of(path)][repr(value)] = value
    return {key: list(values.values()) for key, values in found.items()}


def others(kind: str, path: Path_, value: Any) -> list[Any]:
    found = [other for other in seen().get((kind, names_of(path)), ()) if other != value and may_be(path, value, other)][:MOST]
    if isinstance(value, bool):
        return [not value]
    if path[-1] in {"tags", "labels"}:
        return [*found, {"environment": "development"}, {"environment": "production"}]
    if isinstance(value, str):
        return [*found, "prod-db" if path[-1] in {"name", "bucket", "identifier"} else "zzz"]
    return found


def may_be(path: Path_, value: Any, other: Any) -> bool:
    """Whether the rest of a resource allows another value: AWS refuses a database's version that its parameter group is not for."""
    return path[-1] != "engine_version" or str(other).partition(".")[0] == str(value).partition(".")[0]


def breaches(source: Collection, reader_of: ReaderOf = plugins.reader_of) -> Iterator[tuple[tuple[str, str], str]]:
    base = outcomes(source, source.records, reader_of)
    for index, paths in enumerate(asked(source, reader_of)):
        record = source.records[index]
        for path in sorted(paths, key=str):
            value = at(record.values, path)
            if isinstance(value, Unknown):
                continue
            rest = others(record.type, path, value)
            single = [(other, outcomes(source, with_value(source, index, path, other), reader_of)) for other in rest]
            for other, given in single:
                candidates = () if holds_unknown(value) else (value, other)
                rests_on = references_in(value) + references_in(other)
                found = outcomes(source, with_value(source, index, path, unknown(rests_on, *candidates)), reader_of)
                for what in differing(found, base, given):
                    yield (record.type, ".".join(names_of(path))), f"{record.address}.{path} = {value!r} or {other!r}: {what}"
            found = outcomes(source, with_value(source, index, path, unknown(references_in(value))), reader_of)
            for what in differing(found, base, *(given for _, given in single)):
                yield (record.type, ".".join(names_of(path))), f"{record.address}.{path} unknown, {value!r} among its values: {what}"


def unknown(rests_on: tuple[str, ...], *candidates: Any) -> Unknown[Any]:
    return Unknown(Why.UNRESOLVED, "var.x", references=rests_on, possible=candidates)


def differing(found: Outcomes, *certain: Outcomes) -> Iterator[str]:
    """Where an outcome is neither UNKNOWN nor that of every value, and where a finding that every value gives is gone."""
    for pair, outcome in found.items():
        allowed = {given.get(pair) for given in certain}
        if outcome is Outcome.PASS and Outcome.PASS in allowed:
            allowed.discard(None)  # judged with another resource, by some of the values
        left_to_others = outcome is Outcome.NOT_APPLICABLE and pair[1] == KEY_USABLE and Outcome.FAIL not in allowed
        if outcome is not Outcome.UNKNOWN and allowed != {outcome} and not left_to_others:
            yield f"{pair} is {outcome}, each value gives {sorted(map(str, allowed))}"
    for pair in set.intersection(*(set(given) for given in certain)) - set(found):
        yield f"{pair} is gone"


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_value_of_several_gives_what_all_give_or_unknown(folder: Path) -> None:
    found = [what for where, what in breaches(collection(folder)) if where not in ACCEPTED]
    assert not found, "\n".join(found[:20])


@reader("aws_db_instance")
def guesses(record: Record, _related: Related) -> tuple[Backup]:
    """A mutant: what is not known counts as the default."""
    days: Attr[Any] = record.number("backup_retention_period")
    return (Backup(days if isinstance(days, Known) else Known(30)),)


@reader("aws_db_instance")
def leaks(record: Record, _related: Related) -> tuple[Backup]:
    """A mutant: the candidates of one attribute are handed on as those of another fact."""
    size: Any = record.number("backup_retention_period")
    return (Backup(size if isinstance(size, Unknown) else size.map(lambda _: 1)),)


@pytest.mark.parametrize("mutant", [guesses, leaks], ids=["guesses", "leaks"])
def test_the_law_catches_a_reader_that(mutant: Reader) -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == "db_instance")
    source = collection(folder)
    assert any(where[0] == "aws_db_instance" for where, _ in breaches(source, {"aws_db_instance": mutant}.get))
