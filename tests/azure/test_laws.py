"""Laws that the readers of Azure and Google Cloud keep, over the fixtures of both and over nonsense."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Collection, Doubt, Known, Origin, Outcome, Record, Related, Scope, SourceKind, Unknown, Why
from cloudaudit.model.reader import NotRead
from cloudaudit.model.record import Block
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect
from tests.readers.records import resources

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = sorted(path.parent for cloud in ("azure", "gcp") for path in (ROOT / "terraform-fixtures" / cloud).glob("*/main.tf"))
SCHEMAS: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "terraform-schemas.json").read_text(encoding="utf-8"))
RULES = Policy().environments.rules()
HIDDEN: Doubt = Unknown(Why.DENIED, "a permission")
INDEX = re.compile(r"\[[^\]]*\]")

OLDER = {
    "azurerm_mssql_database": {"mssql_server_id"},  # azurerm 1
    "azurerm_storage_account": {"enable_https_traffic_only"},  # azurerm 3
    "google_sql_database_instance": {"settings.ip_configuration.require_ssl"},  # google 5
}
"""Names that only older major versions of a provider have."""

NEWER = {
    kind: {f"disk_encryption_key.{key}_{part}" for key in ("raw_key", "rsa_encrypted_key") for part in ("wo", "wo_version")}
    for kind in ("google_compute_disk", "google_compute_region_disk")  # google 7
} | {"google_sql_database_instance": {f"settings.final_backup_config{name}" for name in ("", ".enabled", ".retention_days")}}  # google 7
"""Names that only newer major versions of a provider have."""

PARTS = ("azurerm_network_security_rule.", "azurerm_postgresql_flexible_server_configuration.")
"""Types that are judged with the resource that they belong to."""

PLACES = {"zone", "region"}
"""What says where a resource of Google's lies: asked of each, though each has but one."""


@cache
def collection(folder: Path, source: str = "") -> Collection:
    (found,) = collect(folder / source, shown=str, unit_of=lambda _: "fixture", inputs=Inputs(), wanted=plugins.wanted)
    return found


def outcomes(records: list[Record]) -> dict[tuple[str, str], Outcome]:
    inventory = read(Collection("u", SourceKind.STATE, records), plugins.reader_of, RULES)
    assert not inventory.gaps
    findings = audit(inventory, plugins.checks(), Policy(), plugins.reader_of)
    return {(finding.subject.address, finding.check): finding.outcome for finding in findings}


@cache
def asked() -> dict[str, set[str]]:
    """The attributes that readers ask for, by type, as they ask."""
    names: dict[str, set[str]] = defaultdict(set)
    original = Block.at

    def at(self: Block, path: str, *, formerly: str = "", **versions: int) -> Any:
        for name in filter(None, (path, formerly)):
            names[self.record.type].add(INDEX.sub("", f"{self.path}.{name}" if self.path else name))
        return original(self, path, formerly=formerly, **versions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Block, "at", at)
        for folder in FIXTURES:
            related = Related(collection(folder), RULES)
            for subject in collection(folder).records:
                reader = plugins.reader_of(subject.type)
                if reader is not None:
                    found = reader.read(subject, related)
                    assert isinstance(found, NotRead) or list(found)
    return names


def hidden(values: Any) -> Iterator[Any]:
    """The values with one of them hidden, for each of them."""
    pairs = list(values.items()) if isinstance(values, Mapping) else list(enumerate(values))
    for key, value in pairs:
        if value in (None, "", [], {}):
            continue
        inner = hidden(value) if isinstance(value, Mapping | list) else ()
        for part in (HIDDEN, *inner):
            changed: Any = dict(pairs)
            changed[key] = part
            yield changed if isinstance(values, Mapping) else [changed[index] for index, _ in pairs]


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_hiding_a_value_only_moves_verdicts_to_unknown(folder: Path) -> None:
    records = list(collection(folder, "state.json").records)
    before = outcomes(records)
    for position, subject in enumerate(records):
        heads = {name.partition(".")[0] for name in asked().get(subject.type, ())}
        for values in hidden({name: value for name, value in subject.values.items() if name in heads}):
            blinded = msgspec.structs.replace(subject, values={**subject.values, **values})
            after = outcomes([*records[:position], blinded, *records[position + 1 :]])
            moved = {pair: (before.get(pair), outcome) for pair, outcome in after.items() if outcome is not before.get(pair)}
            # A part whose whole cannot be told is judged alone.
            allowed = {pair for pair in moved if pair[0].startswith(PARTS) and pair not in before}
            assert {pair: move for pair, move in moved.items() if pair not in allowed and move[1] is not Outcome.UNKNOWN} == {}
            assert before.keys() <= after.keys()


def paths(attributes: dict[str, Any], before: str = "") -> Iterator[str]:
    """The names of a type's attributes, those of nested blocks by their path."""
    for name, inner in attributes.items():
        yield before + name
        yield from paths(inner or {}, f"{before}{name}.")


def test_readers_ask_only_for_attributes_that_terraform_has() -> None:
    strange = {
        kind: names - set(paths(SCHEMAS[kind])) - OLDER.get(kind, set()) - NEWER.get(kind, set()) - PLACES
        for kind, names in asked().items()
    }
    assert strange
    assert {kind: names for kind, names in strange.items() if names} == {}


OF_A_SOURCE = re.compile(r"(^|_)(sources?|image|snapshot|clone|master|restore\w*|recover\w*|replicas?|replication)(_|$)")

STORES = (
    "azurerm_managed_disk",
    "azurerm_snapshot",
    "azurerm_mssql_database",
    "azurerm_postgresql_flexible_server",
    "azurerm_storage_account",
    "google_compute_disk",
    "google_compute_region_disk",
    "google_sql_database_instance",
)

NO_COPY = {
    "source_vault_id": "the vault of a key",
    "read_replica_count": "replicas in the region",
    "recovery_point_id restore_dropped_database_id restore_long_term_retention_backup_id": "what is kept of a database that is gone",
    "restore_point_in_time point_in_time_restore_time_in_utc point_in_time_recovery_enabled restore_policy": "when, not of what",
    "replication_role replica_configuration cascadable_replica master_heartbeat_period dr_replica": "what a replica is, not of what",
    "cross_tenant_replication_enabled": "what the rules of a replication may say",
    "source_disk source_instant_snapshot": "clones lie where their source does (Compute Engine, disk clones and instant snapshots)",
    "source_disk_id source_image_id source_snapshot_id source_instant_snapshot_id": "the unique id of what another attribute names",
    "source_image_encryption_key source_snapshot_encryption_key": "a key",
    "source_storage_object": "a file of a bucket",
    "create_snapshot_before_destroy_prefix": "a name",
    "replica_zones": "zones of the region",
}


@pytest.mark.parametrize("kind", STORES)
def test_each_attribute_that_may_name_a_source_of_a_copy_is_asked_for_or_explained(kind: str) -> None:
    """What a store is made of lies where that does, too: a source that no reader asks for would be said to have no copies."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "providers").glob("cloudaudit_*/*.py"))
    named = {path.rpartition(".")[2] for path in paths(SCHEMAS[kind])}
    explained = {name for names in NO_COPY for name in names.split()}
    assert [name for name in sorted(named - explained) if OF_A_SOURCE.search(name) and not re.search(rf'[".]{name}[".]', text)] == []


WORDS = st.sampled_from(["", "x", "*", "true", "0", "-1", "inf", "nan", "1e999", "22-", "P1D", "9" * 400, "EU", "westeurope", "\x00", "İ"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    WORDS,
    st.builds(
        Unknown, st.sampled_from(Why), possible=st.lists(st.none() | st.booleans() | st.integers(0, 9) | WORDS, max_size=3).map(tuple)
    ),
)
NAMES = st.deferred(lambda: st.sampled_from(sorted({part for names in asked().values() for name in names for part in name.split(".")})))
NONSENSE = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
ADDRESSES = st.deferred(lambda: st.sampled_from([f"{kind}.{name}" for kind in sorted(asked()) for name in ("a", "b")]))
RECORDS = st.lists(
    st.builds(
        lambda address, values, region: Record(
            address.partition(".")[0], address, values.get("id"), Scope("x", Known(None), region), values, Origin("main.tf", 1)
        ),
        ADDRESSES,
        st.dictionaries(NAMES, NONSENSE, max_size=8).map(lambda values: {**values, "id": None}),
        st.sampled_from([Known(None), Known("europe-west2"), HIDDEN]),
    ),
    max_size=4,
    unique_by=lambda found: found.address,
)


@settings(max_examples=400, deadline=None)
@given(RECORDS, st.sampled_from(SourceKind))
def test_no_nonsense_makes_a_reader_or_a_check_raise(records: list[Record], kind: SourceKind) -> None:
    found = resources(records, kind)
    for resource in found.values():
        for check in plugins.checks():
            if check.applies_to(resource):
                assert check.verdict(resource, Policy()).outcome in Outcome
