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
        ([deny(NotPrincipal=f"{{ AWS = {OPEN} }}").replace('Principal = "*", ', "", 1)], "fail"),
        ([deny(NotPrincipal="var.v")], "unknown"),
        # what adds up is enough with what is known of it
        ([deny(Principal=f'{{ AWS = ["*", {OPEN}] }}')], "pass"),
        ([deny(Principal=f'{{ AWS = "*", Service = {OPEN} }}')], "pass"),
        ([deny(Principal=f'{{ AWS = {OPEN}, Service = "*" }}')], "unknown"),
        ([deny(Action=f'["s3:*", {OPEN}]')], "pass"),
        ([deny(Resource=f'[aws_s3_bucket.b.arn, "${{aws_s3_bucket.b.arn}}/*", {OPEN}]')], "pass"),
        ([deny(Resource=f'[aws_s3_bucket.b.arn, "${{aws_s3_bucket.b.arn}}/{OPEN}*"]')], "fail"),
        # a policy variable of AWS's own is text
        ([deny(Resource='[aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*", "${aws_s3_bucket.b.arn}/$${aws:username}"]')], "pass"),
        # two statements cover the bucket and its objects together; each alone does not
        ([deny(Resource="aws_s3_bucket.b.arn"), deny(Resource='"${aws_s3_bucket.b.arn}/*"')], "pass"),
        ([deny(Resource="aws_s3_bucket.b.arn")], "fail"),
        # IAM: a condition key with several values holds if it has one of them
        ([deny(Condition='{ Bool = { "aws:SecureTransport" = ["true", "false"] } }')], "pass"),
        # what may not be a text at all, whole statements too: a Deny only adds
        ([deny(), '{ Effect = "Allow", Principal = { AWS = var.v }, Action = var.v, Resource = var.v }'], "pass"),
        ([deny(), "var.v"], "pass"),
        ([deny(Action='"s3:Get*"'), "var.v"], "unknown"),
        ([deny(NotAction="[var.v]", Action="null")], "unknown"),
        ([deny(NotResource="[var.v]", Resource="null")], "unknown"),
        # every condition holds for each request without TLS
        ([deny(Condition='{ Bool = { "aws:SecureTransport" = "false" }, Null = { "aws:SecureTransport" = "false" } }')], "pass"),
        ([deny(Condition='{ Bool = { "aws:SecureTransport" = "false" }, Null = { "aws:SecureTransport" = "true" } }')], "fail"),
        ([deny(Condition='{ "ForAllValues:Bool" = { "aws:SecureTransport" = "true" } }')], "fail"),
        ([deny(Condition='{ StringEquals = { "aws:SecureTransport" = "false" } }')], "unknown"),
        ([deny(Condition='{ StringEquals = { "aws:SecureTransport" = "false" } }', Action='"s3:Get*"')], "fail"),
        ([deny(NotAction='["iam:*", "sts:AssumeRole"]', Action="null")], "pass"),
        ([deny(NotAction='["iam:*", "s*:GetObject"]', Action="null")], "fail"),
        # the name is "b" and something: no pattern that a person writes is sure to match what comes after
        ([deny(Resource='["arn:aws:s3:::b*"]')], "pass"),
        ([deny(Resource='["arn:aws:s3:::*bucket*"]')], "fail"),
        ([deny(Resource='["arn:aws:s3:::*"]')], "pass"),
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


FORGED = r"\ufdd0aws_s3_bucket.b.arn\ufdd1"
WRITTEN = """
provider "aws" {{ region = "eu-central-1" }}
data "aws_ssm_parameter" "e" {{ name = "e" }}
resource "aws_s3_bucket" "b" {{}}
resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.b.id
  policy = <<EOT
{{"Id": "{id}", "Statement": {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["{arn}", "{arn}/*"],
 "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}}}
EOT
}}
"""


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ('bucket = "other"', "fail"),
        ("", "fail"),
        ("bucket = var.v", "fail"),
        ('count = var.v == "" ? 1 : 0\n bucket = "other"', "unknown"),
        ('bucket_prefix = "b"', "fail"),
    ],
)
def test_a_deny_on_another_bucket(gate: Callable[..., Any], other: str, expected: str) -> None:
    named = "aws_s3_bucket.c[0].arn" if "count" in other else "aws_s3_bucket.c.arn"
    statement = deny(Resource=f'[{named}, "${{{named}}}/*"]')
    main = MAIN.format(statements=statement) + f'resource "aws_s3_bucket" "c" {{\n {other}\n}}\n'
    assert gate(main).outcomes["aws_s3_bucket.b", "transport-encrypted"] == expected


@pytest.mark.parametrize("id_", ["x", "${data.aws_ssm_parameter.e.value}"])
@pytest.mark.parametrize("arn", [FORGED, FORGED.encode().decode("unicode_escape"), "$${aws_s3_bucket.b.arn}"])
def test_a_text_does_not_spell_what_stands_for_the_bucket(gate: Callable[..., Any], arn: str, id_: str) -> None:
    assert gate(WRITTEN.format(arn=arn, id=id_)).outcomes["aws_s3_bucket.b", "transport-encrypted"] == "fail"


def test_the_name_that_terraform_makes_up(gate: Callable[..., Any]) -> None:
    for arn, expected in (("arn:aws:s3:::terraform-*", "pass"), ("arn:aws:s3:::app-*", "fail")):
        assert gate(WRITTEN.format(arn=arn, id="x")).outcomes["aws_s3_bucket.b", "transport-encrypted"] == expected


def test_a_prefix_that_is_not_known_may_be_the_one_that_the_policy_names(gate: Callable[..., Any]) -> None:
    main = WRITTEN.format(arn="arn:aws:s3:::app-*", id="x").replace('"b" {}', '"b" { bucket_prefix = var.p }') + 'variable "p" {}\n'
    assert gate(main).outcomes["aws_s3_bucket.b", "transport-encrypted"] == "unknown"


RANDOM = 'resource "random_id" "r" { byte_length = 4 }\n'


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:s3:::app-*", "pass"),
        ("arn:aws:s3:::app-${random_id.r.hex}", "pass"),
        ("arn:aws:s3:::app-????????", "unknown"),
        ("arn:aws:s3:::web-*", "fail"),
        ("arn:aws:s3:::terraform-*", "fail"),
    ],
)
def test_a_name_of_which_the_beginning_is_known(gate: Callable[..., Any], arn: str, expected: str) -> None:
    main = RANDOM + WRITTEN.format(arn=arn, id="x").replace('"b" {}', '"b" { bucket = "app-${random_id.r.hex}" }')
    found = gate(main)
    assert found.outcomes["aws_s3_bucket.b", "transport-encrypted"] == expected, found.reasons


DOCUMENT = """
provider "aws" {{ region = "eu-central-1" }}
variable "v" {{}}
resource "aws_s3_bucket" "b" {{}}
data "aws_iam_policy_document" "source" {{
  statement {{
    sid       = "other"
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }}
}}
data "aws_iam_policy_document" "d" {{
  {source}
  statement {{
    sid       = "tls"
    effect    = "Deny"
    actions   = ["{actions}"]
    resources = [aws_s3_bucket.b.arn, "${{aws_s3_bucket.b.arn}}/*"]
    principals {{
      type        = "*"
      identifiers = ["*"]
    }}
    condition {{
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }}
    {part}
  }}
  {more}
}}
resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.d.json
}}
"""
STATEMENTS = """dynamic "statement" {
    for_each = var.v
    content {
      actions   = statement.value
      resources = ["*"]
    }
  }"""
CONDITIONS = """dynamic "condition" {
      for_each = var.v
      content {
        test     = "Bool"
        variable = condition.value
        values   = ["true"]
      }
    }"""
ALLOWED = (
    'statement {\n    actions   = var.v\n    resources = var.v\n    principals {\n      type = "AWS"\n      identifiers = var.v\n    }\n  }'
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "pass"),
        ({"more": STATEMENTS}, "pass"),
        ({"more": STATEMENTS, "actions": "s3:Get*"}, "unknown"),
        ({"more": ALLOWED}, "pass"),
        ({"more": ALLOWED, "actions": "s3:Get*"}, "fail"),
        ({"part": CONDITIONS}, "unknown"),
        ({"part": CONDITIONS, "actions": "s3:Get*"}, "fail"),
        ({"source": "source_policy_documents = [data.aws_iam_policy_document.source.json]"}, "pass"),
        # what is not known may replace what was there: here it is not worth telling which
        ({"source": "source_policy_documents = [data.aws_iam_policy_document.source.json]", "more": STATEMENTS}, "unknown"),
        ({"source": "override_policy_documents = [jsonencode({ Statement = [var.v] })]"}, "unknown"),
    ],
)
def test_a_document_of_which_parts_are_not_known(gate: Callable[..., Any], changes: dict[str, str], expected: str) -> None:
    found = gate(DOCUMENT.format(**{"source": "", "actions": "s3:*", "part": "", "more": "", **changes}))
    assert found.outcomes["aws_s3_bucket.b", "transport-encrypted"] == expected, found.reasons


@pytest.mark.parametrize(
    ("region", "partition", "expected"),
    [
        ('"eu-central-1"', "aws", "pass"),
        ('"eu-central-1"', "*", "pass"),
        ('"eu-central-1"', "aws-cn", "fail"),
        ('"cn-north-1"', "aws-cn", "pass"),
        ('"cn-north-1"', "aws", "fail"),
        ('"cn-north-1"', "${data.aws_partition.this.partition}", "pass"),
        ("var.v", "${data.aws_partition.this.partition}", "pass"),
        ("var.v", "aws", "pass"),
    ],
)
def test_the_partition_in_an_arn(gate: Callable[..., Any], region: str, partition: str, expected: str) -> None:
    main = (
        WRITTEN.format(arn=f"arn:{partition}:s3:::data", id="x")
        .replace('"eu-central-1"', region)
        .replace('"b" {}', '"b" { bucket = "data" }')
    )
    found = gate(main + 'variable "v" {}\ndata "aws_partition" "this" {}\n')
    assert found.outcomes["aws_s3_bucket.b", "transport-encrypted"] == expected, found.reasons
