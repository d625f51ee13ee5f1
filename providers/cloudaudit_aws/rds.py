"""RDS: database instances, Aurora clusters and their parameter groups."""

from __future__ import annotations

import re

from cloudaudit.model import (
    Attr,
    Backup,
    Cipher,
    Encryption,
    Known,
    Location,
    Placement,
    Plaintext,
    Record,
    Related,
    Transport,
    Unknown,
    Why,
    gather,
    reader,
)
from cloudaudit.sources.live.shape import Blocks, Item, Tags, Text, find
from cloudaudit.sources.live.table import Detail, Listing
from cloudaudit_aws import keys
from cloudaudit_aws.regions import locate, placement

_FORCE_SSL = "rds.force_ssl"
_SECURE_TRANSPORT = "require_secure_transport"
_OTHER_ENGINES = {"docdb": "aws_docdb_cluster", "neptune": "aws_neptune_cluster"}


def _instance_kind(item: Item) -> str:
    """RDS's listings show the databases of DocumentDB and Neptune too."""
    other = _OTHER_ENGINES.get(find(item, "Engine"))
    return f"{other}_instance" if other else "aws_db_instance"


def _cluster_kind(item: Item) -> str:
    return _OTHER_ENGINES.get(find(item, "Engine"), "aws_rds_cluster")


def _members_apply_status(item: Item) -> str | None:
    """The state of the one member that still runs with the parameters from before, if there is one: "pending-reboot"."""
    states = find(item, "DBClusterMembers[].DBClusterParameterGroupStatus") or []
    return next((state for state in states if state != "in-sync"), states[0] if states else None)


def _tls_parameters(answer: Item) -> list[Item]:
    shown = Blocks("Parameters", {"name": "ParameterName", "value": "ParameterValue", "apply_method": "ApplyMethod"})(answer)
    return [block for block in shown if block["name"] in {_FORCE_SSL, _SECURE_TRANSPORT} and block["value"] is not None]


_ONLY_TLS = [{"Name": "parameter-name", "Values": [_FORCE_SSL, _SECURE_TRANSPORT]}]
_GROUP_ARN = "arn:{partition}:rds:{region}:{account}:pg:{DBParameterGroupName}"
_CLUSTER_GROUP_ARN = "arn:{partition}:rds:{region}:{account}:cluster-pg:{parent.DBClusterParameterGroup}"

INSTANCES = Listing(
    "aws_db_instance",
    call="rds:DescribeDBInstances",
    args={"MaxRecords": 100},
    each="DBInstances",
    kind=_instance_kind,
    id="{DBInstanceArn}",
    values={
        "id": "DbiResourceId",
        "arn": "DBInstanceArn",
        "resource_id": "DbiResourceId",
        "identifier": "DBInstanceIdentifier",
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "instance_class": "DBInstanceClass",
        "storage_encrypted": "StorageEncrypted",
        "kms_key_id": "KmsKeyId",
        "backup_retention_period": "BackupRetentionPeriod",
        "publicly_accessible": "PubliclyAccessible",
        "parameter_group_name": "DBParameterGroups[0].DBParameterGroupName",
        "availability_zone": "AvailabilityZone",
        "multi_az": "MultiAZ",
        "replicate_source_db": "ReadReplicaSourceDBInstanceIdentifier",
        "replicas": "ReadReplicaDBInstanceIdentifiers",
        "db_subnet_group_name": "DBSubnetGroup.DBSubnetGroupName",
        "vpc_security_group_ids": "VpcSecurityGroups[].VpcSecurityGroupId",
        "deletion_protection": "DeletionProtection",
        "ca_cert_identifier": "CACertificateIdentifier",
        "tags": Tags("TagList"),
    },
    observed={
        "cluster_identifier": "DBClusterIdentifier",
        "parameter_apply_status": "DBParameterGroups[0].ParameterApplyStatus",
        "latest_restorable_time": "LatestRestorableTime",
        "backup_replications": "DBInstanceAutomatedBackupsReplications[].DBInstanceAutomatedBackupsArn",
        "vpc_id": "DBSubnetGroup.VpcId",
        "status": "DBInstanceStatus",
    },
)

CLUSTERS = Listing(
    "aws_rds_cluster",
    call="rds:DescribeDBClusters",
    args={"MaxRecords": 100},
    each="DBClusters",
    kind=_cluster_kind,
    id="{DBClusterArn}",
    values={
        "id": "DBClusterIdentifier",
        "arn": "DBClusterArn",
        "cluster_identifier": "DBClusterIdentifier",
        "cluster_resource_id": "DbClusterResourceId",
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "engine_mode": "EngineMode",
        "storage_encrypted": "StorageEncrypted",
        "kms_key_id": "KmsKeyId",
        "backup_retention_period": "BackupRetentionPeriod",
        "db_cluster_parameter_group_name": "DBClusterParameterGroup",
        "db_subnet_group_name": "DBSubnetGroup",
        "vpc_security_group_ids": "VpcSecurityGroups[].VpcSecurityGroupId",
        "availability_zones": "AvailabilityZones",
        "cluster_members": "DBClusterMembers[].DBInstanceIdentifier",
        "deletion_protection": "DeletionProtection",
        "replication_source_identifier": "ReplicationSourceIdentifier",
        "global_cluster_identifier": "GlobalClusterIdentifier",
        "tags": Tags("TagList"),
    },
    observed={
        "parameter_apply_status": _members_apply_status,
        "latest_restorable_time": "LatestRestorableTime",
        "read_replicas": "ReadReplicaIdentifiers",
        "status": "Status",
    },
)

PARAMETER_GROUPS = Listing(
    "aws_db_parameter_group",
    per=INSTANCES,
    each="DBParameterGroups",
    id=_GROUP_ARN,
    values={"id": "DBParameterGroupName", "name": "DBParameterGroupName", "arn": Text(_GROUP_ARN)},
    details=(
        Detail(
            "rds:DescribeDBParameters",
            {"DBParameterGroupName": "{DBParameterGroupName}", "Filters": _ONLY_TLS, "MaxRecords": 100},
            {"parameter": _tls_parameters},
            absent=("DBParameterGroupNotFound",),
            shows="Parameters",
        ),
    ),
)

CLUSTER_PARAMETER_GROUPS = Listing(
    "aws_rds_cluster_parameter_group",
    per=CLUSTERS,
    each="",
    id=_CLUSTER_GROUP_ARN,
    when=lambda item: bool(item.get("DBClusterParameterGroup")),
    values={"id": "parent.DBClusterParameterGroup", "name": "parent.DBClusterParameterGroup", "arn": Text(_CLUSTER_GROUP_ARN)},
    details=(
        Detail(
            "rds:DescribeDBClusterParameters",
            {"DBClusterParameterGroupName": "{parent.DBClusterParameterGroup}", "Filters": _ONLY_TLS, "MaxRecords": 100},
            {"parameter": _tls_parameters},
            absent=("DBParameterGroupNotFound",),
            shows="Parameters",
        ),
    ),
)

_PARAMETERS = {
    "postgres": _FORCE_SSL,
    "aurora-postgresql": _FORCE_SSL,
    "sqlserver": _FORCE_SSL,
    "mysql": _SECURE_TRANSPORT,
    "mariadb": _SECURE_TRANSPORT,
    "aurora-mysql": _SECURE_TRANSPORT,
    "aurora": _SECURE_TRANSPORT,
}
_OPTIONAL_BEFORE = {
    "postgres": (15, 0),
    "aurora-postgresql": (17, 0),
    "mysql": (8, 4),
    "mariadb": (11, 8),
    "aurora-mysql": (8, 4),
    "aurora": (8, 4),
}
"""Versions before which the engine's default parameter group leaves TLS optional. Of later ones only the live group tells."""

_ON = {"1", "on", "true"}
_VERSION = re.compile(r"^(\d+)(?:\.(\d+))?")


@reader(
    "aws_db_instance", related=("aws_db_parameter_group", "aws_rds_cluster", "aws_db_instance_automated_backups_replication", *keys.RELATED)
)
def instance(record: Record, related: Related) -> tuple[Encryption, Transport | None, Backup | None, Placement]:
    """A database instance.

    `storage_encrypted` unset is false (source: RDS API, CreateDBInstance). `backup_retention_period` unset keeps a day or
    nothing, by API and by provider: judged as 1 at most. A read replica's backups are its source's concern; those of a
    cluster's member, and whether it demands TLS, its cluster's.
    """
    days = record.number("backup_retention_period")
    backup = Backup(days.map(lambda value: 1 if value is None else value))
    transport = _transport(record, related, "parameter_group_name", "aws_db_parameter_group")
    member = _names(record.seen("cluster_identifier"))
    return (
        _encryption(record, related),
        None if member else transport,
        None if member or _names(record.text("replicate_source_db")) else backup,
        placement(record, _backup_copies(record, related)),
    )


@reader("aws_rds_cluster", related=("aws_rds_cluster_parameter_group", *keys.RELATED))
def cluster(record: Record, related: Related) -> tuple[Encryption, Transport, Backup, Placement]:
    """An Aurora or Multi-AZ cluster. `backup_retention_period` unset is 1 day (source: RDS API, CreateDBCluster)."""
    days = record.number("backup_retention_period")
    return (
        _encryption(record, related),
        _transport(record, related, "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group"),
        Backup(days.map(lambda value: 1 if value is None else value)),
        placement(record),
    )


def _names(attr: Attr[str | None]) -> bool:
    return isinstance(attr, Known) and attr.value is not None


def _encryption(record: Record, related: Related) -> Encryption:
    owner, state = keys.key_used(record.text("kms_key_id"), related)
    encrypted = record.flag("storage_encrypted")
    return Encryption(encrypted.map(lambda on: keys.kms_cipher(record) if on else Cipher.NONE), owner, state)


def _backup_copies(record: Record, related: Related) -> Attr[tuple[Location, ...]]:
    seen = record.seen("backup_replications")
    if isinstance(seen, Known) or seen.why is not Why.NOT_COLLECTED:
        return seen.then(lambda arns: gather(locate(Known(_region_of_arn(arn))) for arn in arns or ()))
    copies = related.companions(record, "aws_db_instance_automated_backups_replication", "source_db_instance_arn")
    if copies.doubt is not None:
        return copies.doubt
    return gather(locate(copy.scope.region) if copy.presence is None else copy.presence for copy in copies.records)


def _region_of_arn(arn: str) -> str | None:
    parts = str(arn).split(":")
    return parts[3] if len(parts) > 5 else None


def _transport(record: Record, related: Related, attribute: str, group_type: str) -> Transport:
    engine = record.text("engine").map(lambda name: (name or "").lower())
    return Transport(engine.then(lambda name: _plaintext(record, related, name, attribute, group_type)), Known(None))


def _plaintext(record: Record, related: Related, engine: str, attribute: str, group_type: str) -> Attr[Plaintext]:
    family = "sqlserver" if engine.startswith("sqlserver") else engine
    parameter = _PARAMETERS.get(family)
    if parameter is None:
        named = f"the engine {engine}" if engine else "an engine that is not named"
        return Unknown(Why.UNSUPPORTED, f"no parameter tells whether {named} demands TLS", record.origin_of("engine"))
    reference = record.text(attribute)
    group = related.target(reference, group_type, near=record)
    if isinstance(group, Known) and group.value is not None:
        return _in_group(group.value, parameter).then(lambda value: _meaning(value, record, family))
    if isinstance(reference, Known) and (reference.value is None or reference.value.startswith("default.")):
        return _meaning(None, record, family)
    return group if isinstance(group, Unknown) else _meaning(None, record, family)


def _in_group(group: Record, parameter: str) -> Attr[str | None]:
    blocks = group.blocks("parameter")
    if isinstance(blocks, Unknown):
        return blocks
    for block in blocks.value:
        name = block.text("name")
        if isinstance(name, Unknown):
            return name
        if name.value == parameter:
            return block.text("value")
    return Known(None, group.origin)


def _meaning(value: str | None, record: Record, engine: str) -> Attr[Plaintext]:
    """What a parameter's value means; without one, the default of the engine and version."""
    if value is not None:
        pending = record.seen("parameter_apply_status")
        if pending == Known("pending-reboot"):
            return Known(Plaintext.ACCEPTED, pending.origin)
        return Known(Plaintext.REFUSED if value.lower() in _ON else Plaintext.ACCEPTED)
    if engine == "sqlserver":
        return Known(Plaintext.ACCEPTED)
    version = record.text("engine_version").map(_version)
    if isinstance(version, Known) and version.value is not None and version.value < _OPTIONAL_BEFORE[engine]:
        return Known(Plaintext.ACCEPTED, version.origin)
    parameter = _PARAMETERS[engine]
    detail = f"{parameter} is not set, so the engine's default decides: set it in a parameter group"
    return Unknown(Why.UNRESOLVED, detail, record.origin)


def _version(text: str | None) -> tuple[int, int] | None:
    match = _VERSION.match(text or "")
    return (int(match.group(1)), int(match.group(2) or 0)) if match else None
