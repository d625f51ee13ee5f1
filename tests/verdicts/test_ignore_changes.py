"""`ignore_changes`: what the declared value fails still fails, since it is made like this; what it passes is UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

KEPT, ENCRYPTED, PORTS = "backups-kept-long-enough", "data-encrypted-at-rest", "sensitive-ports-closed-to-world"
ONE = "network-holds-one-environment"

MAIN = """
provider "aws" {{ region = "eu-central-1" }}
resource "aws_db_instance" "d" {{
  engine                  = "postgres"
  storage_encrypted       = true
  backup_retention_period = {days}
  lifecycle {{ ignore_changes = {ignored} }}
}}
"""
GROUP = """
provider "aws" {{ region = "eu-central-1" }}
resource "aws_security_group" "d" {{
  {ingress}
  lifecycle {{ ignore_changes = {ignored} }}
}}
"""
OPEN = 'ingress {\n    protocol = "tcp"\n    from_port = 22\n    to_port = 22\n    cidr_blocks = ["0.0.0.0/0"]\n  }'
SUBNET = """
provider "aws" {{ region = "eu-central-1" }}
resource "aws_vpc" "v" {{
  cidr_block = "10.0.0.0/16"
  tags       = {{ environment = "production" }}
}}
resource "aws_subnet" "d" {{
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
  tags       = {{ environment = "production", owner = "x" }}
  lifecycle {{ ignore_changes = {ignored} }}
}}
"""


@pytest.mark.parametrize(
    ("main", "check", "expected"),
    [
        (MAIN.format(days=30, ignored="[backup_retention_period]"), KEPT, "unknown"),
        (MAIN.format(days=30, ignored='["backup_retention_period"]'), KEPT, "unknown"),
        (MAIN.format(days=1, ignored="[backup_retention_period]"), KEPT, "fail"),
        (MAIN.format(days=30, ignored="all"), KEPT, "unknown"),
        (MAIN.format(days=30, ignored="[engine_version]"), KEPT, "pass"),
        (MAIN.format(days=30, ignored="[backup_retention_period]"), ENCRYPTED, "pass"),
        (MAIN.format(days=30, ignored="[]"), KEPT, "pass"),
        (GROUP.format(ingress="", ignored="[ingress]"), PORTS, "unknown"),
        (GROUP.format(ingress="", ignored="all"), PORTS, "unknown"),
        (GROUP.format(ingress="", ignored="[egress]"), PORTS, "pass"),
        (GROUP.format(ingress=OPEN, ignored="[ingress]"), PORTS, "fail"),
        (SUBNET.format(ignored='[tags["owner"]]'), ONE, "pass"),
        (SUBNET.format(ignored='[tags["environment"]]'), ONE, "unknown"),
        (SUBNET.format(ignored="[tags]"), ONE, "unknown"),
    ],
)
def test_what_is_ignored(gate: Callable[..., Any], main: str, check: str, expected: str) -> None:
    found = gate(main)
    (outcome,) = (outcome for (address, name), outcome in found.outcomes.items() if name == check and address.endswith(".d"))
    assert outcome == expected


def test_the_reason_names_the_attribute(gate: Callable[..., Any]) -> None:
    found = gate(MAIN.format(days=30, ignored="[backup_retention_period]"))
    assert "ignore_changes leaves backup_retention_period to others" in found.reasons["aws_db_instance.d", KEPT]


AZAPI = """
resource "azurerm_storage_account" "s" {{
  name                            = "s"
  resource_group_name             = "rg"
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
}}
resource "azapi_update_resource" "u" {{
  type        = "{kind}@2024-01-01"
  resource_id = azurerm_storage_account.s.id
  body        = {{ properties = {{ accessTier = "Cool" }} }}
  lifecycle {{ ignore_changes = all }}
}}
"""


@pytest.mark.parametrize(
    ("kind", "expected"), [("Microsoft.Storage/storageAccounts", "unknown"), ("Microsoft.ContainerService/managedClusters", "pass")]
)
def test_of_which_type_and_resource_something_is_nobody_else_changes(gate: Callable[..., Any], kind: str, expected: str) -> None:
    found = gate(AZAPI.format(kind=kind))
    assert found.outcomes["azurerm_storage_account.s", "transport-encrypted"] == expected
    assert "a plan tells" not in found.reasons["azurerm_storage_account.s", "transport-encrypted"]
