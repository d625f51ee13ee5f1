"""Copies are facts of their own: one that is known to be abroad fails, whatever is unknown beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

COPIES = "copies-in-allowed-jurisdiction"
TWO = """
provider "aws" { region = "eu-central-1" }
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "fr"
  region = "eu-west-3"
}
variable "arn" { type = string }
"""
KEY = """
resource "aws_kms_key" "k" {{
  multi_region        = {multi}
  enable_key_rotation = true
}}
resource "aws_kms_replica_key" "r" {{
  provider        = aws.{where}
  primary_key_arn = {primary}
}}
"""
BUCKET = """
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
resource "aws_s3_bucket" "us" {{
  provider = aws.us
  bucket   = "us"
}}
resource "aws_s3_bucket_replication_configuration" "r" {{
  bucket = aws_s3_bucket.b.id
  role   = "arn:aws:iam::111111111111:role/r"
  rule {{
    status = "Enabled"
    destination {{ bucket = {first} }}
  }}
  rule {{
    status = "Enabled"
    destination {{ bucket = {second} }}
  }}
}}
"""


@pytest.mark.parametrize(
    ("main", "address", "expected"),
    [
        (KEY.format(multi="true", where="us", primary="aws_kms_key.k.arn"), "aws_kms_key.k", "fail"),
        (KEY.format(multi="true", where="fr", primary="aws_kms_key.k.arn"), "aws_kms_key.k", "pass"),
        (KEY.format(multi="true", where="us", primary="var.arn"), "aws_kms_key.k", "unknown"),
        (KEY.format(multi="false", where="us", primary="var.arn"), "aws_kms_key.k", "not_applicable"),
        (BUCKET.format(first="aws_s3_bucket.us.arn", second="var.arn"), "aws_s3_bucket.b", "fail"),
        (BUCKET.format(first="var.arn", second="aws_s3_bucket.us.arn"), "aws_s3_bucket.b", "fail"),
        (BUCKET.format(first="var.arn", second="var.arn"), "aws_s3_bucket.b", "unknown"),
    ],
)
def test_a_copy(gate: Callable[..., Any], main: str, address: str, expected: str) -> None:
    found = gate(TWO + main)
    assert found.outcomes[address, COPIES] == expected, found.reasons[address, COPIES]


REPLICA = """
resource "aws_db_instance" "p" {{
  engine     = "postgres"
  identifier = "p"
}}
resource "aws_db_instance" "r" {{
  provider            = {where}
  replicate_source_db = {source}
}}
"""
GLOBAL = """
resource "aws_rds_global_cluster" "g" {{
  global_cluster_identifier = "g"
  {primary}
}}
resource "aws_rds_cluster" "p" {{
  engine                    = "aurora-postgresql"
  cluster_identifier        = "p"
  global_cluster_identifier = {own}
}}
resource "aws_rds_cluster" "s" {{
  provider                  = aws.{where}
  engine                    = "aurora-postgresql"
  global_cluster_identifier = {other}
}}
"""
CLOUD_SQL = """
provider "google" {{ project = "p" }}
resource "google_sql_database_instance" "p" {{
  name             = "p"
  region           = "europe-west3"
  database_version = "POSTGRES_16"
  settings {{ tier = "x" }}
}}
resource "google_sql_database_instance" "r" {{
  name                 = "r"
  region               = "{region}"
  database_version     = "POSTGRES_16"
  master_instance_name = {primary}
  settings {{ tier = "x" }}
}}
"""
HELD = "aws_rds_global_cluster.g.id"


@pytest.mark.parametrize(
    ("main", "address", "expected"),
    [
        (REPLICA.format(where="aws.us", source="aws_db_instance.p.arn"), "aws_db_instance.p", "fail"),
        (REPLICA.format(where="aws.fr", source="aws_db_instance.p.arn"), "aws_db_instance.p", "pass"),
        (REPLICA.format(where="aws", source="aws_db_instance.p.identifier"), "aws_db_instance.p", "not_applicable"),
        (REPLICA.format(where="aws.us", source="var.arn"), "aws_db_instance.p", "unknown"),
        (REPLICA.format(where="aws.us", source="aws_db_instance.p.arn"), "aws_db_instance.r", "not_applicable"),
        (GLOBAL.format(primary="", own=HELD, where="us", other=HELD), "aws_rds_cluster.p", "fail"),
        (GLOBAL.format(primary="", own=HELD, where="fr", other=HELD), "aws_rds_cluster.p", "pass"),
        (GLOBAL.format(primary="", own='"g"', where="us", other='"g"'), "aws_rds_cluster.p", "fail"),
        (GLOBAL.format(primary="", own='"g"', where="us", other='"h"'), "aws_rds_cluster.p", "not_applicable"),
        (GLOBAL.format(primary="", own=HELD, where="us", other="var.arn"), "aws_rds_cluster.p", "unknown"),
        (
            GLOBAL.format(primary="source_db_cluster_identifier = aws_rds_cluster.p.arn", own="null", where="us", other=HELD),
            "aws_rds_cluster.p",
            "fail",
        ),
        (CLOUD_SQL.format(region="us-east1", primary="google_sql_database_instance.p.name"), "google_sql_database_instance.p", "fail"),
        (CLOUD_SQL.format(region="europe-west4", primary="google_sql_database_instance.p.name"), "google_sql_database_instance.p", "pass"),
        (CLOUD_SQL.format(region="us-east1", primary="var.arn"), "google_sql_database_instance.p", "unknown"),
    ],
)
def test_a_replica_is_a_copy_of_what_it_replicates(gate: Callable[..., Any], main: str, address: str, expected: str) -> None:
    assert gate(TWO + main).outcomes[address, COPIES] == expected
