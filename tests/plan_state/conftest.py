"""What the tests of plans and states share: reading a path as the gate does, and looking for secrets in what it brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, Record, SourceKind
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[3] / "shared"
SECRET = "planted-secret-0001"

Read = Callable[..., Collection]


def read_path(path: Path, kind: SourceKind | None = None, wanted: Callable[[str], bool] = lambda _: True) -> Collection:
    """The one collection that a plan or a state brings."""
    (collection,) = collect(path, shown=lambda it: it.name, unit_of=lambda it: it.stem, inputs=Inputs(), wanted=wanted, kind=kind)
    census = collection.census
    assert census.declared == census.evaluated + census.unknown + census.absent + census.unread
    return collection


@pytest.fixture
def read() -> Read:
    return read_path


@pytest.fixture
def data() -> Path:
    return DATA


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the recorded plans and states lie outside this repository and are not here")
    return SHARED


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(content: bytes | str | Mapping[str, Any], name: str = "plan.json") -> Path:
        import json

        path = tmp_path / name
        if isinstance(content, Mapping):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.fixture
def plan(data: Path) -> Mapping[str, Record]:
    """The records of a real plan that creates everything, by address."""
    return {record.address: record for record in read_path(data / "plan.json").records}
