"""What azapi copies, by types of which the API version, or all, is not known: each type of the tables of copies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cloudaudit_azure.azapi_types import COPIES, HOLD, OF_MACHINES, PLACES
from tests.verdicts.conftest import Judged

PROVIDERS = 'provider "azurerm" {\n  features {}\n}\nvariable "untold" {}\n'
DISK = """
resource "azurerm_managed_disk" "d" {
  name                 = "d"
  location             = "westeurope"
  resource_group_name  = "rg"
  storage_account_type = "Standard_LRS"
  create_option        = "Empty"
  disk_size_gb         = 1
}
"""
MACHINE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m"
BACKED_UP = f"""
resource "azurerm_recovery_services_vault" "v" {{
  name                = "v"
  location            = "eastus"
  resource_group_name = "rg"
  sku                 = "Standard"
}}
resource "azurerm_backup_protected_vm" "b" {{
  resource_group_name = "rg"
  recovery_vault_name = azurerm_recovery_services_vault.v.name
  source_vm_id        = "{MACHINE}"
}}
"""
ATTACHED = f"""
resource "azurerm_virtual_machine_data_disk_attachment" "a" {{
  managed_disk_id    = azurerm_managed_disk.d.id
  virtual_machine_id = "{MACHINE}"
  lun                = 1
  caching            = "None"
}}
"""
BY_ITS_ID, BY_ITS_MACHINE = "${azurerm_managed_disk.d.id}", MACHINE
SOURCE = COPIES["azurerm_managed_disk"]
TYPE = re.compile(r'type = "[^"]*"')


def body(path: str, text: str) -> Any:
    """A body that says a text at a path."""
    value: Any = text
    for step in reversed(path.split(".")):
        name = step.removesuffix("[]")
        value = {name: [value] if step != name else value}
    return value


def merged(one: Any, other: Any) -> Any:
    """Two bodies as one."""
    if not isinstance(one, dict):
        return one
    return {**one, **{name: merged(one[name], value) if name in one else value for name, value in other.items()}}


def azapi(kind: str, said: Mapping[str, Any], location: str) -> str:
    """What azapi makes, or sends to the machine where a type ends in an action."""
    if kind.startswith("microsoft.compute/virtualmachines/"):
        action = kind.rpartition("/")[2]
        return (
            f'resource "azapi_resource_action" "x" {{\n type = "Microsoft.Compute/virtualMachines@%s"\n resource_id = "{MACHINE}"\n'
            f' action = "{action}"\n method = "POST"\n body = {json.dumps(said)}\n}}\n'
        )
    return (
        f'resource "azapi_resource" "x" {{\n type = "{kind}@%s"\n name = "m"\n parent_id = "/subscriptions/s/resourceGroups/rg"\n'
        f' location = "{location}"\n body = {json.dumps(said)}\n}}\n'
    )


WAYS = {
    **{f"made of a disk: {kind} {path}": azapi(kind, body(path, BY_ITS_ID), "eastus") for kind, paths in SOURCE.items() for path in paths},
    **{f"made of a machine: {kind}": azapi(kind, body(path, BY_ITS_MACHINE), "eastus") + ATTACHED for kind, path in OF_MACHINES.items()},
    **{
        f"holds a disk: {kind} {path}": azapi(kind, body(path, BY_ITS_ID), "westeurope") + BACKED_UP
        for kind, paths in HOLD.items()
        for path in paths
    },
    **{
        f"puts it elsewhere: {kind}": azapi(kind, merged(body(SOURCE[kind][0], BY_ITS_ID), body(path, "eastus")), "westeurope")
        for kind, path in PLACES.items()
    },
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS.keys())
def test_the_version_of_an_api_tells_nothing_of_copies_and_an_untold_type_excuses_none(gate: Callable[..., Judged], text: str) -> None:
    def judge(more: str) -> str:
        return gate(PROVIDERS + DISK + more).outcomes["azurerm_managed_disk.d", "copies-in-allowed-jurisdiction"]

    told, untold = judge(text % "2024-03-01"), judge(text % "${var.untold}")
    assert told in {"fail", "unknown"}
    assert untold == told
    assert judge(TYPE.sub("type = var.untold", text % "")) in {"fail", "unknown"}
