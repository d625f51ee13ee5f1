"""Answers of an account as botocore gives them, one of every kind that a verdict can rest on, and a transport that repeats them.

They have all members that AWS sends for such a resource and that a table names: what is taken out of them is missed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cloudaudit.model import Why
from cloudaudit.sources.live.transport import CallError

NUMBER, REGION, ABROAD = "123456789012", "eu-central-1", "us-east-1"

Answers = dict[tuple[str, str], Any]
"""A page, or the code of an error, by operation and a text that the arguments hold ("" for any)."""


def arn(service: str, name: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{NUMBER}:{name}"


class Recorded:
    """Repeats answers. What was not recorded does not answer."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        self.asked.append((call, args, region))
        page = self.answers.get(self.key(call, args))
        if page is None:
            raise CallError(Why.FAILED, call, call, "was not recorded", code="NotRecorded")
        if isinstance(page, str):
            raise CallError(Why.FAILED, call, call, page, code=page)
        yield page

    def key(self, call: str, args: Mapping[str, Any]) -> tuple[str, str]:
        text = json.dumps(args)
        names = (name for operation, name in self.answers if operation == call and name and name in text)
        return call, next(names, "")

    def stop(self) -> None:
        return


def _tags(environment: str, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: "environment", value: environment}]


KEYS = {name: f"{number}abcd-12ab-34cd-56ef-1234567890ab" for number, name in enumerate(("used", "retired", "signing", "brought", "aws"))}
_FORWARD = {"Type": "forward", "Order": 1, "TargetGroupArn": arn("elasticloadbalancing", "targetgroup/web/1")}
_REDIRECT = {
    "Type": "redirect",
    "Order": 1,
    "RedirectConfig": {
        "Protocol": "HTTPS",
        "Port": "443",
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    },
}


def _buckets() -> Answers:
    deny = {
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }
    made = {"orders": (REGION, 2020), "overseas": (ABROAD, 2020), "plain": (REGION, 2024)}
    listed = [
        {"Name": name, "BucketRegion": region, "CreationDate": datetime(year, 1, 1, tzinfo=UTC)} for name, (region, year) in made.items()
    ]
    answers: Answers = {("s3:ListBuckets", ""): {"Buckets": listed}}
    for name in made:
        default = {"SSEAlgorithm": "AES256"}
        if name == "orders":
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn("kms", f"key/{KEYS['retired']}")}
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": name == "orders"}
        answers["s3:GetBucketEncryption", name] = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
        answers["s3:GetBucketPolicy", name] = {"Policy": json.dumps(deny)} if name == "orders" else "NoSuchBucketPolicy"
        answers["s3:GetBucketTagging", name] = {"TagSet": _tags("production")} if name != "plain" else "NoSuchTagSet"
        answers["s3:GetBucketReplication", name] = "ReplicationConfigurationNotFoundError"
    copy = {
        "ID": "abroad",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "Destination": {"Bucket": "arn:aws:s3:::overseas"},
    }
    theirs = {**copy, "ID": "theirs", "Priority": 2, "Destination": {"Bucket": "arn:aws:s3:::of-a-partner"}}
    answers["s3:GetBucketReplication", "orders"] = {
        "ReplicationConfiguration": {"Role": f"arn:aws:iam::{NUMBER}:role/copy", "Rules": [copy]}
    }
    answers["s3:GetBucketReplication", "plain"] = {
        "ReplicationConfiguration": {"Role": f"arn:aws:iam::{NUMBER}:role/copy", "Rules": [theirs]}
    }
    answers["s3:HeadBucket", "of-a-partner"] = {"BucketRegion": "eu-west-1"}
    return answers


def _keys() -> Answers:
    arns = {name: arn("kms", f"key/{number}") for name, number in KEYS.items()}
    replicas = {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": arns["used"], "Region": REGION},
        "ReplicaKeys": [{"Arn": arn("kms", f"key/{KEYS['used']}", ABROAD), "Region": ABROAD}],
    }
    more: dict[str, dict[str, Any]] = {
        "used": {"MultiRegion": True, "MultiRegionConfiguration": replicas},
        "retired": {
            "Enabled": False,
            "KeyState": "PendingDeletion",
            "DeletionDate": datetime(2026, 1, 1, tzinfo=UTC),
        },
        "signing": {"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        "brought": {"Origin": "EXTERNAL", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
        "aws": {"KeyManager": "AWS"},
    }
    answers: Answers = {("kms:ListKeys", ""): {"Keys": [{"KeyId": KEYS[name], "KeyArn": arns[name]} for name in KEYS], "Truncated": False}}
    for name, number in KEYS.items():
        answers["kms:DescribeKey", number] = {
            "KeyMetadata": {
                "AWSAccountId": NUMBER,
                "KeyId": number,
                "Arn": arns[name],
                "Enabled": True,
                "KeyState": "Enabled",
                "KeyManager": "CUSTOMER",
                "KeyUsage": "ENCRYPT_DECRYPT",
                "Origin": "AWS_KMS",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
                "MultiRegion": False,
                **more[name],
            }
        }
        rotates = {"KeyId": number, "KeyRotationEnabled": name == "used"} | ({"RotationPeriodInDays": 365} if name == "used" else {})
        answers["kms:GetKeyRotationStatus", number] = rotates
        answers["kms:ListResourceTags", number] = {"Tags": _tags("production", "TagKey", "TagValue"), "Truncated": False}
    aliases = [{"AliasName": "alias/used", "AliasArn": arn("kms", "alias/used"), "TargetKeyId": KEYS["used"]}]
    aliases.append({"AliasName": "alias/aws/ebs", "AliasArn": arn("kms", "alias/aws/ebs"), "TargetKeyId": KEYS["aws"]})
    answers["kms:ListAliases", ""] = {"Aliases": aliases, "Truncated": False}
    return answers


def _tagged() -> Answers:
    """What has a tag. What never had one is not named: the bucket "plain"."""

    def mapping(names: list[str]) -> dict[str, Any]:
        return {"ResourceTagMappingList": [{"ResourceARN": name, "Tags": _tags("production")} for name in names], "PaginationToken": ""}

    keys = [arn("kms", f"key/{number}") for name, number in KEYS.items() if name != "aws"]
    call = "resourcegroupstaggingapi:GetResources"
    return {(call, "s3"): mapping(["arn:aws:s3:::orders"]), (call, "kms:key"): mapping(keys)}


def _disks() -> Answers:
    key = {"KmsKeyId": arn("kms", f"key/{KEYS['used']}")}
    volumes = [
        {"VolumeId": "vol-1", "Encrypted": True, **key, "AvailabilityZone": f"{REGION}a", "SnapshotId": "", "Tags": _tags("production")},
        {"VolumeId": "vol-2", "Encrypted": False, "AvailabilityZone": f"{REGION}b", "SnapshotId": ""},
        {"VolumeId": "vol-3", "Encrypted": True, **key, "AvailabilityZone": f"{REGION}-ham-1a", "SnapshotId": "snap-1"},
        {"VolumeId": "vol-4", "Encrypted": True, **key, "AvailabilityZone": "eu-west-3-cmn-wlz-1a", "SnapshotId": ""},
        {
            "VolumeId": "vol-5",
            "Encrypted": True,
            **key,
            "AvailabilityZone": f"{REGION}a",
            "SnapshotId": "",
            "OutpostArn": arn("outposts", "outpost/op-1"),
        },
    ]
    same = {"Size": 8, "VolumeType": "gp3", "State": "in-use", "CreateTime": datetime(2025, 1, 1, tzinfo=UTC)}
    held = {"Attachments": [{"InstanceId": "i-1", "State": "attached"}]}
    snapshots = [
        {"SnapshotId": "snap-1", "VolumeId": "vol-1", "Encrypted": True, **key, "Tags": _tags("production")},
        {"SnapshotId": "snap-2", "VolumeId": "vol-2", "Encrypted": False},
        {"SnapshotId": "snap-3", "VolumeId": "vol-5", "Encrypted": True, **key, "OutpostArn": arn("outposts", "outpost/op-1")},
        {"SnapshotId": "snap-4", "VolumeId": "vol-4", "Encrypted": True, **key, "AvailabilityZone": "eu-west-3-cmn-wlz-1a"},
    ]
    kept = {
        "OwnerId": NUMBER,
        "VolumeSize": 8,
        "State": "completed",
        "StorageTier": "standard",
        "StartTime": datetime(2025, 1, 1, tzinfo=UTC),
    }
    return {
        ("ec2:DescribeVolumes", ""): {"Volumes": [{**same, **held, **volume} for volume in volumes]},
        ("ec2:DescribeSnapshots", ""): {"Snapshots": [{**kept, **snapshot} for snapshot in snapshots]},
    }


def _instance(name: str, **more: Any) -> dict[str, Any]:
    group = {"DBParameterGroupName": "tls", "ParameterApplyStatus": "in-sync"}
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": arn("rds", f"db:{name}"),
        "DbiResourceId": f"db-{name.upper()}",
        "DBInstanceStatus": "available",
        "DBInstanceClass": "db.t4g.micro",
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "StorageEncrypted": True,
        "KmsKeyId": arn("kms", f"key/{KEYS['used']}"),
        "BackupRetentionPeriod": 35,
        "BackupTarget": "region",
        "PubliclyAccessible": False,
        "DBParameterGroups": [group],
        "AvailabilityZone": f"{REGION}a",
        "MultiAZ": False,
        "ReadReplicaDBInstanceIdentifiers": [],
        "DBSubnetGroup": {
            "DBSubnetGroupName": "data",
            "VpcId": "vpc-1",
            "Subnets": [{"SubnetIdentifier": "subnet-1", "SubnetAvailabilityZone": {"Name": f"{REGION}a"}, "SubnetOutpost": {}}],
        },
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
        "DeletionProtection": True,
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "LatestRestorableTime": datetime(2025, 6, 1, tzinfo=UTC),
        "TagList": _tags("production"),
        **more,
    }


def _databases() -> Answers:
    plain = {"DBParameterGroupName": "plain", "ParameterApplyStatus": "in-sync"}
    backups = [{"DBInstanceAutomatedBackupsArn": arn("rds", "auto-backup:ab-1", ABROAD)}]
    abroad = arn("rds", "db:abroad", ABROAD)
    instances = [
        _instance("orders", ReadReplicaDBInstanceIdentifiers=["replica", abroad], DBInstanceAutomatedBackupsReplications=backups),
        _instance("replica", ReadReplicaSourceDBInstanceIdentifier="orders", BackupRetentionPeriod=0),
        _instance("scratch", Engine="mysql", EngineVersion="8.0.35", BackupRetentionPeriod=0, DBParameterGroups=[plain]),
        _instance("member", Engine="aurora-postgresql", DBClusterIdentifier="ledger"),
        _instance("outpost", BackupTarget="outposts"),
        _instance(
            "copied", DBInstanceAutomatedBackupsReplications=[{"DBInstanceAutomatedBackupsArn": arn("rds", "auto-backup:ab-2", ABROAD)}]
        ),
        _instance("source", ReadReplicaDBClusterIdentifiers=[arn("rds", "cluster:replica", ABROAD)]),
        _instance("protected", BackupRetentionPeriod=0, AwsBackupRecoveryPointArn=arn("backup", "recovery-point:continuous:1")),
        _instance("documents", Engine="docdb", DBClusterIdentifier="documents"),
    ]
    cluster = {
        "DBClusterIdentifier": "ledger",
        "DBClusterArn": arn("rds", "cluster:ledger"),
        "DbClusterResourceId": "cluster-LEDGER",
        "Status": "available",
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.4",
        "EngineMode": "provisioned",
        "StorageEncrypted": True,
        "StorageEncryptionType": "sse-kms",
        "KmsKeyId": arn("kms", f"key/{KEYS['used']}"),
        "BackupRetentionPeriod": 35,
        "DBClusterParameterGroup": "cluster-tls",
        "DBSubnetGroup": "data",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
        "AvailabilityZones": [f"{REGION}a", f"{REGION}b"],
        "DBClusterMembers": [{"DBInstanceIdentifier": "member", "IsClusterWriter": True, "DBClusterParameterGroupStatus": "in-sync"}],
        "ReadReplicaIdentifiers": [arn("rds", "cluster:ledger-abroad", ABROAD)],
        "DeletionProtection": True,
        "LatestRestorableTime": datetime(2025, 6, 1, tzinfo=UTC),
        "TagList": _tags("production"),
    }
    short = {
        **cluster,
        "DBClusterIdentifier": "short",
        "DBClusterArn": arn("rds", "cluster:short"),
        "DbClusterResourceId": "cluster-SHORT",
        "BackupRetentionPeriod": 1,
        "DBClusterMembers": [],
        "ReadReplicaIdentifiers": [],
    }
    worldwide = {
        **short,
        "DBClusterIdentifier": "worldwide",
        "DBClusterArn": arn("rds", "cluster:worldwide"),
        "DbClusterResourceId": "cluster-WORLDWIDE",
        "GlobalClusterIdentifier": "world",
    }
    protected = {
        **short,
        "DBClusterIdentifier": "protected",
        "DBClusterArn": arn("rds", "cluster:protected"),
        "DbClusterResourceId": "cluster-PROTECTED",
        "BackupRetentionPeriod": 0,
        "AwsBackupRecoveryPointArn": arn("backup", "recovery-point:continuous:2"),
    }
    members = [
        {"DBClusterArn": arn("rds", "cluster:worldwide"), "IsWriter": True, "Readers": [arn("rds", "cluster:worldwide-us", ABROAD)]},
        {"DBClusterArn": arn("rds", "cluster:worldwide-us", ABROAD), "IsWriter": False, "Readers": []},
    ]
    documents = {**short, "DBClusterIdentifier": "documents", "DBClusterArn": arn("rds", "cluster:documents"), "Engine": "docdb"}

    def parameters(**values: str) -> dict[str, Any]:
        same = {"ApplyMethod": "immediate", "ApplyType": "dynamic"}
        named = {name.replace("rds_", "rds."): value for name, value in values.items()}
        return {"Parameters": [{"ParameterName": name, "ParameterValue": value, **same} for name, value in named.items()]}

    return {
        ("rds:DescribeDBInstances", ""): {"DBInstances": instances},
        ("rds:DescribeDBClusters", ""): {"DBClusters": [cluster, short, worldwide, protected, documents]},
        ("rds:DescribeGlobalClusters", ""): {"GlobalClusters": [{"GlobalClusterIdentifier": "world", "GlobalClusterMembers": members}]},
        ("rds:DescribeDBParameters", '"tls"'): parameters(rds_force_ssl="1", ssl_min_protocol_version="TLSv1.2"),
        ("rds:DescribeDBParameters", '"plain"'): parameters(require_secure_transport="0", tls_version="TLSv1.1,TLSv1.2"),
        ("rds:DescribeDBClusterParameters", ""): parameters(rds_force_ssl="1", ssl_min_protocol_version="TLSv1.2"),
    }


def _permission(port: int, protocol: str = "tcp", **peers: Any) -> dict[str, Any]:
    ports = {} if protocol == "-1" else {"FromPort": port, "ToPort": port}
    return {"IpProtocol": protocol, **ports, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [], **peers}


def _networks() -> Answers:
    def vpc(number: int, environment: str) -> dict[str, Any]:
        cidr = f"10.{number}.0.0/16"
        return {
            "VpcId": f"vpc-{number}",
            "OwnerId": NUMBER,
            "CidrBlock": cidr,
            "CidrBlockAssociationSet": [{"AssociationId": "a", "CidrBlock": cidr}],
            "IsDefault": False,
            "State": "available",
            "Tags": _tags(environment),
        }

    def subnet(name: str, network: str, environment: str) -> dict[str, Any]:
        return {
            "SubnetId": name,
            "SubnetArn": arn("ec2", f"subnet/{name}"),
            "VpcId": network,
            "OwnerId": NUMBER,
            "CidrBlock": "10.0.0.0/24",
            "AvailabilityZone": f"{REGION}a",
            "MapPublicIpOnLaunch": False,
            "DefaultForAz": False,
            "Tags": _tags(environment),
        }

    def peering(name: str, other: str, status: str) -> dict[str, Any]:
        side = {"OwnerId": NUMBER, "Region": REGION}
        return {
            "VpcPeeringConnectionId": name,
            "RequesterVpcInfo": {**side, "VpcId": "vpc-1"},
            "AccepterVpcInfo": {**side, "VpcId": other},
            "Status": {"Code": status, "Message": status},
            "Tags": [],
        }

    def group(name: str, *permissions: dict[str, Any]) -> dict[str, Any]:
        return {
            "GroupId": name,
            "GroupName": name,
            "Description": name,
            "OwnerId": NUMBER,
            "VpcId": "vpc-1",
            "IpPermissions": list(permissions),
            "IpPermissionsEgress": [_permission(0, "-1", IpRanges=[{"CidrIp": "0.0.0.0/0"}])],
            "Tags": _tags("production"),
        }

    world: dict[str, Any] = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    beside: dict[str, Any] = {"UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": NUMBER}], "PrefixListIds": []}
    groups = [
        group("sg-1", _permission(22, **world)),
        group("sg-2", _permission(22, Ipv6Ranges=[{"CidrIpv6": "::/0"}])),
        group("sg-3", _permission(443, **world), _permission(22, **beside)),
        group("sg-4", _permission(0, "-1", **world)),
        group("sg-5", _permission(53, "udp", **world)),
        group("sg-6", _permission(22, **world, UserIdGroupPairs=[{"GroupId": "sg-1", "UserId": NUMBER, "Description": "the web"}])),
        group("sg-7", _permission(22, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "inside"}])),
    ]
    return {
        ("ec2:DescribeVpcs", ""): {"Vpcs": [vpc(1, "production"), vpc(2, "development"), vpc(3, "production")]},
        ("ec2:DescribeSubnets", ""): {"Subnets": [subnet("subnet-1", "vpc-1", "production"), subnet("subnet-2", "vpc-2", "development")]},
        ("ec2:DescribeVpcPeeringConnections", ""): {
            "VpcPeeringConnections": [
                peering("pcx-1", "vpc-2", "active"),
                peering("pcx-2", "vpc-3", "active"),
                peering("pcx-3", "vpc-2", "deleted"),
                peering("pcx-4", "vpc-2", "pending-acceptance"),
            ]
        },
        ("ec2:DescribeSecurityGroups", ""): {"SecurityGroups": groups},
    }


def _load_balancers() -> Answers:
    def balancer(name: str, **more: Any) -> dict[str, Any]:
        return {
            "LoadBalancerArn": arn("elasticloadbalancing", f"loadbalancer/{name}"),
            "LoadBalancerName": name,
            "Type": "application",
            "Scheme": "internal",
            "VpcId": "vpc-1",
            "DNSName": f"{name}.example.com",
            "SecurityGroups": ["sg-1"],
            "AvailabilityZones": [{"ZoneName": f"{REGION}a", "SubnetId": "subnet-1"}],
            **more,
        }

    def listener(balancer: str, port: int, protocol: str | None, action: dict[str, Any], policy: str = "") -> dict[str, Any]:
        kind = balancer.partition("/")[0]
        found: dict[str, Any] = {
            "ListenerArn": arn("elasticloadbalancing", f"listener/{kind}/{balancer}/{port}"),
            "LoadBalancerArn": arn("elasticloadbalancing", f"loadbalancer/{balancer}"),
            "DefaultActions": [action],
        }
        if protocol is not None:
            found |= {"Port": port, "Protocol": protocol}
        if policy:
            found |= {"SslPolicy": policy, "Certificates": [{"CertificateArn": arn("acm", "certificate/1")}]}
        return found

    def rule(of: dict[str, Any], number: str, action: dict[str, Any]) -> dict[str, Any]:
        name = of["ListenerArn"].replace(":listener/", ":listener-rule/")
        return {"RuleArn": f"{name}/{number}", "Priority": number, "Actions": [action], "IsDefault": number == "default"}

    policies = {
        "ELBSecurityPolicy-TLS13-1-2-2021-06": ["TLSv1.2", "TLSv1.3"],
        "ELBSecurityPolicy-2016-08": ["TLSv1", "TLSv1.1", "TLSv1.2"],
    }
    good, old = policies
    listeners = {
        "app/shop": [
            listener("app/shop", 80, "HTTP", _REDIRECT),
            listener("app/shop", 443, "HTTPS", _FORWARD, good),
            listener("app/shop", 8080, "HTTP", _FORWARD),
            listener("app/shop", 8081, "HTTP", _REDIRECT),
            listener("app/shop", 8443, "HTTPS", _FORWARD, old),
        ],
        "net/wire": [
            listener("net/wire", 443, "TLS", _FORWARD, good),
            listener("net/wire", 53, "UDP", _FORWARD),
            listener("net/wire", 5432, "TCP", _FORWARD),
        ],
        "gwy/inspect": [listener("gwy/inspect", 1, None, _FORWARD)],
    }
    shop = listeners["app/shop"]
    rules = {
        "app/shop/80": [rule(shop[0], "1", _REDIRECT), rule(shop[0], "default", _REDIRECT)],
        "app/shop/8080": [rule(shop[2], "default", _FORWARD)],
        "app/shop/8081": [rule(shop[3], "1", _FORWARD), rule(shop[3], "default", _REDIRECT)],
    }
    balancers = [
        balancer("app/shop"),
        balancer("net/wire", Type="network"),
        balancer("gwy/inspect", Type="gateway"),
        balancer("app/wave", AvailabilityZones=[{"ZoneName": "eu-west-3-cmn-wlz-1a", "SubnetId": "subnet-1"}]),
        balancer("app/outpost", AvailabilityZones=[{"ZoneName": f"{REGION}a", "SubnetId": "subnet-1", "OutpostId": "op-1"}]),
    ]
    named = [one["LoadBalancerArn"] for one in balancers]
    named += [one["ListenerArn"] for found in listeners.values() for one in found]
    answers: Answers = {("elbv2:DescribeLoadBalancers", ""): {"LoadBalancers": balancers}}
    for name in ("app/wave", "app/outpost"):
        answers["elbv2:DescribeListeners", f"loadbalancer/{name}"] = {"Listeners": []}
    for name, found in listeners.items():
        answers["elbv2:DescribeListeners", f"loadbalancer/{name}"] = {"Listeners": found}
    for name, found in rules.items():
        answers["elbv2:DescribeRules", f'listener/app/{name}"'] = {"Rules": found}
    answers["elbv2:DescribeTags", ""] = {"TagDescriptions": [{"ResourceArn": one, "Tags": _tags("production")} for one in named]}
    answers["elbv2:DescribeSSLPolicies", ""] = {
        "SslPolicies": [{"Name": name, "SslProtocols": protocols} for name, protocols in policies.items()]
    }
    return answers


def apart(value: Any) -> Any:
    """A copy of which no two places share a part."""
    if isinstance(value, dict):
        return {name: apart(part) for name, part in value.items()}
    return [apart(part) for part in value] if isinstance(value, list) else value


def answers() -> Answers:
    """The recorded account."""
    return apart(_buckets() | _keys() | _tagged() | _disks() | _databases() | _networks() | _load_balancers())  # type: ignore[no-any-return]
