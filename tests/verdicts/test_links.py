"""Which resource a link leads to, and what is said where that cannot be told. Each row was a wrong verdict once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

REGION = 'provider "aws" { region = "eu-central-1" }\n'
COPIES, TLS, PORTS = "copies-in-allowed-jurisdiction", "transport-encrypted", "sensitive-ports-closed-to-world"
USABLE, ENCRYPTED, PEERING = "encryption-key-usable", "data-encrypted-at-rest", "no-peering-across-environments"

REPLICATION = """
resource "aws_s3_bucket_replication_configuration" "r" {{
  bucket = {bucket}
  role   = "arn:aws:iam::111111111111:role/r"
  rule {{
    status = "Enabled"
    destination {{ bucket = "arn:aws:s3:::some-bucket-in-the-us" }}
  }}
}}
"""
BUCKET = 'resource "aws_s3_bucket" "b" { bucket = "b" }\n'
TLS_POLICY = """
resource "aws_s3_bucket_policy" "p" {{
  bucket = {bucket}
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Deny", Principal = "*", Action = "s3:*",
    Resource = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }} }}] }})
}}
"""
KEYS = """
variable "b" { type = bool }
resource "aws_kms_key" "off"  { is_enabled = false }
resource "aws_kms_key" "off2" { is_enabled = false }
resource "aws_kms_key" "on"   { enable_key_rotation = true }
"""
DATABASE = """
resource "aws_db_instance" "d" {{
  engine            = "postgres"
  storage_encrypted = true
  kms_key_id        = {key}
}}
"""
GOOGLE = """
variable "b" { type = bool }
resource "google_kms_crypto_key" "weak" {
  key_ring = "projects/p/locations/europe-west3/keyRings/r"
  name     = "weak"
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template { algorithm = "AES_128_GCM" }
}
resource "google_storage_bucket" "c" {
  name     = "c"
  location = "EU"
  encryption { default_kms_key_name = %s }
}
"""
TWO = """
provider "aws" { region = "eu-central-1" }
provider "aws" {
  alias  = "b"
  region = "eu-central-1"
  %s
}
"""
ROLE = 'assume_role { role_arn = "arn:aws:iam::222222222222:role/x" }'
EBS = """
resource "aws_ebs_encryption_by_default" "on" { enabled = true }
resource "aws_ebs_volume" "v" {
  provider          = aws.b
  availability_zone = "eu-central-1a"
  size              = 1
}
"""
GROUP = """
resource "aws_db_parameter_group" "pg" {
  name   = "pg"
  family = "postgres14"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}
resource "aws_db_instance" "d" {
  provider             = aws.b
  engine               = "postgres"
  engine_version       = "14.7"
  storage_encrypted    = true
  parameter_group_name = "pg"
}
"""


@pytest.mark.parametrize(
    ("main", "address", "check", "expected"),
    [
        # a data source of the bucket's type may be the bucket: the split of a bucket and its replication
        (
            'variable "n" {}\ndata "aws_s3_bucket" "s" { bucket = var.n }\n'
            + BUCKET
            + REPLICATION.format(bucket="data.aws_s3_bucket.s.id"),
            "aws_s3_bucket.b",
            COPIES,
            "unknown",
        ),
        (
            'variable "n" {}\n' + BUCKET + TLS_POLICY.format(bucket='var.n != "" ? var.n : aws_s3_bucket.b.id'),
            "aws_s3_bucket.b",
            TLS,
            "unknown",
        ),
        (BUCKET + TLS_POLICY.format(bucket='"${aws_s3_bucket.b.id}-logs"'), "aws_s3_bucket.b", TLS, "fail"),
        (BUCKET + TLS_POLICY.format(bucket="aws_s3_bucket.b.id"), "aws_s3_bucket.b", TLS, "pass"),
        # a single hit does not silence another that may apply
        (
            'variable "n" {}\n'
            + BUCKET
            + TLS_POLICY.format(bucket="aws_s3_bucket.b.id")
            + TLS_POLICY.format(bucket="var.n").replace('"p"', '"q"').replace('"false"', '"true"'),
            "aws_s3_bucket.b",
            TLS,
            "unknown",
        ),
        # the companion wins, and so does a doubt about it
        (
            'variable "n" { type = number }\n'
            + BUCKET.replace('"b" }', '"b"\n  policy = "{}"\n}').replace("{ bucket", "{\n  bucket")
            + TLS_POLICY.format(bucket="aws_s3_bucket.b.id").replace("  bucket", "  count  = var.n\n  bucket"),
            "aws_s3_bucket.b",
            TLS,
            "unknown",
        ),
        # a key that is declared here is not judged elsewhere, whichever of two it is
        (KEYS + DATABASE.format(key="var.b ? aws_kms_key.off.arn : aws_kms_key.off2.arn"), "aws_db_instance.d", USABLE, "unknown"),
        (KEYS + DATABASE.format(key="aws_kms_key.off.arn"), "aws_db_instance.d", USABLE, "fail"),
        (KEYS + DATABASE.format(key='"arn:aws:kms:eu-central-1:111111111111:key/k"'), "aws_db_instance.d", USABLE, "not_applicable"),
        (GOOGLE % "var.b ? google_kms_crypto_key.weak.id : null", "google_storage_bucket.c", ENCRYPTED, "unknown"),
        (GOOGLE % "google_kms_crypto_key.weak.id", "google_storage_bucket.c", ENCRYPTED, "fail"),
        # accounts that nobody knows are not the same account
        (TWO % ROLE + EBS, "aws_ebs_volume.v", ENCRYPTED, "unknown"),
        (TWO % 'profile = "other"' + EBS, "aws_ebs_volume.v", ENCRYPTED, "unknown"),
        (TWO % "" + EBS, "aws_ebs_volume.v", ENCRYPTED, "pass"),
        (TWO % ROLE + GROUP, "aws_db_instance.d", TLS, "unknown"),
        (TWO % 'profile = "other"' + GROUP, "aws_db_instance.d", TLS, "unknown"),
        (TWO % "" + GROUP, "aws_db_instance.d", TLS, "pass"),
    ],
)
def test_a_link(gate: Callable[..., Any], main: str, address: str, check: str, expected: str) -> None:
    found = gate(main if "provider " in main else REGION + main)
    assert found.outcomes[address, check] == expected, found.reasons[address, check]


VPC = 'resource "aws_vpc" "{name}" {{\n  cidr_block = "10.0.0.0/16"\n  tags = {tags}\n}}\n'
PEERED = 'resource "aws_vpc_peering_connection" "x" {\n  vpc_id      = aws_vpc.p.id\n  peer_vpc_id = aws_vpc.t.id\n}\n'
CHOSEN = 'var.b ? {{ environment = "production" }} : {{ environment = "{other}" }}'


@pytest.mark.parametrize(
    ("tags", "peer", "expected"),
    [
        (CHOSEN.format(other="prod"), '{ environment = "test" }', "fail"),
        (CHOSEN.format(other="development"), '{ environment = "test" }', "unknown"),
        (CHOSEN.format(other="development"), '{ environment = "production" }', "unknown"),
        ('{ Environment = "prod", environment = "dev" }', '{ environment = "dev" }', "unknown"),
        ('{ Environment = "prod", environment = "production" }', '{ environment = "dev" }', "fail"),
        ('{ Name = var.b ? "prod-vpc" : "live-vpc" }', '{ environment = "dev" }', "fail"),
    ],
)
def test_an_environment_keeps_its_doubt(gate: Callable[..., Any], tags: str, peer: str, expected: str) -> None:
    main = REGION + 'variable "b" { type = bool }\n' + VPC.format(name="p", tags=tags) + VPC.format(name="t", tags=peer) + PEERED
    assert gate(main).outcomes["aws_vpc_peering_connection.x", PEERING] == expected


def test_unknown_default_tags_leave_the_environment_open(gate: Callable[..., Any]) -> None:
    main = """
variable "tags" { type = map(string) }
provider "aws" {
  region = "eu-central-1"
  default_tags { tags = var.tags }
}
resource "aws_vpc" "p" {
  cidr_block = "10.0.0.0/16"
  tags       = { environment = "production" }
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.p.id
  cidr_block = "10.0.1.0/24"
  tags       = { Name = "x" }
}
"""
    assert gate(main).outcomes["aws_subnet.s", "network-holds-one-environment"] == "unknown"


SAME_NAME = (
    REGION
    + 'provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n'
    + """
resource "aws_s3_bucket" "a" { bucket = "shared" }
resource "aws_s3_bucket" "b" {
  provider = aws.us
  bucket   = "shared"
}
"""
)


@pytest.mark.parametrize(
    ("bucket", "a", "b"),
    [
        ("aws_s3_bucket.a.bucket", "pass", "fail"),
        ("aws_s3_bucket.a.id", "pass", "fail"),
        ("aws_s3_bucket.b.bucket", "fail", "pass"),
        ('true ? aws_s3_bucket.a.bucket : "x"', "pass", "fail"),
        ('"${aws_s3_bucket.a.bucket}"', "pass", "fail"),
    ],
)
def test_a_reference_goes_before_an_equal_name(gate: Callable[..., Any], bucket: str, a: str, b: str) -> None:
    policy = (
        TLS_POLICY.format(bucket=bucket)
        .replace('"arn:aws:s3:::b"', '"arn:aws:s3:::shared"')
        .replace("arn:aws:s3:::b/*", "arn:aws:s3:::shared/*")
    )
    found = gate(SAME_NAME + policy).outcomes
    assert (found["aws_s3_bucket.a", TLS], found["aws_s3_bucket.b", TLS]) == (a, b)


@pytest.mark.parametrize("bucket", ['"shared"', "lower(aws_s3_bucket.a.bucket)"])
def test_a_name_that_two_have_is_of_neither_for_certain(gate: Callable[..., Any], bucket: str) -> None:
    found = gate(SAME_NAME + TLS_POLICY.format(bucket=bucket)).outcomes
    assert "pass" not in {found["aws_s3_bucket.a", TLS], found["aws_s3_bucket.b", TLS]}


def test_two_policies_of_two_buckets_of_one_name_do_not_compete(gate: Callable[..., Any]) -> None:
    second = TLS_POLICY.format(bucket="aws_s3_bucket.b.bucket").replace('"p"', '"q"').replace("Deny", "Allow")
    policies = (TLS_POLICY.format(bucket="aws_s3_bucket.a.bucket") + second).replace("arn:aws:s3:::b", "arn:aws:s3:::shared")
    found = gate(SAME_NAME + policies).outcomes
    assert (found["aws_s3_bucket.a", TLS], found["aws_s3_bucket.b", TLS]) == ("pass", "fail")
