"""Bucket policies of which parts are unknown, and several statements together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MAIN = """
provider "aws" {{ region = "eu-central-1" }}
data "aws_ssm_parameter" "e" {{ name = "e" }}
variable "v" {{ type = string }}
resource "aws_s3_bucket" "b" {{ bucket_prefix = "b" }}
resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
}}
"""
GOOD: dict[str, str] = {
    "Effect": '"Deny"',
    "Principal": '"*"',
    "Action": '"s3:*"',
    "Resource": '[aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]',
    "Condition": '{ Bool = { "aws:SecureTransport" = "false" } }',
}
OPEN, TEXT = "data.aws_ssm_parameter.e.value", '"x${data.aws_ssm_parameter.e.value}"'


def deny(**parts: str) -> str:
    return "{ " + ", ".join(f"{name} = {value}" for name, value in {**GOOD, **parts}.items()) + " }"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([deny()], "pass"),
        ([deny(Effect=OPEN)], "unknown"),
        ([deny(Principal=OPEN)], "unknown"),
        ([deny(Principal=f"{{ AWS = [{OPEN}] }}")], "unknown"),
        ([deny(Action=OPEN)], "unknown"),
        ([deny(Resource=f'["${{{OPEN}}}", "${{{OPEN}}}/*"]')], "unknown"),
        ([deny(Condition=f'{{ Bool = {{ "aws:SecureTransport" = {OPEN} }} }}')], "unknown"),
        ([deny(Condition='{ Bool = { (var.v) = "false" } }')], "unknown"),
        # what is unknown beside what is enough, or cannot be enough whatever it is
        ([deny(), deny(Effect=OPEN)], "pass"),
        ([deny(Sid=TEXT)], "pass"),
        ([deny(Action='"s3:PutObject"', Principal=OPEN)], "fail"),
        ([deny(Effect='"Allow"', Principal=OPEN)], "fail"),
        ([deny(NotPrincipal=f"{{ AWS = {OPEN} }}", Principal="null")], "fail"),
        # a policy variable of AWS's own is text
        ([deny(Resource='[aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*", "${aws_s3_bucket.b.arn}/$${aws:username}"]')], "pass"),
        # two statements cover the bucket and its objects together; each alone does not
        ([deny(Resource="aws_s3_bucket.b.arn"), deny(Resource='"${aws_s3_bucket.b.arn}/*"')], "pass"),
        ([deny(Resource="aws_s3_bucket.b.arn")], "fail"),
        # IAM: a condition key with several values holds if it has one of them
        ([deny(Condition='{ Bool = { "aws:SecureTransport" = ["true", "false"] } }')], "pass"),
    ],
)
def test_a_policy(gate: Callable[..., Any], statements: list[str], expected: str) -> None:
    found = gate(MAIN.format(statements=", ".join(statements)))
    key = ("aws_s3_bucket.b", "transport-encrypted")
    assert found.outcomes[key] == expected, found.reasons[key]


def test_a_sid_that_is_not_known_may_replace_the_deny(gate: Callable[..., Any]) -> None:
    main = """
provider "aws" { region = "eu-central-1" }
data "aws_ssm_parameter" "e" { name = "e" }
resource "aws_s3_bucket" "b" { bucket = "b" }
data "aws_iam_policy_document" "tls" {
  statement {
    sid       = "tls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.tls.json]
  statement {
    sid       = data.aws_ssm_parameter.e.value
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/*"]
  }
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.all.json
}
"""
    assert gate(main).outcomes["aws_s3_bucket.b", "transport-encrypted"] == "unknown"
