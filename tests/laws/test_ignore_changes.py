"""An attribute that `ignore_changes` names never leaves a PASS that it decides, and no FAIL or finding goes.

Generated: every attribute that a reader asks for, in every fixture, is ignored once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit import reading
from cloudaudit.model import Collection, Outcome, Record, Unknown, Why
from tests.laws.fixture_audits import FIXTURES, asked, at, collection, outcomes, with_value


def breaches(source: Collection) -> Iterator[str]:
    base = outcomes(source, source.records)
    for index, paths in enumerate(asked(source)):
        record = source.records[index]
        for name in sorted({path[0] for path in paths if _is_told(at(record.values, path[:1]))}, key=str):
            records = list(source.records)
            records[index] = msgspec.structs.replace(record, ignored=((name,),))
            found = outcomes(source, records)
            open_ = outcomes(source, with_value(source, index, (name,), Unknown(Why.UNRESOLVED, "x")))
            yield from (f"{record.address}.{name}: {what}" for what in wrong(base, open_, found))


def _is_told(value: Any) -> bool:
    """Whether a configuration says a value, or of which resource it is."""
    return isinstance(value, str | bool | int | list | dict) or (isinstance(value, Unknown) and value.is_ is not None)


def wrong(base: Any, open_: Any, found: Any) -> Iterator[str]:
    for pair, outcome in base.items():
        now = found.get(pair)
        if outcome is Outcome.FAIL and now is not Outcome.FAIL:
            yield f"{pair} was FAIL and is {now}"
        elif now is None:
            yield f"{pair} is gone"
        elif now is Outcome.PASS and open_.get(pair) not in {Outcome.PASS, Outcome.NOT_APPLICABLE}:
            yield f"{pair} is PASS, and {open_.get(pair)} if the attribute is not known"


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_is_ignored_decides_no_pass(folder: Path) -> None:
    found = [what for what in breaches(collection(folder)) if not lasts(what.split(":")[0])]
    assert not found, "\n".join(found[:20])


LASTING = (
    *(".availability_zone", ".location", ".region", ".zone", ".name", ".bucket", ".identifier"),
    *(".listener_arn", ".security_group_id", ".server_id", ".source_resource_id", ".storage_account_id"),
)
OF_ONE_TYPE = {"azurerm_key_vault_key": (".key_vault_id",)}
"""What a resource cannot change without being another one, and to what it belongs; elsewhere the same name may say what it uses."""


def lasts(place: str) -> bool:
    return place.endswith((*LASTING, *(name for kind, names in OF_ONE_TYPE.items() if f".{kind}." in f".{place}" for name in names)))


def test_the_law_catches_that_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == "db_instance")
    assert not list(breaches(collection(folder)))
    forgets: Callable[[Record], Record] = lambda record: record  # noqa: E731
    monkeypatch.setattr(reading, "without_ignored", forgets)
    assert list(breaches(collection(folder)))
