"""What azurerm makes of a resource azapi can make, too: each way that the one copies a resource is one that the other is asked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cloudaudit.model.copies import Maker
from cloudaudit_azure import disk_copies, sql, vaults
from cloudaudit_azure.azapi_types import COPIES

ARM = {
    "azurerm_data_protection_backup_instance_blob_storage": "microsoft.dataprotection/backupvaults/backupinstances",
    "azurerm_backup_protected_file_share": "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
    "azurerm_image": "microsoft.compute/images",
    "azurerm_managed_disk": "microsoft.compute/disks",
    "azurerm_mssql_database": "microsoft.sql/servers/databases",
    "azurerm_postgresql_flexible_server": "microsoft.dbforpostgresql/flexibleservers",
    "azurerm_shared_image_version": "microsoft.compute/galleries/images/versions",
    "azurerm_site_recovery_replicated_vm": "microsoft.recoveryservices/vaults/replicationfabrics/replicationprotectioncontainers"
    "/replicationprotecteditems",
    "azurerm_snapshot": "microsoft.compute/snapshots",
    **{
        f"azurerm_{kind}virtual_machine{several}": f"microsoft.compute/virtualmachine{arm}"
        for several, arm in (("", "s"), ("_scale_set", "scalesets"))
        for kind in ("", "linux_", "windows_", "orchestrated_")
    },
}
"""The types of Azure Resource Manager that azurerm's types declare. Source: Azure template reference."""

MAKERS: Mapping[str, tuple[Maker, ...]] = {
    **{kind: makers for kind, makers in disk_copies._MAKERS.items() if kind in COPIES},
    "azurerm_storage_account": vaults.ACCOUNTS,
    "azurerm_mssql_database": (sql._DATABASES,),
    "azurerm_postgresql_flexible_server": (sql._REPLICAS,),
}


@pytest.mark.parametrize(("kind", "maker"), sorted((kind, one.kind) for kind, makers in MAKERS.items() for one in makers))
def test_what_azurerm_makes_of_a_resource_azapi_makes_too(kind: str, maker: str) -> None:
    assert ARM[maker] in COPIES[kind]


def test_every_type_of_which_azapi_makes_copies_is_compared() -> None:
    assert MAKERS.keys() == COPIES.keys()
