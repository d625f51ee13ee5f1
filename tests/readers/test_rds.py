"""What a database is made from, and what the cloud says of it while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import (
    Backup,
    Cipher,
    Encryption,
    Known,
    Placement,
    Plaintext,
    Record,
    SourceKind,
    Transport,
    Unknown,
    Why,
    placeholder,
)
from cloudaudit_aws.rds import CLUSTERS, INSTANCES
from tests.readers.records import record, resources

INSTANCE, CLUSTER = "aws_db_instance", "aws_rds_cluster"
AES, NONE = Known(Cipher.AES_256), Known(Cipher.NONE)
FORCED = record("aws_db_parameter_group", values={"name": "own", "parameter": [{"name": "rds.force_ssl", "value": "1"}]})
REPLICA = {"replicate_source_db": "src"}
SNAPSHOT = {"snapshot_identifier": "s"}
KEY = {"kms_key_id": "arn:aws:kms:eu-central-1:123456789012:key/k"}


def of(facet: type[Any], kind: str, values: dict[str, Any], *others: Record, source: SourceKind = SourceKind.HCL, **observed: Any) -> Any:
    return resources([record(kind, values=values, **observed), *others], source)[f"{kind}.x"].facets.get(facet)


def reference(address: str, attribute: str = "arn") -> Unknown[Any]:
    name = f"{address}.{attribute}"
    return Unknown(Why.COMPUTED, name, references=(address,), partial=placeholder(name), is_=name)


@pytest.mark.parametrize("status", ["applying", "failed-to-apply", "pending-database-upgrade"])
def test_a_parameter_that_is_not_applied_proves_nothing(status: str) -> None:
    values = {"engine": "postgres", "engine_version": "14.9", "parameter_group_name": "own"}
    assert isinstance(of(Transport, INSTANCE, values, FORCED, parameter_apply_status=status).plaintext, Unknown)
    assert of(Transport, INSTANCE, values, FORCED, parameter_apply_status="in-sync").plaintext == Known(Plaintext.REFUSED)


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (["in-sync", "applying", "pending-reboot"], "pending-reboot"),
        (["in-sync", "applying"], "applying"),
        (["in-sync"], "in-sync"),
        ([], None),
    ],
)
def test_the_state_of_every_group_and_member_counts(states: list[str], worst: str | None) -> None:
    for listing, groups, status in (
        (INSTANCES, "DBParameterGroups", "ParameterApplyStatus"),
        (CLUSTERS, "DBClusterMembers", "DBClusterParameterGroupStatus"),
    ):
        read = listing.observed["parameter_apply_status"]
        assert not isinstance(read, str)
        assert read({groups: [{status: state} for state in states]}) == worst


@pytest.mark.parametrize("kind", [INSTANCE, CLUSTER])
def test_read_replicas_in_other_regions_are_copies(kind: str) -> None:
    replicas = ["beside", "arn:aws:rds:us-east-1:123456789012:db:far"]
    told = {"read_replicas": replicas, "backup_replications": [], "cluster_replicas": None, "global_members": None}
    copies = of(Placement, kind, {}, source=SourceKind.LIVE, **told).copies
    assert [copy.value.region for copy in copies.value] == ["us-east-1"]


@pytest.mark.parametrize(("encrypted", "cipher"), [(True, AES), (False, NONE), (None, NONE)])
@pytest.mark.parametrize("source", ["src", reference(f"{INSTANCE}.src")])
def test_a_replica_is_encrypted_as_its_source_whatever_it_says(source: Any, encrypted: bool | None, cipher: Known[Cipher]) -> None:
    primary = record(INSTANCE, "src", {"identifier": "src", "storage_encrypted": encrypted})
    for own in (True, False, None):
        assert of(Encryption, INSTANCE, {"replicate_source_db": source, "storage_encrypted": own}, primary).cipher == cipher


@pytest.mark.parametrize(
    ("kind", "values", "cipher"),
    [
        (INSTANCE, REPLICA, None),
        (INSTANCE, {**REPLICA, "storage_encrypted": True}, AES),
        (INSTANCE, {**REPLICA, **KEY}, AES),
        (INSTANCE, SNAPSHOT, None),
        (INSTANCE, {**SNAPSHOT, "storage_encrypted": True}, None),
        (INSTANCE, {**SNAPSHOT, **KEY, "storage_encrypted": True}, None),
        (INSTANCE, {**SNAPSHOT, "storage_encrypted": False}, NONE),
        (INSTANCE, {"restore_to_point_in_time": [{"source_dbi_resource_id": "db-1"}], "storage_encrypted": True}, None),
        (CLUSTER, {**SNAPSHOT, "storage_encrypted": True}, None),
        (CLUSTER, {**SNAPSHOT, **KEY}, AES),
        (CLUSTER, {"restore_to_point_in_time": [{"source_cluster_identifier": "c"}], "storage_encrypted": True}, None),
        (CLUSTER, {"engine_mode": "serverless"}, AES),
        (CLUSTER, {"engine_mode": "provisioned"}, NONE),
        (CLUSTER, {"engine_mode": "serverless", "storage_encrypted": False}, AES),
    ],
)
def test_what_comes_from_elsewhere_is_not_proven_by_its_flag(kind: str, values: dict[str, Any], cipher: Known[Cipher] | None) -> None:
    found = of(Encryption, kind, values).cipher
    assert found == cipher if cipher is not None else isinstance(found, Unknown)


def test_a_restore_in_time_is_encrypted_as_its_declared_source() -> None:
    values = {"restore_to_point_in_time": [{"source_cluster_identifier": "c"}], "storage_encrypted": True}
    plain = record(CLUSTER, "c", {"cluster_identifier": "c"})
    assert of(Encryption, CLUSTER, values, plain).cipher == NONE


def test_a_snapshot_that_may_not_be_given_decides_only_what_it_can_change() -> None:
    maybe: dict[str, Any] = {"snapshot_identifier": Unknown(Why.UNRESOLVED, "var.snapshot")}
    assert isinstance(of(Encryption, INSTANCE, {**maybe, "storage_encrypted": True}).cipher, Unknown)
    assert of(Encryption, INSTANCE, {**maybe, "storage_encrypted": False}).cipher == NONE


@pytest.mark.parametrize("source", [SourceKind.LIVE, SourceKind.STATE])
def test_the_api_tells_how_a_database_that_exists_is_encrypted(source: SourceKind) -> None:
    for on, cipher in ((True, AES), (False, NONE)):
        assert of(Encryption, INSTANCE, {**REPLICA, **SNAPSHOT, "storage_encrypted": on}, source=source).cipher == cipher
    exists = {**SNAPSHOT, "storage_encrypted": True, "arn": "arn:aws:rds:eu-central-1:123456789012:db:x"}
    assert of(Encryption, INSTANCE, exists, source=SourceKind.PLAN).cipher == AES


def test_a_live_answer_that_leaves_encryption_out_is_unknown() -> None:
    assert isinstance(of(Encryption, INSTANCE, {}, source=SourceKind.LIVE).cipher, Unknown)


def test_databases_that_replicate_each_other_are_read_to_an_end() -> None:
    other = record(INSTANCE, "src", {"identifier": "src", "replicate_source_db": "x"})
    assert of(Encryption, INSTANCE, {"identifier": "x", **REPLICA}, other).cipher == NONE


def test_a_replica_by_reference_has_no_backups_and_what_may_be_one_unknown_backups() -> None:
    primary = record(INSTANCE, "src")
    assert of(Backup, INSTANCE, {"replicate_source_db": reference(f"{INSTANCE}.src")}, primary) is None
    maybe = of(Backup, INSTANCE, {"replicate_source_db": Unknown(Why.UNRESOLVED, "var.source")})
    assert isinstance(maybe.retention_days, Unknown)


def test_the_names_that_a_parameter_may_have_are_not_its_values() -> None:
    name = Unknown(Why.UNRESOLVED, "var.u", possible=("rds.force_ssl", "max_connections"))
    group = record("aws_db_parameter_group", values={"name": "own", "parameter": [{"name": name, "value": "1"}]})
    plaintext = of(Transport, INSTANCE, {"engine": "postgres", "engine_version": "14", "parameter_group_name": "own"}, group).plaintext
    assert isinstance(plaintext, Unknown)
    assert plaintext.possible == ()


def test_a_doubt_whether_it_is_a_replica_says_nothing_of_days() -> None:
    perhaps = Unknown(Why.UNRESOLVED, "var.replica has no default", possible=("src", None))
    backup = of(Backup, INSTANCE, {"replicate_source_db": perhaps, "backup_retention_period": 31})
    assert isinstance(backup.retention_days, Unknown)
    assert backup.retention_days.possible == ()


@pytest.mark.parametrize(
    ("kind", "told", "cipher"),
    [
        ("sse-rds", False, AES),  # under a key that AWS owns StorageEncrypted is false
        ("sse-kms", True, AES),
        ("none", False, NONE),
        ("another", True, None),
        ("another", False, None),
    ],
)
@pytest.mark.parametrize("resource", [INSTANCE, CLUSTER])
def test_the_type_of_encryption_is_believed_before_the_flag(resource: str, kind: str, told: bool, cipher: Known[Cipher] | None) -> None:
    values = {"engine": "aurora-mysql", "storage_encrypted": told, **(KEY if kind == "sse-kms" else {})}
    found = of(Encryption, resource, values, source=SourceKind.LIVE, storage_encryption_type=kind).cipher
    assert isinstance(found, Unknown) if cipher is None else found.value == cipher.value


@pytest.mark.parametrize(("engine", "known"), [("aurora-mysql", False), ("aurora-postgresql", False), ("mysql", True)])
def test_a_cluster_that_is_there_and_says_it_is_not_encrypted(engine: str, known: bool) -> None:
    found = of(Encryption, CLUSTER, {"engine": engine, "storage_encrypted": False, "arn": "arn:x"}, source=SourceKind.STATE).cipher
    assert isinstance(found, Known) is known, found


def test_a_cluster_that_asks_for_no_encryption_is_told_so() -> None:
    found = of(Encryption, CLUSTER, {"engine": "aurora-mysql", "storage_encrypted": False}).cipher
    assert found.value is Cipher.NONE
