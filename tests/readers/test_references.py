"""What a reference means to a reader: followed where it says which record, never guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli
from cloudaudit.model import Encryption, Gap, KeyState, Known, Origin, Resource, SourceKind, Unknown, Why
from tests.readers.records import record, resources

GROUP = """
provider "aws" {
  region = "eu-central-1"
}

variable "chosen" {}

resource "aws_db_parameter_group" "tls" {
  family = "mysql8.0"
  parameter {
    name  = "require_secure_transport"
    value = "1"
  }
}

resource "aws_db_instance" "x" {
  engine               = "mysql"
  engine_version       = "8.0.39"
  parameter_group_name = %s
}
"""
NAME = "aws_db_parameter_group.tls.name"


def outcome(folder: Path, text: str, check: str, address: str) -> str:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["gate", str(folder), "--format", "json"], standalone_mode=False)
    findings = json.loads(done.stdout)["findings"]
    return next(str(item["outcome"]) for item in findings if (item["check"], item["resource"]["address"]) == (check, address))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (NAME, "pass"),
        (f'"${{{NAME}}}"', "pass"),
        (f'try({NAME}, "")', "pass"),
        (f'true ? {NAME} : "default.mysql8.0"', "pass"),
        (f'var.chosen ? {NAME} : "default.mysql8.0"', "unknown"),
        (f"var.chosen ? {NAME} : null", "unknown"),
        (f"coalesce(var.chosen, {NAME})", "unknown"),
        (f'{{ a = {NAME}, b = "default.mysql8.0" }}[var.chosen]', "unknown"),
        (f'"${{{NAME}}}-other"', "unknown"),
        (f'replace({NAME}, "tls", "plain")', "unknown"),
        ('"another"', "unknown"),
        ('"default.mysql8.0"', "fail"),
    ],
)
def test_only_the_name_itself_is_the_group(tmp_path: Path, expression: str, expected: str) -> None:
    assert outcome(tmp_path, GROUP % expression, "transport-encrypted", "aws_db_instance.x") == expected


def test_a_policy_of_a_bucket_with_a_longer_name_is_another_buckets(tmp_path: Path) -> None:
    text = """
    resource "aws_s3_bucket" "a" {
      bucket_prefix = "data"
    }
    resource "aws_s3_bucket_policy" "logs" {
      bucket = "${aws_s3_bucket.a.id}-logs"
      policy = jsonencode({ Statement = [{
        Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }] })
    }
    """
    assert outcome(tmp_path, text, "transport-encrypted", "aws_s3_bucket.a") == "unknown"


def key_state(found: dict[str, Resource]) -> object:
    facet = found["aws_ebs_volume.x"].facets[Encryption]
    assert isinstance(facet, Encryption)
    return facet.key_state


@pytest.mark.parametrize("name", ["mrk-1", "alias/data"])
def test_the_same_name_in_another_region_is_another_key(name: str) -> None:
    """Ids of multi-region keys and names of aliases repeat; a region that was not read tells nothing."""
    volume = record("aws_ebs_volume", values={"encrypted": True, "kms_key_id": name}, region="us-east-1")
    eu = [
        record("aws_kms_key", "eu", {"key_id": "mrk-1"}, key_state="Enabled", key_manager="CUSTOMER"),
        record("aws_kms_alias", "eu", {"name": "alias/data", "target_key_id": "mrk-1"}),
    ]
    us = [
        record("aws_kms_key", "us", {"key_id": "mrk-1"}, region="us-east-1", key_state="Disabled", key_manager="CUSTOMER"),
        record("aws_kms_alias", "us", {"name": "alias/data", "target_key_id": "mrk-1"}, region="us-east-1"),
    ]
    assert isinstance(key_state(resources([volume, *eu], SourceKind.LIVE)), Unknown)
    assert key_state(resources([volume, *eu, *us], SourceKind.LIVE)) == Known(KeyState.DISABLED)
    denied = Gap(Why.DENIED, "kms:ListKeys", Origin(call="kms:ListKeys"), types=("aws_kms_key",))
    assert isinstance(key_state(resources([volume, *eu, us[1]], SourceKind.LIVE, [denied])), Unknown)


def test_a_policy_by_name_may_be_of_a_bucket_whose_name_is_not_known(tmp_path: Path) -> None:
    text = """
    variable "on" {}
    resource "aws_s3_bucket" "a" {
      bucket = var.on ? "one" : "two"
    }
    resource "aws_s3_bucket_policy" "one" {
      bucket = "%s"
      policy = "{}"
    }
    """
    assert outcome(tmp_path, text % "one", "transport-encrypted", "aws_s3_bucket.a") == "unknown"
    assert outcome(tmp_path, text % "three", "transport-encrypted", "aws_s3_bucket.a") == "fail"


@pytest.mark.parametrize(
    "action",
    [
        'type = var.on ? "redirect" : "forward"\n redirect {\n protocol = "HTTPS"\n }',
        'type = "redirect"\n redirect {\n protocol = var.on ? "HTTPS" : "HTTP"\n }',
    ],
)
def test_a_listener_that_may_redirect_is_not_one_that_does(tmp_path: Path, action: str) -> None:
    text = f"""
    variable "on" {{}}
    resource "aws_lb_listener" "x" {{
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/1"
      protocol = "HTTP"
      default_action {{
        {action}
      }}
    }}
    """
    assert outcome(tmp_path, text, "transport-encrypted", "aws_lb_listener.x") == "unknown"
