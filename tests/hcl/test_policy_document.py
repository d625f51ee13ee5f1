"""aws_iam_policy_document is rendered as the AWS provider renders it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudaudit.model import Why
from tests.partial import partial

FULL = """
data "aws_iam_policy_document" "d" {
  policy_id = "P"
  statement {
    sid       = "Tls"
    effect    = "Deny"
    actions   = ["s3:*", "ec2:*", "s3:*"]
    resources = ["arn:aws:s3:::b", "arn:aws:s3:::b/&{aws:username}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["z", "a"]
    }
  }
  statement {
    not_actions = ["iam:*"]
    resources   = ["*"]
    not_principals {
      type        = "AWS"
      identifiers = ["1", "2"]
    }
    principals {
      type        = "AWS"
      identifiers = ["one"]
    }
    principals {
      type        = "Service"
      identifiers = ["x.amazonaws.com"]
    }
  }
}
"""


def test_the_whole_shape(project: Any) -> None:
    text = project.value("data.aws_iam_policy_document.d.json", FULL)
    assert text.startswith('{\n  "Version": "2012-10-17",\n  "Id": "P",\n  "Statement": [\n    {\n      "Sid": "Tls",')
    assert json.loads(text) == {
        "Version": "2012-10-17",
        "Id": "P",
        "Statement": [
            {
                "Sid": "Tls",
                "Effect": "Deny",
                "Action": ["s3:*", "ec2:*"],
                "Resource": ["arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b"],
                "Principal": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringLike": {"s3:prefix": ["z", "a"]}},
            },
            {
                "Effect": "Allow",
                "NotAction": "iam:*",
                "Resource": "*",
                "Principal": {"AWS": "one", "Service": "x.amazonaws.com"},
                "NotPrincipal": {"AWS": ["2", "1"]},
            },
        ],
    }
    assert "\n" not in project.value("data.aws_iam_policy_document.d.minified_json", FULL)


def test_what_only_the_cloud_knows_stands_as_a_placeholder(project: Any) -> None:
    around = """
resource "aws_s3_bucket" "b" {}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
  }
}
"""
    value = project.unknown("data.aws_iam_policy_document.d.json", around)
    assert (value.why, value.references) == (Why.COMPUTED, ("aws_s3_bucket.b",))
    (statement,) = json.loads(value.partial)["Statement"]
    assert statement["Resource"] == [partial("${aws_s3_bucket.b.arn}/*"), partial("${aws_s3_bucket.b.arn}")]
    assert statement["Effect"] == "Allow"


def test_statements_that_cannot_be_told_are_one_of_which_nothing_is_known(project: Any) -> None:
    around = """
variable "rules" {}
data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = var.rules
    content { actions = [statement.value] }
  }
}
"""
    value = project.unknown("data.aws_iam_policy_document.d.json", around)
    (statement,) = json.loads(value.partial)["Statement"]
    assert set(statement.values()) == {partial("${}")}
    assert 'dynamic "statement" over var.rules' in value.detail


@pytest.mark.parametrize(
    ("source", "override"),
    [
        ("source_policy_documents = [{}]", "override_policy_documents = [{}]"),
        ("source_json = {}", "override_json = {}"),  # until provider 5.0
    ],
)
def test_documents_are_merged_by_sid(project: Any, source: str, override: str) -> None:
    around = """
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "A"
    actions = ["base:a"]
  }
  statement {
    sid     = "B"
    actions = ["base:b"]
  }
}
data "aws_iam_policy_document" "over" {
  statement {
    sid     = "B"
    effect  = "Deny"
    actions = ["over:b"]
  }
}
data "aws_iam_policy_document" "d" {
  SOURCE
  OVERRIDE
  statement { actions = ["own:x"] }
}
"""
    around = around.replace("SOURCE", source.format("data.aws_iam_policy_document.base.json"))
    around = around.replace("OVERRIDE", override.format("data.aws_iam_policy_document.over.json"))
    document = json.loads(project.value("data.aws_iam_policy_document.d.json", around))
    assert [(item.get("Sid"), item["Effect"], item["Action"]) for item in document["Statement"]] == [
        ("A", "Allow", "base:a"),
        ("B", "Deny", "over:b"),
        (None, "Allow", "own:x"),
    ]


def test_a_source_that_is_unknown_makes_the_whole_unknown(project: Any) -> None:
    around = 'variable "doc" {}\ndata "aws_iam_policy_document" "d" {\n  source_policy_documents = [var.doc]\n}\n'
    value = project.unknown("data.aws_iam_policy_document.d.json", around)
    assert (value.partial, value.references) == (None, ("var.doc",))
    assert "not JSON" in project.unknown("data.aws_iam_policy_document.d.json", around, variables={"doc": "{"}).detail


def test_policies_written_as_text(project: Any) -> None:
    around = 'resource "aws_s3_bucket" "b" {}\n'
    heredoc = '<<EOT\n{"Resource": "${aws_s3_bucket.b.arn}/*"}\nEOT\n'
    assert json.loads(project.unknown(heredoc, around).partial) == {"Resource": partial("${aws_s3_bucket.b.arn}/*")}
    encoded = 'jsonencode({ Statement = [{ Effect = "Deny", Resource = [aws_s3_bucket.b.arn, "x"] }] })'
    assert json.loads(project.unknown(encoded, around).partial) == {
        "Statement": [{"Effect": "Deny", "Resource": [partial("${aws_s3_bucket.b.arn}"), "x"]}]
    }


@pytest.mark.parametrize(
    "policy",
    [
        'templatefile("p.tpl", { arn = aws_s3_bucket.b["k"].arn })',
        'jsonencode({ Resource = "${aws_s3_bucket.b["k"].arn}/*" })',
    ],
)
def test_a_placeholder_of_a_keyed_instance_does_not_break_json(project: Any, policy: str) -> None:
    project.write({"p.tpl": '{"Resource": "${arn}/*"}'})
    value = project.unknown(policy, 'resource "aws_s3_bucket" "b" { for_each = toset(["k"]) }\n')
    assert json.loads(value.partial) == {"Resource": partial("${aws_s3_bucket.b['k'].arn}/*")}
    assert value.detail == 'aws_s3_bucket.b["k"].arn'
