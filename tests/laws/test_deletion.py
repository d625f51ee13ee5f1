"""A report that does not tell an attribute gives no verdict that rests on it; one that tells null gives none on Terraform's default.

Generated: each attribute that readers ask for is taken out of every recorded state, and set to null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.model import Backup, Collection, Known, Outcome, Reader, Record, Related, Unknown, Why, reader
from cloudaudit.model.names import NAMING
from cloudaudit.sources.terraform.state import identity
from tests.laws.fixture_audits import FIXTURES, Outcomes, Path_, ReaderOf, asked, changed, collection, names_of, outcomes

HIDDEN: Unknown[Any] = Unknown(Why.DENIED, "the law hides it")

TAKEN_AWAY = {("google_sql_database_instance", "settings.ip_configuration.require_ssl")}
"""Attributes that a whole state may lack: a newer version of the provider took them away."""

TOGETHER = (frozenset(NAMING), frozenset({"tags", "tags_all"}), frozenset({"bucket_region", "region"}))
"""Attributes of which one tells what the others do: they are taken out together."""

NAMED_BY_CHANCE = {"network-holds-one-environment"}
"""Checks for which a name is a hint: of a type that has none it is not missed."""

NULL: Mapping[str, tuple[str, ...]] = {
    "what a resource does not name it has not: the service calls that none": (
        "aws_db_instance replicate_source_db",
        "aws_ebs_snapshot outpost_arn",
        "aws_ebs_volume outpost_arn",
        "aws_kms_key custom_key_store_id",
        "aws_security_group ingress",
        "azurerm_key_vault_key expiration_date",
        "azurerm_key_vault_key not_before_date",
        "azurerm_key_vault_key rotation_policy.automatic.time_after_creation",
        "azurerm_mssql_database long_term_retention_policy",
        "azurerm_mssql_database long_term_retention_policy.monthly_retention",
        "azurerm_mssql_database long_term_retention_policy.weekly_retention",
        "azurerm_mssql_database long_term_retention_policy.yearly_retention",
        "azurerm_mssql_database creation_source_database_id",
        "azurerm_network_security_group security_rule",
        "azurerm_postgresql_flexible_server source_server_id",
        "azurerm_storage_account custom_domain",
        "azurerm_storage_account nfsv3_enabled",
        "google_compute_firewall allow",
        "google_kms_crypto_key import_only",
        "google_sql_database_instance master_instance_name",
        "google_sql_database_instance replica_names",
        "google_sql_database_instance replication_cluster",
        "google_sql_database_instance settings.connector_enforcement",
    ),
    "another attribute holds the rest of the list": (
        "aws_security_group ingress.cidr_blocks",
        "aws_security_group ingress.ipv6_cidr_blocks",
        "aws_security_group ingress.prefix_list_ids",
        "aws_security_group_rule cidr_blocks",
        "aws_vpc_security_group_ingress_rule cidr_ipv4",
        "aws_vpc_security_group_ingress_rule cidr_ipv6",
        "aws_vpc_security_group_ingress_rule prefix_list_id",
        "azurerm_network_security_group security_rule.destination_port_ranges",
        "azurerm_network_security_group security_rule.source_address_prefix",
        "azurerm_network_security_group security_rule.source_port_range",
        "azurerm_network_security_group security_rule.source_port_ranges",
        "azurerm_network_security_rule source_address_prefix",
        "google_compute_firewall source_ranges",
    ),
    "without a key of the customer's the service uses its own (Microsoft and Google, encryption at rest)": (
        "azurerm_managed_disk disk_encryption_set_id",
        "azurerm_managed_disk secure_vm_disk_encryption_set_id",
        "azurerm_managed_disk encryption_settings",
        "azurerm_snapshot encryption_settings",
        "azurerm_postgresql_flexible_server customer_managed_key.geo_backup_key_vault_key_id",
        "azurerm_mssql_database transparent_data_encryption_key_vault_key_id",
        "azurerm_mssql_server transparent_data_encryption_key_vault_key_id",
        "azurerm_mssql_server_transparent_data_encryption key_vault_key_id",
        "azurerm_postgresql_flexible_server customer_managed_key",
        "azurerm_storage_account customer_managed_key",
        "azurerm_storage_account customer_managed_key.key_vault_key_id",
        "azurerm_storage_account_customer_managed_key managed_hsm_key_id",
        "google_compute_disk disk_encryption_key",
        "google_compute_disk disk_encryption_key.kms_key_self_link",
        "google_compute_region_disk disk_encryption_key",
        "google_compute_region_disk disk_encryption_key.kms_key_name",
        "google_sql_database_instance encryption_key_name",
        "google_storage_bucket encryption",
        "google_storage_bucket encryption.default_kms_key_name",
    ),
    "S3 encrypts with AES-256 whatever it is told (S3 User Guide, default encryption FAQ)": (
        "aws_s3_bucket server_side_encryption_configuration",
        "aws_s3_bucket_server_side_encryption_configuration rule",
        "aws_s3_bucket_server_side_encryption_configuration rule.apply_server_side_encryption_by_default",
        "aws_s3_bucket_server_side_encryption_configuration rule.apply_server_side_encryption_by_default.sse_algorithm",
    ),
    "the service's own default (KMS API, CreateKey and EnableKeyRotation; Cloud KMS API, CryptoKey.versionTemplate)": (
        "aws_kms_key customer_master_key_spec",
        "aws_kms_key rotation_period_in_days",
        "google_kms_crypto_key version_template",
        "google_kms_crypto_key version_template.algorithm",
    ),
    "the service's own default (RDS API, CreateDBInstance and CreateDBCluster; Azure SQL and PostgreSQL, backups; Cloud SQL, backups)": (
        "aws_db_instance backup_retention_period",
        "aws_rds_cluster backup_retention_period",
        "azurerm_mssql_database short_term_retention_policy",
        "azurerm_mssql_database short_term_retention_policy.retention_days",
        "azurerm_mssql_database storage_account_type",
        "azurerm_postgresql_flexible_server backup_retention_days",
        "google_sql_database_instance settings",
        "google_sql_database_instance settings.backup_configuration",
        "google_sql_database_instance settings.backup_configuration.backup_retention_settings",
        "google_sql_database_instance settings.backup_configuration.backup_retention_settings.retained_backups",
        "google_sql_database_instance settings.backup_configuration.backup_retention_settings.retention_unit",
        "google_sql_database_instance settings.backup_configuration.enabled",
        "google_sql_database_instance settings.edition",
    ),
    "it lies where its provider works, which the state tells elsewhere": (
        "aws_s3_bucket bucket_region",
        "google_compute_region_disk region",
        "google_sql_database_instance region",
    ),
    "a cluster is provisioned unless it says so (RDS API, CreateDBCluster.EngineMode)": ("aws_rds_cluster engine_mode",),
    "a peering that does not say that it ended works": ("aws_vpc_peering_connection accept_status",),
    "what names no source is no copy of another (azurerm, create_option; Cloud SQL, clones and restores)": (
        "google_sql_database_instance clone",
        "google_sql_database_instance restore_backup_context",
        "azurerm_managed_disk source_resource_id",
        "azurerm_managed_disk source_uri",
        "azurerm_snapshot source_resource_id",
        "azurerm_snapshot source_uri",
        "azurerm_mssql_database recover_database_id",
    ),
    "a server parameter of no value has the server's own": ("azurerm_postgresql_flexible_server_configuration value",),
}
"""Attributes whose absence the service itself gives a meaning, with its source."""

_MEANT = frozenset(name for names in NULL.values() for name in names)


def states() -> list[Path]:
    return [folder / "state.json" for folder in FIXTURES]


def recorded(path: Path) -> Collection:
    """A recorded state, of the newest version of every provider: what it does not hold was taken out."""
    source = collection(path)
    return msgspec.structs.replace(source, records=[msgspec.structs.replace(record, majors=(99, 99)) for record in source.records])


def without(values: Any, path: Path_) -> Any:
    """The values without the name at a path; the same object where it does not stand."""
    step, rest = path[0], path[1:]
    if isinstance(values, list) and isinstance(step, int) and step < len(values):
        return [without(item, rest) if index == step else item for index, item in enumerate(values)] if rest else values
    if not isinstance(values, Mapping) or step not in values:
        return values
    if not rest:
        return {name: value for name, value in values.items() if name != step}
    return {**values, step: without(values[step], rest)}


def stated(source: Collection, reader_of: ReaderOf) -> Iterator[tuple[int, list[Path_]]]:
    """The attributes that readers ask for and that the state holds; those that tell the same, together."""
    for index, paths in enumerate(asked(source, reader_of)):
        record = source.records[index]
        held = [path for path in sorted(paths, key=str) if without(record.values, path) is not record.values]
        groups: list[list[Path_]] = [[path for path in held if len(path) == 1 and path[0] in names] for names in TOGETHER]
        yield from ((index, group) for group in groups if group)
        yield from ((index, [path]) for path in held if not any(path in group for group in groups))


def breaches(source: Collection, reader_of: ReaderOf = plugins.reader_of) -> Iterator[str]:
    told = outcomes(source, source.records, reader_of)
    for index, paths in stated(source, reader_of):
        record = source.records[index]
        name = ".".join(names_of(paths[0]))
        hidden = found = null = record.values
        for path in paths:
            hidden, found, null = changed(hidden, path, HIDDEN), without(found, path), changed(null, path, None)
        unknown = _outcomes(source, index, hidden, reader_of)
        if (record.type, name) not in TAKEN_AWAY:
            gone = _outcomes(source, index, found, reader_of)
            yield from _breaches(f"{record.address}.{name} is taken out", told, unknown, gone, every=True)
        if f"{record.type} {name}" not in _MEANT and len(paths) == 1:
            yield from _breaches(f"{record.address}.{name} is null", told, unknown, _outcomes(source, index, null, reader_of), every=False)


def _outcomes(source: Collection, index: int, values: Mapping[str, Any], reader_of: ReaderOf) -> Outcomes:
    records = list(source.records)
    records[index] = msgspec.structs.replace(records[index], values=values, id=identity(values))
    return outcomes(source, records, reader_of)


def _breaches(how: str, told: Outcomes, hidden: Outcomes, found: Outcomes, *, every: bool) -> Iterator[str]:
    """Where the attribute decides and the verdict stands without it: any verdict if it is not told, PASS if it is null."""
    for pair, outcome in told.items():
        now = found.get(pair)
        decides = hidden.get(pair) is Outcome.UNKNOWN and outcome is not Outcome.UNKNOWN
        if pair[1] in NAMED_BY_CHANCE and ".arn is" in how:
            continue
        if (decides and (now is Outcome.PASS or (every and now is not Outcome.UNKNOWN))) or (now is None and pair in hidden):
            yield f"{how}: {pair} is {now}, it was {outcome}"


@pytest.mark.parametrize("path", states(), ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}")
def test_what_a_report_does_not_tell_is_not_taken_from_a_default(path: Path) -> None:
    found = list(breaches(recorded(path)))
    assert not found, "\n".join(found[:20])


@reader("aws_db_instance")
def defaults(record: Record, _related: Related) -> tuple[Backup]:
    """A mutant: it takes what is not told for a default."""
    days = record.values.get("backup_retention_period")
    return (Backup(Known(35 if days is None else days)),)


@pytest.mark.parametrize("mutant", [defaults])
def test_the_law_catches_a_reader_that(mutant: Reader) -> None:
    (path,) = (path for path in states() if path.parent.name == "db_instance")
    assert list(breaches(recorded(path), {"aws_db_instance": mutant}.get))
