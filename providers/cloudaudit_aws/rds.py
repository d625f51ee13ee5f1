"""RDS: database instances, Aurora clusters and their parameter groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    Why,
    both,
    reader,
)
from cloudaudit.sources.live.shape import Blocks, First, Is, Item, Maybe, Odd, Tags, Text, elements, find, pick
from cloudaudit.sources.live.table import Detail, Listing
from cloudaudit_aws import keys, rds_copies, rds_parameters, rds_storage
from cloudaudit_aws.rds_parameters import TLS_PARAMETERS
from cloudaudit_aws.regions import placement

_OTHER_ENGINES = {"docdb": "aws_docdb_cluster", "neptune": "aws_neptune_cluster"}


def _instance_kind(item: Item) -> str:
    """RDS's listings show the databases of DocumentDB and Neptune too."""
    other = _OTHER_ENGINES.get(pick(item, "Engine"))
    return f"{other}_instance" if other else "aws_db_instance"


def _cluster_kind(item: Item) -> str:
    return _OTHER_ENGINES.get(pick(item, "Engine"), "aws_rds_cluster")


def _apply_status(path: str) -> Callable[[Item], str | None]:
    """The state of parameter groups that says most about what still runs without them: "in-sync" only if all are."""

    def worst(item: Item) -> str | None:
        states = sorted(pick(item, path), key=lambda state: (state != "pending-reboot", state == "in-sync", state))
        return states[0] if states else None

    return worst


_PARAMETERS = Blocks("Parameters", {"name": "ParameterName", "value": Maybe("ParameterValue"), "apply_method": Maybe("ApplyMethod")})


def _tls_parameters(answer: Item) -> list[Any]:
    """The parameters that speak of TLS, set or not, and what is not understood: it may be one."""
    return [block for block in _PARAMETERS(answer) if not isinstance(block, dict) or _may_speak_of_tls(block)]


def _may_speak_of_tls(block: Mapping[str, Any]) -> bool:
    return isinstance(block["name"], Odd) or block["name"] in TLS_PARAMETERS


def _outposts(instance: Item) -> list[str]:
    """The Outposts that a database is on."""
    subnets = elements(instance, "DBSubnetGroup.Subnets") if find(instance, "DBSubnetGroup.Subnets") is not None else []
    return [outpost for subnet in subnets if (outpost := find(subnet, "SubnetOutpost.Arn"))]


def _global(cluster: Item) -> bool:
    """Whether it belongs to a global database."""
    return cluster.get("GlobalClusterIdentifier") not in (None, "")


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
        "id": Maybe("DbiResourceId"),
        "arn": "DBInstanceArn",
        "resource_id": Maybe("DbiResourceId"),
        "identifier": "DBInstanceIdentifier",
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "instance_class": Maybe("DBInstanceClass"),
        "storage_encrypted": "StorageEncrypted",
        "kms_key_id": Maybe("KmsKeyId"),
        "backup_retention_period": "BackupRetentionPeriod",
        "backup_target": Maybe("BackupTarget"),
        "publicly_accessible": Maybe("PubliclyAccessible"),
        "parameter_group_name": "DBParameterGroups[0].DBParameterGroupName",
        "availability_zone": Maybe("AvailabilityZone", unless=Is("DBInstanceStatus", "available")),
        "multi_az": Maybe("MultiAZ"),
        "replicate_source_db": Maybe(First(("ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier"))),
        "replicas": "ReadReplicaDBInstanceIdentifiers[]",
        "db_subnet_group_name": Maybe("DBSubnetGroup.DBSubnetGroupName"),
        "vpc_security_group_ids": Maybe("VpcSecurityGroups[].VpcSecurityGroupId"),
        "deletion_protection": Maybe("DeletionProtection"),
        "ca_cert_identifier": Maybe("CACertificateIdentifier"),
        "tags": Tags("TagList"),
    },
    observed={
        "cluster_identifier": Maybe("DBClusterIdentifier"),
        "source_instance": Maybe("ReadReplicaSourceDBInstanceIdentifier"),
        "source_cluster": Maybe("ReadReplicaSourceDBClusterIdentifier"),
        "parameter_apply_status": _apply_status("DBParameterGroups[].ParameterApplyStatus"),
        "latest_restorable_time": Maybe("LatestRestorableTime"),
        "storage_encryption_type": Maybe("StorageEncryptionType"),
        "backup_replications": Maybe("DBInstanceAutomatedBackupsReplications[].DBInstanceAutomatedBackupsArn"),
        "read_replicas": "ReadReplicaDBInstanceIdentifiers[]",
        "cluster_replicas": Maybe("ReadReplicaDBClusterIdentifiers[]"),
        "outposts": _outposts,
        "aws_backup": Maybe("AwsBackupRecoveryPointArn"),
        "vpc_id": Maybe("DBSubnetGroup.VpcId"),
        "status": Maybe("DBInstanceStatus"),
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
        "cluster_resource_id": Maybe("DbClusterResourceId"),
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "engine_mode": Maybe("EngineMode"),
        "storage_encrypted": "StorageEncrypted",
        "kms_key_id": Maybe("KmsKeyId"),
        "backup_retention_period": "BackupRetentionPeriod",
        "db_cluster_parameter_group_name": "DBClusterParameterGroup",
        "db_subnet_group_name": Maybe("DBSubnetGroup"),
        "vpc_security_group_ids": Maybe("VpcSecurityGroups[].VpcSecurityGroupId"),
        "availability_zones": Maybe("AvailabilityZones[]"),
        "cluster_members": "DBClusterMembers[].DBInstanceIdentifier",
        "deletion_protection": Maybe("DeletionProtection"),
        "replication_source_identifier": Maybe("ReplicationSourceIdentifier"),
        "global_cluster_identifier": Maybe("GlobalClusterIdentifier"),
        "tags": Tags("TagList"),
    },
    observed={
        "parameter_apply_status": _apply_status("DBClusterMembers[].DBClusterParameterGroupStatus"),
        "latest_restorable_time": Maybe("LatestRestorableTime"),
        "storage_encryption_type": Maybe("StorageEncryptionType"),
        "read_replicas": "ReadReplicaIdentifiers[]",
        "aws_backup": Maybe("AwsBackupRecoveryPointArn"),
        "status": Maybe("Status"),
    },
    details=(
        Detail(
            "rds:DescribeGlobalClusters",
            {"GlobalClusterIdentifier": "{GlobalClusterIdentifier}"},
            observed={"global_members": "GlobalClusters[].GlobalClusterMembers[].DBClusterArn"},
            when=_global,
            feeds=(Placement,),
            holds={
                "GlobalClusters[].GlobalClusterIdentifier": "{GlobalClusterIdentifier}",
                "GlobalClusters[].GlobalClusterMembers[].DBClusterArn": "{DBClusterArn}",
            },
        ),
    ),
)

PARAMETER_GROUPS = Listing(
    "aws_db_parameter_group",
    feeds=(Transport,),
    per=INSTANCES,
    each="DBParameterGroups",
    id=_GROUP_ARN,
    values={"id": "DBParameterGroupName", "name": "DBParameterGroupName", "arn": Text(_GROUP_ARN)},
    details=(
        Detail(
            "rds:DescribeDBParameters",
            {"DBParameterGroupName": "{DBParameterGroupName}", "Filters": _ONLY_TLS, "MaxRecords": 100},
            {"parameter": _tls_parameters},
            gone=("DBParameterGroupNotFound",),
            feeds=(Transport,),
        ),
    ),
)

CLUSTER_PARAMETER_GROUPS = Listing(
    "aws_rds_cluster_parameter_group",
    feeds=(Transport,),
    per=CLUSTERS,
    each="",
    id=_CLUSTER_GROUP_ARN,
    values={"id": "parent.DBClusterParameterGroup", "name": "parent.DBClusterParameterGroup", "arn": Text(_CLUSTER_GROUP_ARN)},
    details=(
        Detail(
            "rds:DescribeDBClusterParameters",
            {"DBClusterParameterGroupName": "{parent.DBClusterParameterGroup}", "Filters": _ONLY_TLS, "MaxRecords": 100},
            {"parameter": _tls_parameters},
            gone=("DBParameterGroupNotFound",),
            feeds=(Transport,),
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
    member = _seen(_member(record), record.seen("cluster_identifier"), "aws_rds_cluster", record, related)
    replica = _seen(rds_storage.is_replica(record, related), record.seen("source_instance"), "aws_db_instance", record, related)
    replica = _seen(replica, record.seen("source_cluster"), "aws_rds_cluster", record, related)
    return (
        rds_storage.encryption(record, related),
        Transport.unknown(member) if isinstance(member, Unknown) else None if member.value else transport,
        None if member == Known(value=True) else _own_backup(backup, both(member, replica, _second)),
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


def _seen(left: Attr[bool], name: Attr[str | None], kind: str, record: Record, related: Related) -> Attr[bool]:
    """Whether something is left to the database that is named: not if a whole listing of its region does not show that one.

    A replica stays where it is when its source in another region is deleted. Source: RDS User Guide, deleting a DB instance.
    """
    if not related.live or not isinstance(name, Known) or name.value is None or _is_anothers(name.value, record):
        return left
    found = related.target(name, kind, near=record)
    if found.value is record if isinstance(found, Known) else found.why is Why.UNRESOLVED:
        return Unknown(
            Why.UNRESOLVED, f"{name.value}, of which it is a part or a replica, is not among the databases listed here", name.origin
        )
    return left


def _is_anothers(name: str, record: Record) -> bool:
    """Whether a name says that what it names is another account's."""
    parts = name.split(":")
    return parts[0] == "arn" and parts[4:5] != [record.scope.account.value if isinstance(record.scope.account, Known) else None]


def _second(_first: bool, second: bool) -> bool:
    return second


def _member(record: Record) -> Attr[bool]:
    """Whether an instance is one of a cluster, which Terraform tells by another type."""
    seen = record.seen("cluster_identifier")
    if isinstance(seen, Unknown) and seen.why is Why.ELSEWHERE:
        return Known(value=False)
    return seen.map(lambda name: name is not None)
