"""No secret of what is audited stands in any report, on any stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.console import run

FORMATS = ("text", "json", "sarif", "junit", "codequality", "markdown", "github", "csv")
SECRET = "Pl4nted-S3cret-0f-Nobody"
HCL = f"""
variable "password" {{
  sensitive = true
  default   = "{SECRET}"
}}
provider "aws" {{
  region     = "eu-central-1"
  secret_key = "{SECRET}"
}}
locals {{
  url = "mysql://root:${{var.password}}@host"
}}
resource "aws_db_instance" "d" {{
  engine            = "mysql"
  password          = var.password
  storage_encrypted = var.password == "x" ? true : tobool(var.password)
  kms_key_id        = local.url
  backup_retention_period = local.url
}}
resource "aws_s3_bucket" "b" {{
  bucket = "data"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = "not a policy: {SECRET}"
}}
resource "aws_ebs_volume" "v" {{
  availability_zone = "eu-central-1a"
  encrypted         = var.password
  tags              = {{ environment = sensitive("{SECRET}") }}
}}
"""


def planned() -> str:
    after = {"engine": "mysql", "password": SECRET, "kms_key_id": SECRET, "storage_encrypted": True, "tags": {"environment": SECRET}}
    change = {"actions": ["create"], "after": after, "after_unknown": {}, "after_sensitive": {"password": True, "kms_key_id": True}}
    resource = {"address": "aws_db_instance.d", "mode": "managed", "type": "aws_db_instance", "name": "d", "change": change}
    return json.dumps({"format_version": "1.2", "resource_changes": [resource], "variables": {"password": {"value": SECRET}}})


def state() -> str:
    attributes = {"engine": "mysql", "password": SECRET, "kms_key_id": SECRET, "arn": "arn:aws:rds:eu-central-1:1:db:d"}
    instance = {"attributes": attributes, "sensitive_attributes": [[{"type": "get_attr", "value": "kms_key_id"}]]}
    resource = {"mode": "managed", "type": "aws_db_instance", "name": "d", "provider": 'provider["x"]', "instances": [instance]}
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": [resource]})


@pytest.mark.parametrize("source", ["main.tf", "plan.json", "terraform.tfstate"])
@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_no_report_holds_a_planted_secret(tmp_path: Path, source: str, verbose: tuple[str, ...]) -> None:
    text = {"main.tf": HCL, "plan.json": planned(), "terraform.tfstate": state()}[source]
    (tmp_path / "audited").mkdir()
    (tmp_path / "audited" / source).write_text(text, encoding="utf-8")
    path = "audited" if source == "main.tf" else f"audited/{source}"
    arguments = [argument for name in FORMATS for argument in ("-f", f"{name}=out.{name}")]
    done = run("gate", path, *verbose, *arguments, cwd=tmp_path)
    assert done.returncode in {0, 1, 3}
    written = [done.stdout, done.stderr, *((tmp_path / f"out.{name}").read_text(encoding="utf-8") for name in FORMATS)]
    assert all(len(report) > 20 for report in written[2:])
    assert not [report for report in written if SECRET.lower() in report.lower()]


@pytest.mark.parametrize(
    "arguments", [("--var", f"db-password={SECRET}"), ("--var", SECRET), ("--var", f"{SECRET} = x"), ("--var", f"1={SECRET}")]
)
def test_no_message_quotes_a_value_that_the_caller_gives(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "main.tf").write_text('variable "db-password" {\n  type = list(string)\n}\n', encoding="utf-8")
    done = run("gate", ".", *arguments, cwd=tmp_path)
    assert SECRET not in done.stdout + done.stderr
    assert (done.returncode == 2) is (arguments[1][:2] != "db")
