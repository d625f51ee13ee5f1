"""What stands in the place of what is not set: by the provider's version in a configuration, by the service in a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli
from tests.verdicts.conftest import judged

MINIMUM, TLS, ENCRYPTED = "tls-minimum-version", "transport-encrypted", "data-encrypted-at-rest"
ACCOUNT = 'resource "azurerm_storage_account" "x" { location = "westeurope" }\n'
SERVER = 'resource "azurerm_mssql_server" "x" { location = "westeurope" }\n'
LOCK = 'provider "registry.terraform.io/hashicorp/azurerm" {{\n  version = "{}"\n}}\n'


def constrained(version: str) -> str:
    return f'terraform {{\n  required_providers {{\n    azurerm = {{ source = "hashicorp/azurerm", version = "{version}" }}\n  }}\n}}\n'


@pytest.mark.parametrize(
    ("main", "lock", "check", "expected"),
    [
        (ACCOUNT, "", MINIMUM, "pass"),
        (ACCOUNT, "2.99.0", MINIMUM, "fail"),  # azurerm 2.99, documentation of azurerm_storage_account: TLS1_0
        (constrained(">= 2.40") + ACCOUNT, "2.99.0", MINIMUM, "fail"),
        (constrained(">= 2.40") + ACCOUNT, "4.10.0", MINIMUM, "pass"),
        (constrained(">= 2.40") + ACCOUNT, "", MINIMUM, "pass"),
        (constrained("~> 2.40") + ACCOUNT, "", MINIMUM, "fail"),
        (constrained(">= 2.40, < 4.0") + ACCOUNT, "", MINIMUM, "unknown"),
        (constrained("~> 1.44") + ACCOUNT, "", TLS, "fail"),  # azurerm 2.0 upgrade guide: off by default before
        (constrained("~> 2.99") + SERVER, "", MINIMUM, "fail"),  # azurerm changelog, 3.0.0 (#10276)
        (constrained("~> 3.0") + SERVER, "", MINIMUM, "pass"),
        (SERVER, "2.99.0", MINIMUM, "fail"),
    ],
)
def test_the_default_of_the_providers_version(
    gate: Callable[..., Any], tmp_path: Path, main: str, lock: str, check: str, expected: str
) -> None:
    if lock:
        (tmp_path / ".terraform.lock.hcl").write_text(LOCK.format(lock))
    found = gate(main)
    address = "azurerm_mssql_server.x" if main.endswith(SERVER) else "azurerm_storage_account.x"
    assert found.outcomes[address, check] == expected


@pytest.mark.parametrize(
    ("main", "version", "expected"),
    [
        (ACCOUNT, "azurerm=2.99.0", "fail"),
        (ACCOUNT, "azurerm=v4", "pass"),
        (ACCOUNT, "aws=2", "pass"),
        (constrained(">= 2.40, < 4.0") + ACCOUNT, "azurerm=2.99", "fail"),
        (constrained(">= 2.40, < 4.0") + ACCOUNT, "azurerm=3.1", "pass"),
        (constrained("~> 2.40") + ACCOUNT, "azurerm=4.1", "fail"),  # a version that the constraints do not admit
    ],
)
def test_the_version_that_the_caller_names(gate: Callable[..., Any], main: str, version: str, expected: str) -> None:
    assert gate(main, "--provider-version", version).outcomes["azurerm_storage_account.x", MINIMUM] == expected


@pytest.mark.parametrize("version", ["azurerm", "azurerm=", "azurerm=new", "=3", "azurerm=12345.0"])
def test_a_version_that_is_none_is_a_usage_error(tmp_path: Path, version: str) -> None:
    (tmp_path / "main.tf").write_text(ACCOUNT)
    result = CliRunner().invoke(cli, ["gate", str(tmp_path), "--provider-version", version])
    assert (result.exit_code, "expected NAME=VERSION" in result.output) == (2, True)


def test_the_evidence_says_what_was_assumed(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ACCOUNT)
    result = CliRunner().invoke(cli, ["gate", str(tmp_path), "--format", "json"], standalone_mode=False)
    (found,) = (finding for finding in json.loads(result.stdout)["findings"] if finding["check"] == MINIMUM)
    assert found["evidence"][0]["fact"] == "min_tls_version: 1.2 (the provider's default, assumed: newest version)"


@pytest.mark.parametrize(
    ("kind", "values", "check", "expected"),
    [
        ("azurerm_storage_account", {"min_tls_version": None}, MINIMUM, "unknown"),
        ("azurerm_storage_account", {"min_tls_version": ""}, MINIMUM, "unknown"),
        ("azurerm_storage_account", {"min_tls_version": "TLS1_2"}, MINIMUM, "pass"),
        ("azurerm_storage_account", {"enable_https_traffic_only": None}, TLS, "unknown"),
        ("azurerm_mssql_server", {"minimum_tls_version": ""}, MINIMUM, "fail"),
        ("azurerm_mssql_server", {"minimum_tls_version": None}, MINIMUM, "fail"),
        ("aws_ebs_volume", {"encrypted": None}, ENCRYPTED, "unknown"),
        ("aws_db_instance", {"storage_encrypted": None}, ENCRYPTED, "unknown"),
    ],
)
@pytest.mark.parametrize("source", ["state", "plan"])
def test_a_report_holds_no_default_of_terraform(
    tmp_path: Path, kind: str, values: dict[str, Any], check: str, expected: str, source: str
) -> None:
    after = {"location": "westeurope", "id": "/subscriptions/s/x", **values}
    entry = {"mode": "managed", "type": kind, "name": "x"}
    state = {"version": 4, "serial": 1, "resources": [{**entry, "provider": "p", "instances": [{"attributes": after}]}]}
    change = {"actions": ["no-op"], "before": after, "after": after, "after_unknown": {}}
    plan = {"format_version": "1.2", "resource_changes": [{**entry, "address": f"{kind}.x", "change": change}]}
    path = tmp_path / "report.json"
    path.write_text(json.dumps(state if source == "state" else plan))
    assert judged(path).outcomes[f"{kind}.x", check] == expected
