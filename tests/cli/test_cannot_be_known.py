"""What cannot be known, by verdict and exit code: each case is one that other gates turn into a silent pass or a false alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import document, outcomes

HEAD = """
provider "aws" {
  region = "eu-central-1"
}
provider "azurerm" {
  features {}
}
provider "google" {
  region = "europe-west3"
}
"""
GOOGLE = """
resource "google_sql_database_instance" "s" {
  settings {
    tier = "x"
    ip_configuration {
      require_ssl = var.enc
    }
  }
}
"""
AZURE = """
resource "azurerm_storage_account" "s" {
  name                     = "s"
  location                 = "westeurope"
  account_replication_type = "LRS"
  min_tls_version          = var.enc
}
"""
ENC = "data-encrypted-at-rest"
PORTS = "sensitive-ports-closed-to-world"


def db(name: str, encrypted: str, meta: str = "") -> str:
    return f'resource "aws_db_instance" "{name}" {{\n{meta}  engine = "mysql"\n  storage_encrypted = {encrypted}\n}}\n'


def group(body: str) -> str:
    return f'resource "aws_security_group" "g" {{\n  name = "g"\n{body}}}\n'


RULE = '  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = %s\n  }\n'
DYNAMIC = (
    '  dynamic "ingress" {\n    for_each = %s\n    content {\n      from_port = ingress.value\n      to_port = ingress.value\n'
    '      protocol = "tcp"\n      cidr_blocks = ["0.0.0.0/0"]\n    }\n  }\n'
)
VARIABLES = (
    'variable "enc" {\n}\nvariable "days" {\n}\nvariable "n" {\n}\nvariable "unk" {\n}\nvariable "ports" {\n  default = [22, 443]\n}\n'
)
FOR = "  for_each = { for k, v in { a = { enc = true }, b = { enc = false } } : k => v if v.enc }\n"

CASES: dict[str, tuple[str, dict[tuple[str, str], str | None]]] = {
    "a variable without a value": (db("d", "var.enc"), {("aws_db_instance.d", ENC): "unknown"}),
    "a data source": (
        'data "aws_db_snapshot" "s" {\n}\n' + db("d", "data.aws_db_snapshot.s.encrypted"),
        {("aws_db_instance.d", ENC): "unknown"},
    ),
    "an undeclared variable": (db("d", "var.nope"), {("aws_db_instance.d", ENC): "unknown"}),
    "both branches differ": (db("d", "var.enc ? true : false"), {("aws_db_instance.d", ENC): "unknown"}),
    "both branches agree": (db("d", "var.enc ? true : true"), {("aws_db_instance.d", ENC): "pass"}),
    "coalesce over an unknown": (db("d", "coalesce(var.enc, false)"), {("aws_db_instance.d", ENC): "unknown"}),
    "try over an unknown": (db("d", "try(var.enc, false)"), {("aws_db_instance.d", ENC): "unknown"}),
    "try over an error is computable": (db("d", "try(local.nope, false)"), {("aws_db_instance.d", ENC): "fail"}),
    "a document of the repository is computable": (db("d", 'jsondecode(file("c.json")).enc'), {("aws_db_instance.d", ENC): "fail"}),
    "unknown addresses for ssh": (group(RULE % "var.days"), {("aws_security_group.g", PORTS): "unknown"}),
    "ssl of Google by a variable": (
        GOOGLE,
        {("google_sql_database_instance.s", "transport-encrypted"): "unknown"},
    ),
    "TLS of Azure by a variable": (
        AZURE,
        {("azurerm_storage_account.s", "tls-minimum-version"): "unknown"},
    ),
    "dynamic over a known list": (group(DYNAMIC % "var.ports"), {("aws_security_group.g", PORTS): "fail"}),
    "dynamic over an unknown list": (group(DYNAMIC % "var.unk"), {("aws_security_group.g", PORTS): "unknown"}),
    "count = 0": (
        db("d", "false", "  count = 0\n") + db("e", "true"),
        {("aws_db_instance.d", ENC): None, ("aws_db_instance.e", ENC): "pass"},
    ),
    "count by a known switch": (db("d", "false", "  count = false ? 1 : 0\n") + db("e", "true"), {("aws_db_instance.d", ENC): None}),
    "count.index": (
        db("d", "count.index == 0", "  count = 2\n"),
        {("aws_db_instance.d[0]", ENC): "pass", ("aws_db_instance.d[1]", ENC): "fail"},
    ),
    "an unknown count": (db("d", "false", "  count = var.n\n"), {("aws_db_instance.d", ENC): "fail"}),
    "for_each over a map": (
        db("d", "each.value", "  for_each = { a = true, b = false }\n"),
        {('aws_db_instance.d["a"]', ENC): "pass", ('aws_db_instance.d["b"]', ENC): "fail"},
    ),
    "for_each over a set": (
        db("d", 'each.key == "x"', '  for_each = toset(["x", "y"])\n'),
        {('aws_db_instance.d["x"]', ENC): "pass", ('aws_db_instance.d["y"]', ENC): "fail"},
    ),
    "for_each over a filtered map": (
        db("d", "each.value.enc", FOR),
        {('aws_db_instance.d["a"]', ENC): "pass", ('aws_db_instance.d["b"]', ENC): None},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_configuration(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]
    (tmp_path / "main.tf").write_text(HEAD + VARIABLES + text, encoding="utf-8")
    (tmp_path / "c.json").write_text('{"enc": false}', encoding="utf-8")
    result = document("gate", ".", cwd=tmp_path)
    found = outcomes(result)
    assert {pair: found.get(pair) for pair in expected} == expected
    if "unknown" in expected.values():
        assert result["gate"]["exit_code"] in {1, 3}


def test_one_broken_file_is_no_clean_run(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_db_instance" "d" {\n  storage_encrypted = \n', encoding="utf-8")
    assert document("gate", ".", cwd=tmp_path)["gate"]["exit_code"] == 3


@pytest.mark.parametrize("source", ["terraform-aws-modules/rds/aws", "git::https://example.org/x.git", "./missing"])
def test_a_module_that_is_not_here_is_named(tmp_path: Path, source: str) -> None:
    (tmp_path / "main.tf").write_text(f'module "db" {{\n  source = "{source}"\n}}\n', encoding="utf-8")
    result = document("gate", ".", cwd=tmp_path)
    assert result["gate"]["exit_code"] == 3
    (gap,) = result["gaps"]
    assert 'module "db"' in gap["what"]
    assert (gap["file"], gap["line"]) == ("main.tf", 1)


def planned(kind: str, after: dict[str, Any], unknown: dict[str, Any], actions: tuple[str, ...] = ("create",)) -> dict[str, Any]:
    before = None if "create" in actions else after
    change = {"actions": list(actions), "before": before, "after": after, "after_unknown": unknown, "after_sensitive": {}}
    expressions = {name: {"references": ["var.x"]} for name in unknown}
    resource = {
        "address": f"{kind}.x",
        "mode": "managed",
        "type": kind,
        "name": "x",
        "provider_config_key": "p",
        "expressions": expressions,
    }
    return {
        "format_version": "1.2",
        "resource_changes": [{"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "change": change}],
        "configuration": {"root_module": {"resources": [resource], "variables": {"x": {}}}},
    }


OPEN_SSH = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
DATABASE: dict[str, Any] = {
    "storage_encrypted": False,
    "arn": None,
    "replicate_source_db": None,
    "restore_to_point_in_time": [],
    "snapshot_identifier": None,
}
ACCOUNT = {"location": "westeurope", "account_replication_type": "LRS"}
PLANS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "encryption": (planned("aws_db_instance", {"engine": "mysql"}, {"storage_encrypted": True}), ENC, "unknown"),
    "all rules": (planned("aws_security_group", {"name": "g"}, {"ingress": True}), PORTS, "unknown"),
    "the addresses of a rule": (
        planned("aws_security_group", {"ingress": [{**OPEN_SSH, "cidr_blocks": None}]}, {"ingress": [{"cidr_blocks": True}]}),
        PORTS,
        "unknown",
    ),
    "https only": (planned("azurerm_storage_account", ACCOUNT, {"https_traffic_only_enabled": True}), "transport-encrypted", "unknown"),
    "the TLS version": (planned("azurerm_storage_account", ACCOUNT, {"min_tls_version": True}), "tls-minimum-version", "unknown"),
    "a known violation": (planned("aws_security_group", {"ingress": [OPEN_SSH]}, {}), PORTS, "fail"),
    "a deleted resource": (planned("aws_db_instance", {"storage_encrypted": False}, {}, ("delete",)), ENC, None),
    "a replaced resource": (planned("aws_db_instance", DATABASE, {}, ("delete", "create")), ENC, "fail"),
    "a resource as it was": (planned("aws_db_instance", {"storage_encrypted": False}, {}, ("no-op",)), ENC, "fail"),
}


@pytest.mark.parametrize("case", PLANS)
def test_a_plan(tmp_path: Path, case: str) -> None:
    plan, check, expected = PLANS[case]
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    found = outcomes(document("gate", "plan.json", cwd=tmp_path))
    assert found.get((plan["resource_changes"][0]["address"], check)) == expected


def test_a_plan_that_only_deletes_is_clean(tmp_path: Path) -> None:
    plan = planned("aws_db_instance", {"storage_encrypted": False}, {}, ("delete",))
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert document("gate", "plan.json", cwd=tmp_path)["gate"]["exit_code"] == 0


def test_a_folder_of_types_that_nothing_judges_is_not_called_clean(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_iam_role" "r" {\n}\n', encoding="utf-8")
    result = document("gate", ".", cwd=tmp_path)
    assert result["gate"]["exit_code"] == 3
    assert result["summary"]["census"]["not_read"] == 1
