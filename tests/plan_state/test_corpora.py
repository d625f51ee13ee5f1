"""Plans and states recorded in public repositories: each is read or refused with a clear message, each resource accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cloudaudit.model import Collection, SourceKind

Read = Callable[..., Collection]


def documents(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for entry in json.loads((folder / "index.json").read_bytes()):
        yield folder / entry["file"], entry


EDITED = ("GithubActionsOIDCTrustPolicy__tfplan.json", "plan_change_keys__tfplan.json", "test_issue_522__plan.out.json")
"""Plans that somebody wrote over by hand: their changes and their planned values differ."""


def content(path: Path) -> Any:
    return json.loads(path.read_bytes().decode("utf-8-sig"))


def planned(document: Mapping[str, Any]) -> set[str]:
    """The addresses that there will be, counted in another way than the reader counts them."""
    if "resource_changes" in document:
        changes = document["resource_changes"]
        return {entry["address"] for entry in changes if entry["mode"] == "managed" and entry["change"]["after"] is not None}
    shown = document["planned_values"].get("root_module", {})
    return set(shown_addresses(shown)) or set(shown_addresses(document.get("prior_state", {}).get("values", {}).get("root_module", {})))


def shown_addresses(module: Mapping[str, Any]) -> Iterator[str]:
    yield from (entry["address"] for entry in module.get("resources", ()) if entry["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from shown_addresses(child)


def test_every_recorded_plan(read: Read, shared: Path) -> None:
    count = 0
    for path, entry in documents(shared / "corpora" / "plans"):
        collection = read(path)
        assert collection.kind is SourceKind.PLAN, path.name
        edited = path.name.endswith(EDITED)
        assert bool(collection.gaps) is edited, path.name
        assert all("say different things" in gap.what for gap in collection.gaps), path.name
        addresses = [record.address for record in collection.records]
        assert len(addresses) == len(set(addresses)), path.name
        assert planned(content(path)) <= set(addresses), path.name
        assert collection.census.declared >= min(1, entry["resources"]), path.name
        count += 1
    assert count > 100


def test_every_recorded_state(read: Read, shared: Path) -> None:
    count = 0
    for path, entry in documents(shared / "corpora" / "tfstate"):
        collection = read(path)
        assert collection.kind is SourceKind.STATE or entry["kind"].startswith("malformed"), path.name
        if entry["kind"].startswith("malformed") or entry["format"] == "3":
            assert not collection.records, path.name
            assert len(collection.gaps) == 1, path.name
            continue
        assert all("flat form" in gap.what for gap in collection.gaps), path.name
        assert len(collection.records) == recorded(content(path)), path.name
        count += 1
    assert count > 100


def recorded(document: Mapping[str, Any]) -> int:
    if "values" in document:
        return len(list(shown_addresses(document["values"].get("root_module", {}))))
    return sum(len(entry["instances"]) for entry in document.get("resources", ()) if entry["mode"] == "managed")
