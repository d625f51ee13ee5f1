"""The same estate, declared in Terraform and running on an emulator, means the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cloudaudit import plugins
from cloudaudit.model import Collection, Origin, Resource
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect as scan
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect
from cloudaudit_aws.api import Aws, Patience
from cloudaudit_aws.credentials import opened
from cloudaudit_aws.scan import listings
from tests.laws.test_sources import assert_agree

REGION = "eu-north-1"  # the demo estate, in the same emulator, has nothing there
POLICY = {
    "Statement": {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::parity", "arn:aws:s3:::parity/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
}
DECLARED = f"""
provider "aws" {{
  region = "{REGION}"
}}
resource "aws_s3_bucket" "b" {{
  bucket = "parity"
  tags   = {{ environment = "production" }}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Statement = {{
    Effect = "Deny", Principal = "*", Action = "s3:*", Resource = [aws_s3_bucket.b.arn, "${{aws_s3_bucket.b.arn}}/*"],
    Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
  }} }})
}}
resource "aws_ebs_volume" "v" {{
  availability_zone = "{REGION}a"
  size              = 8
  encrypted         = true
  kms_key_id        = aws_kms_key.k.arn
}}
resource "aws_kms_key" "k" {{
  enable_key_rotation = true
}}
resource "aws_db_parameter_group" "g" {{
  name   = "parity"
  family = "postgres16"
  parameter {{
    name  = "rds.force_ssl"
    value = "1"
  }}
}}
resource "aws_db_instance" "d" {{
  identifier              = "parity"
  engine                  = "postgres"
  engine_version          = "16.4"
  instance_class          = "db.t4g.micro"
  storage_encrypted       = true
  backup_retention_period = 30
  parameter_group_name    = aws_db_parameter_group.g.name
}}
resource "aws_vpc" "prod" {{
  cidr_block = "10.0.0.0/16"
  tags       = {{ env = "prod" }}
}}
resource "aws_vpc" "dev" {{
  cidr_block = "10.1.0.0/16"
  tags       = {{ env = "dev" }}
}}
resource "aws_vpc_peering_connection" "p" {{
  vpc_id      = aws_vpc.prod.id
  peer_vpc_id = aws_vpc.dev.id
}}
resource "aws_security_group" "s" {{
  name   = "parity"
  vpc_id = aws_vpc.prod.id
}}
resource "aws_vpc_security_group_ingress_rule" "one" {{
  security_group_id = aws_security_group.s.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = "0.0.0.0/0"
}}
resource "aws_vpc_security_group_ingress_rule" "two" {{
  security_group_id            = aws_security_group.s.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.s.id
}}
resource "aws_subnet" "a" {{
  vpc_id     = aws_vpc.prod.id
  cidr_block = "10.0.1.0/24"
}}
resource "aws_lb" "l" {{
  name = "parity"
}}
resource "aws_lb_listener" "web" {{
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  protocol          = "HTTP"
  default_action {{
    type = "redirect"
    redirect {{
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }}
  }}
}}
"""


def build(aws: Aws) -> None:
    s3, ec2, rds, elb, kms = (aws.client(service, REGION) for service in ("s3", "ec2", "rds", "elbv2", "kms"))
    s3.create_bucket(Bucket="parity", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="parity", Tagging={"TagSet": [{"Key": "environment", "Value": "production"}]})
    s3.put_bucket_policy(Bucket="parity", Policy=json.dumps(POLICY))
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8, Encrypted=True, KmsKeyId=key["Arn"])
    rds.create_db_parameter_group(DBParameterGroupName="parity", DBParameterGroupFamily="postgres16", Description="x")
    rds.modify_db_parameter_group(
        DBParameterGroupName="parity", Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}]
    )
    rds.create_db_instance(
        DBInstanceIdentifier="parity", DBInstanceClass="db.t4g.micro", Engine="postgres", EngineVersion="16.4", AllocatedStorage=20,
        MasterUsername="audit", MasterUserPassword="of-an-emulator", StorageEncrypted=True, BackupRetentionPeriod=30,
        DBParameterGroupName="parity",
    )  # fmt: skip
    prod, dev = (ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"] for cidr in ("10.0.0.0/16", "10.1.0.0/16"))
    for vpc, name in ((prod, "prod"), (dev, "dev")):
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "env", "Value": name}])
    peering = ec2.create_vpc_peering_connection(VpcId=prod, PeerVpcId=dev)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    group = ec2.create_security_group(GroupName="parity", Description="x", VpcId=prod)["GroupId"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    peers = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world, peers])
    subnets = [
        ec2.create_subnet(VpcId=prod, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
        for index, zone in ((1, "a"), (2, "b"))
    ]
    balancer = elb.create_load_balancer(Name="parity", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[redirect])


@pytest.fixture(scope="module")
def live() -> Iterator[list[Resource]]:
    with mock_aws():
        aws = Aws(opened(None, emulated=True), patience=Patience(attempts=2, first=0.0))
        build(aws)
        account = Account("aws", "123456789012", REGION, (REGION,), "aws", Origin(call="sts:GetCallerIdentity"))
        yield understood([scan(listings(), aws, account)])
        aws.client("s3", REGION).delete_bucket(Bucket="parity")  # the one thing that other regions see


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resource]:
    folder = tmp_path_factory.mktemp("parity")
    (folder / "main.tf").write_text(DECLARED, encoding="utf-8")
    collections = collect(folder, shown=lambda path: Path(path).name, unit_of=lambda _: "u", inputs=Inputs(), wanted=plugins.wanted)
    return {resource.address: resource for resource in understood(list(collections))}


def understood(collections: list[Collection]) -> list[Resource]:
    inventories = [read(collection, plugins.reader_of, Policy().environments.rules()) for collection in collections]
    assert [gap for inventory in inventories for gap in inventory.gaps] == []
    return [resource for inventory in inventories for resource in inventory.resources]


TWINS: dict[str, Callable[[Resource], bool]] = {
    "aws_s3_bucket.b": lambda one: one.id == "arn:aws:s3:::parity",
    "aws_ebs_volume.v": lambda _: True,
    "aws_kms_key.k": lambda one: any(facet.__name__ == "KeyHealth" for facet in one.facets),
    "aws_db_instance.d": lambda _: True,
    "aws_vpc_peering_connection.p": lambda _: True,
    "aws_security_group.s": lambda one: len(rules_of(one)) == 2,
    "aws_lb.l": lambda _: True,
    "aws_lb_listener.web": lambda _: True,
}


@pytest.mark.parametrize("address", TWINS)
def test_a_declared_and_a_running_resource_have_equal_facts(address: str, live: list[Resource], declared: dict[str, Resource]) -> None:
    one = declared[address]
    candidates = [other for other in live if other.type == one.type and TWINS[address](other)]
    (other,) = candidates
    assert one.facets.keys() == other.facets.keys()
    for kind, facet in one.facets.items():
        assert_agree(facet, other.facets[kind], f"{address} {kind.__name__}")
    if address == "aws_s3_bucket.b":
        assert one.environment == other.environment


def rules_of(resource: Resource) -> Any:
    return next(facet.rules.value for kind, facet in resource.facets.items() if kind.__name__ == "Ingress")  # type: ignore[attr-defined]
