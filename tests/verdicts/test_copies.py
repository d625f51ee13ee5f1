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
