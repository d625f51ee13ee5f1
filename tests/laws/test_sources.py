"""The same infrastructure means the same, whichever way it is written down."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudaudit import plugins
from cloudaudit.model import Attr, Collection, Known, Location, Resource, Rule, Unknown
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect

ROOT = Path(__file__).resolve().parents[2] / "terraform-fixtures"
FOLDERS = sorted(path.parent for path in ROOT.rglob("main.tf"))
RECORDINGS = ("plan.json", "state.json", "terraform.tfstate")


def resources(path: Path) -> dict[str, Resource]:
    collections: list[Collection] = list(collect(path, shown=str, unit_of=lambda _: "u", inputs=Inputs(), wanted=plugins.wanted))
    rules = Policy().environments.rules()
    return {resource.address: resource for one in collections for resource in read(one, plugins.reader_of, rules).resources}


def blocks(text: str) -> list[str]:
    """The top-level blocks of formatted Terraform, each with its comments."""
    return [part for part in re.split(r"(?<=^})\n", text, flags=re.MULTILINE) if part.strip()]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(order=st.randoms(use_true_random=False), folder=st.sampled_from(FOLDERS))
def test_the_order_of_blocks_and_files_does_not_matter(order: Any, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    written = blocks((folder / "main.tf").read_text(encoding="utf-8"))
    shuffled = order.sample(written, len(written))
    scratch = tmp_path_factory.mktemp("shuffled")
    (scratch / "main.tf").write_text("\n".join(shuffled[::2]), encoding="utf-8")
    (scratch / "more.tf").write_text("\n".join(shuffled[1::2]), encoding="utf-8")
    there, back = resources(scratch), resources(folder)
    assert {address: meaning(resource) for address, resource in there.items()} == {
        address: meaning(resource) for address, resource in back.items()
    }


def meaning(resource: Resource) -> str:
    """A resource without the places that it was read from."""
    text = repr((resource.facets, resource.environment))
    return re.sub(r"origin=(?:None|Origin\([^)]*\))| \(\S+:\d+[^)]*\)", "", text)


@pytest.mark.parametrize("recording", RECORDINGS)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_facts_that_two_sources_know_are_equal(folder: Path, recording: str) -> None:
    """A configuration, its plan and its states never contradict each other: a fact differs only where one source does not know it."""
    declared, recorded = resources(folder), resources(folder / recording)
    assert declared.keys() == recorded.keys()
    for address, resource in declared.items():
        for kind in resource.facets.keys() & recorded[address].facets.keys():
            assert_agree(resource.facets[kind], recorded[address].facets[kind], f"{address} {kind.__name__}")


TAKEN_BY_THE_CLOUD = {
    # Unset, Terraform's provider and the API differ between a day and none: either is too little.
    ("aws_db_instance.unset Backup.retention_days"),
}


def assert_agree(one: Any, other: Any, where: str) -> None:
    for name in one.__struct_fields__:
        here, there = getattr(one, name), getattr(other, name)
        if not isinstance(here, Known) or not isinstance(there, Known) or f"{where}.{name}" in TAKEN_BY_THE_CLOUD:
            continue
        parts = (*here.value, *there.value) if name in {"rules", "copies"} else ()
        if not any(has_unknown(part) for part in parts):
            assert here == there, f"{where}.{name}"


def has_unknown(part: Rule | Attr[Location]) -> bool:
    return isinstance(part, Unknown) or any(isinstance(getattr(part, name), Unknown) for name in part.__struct_fields__)


def test_the_two_formats_of_a_state_are_equal() -> None:
    """`show -json` leaves out which provider configuration a resource has: what rests on that it knows or does not."""
    for folder in FOLDERS:
        raw, shown = resources(folder / "terraform.tfstate"), resources(folder / "state.json")
        assert raw.keys() == shown.keys()
        for address, resource in raw.items():
            told, known = facts(shown[address]), facts(resource)
            assert told.keys() == known.keys()
            assert [(address, name) for name in known if told[name] != known[name] and not isinstance(told[name], Unknown)] == []


def facts(resource: Resource) -> dict[str, Any]:
    return {
        f"{kind.__name__}.{name}": getattr(facet, name)
        for kind, facet in resource.facets.items()
        if kind.__name__ != "Placement"
        for name in kind.__struct_fields__
        if name != "note"
    }
