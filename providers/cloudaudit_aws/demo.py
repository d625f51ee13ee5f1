"""An estate to try cloudaudit on: good and bad resources of one made-up company, on an emulator that runs in this process.

It is the same at every run: the same account, names, and ids.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cloudaudit_aws.api import Aws
from cloudaudit_aws.credentials import opened

ACCOUNT = "123456789012"
HOME, SECOND, OVERSEAS = "eu-central-1", "eu-west-1", "us-east-1"
_SEED = 7


@contextmanager
def serving() -> Iterator[str]:
    """The URL of an emulator on a free port of this machine, holding the estate, for as long as the context lasts."""
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # else every region holds 1,285 snapshots of others
    from urllib.request import Request, urlopen

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # else every request is a line on stderr
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        for order in ("reset", f"seed?a={_SEED}"):
            urlopen(Request(f"{url}/moto-api/{order}", method="POST")).close()  # noqa: S310 (our own server)
        build(url)
        yield url
    finally:
        server.stop()


def build(endpoint_url: str | None = None) -> None:
    """Creates the estate on an emulator: the one at the URL, or moto in this process."""
    aws = Aws(opened(None, emulated=True), endpoint_url=endpoint_url)
    for region in aws.client("ec2", HOME).describe_regions(AllRegions=True)["Regions"]:
        if region["OptInStatus"] != "not-opted-in":  # an emulated region invents its default network at the first call
            aws.client("ec2", region["RegionName"]).describe_vpcs()
    keys = _keys(aws.client("kms", HOME))
    _buckets(aws, keys)
    _disks(aws, keys)
    networks = _networks(aws.client("ec2", HOME))
    _databases(aws.client("rds", HOME), keys, networks)
    _load_balancers(aws.client("elbv2", HOME), networks)


def _tags(environment: str, **more: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {"environment": environment, **more}.items()]


def _keys(kms: Any) -> dict[str, str]:
    keys = {}
    for name, environment in (("orders", "production"), ("legacy", "production"), ("disabled", "test"), ("retired", "development")):
        tags = [{"TagKey": "environment", "TagValue": environment}]
        keys[name] = kms.create_key(Description=name, Tags=tags)["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=keys["orders"].rpartition("/")[2])
    kms.disable_key(KeyId=keys["disabled"].rpartition("/")[2])
    kms.schedule_key_deletion(KeyId=keys["retired"].rpartition("/")[2], PendingWindowInDays=7)
    kms.create_key(Description="signing", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    return keys


def _deny(bucket: str, **changes: Any) -> dict[str, Any]:
    """The statement that refuses plain HTTP, with changes."""
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return statement | changes


def _buckets(aws: Aws, keys: Mapping[str, str]) -> None:
    role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/batch"}
    orders, invoices, archive = "acme-orders-production", "acme-invoices-production", "acme-archive-production"
    reports, overseas = "acme-reports-test", "acme-logs-overseas"
    _bucket(aws, HOME, orders, "production", policy=[_deny(orders)], key=keys["orders"], versioned=True)
    _bucket(aws, HOME, invoices, "production", policy=_deny(invoices))
    _bucket(aws, OVERSEAS, overseas, "production", policy=[_deny(overseas)], versioned=True)
    _bucket(aws, HOME, archive, "production", policy=[_deny(archive, Principal=role)], versioned=True)
    _bucket(aws, HOME, reports, "test", policy=[_deny(reports, Action="s3:PutObject")], key=keys["disabled"])
    _bucket(aws, SECOND, "acme-web-assets", "production")
    s3 = aws.client("s3", HOME)
    rule = {"ID": "old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 35}}
    s3.put_bucket_lifecycle_configuration(Bucket=orders, LifecycleConfiguration={"Rules": [rule]})
    copy = {"ID": "overseas", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
    copy |= {"Destination": {"Bucket": f"arn:aws:s3:::{overseas}"}, "DeleteMarkerReplication": {"Status": "Disabled"}}
    replication = {"Role": f"arn:aws:iam::{ACCOUNT}:role/replication", "Rules": [copy]}
    s3.put_bucket_replication(Bucket=archive, ReplicationConfiguration=replication)


def _bucket(
    aws: Aws, region: str, name: str, environment: str, *, policy: Any = None, key: str | None = None, versioned: bool = False
) -> None:
    s3 = aws.client("s3", region)
    s3.create_bucket(Bucket=name, **({} if region == OVERSEAS else {"CreateBucketConfiguration": {"LocationConstraint": region}}))
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(key)}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _tags(environment)})
    if policy is not None:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": policy}))
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _disks(aws: Aws, keys: Mapping[str, str]) -> None:
    ec2 = aws.client("ec2", HOME)
    for name, environment, encryption in (
        ("orders", "production", {"Encrypted": True, "KmsKeyId": keys["orders"]}),
        ("build-cache", "development", {"Encrypted": False}),
        ("old-reports", "development", {"Encrypted": True, "KmsKeyId": keys["retired"]}),
    ):
        tags = _tags(environment, Name=name)
        disk = ec2.create_volume(
            AvailabilityZone=f"{HOME}a", Size=8, **encryption, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
        )
        if name != "old-reports":
            ec2.create_snapshot(VolumeId=disk["VolumeId"], TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}])
    aws.client("ec2", SECOND).enable_ebs_encryption_by_default()


def _networks(ec2: Any) -> dict[str, str]:
    made: dict[str, str] = {}
    for index, environment in enumerate(("production", "staging", "development")):
        specification = [{"ResourceType": "vpc", "Tags": _tags(environment, Name=environment)}]
        made[environment] = ec2.create_vpc(CidrBlock=f"10.{index}.0.0/16", TagSpecifications=specification)["Vpc"]["VpcId"]
        for zone in "ab":
            name = f"{environment}-{zone}"
            subnet = ec2.create_subnet(
                VpcId=made[environment],
                CidrBlock=f"10.{index}.{'ab'.index(zone)}.0/24",
                AvailabilityZone=f"{HOME}{zone}",
                TagSpecifications=[{"ResourceType": "subnet", "Tags": _tags(environment, Name=name)}],
            )
            made[name] = subnet["Subnet"]["SubnetId"]
    for one, other in (("production", "development"), ("staging", "development")):
        peering = ec2.create_vpc_peering_connection(VpcId=made[one], PeerVpcId=made[other])["VpcPeeringConnection"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    made["web"] = _group(ec2, made["production"], "web", 443, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "the shop"}])
    made["admin"] = _group(ec2, made["production"], "admin", 22, IpRanges=[{"CidrIp": "0.0.0.0/0"}], Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    made["database"] = _group(ec2, made["production"], "database", 5432, UserIdGroupPairs=[{"GroupId": made["web"]}])
    return made


def _group(ec2: Any, vpc: str, name: str, port: int, **peers: Any) -> str:
    specification = [{"ResourceType": "security-group", "Tags": _tags("production")}]
    group: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc, TagSpecifications=specification)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    return group


def _databases(rds: Any, keys: Mapping[str, str], networks: Mapping[str, str]) -> None:
    for name, family, parameter, value in (
        ("postgres-tls", "postgres15", "rds.force_ssl", "1"),
        ("mysql-plain", "mysql8.0", "require_secure_transport", "0"),
    ):
        rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily=family, Description=name)
        setting = {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=[setting])
    aurora = "aurora-tls"
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=aurora, DBParameterGroupFamily="aurora-postgresql15", Description=aurora
    )
    setting = {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=aurora, Parameters=[setting])
    rds.create_db_subnet_group(
        DBSubnetGroupName="production",
        DBSubnetGroupDescription="production",
        SubnetIds=[networks["production-a"], networks["production-b"]],
    )
    encrypted = {"StorageEncrypted": True, "KmsKeyId": keys["orders"]}
    inside = {"DBSubnetGroupName": "production", "VpcSecurityGroupIds": [networks["database"]]}
    _database(rds, "orders-production", "postgres", "15.4", 30, **encrypted, **inside, DBParameterGroupName="postgres-tls")
    _database(rds, "billing-production", "mysql", "8.0.35", 45, **encrypted, DBParameterGroupName="mysql-plain")
    _database(rds, "reporting-test", "postgres", "14.9", 1, PubliclyAccessible=True)
    _database(rds, "scratch-development", "mysql", "8.0.35", 0)
    rds.create_db_cluster(
        DBClusterIdentifier="ledger-production",
        Engine="aurora-postgresql",
        EngineVersion="15.4",
        MasterUsername="auditor",
        MasterUserPassword="not-a-secret",
        DBClusterParameterGroupName=aurora,
        BackupRetentionPeriod=35,
        **encrypted,
        Tags=_tags("production"),
    )


def _database(rds: Any, name: str, engine: str, version: str, days: int, **more: Any) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine=engine,
        EngineVersion=version,
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="auditor",
        MasterUserPassword="not-a-secret",
        BackupRetentionPeriod=days,
        AvailabilityZone=f"{HOME}a",
        Tags=_tags(name.rpartition("-")[2]),
        **more,
    )


def _load_balancers(elb: Any, networks: Mapping[str, str]) -> None:
    certificate = [{"CertificateArn": f"arn:aws:iam::{ACCOUNT}:server-certificate/shop"}]
    group = elb.create_target_group(Name="shop", Protocol="HTTP", Port=8080, VpcId=networks["production"])
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}]
    redirect = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]
    shop, legacy = (_load_balancer(elb, name, networks) for name in ("shop", "legacy"))
    good, old = "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"
    elb.create_listener(LoadBalancerArn=shop, Protocol="HTTP", Port=80, DefaultActions=redirect)
    elb.create_listener(LoadBalancerArn=shop, Protocol="HTTPS", Port=443, SslPolicy=good, Certificates=certificate, DefaultActions=forward)
    elb.create_listener(LoadBalancerArn=legacy, Protocol="HTTP", Port=80, DefaultActions=forward)
    elb.create_listener(LoadBalancerArn=legacy, Protocol="HTTPS", Port=443, SslPolicy=old, Certificates=certificate, DefaultActions=forward)
    mixed = elb.create_listener(LoadBalancerArn=legacy, Protocol="HTTP", Port=8080, DefaultActions=redirect)
    elb.create_rule(
        ListenerArn=mixed["Listeners"][0]["ListenerArn"],
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/health"]}],
        Actions=forward,
    )


def _load_balancer(elb: Any, name: str, networks: Mapping[str, str]) -> str:
    made = elb.create_load_balancer(
        Name=name,
        Subnets=[networks["production-a"], networks["production-b"]],
        SecurityGroups=[networks["web"]],
        Scheme="internet-facing",
        Tags=_tags("production"),
    )
    arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
    return arn
