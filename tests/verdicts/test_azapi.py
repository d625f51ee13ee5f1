"""What azapi sets of a resource that azurerm declares is not known there, and what it makes itself is told as not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import document

ACCOUNT, OTHER = "azurerm_storage_account.s", "azurerm_storage_account.t"
TLS, VERSION, PORTS = "transport-encrypted", "tls-minimum-version", "sensitive-ports-closed-to-world"
MAIN = """
variable "any" {}
data "azurerm_storage_account" "same" { name = "acc" }
data "azurerm_storage_account" "else" { name = "elsewhere" }
resource "azurerm_resource_group" "r" { name = "rg" }
resource "azurerm_storage_account" "s" {
  name                     = "acc"
  location                 = "westeurope"
  account_replication_type = "LRS"
}
resource "azurerm_storage_account" "t" {
  name                     = "other"
  location                 = "westeurope"
  account_replication_type = "LRS"
}
resource "azurerm_postgresql_flexible_server" "p" {
  name     = "p"
  location = "westeurope"
}
resource "azurerm_network_security_group" "g" {
  name                = "g"
  resource_group_name = "rg"
}
resource "azurerm_mssql_server" "q" {
  name     = "q"
  location = "westeurope"
}
resource "azurerm_mssql_database" "b" {
  name                 = "b"
  server_id            = azurerm_mssql_server.q.id
  storage_account_type = "Local"
  short_term_retention_policy { retention_days = 35 }
}
"""
STORAGE = "Microsoft.Storage/storageAccounts"
PLAIN = "body = { properties = { supportsHttpsTrafficOnly = false } }"
DATABASE = "azurerm_mssql_database.b"
GROUP = "azurerm_network_security_group.g"
GROUPS = "Microsoft.Network/networkSecurityGroups"
HANDED_ON = f'resource "terraform_data" "t" {{ input = {ACCOUNT}.id }}\n'
RULE = f"""
resource "azurerm_network_security_rule" "r" {{
  direction                   = "Outbound"
  resource_group_name         = "rg"
  network_security_group_name = {GROUP}.name
}}
"""


def azapi(arm: str, *lines: str, kind: str = "azapi_update_resource") -> str:
    return f'{MAIN}resource "{kind}" "u" {{\n  type = "{arm}@2023-05-01"\n' + "".join(f"  {line}\n" for line in lines) + "}\n"


def action(path: str, method: str, of: str, *more: str, arm: str = GROUPS) -> str:
    return azapi(arm, f"resource_id = {of}.id", f'method = "{method}"', f'action = "{path}"', *more, kind="azapi_resource_action")


def sets(link: str, body: str = PLAIN, *more: str) -> str:
    return azapi(STORAGE, f"resource_id = {link}", body, *more)


@pytest.mark.parametrize(
    ("main", "address", "check", "expected"),
    [
        (MAIN, ACCOUNT, TLS, "pass"),
        (sets(f"{ACCOUNT}.id"), ACCOUNT, TLS, "unknown"),
        (sets(f"{ACCOUNT}.id"), ACCOUNT, VERSION, "pass"),
        (sets(f"{ACCOUNT}.id"), OTHER, TLS, "pass"),
        (sets(f"{ACCOUNT}.id", "body = jsonencode({ properties = { supportsHttpsTrafficOnly = false } })"), ACCOUNT, TLS, "unknown"),
        (sets(f"{ACCOUNT}.id", "body = { properties = { allowSharedKeyAccess = false } }"), ACCOUNT, TLS, "pass"),
        (sets(f"{ACCOUNT}.id", "body = var.any"), ACCOUNT, TLS, "unknown"),
        (sets(f"{ACCOUNT}.id", PLAIN, "count = 0"), ACCOUNT, TLS, "pass"),
        (sets(f"{ACCOUNT}.id", PLAIN, "count = var.any"), ACCOUNT, TLS, "unknown"),
        (sets("var.any"), ACCOUNT, TLS, "unknown"),
        (sets("data.azurerm_storage_account.same.id"), ACCOUNT, TLS, "unknown"),
        (sets("data.azurerm_storage_account.else.id"), ACCOUNT, TLS, "pass"),
        (sets('"/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/ACC"'), ACCOUNT, TLS, "unknown"),
        (sets('"/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/accx"'), ACCOUNT, TLS, "pass"),
        (sets(f'"${{azurerm_resource_group.r.id}}/providers/{STORAGE}/acc"'), ACCOUNT, TLS, "unknown"),
        (azapi(STORAGE, f"name = {ACCOUNT}.name", 'parent_id = "/x"', PLAIN), ACCOUNT, TLS, "unknown"),
        (azapi(STORAGE, 'name = "accx"', 'parent_id = "/x"', PLAIN), ACCOUNT, TLS, "pass"),
        (azapi(STORAGE, f"resource_id = {ACCOUNT}.id", 'action = "listKeys"', kind="azapi_resource_action"), ACCOUNT, TLS, "pass"),
        (azapi(STORAGE, f"resource_id = {ACCOUNT}.id", 'method = "PATCH"', PLAIN, kind="azapi_resource_action"), ACCOUNT, TLS, "unknown"),
        (azapi("${var.any}", f"resource_id = {ACCOUNT}.id", PLAIN), ACCOUNT, TLS, "unknown"),
        (HANDED_ON + sets("terraform_data.t.output"), ACCOUNT, TLS, "unknown"),
        (HANDED_ON + sets("terraform_data.t.output"), OTHER, TLS, "pass"),
        (action("securityRules/r", "PUT", GROUP), GROUP, PORTS, "unknown"),
        (action("securityRules/r", "DELETE", GROUP), GROUP, PORTS, "unknown"),
        (action("securityRules/r", "DELETE", GROUP, 'when = "destroy"'), GROUP, PORTS, "pass"),
        (action("${var.any}", "PUT", GROUP), GROUP, PORTS, "unknown"),
        (action("defaultSecurityRules/r", "PUT", GROUP), GROUP, PORTS, "pass"),
        (RULE + MAIN, GROUP, PORTS, "pass"),
        (RULE + action("", "DELETE", "azurerm_network_security_rule.r", arm=f"{GROUPS}/securityRules"), GROUP, PORTS, "unknown"),
        (
            azapi(f"{STORAGE}/blobServices/containers", f'parent_id = "${{{ACCOUNT}.id}}/blobServices/default"', kind="azapi_resource"),
            ACCOUNT,
            TLS,
            "pass",
        ),
        (
            azapi(
                "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
                'resource_id = "${azurerm_postgresql_flexible_server.p.id}/configurations/require_secure_transport"',
                'body = { properties = { value = "off" } }',
            ),
            "azurerm_postgresql_flexible_server.p",
            TLS,
            "unknown",
        ),
        (
            azapi(
                "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
                'resource_id = "${azurerm_postgresql_flexible_server.p.id}/configurations/work_mem"',
                'body = { properties = { value = "off" } }',
            ),
            "azurerm_postgresql_flexible_server.p",
            TLS,
            "pass",
        ),
        (
            azapi(
                "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
                "name = var.any",
                "parent_id = azurerm_postgresql_flexible_server.p.id",
                kind="azapi_resource",
            ),
            "azurerm_postgresql_flexible_server.p",
            TLS,
            "unknown",
        ),
        (
            azapi(
                "Microsoft.Network/networkSecurityGroups/securityRules",
                "parent_id = azurerm_network_security_group.g.id",
                kind="azapi_resource",
            ),
            "azurerm_network_security_group.g",
            PORTS,
            "unknown",
        ),
        (
            azapi(
                "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies",
                f'resource_id = "${{{DATABASE}.id}}/backupShortTermRetentionPolicies/default"',
            ),
            DATABASE,
            "backups-kept-long-enough",
            "unknown",
        ),
        (
            azapi("Microsoft.Sql/servers/encryptionProtector", 'resource_id = "${azurerm_mssql_server.q.id}/encryptionProtector/current"'),
            DATABASE,
            "encryption-key-usable",
            "unknown",
        ),
        (
            azapi("Microsoft.Sql/servers/failoverGroups", "parent_id = azurerm_mssql_server.q.id", kind="azapi_resource"),
            DATABASE,
            "copies-in-allowed-jurisdiction",
            "unknown",
        ),
    ],
)
def test_what_azapi_may_set_is_not_known(gate: Callable[..., Any], main: str, address: str, check: str, expected: str) -> None:
    assert gate(main).outcomes[address, check] == expected


def test_what_azapi_sets_of_a_declared_resource_is_judged_there_alone(gate: Callable[..., Any]) -> None:
    assert not [key for key in gate(sets(f"{ACCOUNT}.id")).outcomes if key[0].startswith("azapi_")]


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (STORAGE, {"data-in-allowed-jurisdiction": "fail", TLS: "unknown", VERSION: "unknown"}),
        ("Microsoft.Web/sites", {"data-in-allowed-jurisdiction": "fail", "copies-in-allowed-jurisdiction": "unknown"}),
    ],
)
def test_of_what_azapi_makes_the_place_is_known_and_no_more(gate: Callable[..., Any], arm: str, said: dict[str, str]) -> None:
    found = gate(azapi(arm, 'name = "n"', 'location = "eastus"', 'parent_id = "/x"', PLAIN, kind="azapi_resource"))
    assert {check: found.outcomes["azapi_resource.u", check] for check in said} == said


@pytest.mark.parametrize(
    ("kind", "arm", "line"),
    [
        ("azapi_update_resource", "Microsoft.ContainerService/managedClusters", "resource_id = var.any"),
        ("azapi_resource", "Microsoft.Insights/diagnosticSettings", 'location = "global"'),
    ],
)
def test_of_a_type_that_is_not_read_azapi_says_no_more_than_azurerm(kind: str, arm: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(f'variable "any" {{}}\nresource "{kind}" "u" {{\n  type = "{arm}@2024-02-01"\n  {line}\n}}\n')
    found = document("gate", ".", cwd=tmp_path)
    assert found["summary"]["unread_types"] == {f"{kind} of {arm.lower()}": 1}
    assert (found["findings"], found["summary"]["census"]["not_read"], found["summary"]["census"]["evaluated"]) == ([], 1, 0)


def test_a_change_of_what_another_configuration_declares_is_not_lost(gate: Callable[..., Any]) -> None:
    found = gate(sets('"/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/accx"'))
    assert found.outcomes["azapi_update_resource.u", TLS] == "unknown"


@pytest.mark.parametrize(("instance", "expected"), [('a["x"]', "unknown"), ('a["y"]', "pass")])
def test_of_several_instances_the_one_is_meant_that_is_named(
    gate: Callable[..., Any], tmp_path: Path, instance: str, expected: str
) -> None:
    (tmp_path / "m").mkdir()
    account = 'name = "${var.n}${count.index}"\n  location = "westeurope"\n  account_replication_type = "LRS"\n  count = 2\n'
    output = 'output "id" { value = azurerm_storage_account.s[1].id }\n'
    (tmp_path / "m" / "main.tf").write_text(f'variable "n" {{}}\nresource "azurerm_storage_account" "s" {{\n  {account}}}\n{output}')
    call = 'module "a" {\n  for_each = toset(["x", "y"])\n  source = "./m"\n  n = each.key\n}\n'
    change = f'resource "azapi_update_resource" "u" {{\n  type = "{STORAGE}@2023-05-01"\n  resource_id = module.a["x"].id\n  {PLAIN}\n}}\n'
    found = gate(call + change).outcomes
    assert found[f"module.{instance}.azurerm_storage_account.s[1]", TLS] == expected
    assert found[f"module.{instance}.azurerm_storage_account.s[0]", TLS] == "pass"


def test_an_id_of_which_the_name_is_not_known_may_be_that_of_the_account(gate: Callable[..., Any]) -> None:
    main = """
data "azurerm_storage_account" "d" {
  name                = "acc"
  resource_group_name = "rg"
}
resource "azurerm_storage_account" "s" {
  name                     = "acc"
  resource_group_name      = "rg"
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
resource "azapi_update_resource" "u" {
  type        = "Microsoft.Storage/storageAccounts@2023-05-01"
  resource_id = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/${data.azurerm_storage_account.d.x}"
  body        = { properties = { minimumTlsVersion = "TLS1_0" } }
}
"""
    assert gate(main).outcomes["azurerm_storage_account.s", "tls-minimum-version"] == "unknown"


def test_a_database_that_azapi_makes_under_a_declared_server_is_told(gate: Callable[..., Any]) -> None:
    found = gate(
        azapi(
            "Microsoft.Sql/servers/databases",
            'name = "new"',
            'location = "eastus"',
            "parent_id = azurerm_mssql_server.q.id",
            "body = { properties = {} }",
            kind="azapi_resource",
        )
    )
    said = {check: outcome for (address, check), outcome in found.outcomes.items() if address == "azapi_resource.u"}
    assert said["data-in-allowed-jurisdiction"] == "fail"
    assert {said[check] for check in ("data-encrypted-at-rest", "backups-kept-long-enough", "copies-in-allowed-jurisdiction")} == {
        "unknown"
    }
