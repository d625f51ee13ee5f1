"""RDS: database instances, Aurora clusters and their parameter groups."""

from __future__ import annotations

from collections.abc import Callable

from cloudaudit.model import (
    Attr,
    Backup,
    Encryption,
    Known,
    Placement,
    Record,
    Related,
    Transport,
    Unknown,
    reader,
)
from cloudaudit.sources.live.shape import Blocks, Item, Tags, Text, find
from cloudaudit.sources.live.table import Detail, Listing
from cloudaudit_aws import keys, rds_copies, rds_parameters, rds_storage
from cloudaudit_aws.rds_parameters import TLS_PARAMETERS
from cloudaudit_aws.regions import placement

_OTHER_ENGINES = {"docdb": "aws_docdb_cluster", "neptune": "aws_neptune_cluster"}


def _instance_kind(item: Item) -> str:
    """RDS's listings show the databases of DocumentDB and Neptune too."""
    other = _OTHER_ENGINES.get(find(item, "Engine"))
    return f"{other}_instance" if other else "aws_db_instance"


def _cluster_kind(item: Item) -> str:
    return _OTHER_ENGINES.get(find(item, "Engine"), "aws_rds_cluster")


def _apply_status(path: str) -> Callable[[Item], str | None]:
    """The state of parameter groups that says most about what still runs without them: "in-sync" only if all are."""

    def worst(item: Item) -> str | None:
        states = sorted(find(item, path) or [], key=lambda state: (state != "pending-reboot", state == "in-sync", state))
        return states[0] if states else None

    return worst


def _tls_parameters(answer: Item) -> list[Item]:
    shown = Blocks("Parameters", {"name": "ParameterName", "value": "ParameterValue", "apply_method": "ApplyMethod"})(answer)
    return [block for block in shown if block["name"] in TLS_PARAMETERS and block["value"] is not None]


_ONLY_TLS = [{"Name": "parameter-name", "Values": sorted(TLS_PARAMETERS)}]
_GROUP_ARN = "arn:{partition}:rds:{region}:{account}:pg:{DBParameterGroupName}"
_CLUSTER_GROUP_ARN = "arn:{partition}:rds:{region}:{account}:cluster-pg:{parent.DBClusterParameterGroup}"

INSTANCES = Listing(
    "aws_db_instance",
    tells=("aws_db_instance_automated_backups_replication",),
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
        "parameter_apply_status": _apply_status("DBParameterGroups[].ParameterApplyStatus"),
        "latest_restorable_time": "LatestRestorableTime",
        "storage_encryption_type": "StorageEncryptionType",
        "backup_replications": "DBInstanceAutomatedBackupsReplications[].DBInstanceAutomatedBackupsArn",
        "read_replicas": "ReadReplicaDBInstanceIdentifiers",
        "vpc_id": "DBSubnetGroup.VpcId",
        "status": "DBInstanceStatus",
    },
)

CLUSTERS = Listing(
    "aws_rds_cluster",
    tells=("aws_rds_global_cluster",),
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
        "parameter_apply_status": _apply_status("DBClusterMembers[].DBClusterParameterGroupStatus"),
        "latest_restorable_time": "LatestRestorableTime",
        "storage_encryption_type": "StorageEncryptionType",
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


@reader(
    "aws_db_instance",
    related=("aws_db_parameter_group", "aws_rds_cluster", *rds_copies.RELATED, *keys.RELATED),
)
def instance(record: Record, related: Related) -> tuple[Encryption, Transport | None, Backup | None, Placement]:
    """A database instance.

    `backup_retention_period` unset keeps a day or
    nothing, by API and by provider: judged as 1 at most. A read replica's backups are its source's concern; those of a
    cluster's member, and whether it demands TLS, its cluster's.
    """
    backup = Backup(rds_storage.retention(record))
    transport = rds_parameters.transport(record, related, "parameter_group_name", "aws_db_parameter_group")
    member = _names(record.seen("cluster_identifier"))
    return (
        rds_storage.encryption(record, related),
        None if member else transport,
        None if member else _own_backup(backup, rds_storage.is_replica(record, related)),
        placement(record, rds_copies.copies(record, related)),
    )


@reader("aws_rds_cluster", related=("aws_rds_cluster_parameter_group", *rds_copies.RELATED, *keys.RELATED))
def cluster(record: Record, related: Related) -> tuple[Encryption, Transport, Backup, Placement]:
    """An Aurora or Multi-AZ cluster. `backup_retention_period` unset is 1 day (source: RDS API, CreateDBCluster)."""
    return (
        rds_storage.encryption(record, related),
        rds_parameters.transport(record, related, "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group"),
        Backup(rds_storage.retention(record)),
        placement(record, rds_copies.copies(record, related)),
    )


def _own_backup(backup: Backup, replica: Attr[bool]) -> Backup | None:
    if isinstance(replica, Unknown):
        return Backup(replica.bare)
    return None if replica.value else backup


def _names(attr: Attr[str | None]) -> bool:
    return isinstance(attr, Known) and attr.value is not None
