"""A default belongs to a version: where constraints admit several, the verdict is the one that all of them give, or UNKNOWN.

Generated: each fixture whose readers ask for a versioned default runs under each version that changed it, and under ranges over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit.model import Attr, Collection, Known, Outcome, Record
from cloudaudit.model.defaults import ByVersion
from tests.laws.fixture_audits import FIXTURES, Outcomes, asked, collection, outcomes, with_value


def variants(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Collection, list[int]]]:
    """The fixture as it is, and without each attribute whose default has changed; with the versions that changed what it asks for."""
    noted: set[tuple[str, str, tuple[int, ...]]] = set()
    original = ByVersion.of

    def noting(self: ByVersion[Any], record: Record, path: str) -> Attr[Any]:
        noted.add((record.address, path, tuple(sorted(self.values))))
        return original(self, record, path)

    source = collection(folder)
    bare = [(index, path) for index, paths in enumerate(asked(source)) for path in sorted(paths, key=str) if len(path) == 1]
    with monkeypatch.context() as patch:
        patch.setattr(ByVersion, "of", noting)
        for records in (source.records, *(with_value(source, index, path, None) for index, path in bare)):
            before = len(noted)
            outcomes(source, records)
            if len(noted) > before:
                versions = sorted({version for _, _, values in noted for version in values})
                yield msgspec.structs.replace(source, records=records), versions


def under(source: Collection, majors: tuple[int, int]) -> Outcomes:
    return outcomes(source, [msgspec.structs.replace(record, majors=majors) for record in source.records])


def breaches(source: Collection, versions: list[int]) -> Iterator[str]:
    single = {major: under(source, (major, major)) for major in versions}
    for first, oldest in enumerate(versions):
        for newest in versions[first + 1 :]:
            inside = [found for major, found in single.items() if oldest <= major <= newest]
            for pair, outcome in under(source, (oldest, newest)).items():
                each = {found.get(pair) for found in inside}
                if outcome is not Outcome.UNKNOWN and each != {outcome}:
                    yield f"{oldest} to {newest}: {pair} is {outcome}, each version gives {sorted(map(str, each))}"


VERSIONED = ("storage_account", "mssql")


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_range_of_versions_gives_what_each_gives_or_unknown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(variants(folder, monkeypatch))
    assert bool(found) is (folder.name in VERSIONED)
    assert [breach for source, versions in found for breach in breaches(source, versions)] == []


@pytest.mark.parametrize("name", VERSIONED)
def test_the_law_catches_a_default_that_forgets_the_older_versions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == name)
    found = list(variants(folder, monkeypatch))
    original = ByVersion.of

    def newest(self: ByVersion[Any], record: Record, path: str) -> Attr[Any]:
        oldest, last = record.majors or (0, 0)
        return original(self, record, path) if oldest == last else Known(self.values[max(self.values)])

    monkeypatch.setattr(ByVersion, "of", newest)
    assert [breach for source, versions in found for breach in breaches(source, versions)]
