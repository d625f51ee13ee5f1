"""Which facts a resource of Azure Resource Manager sets, by the azurerm type that declares the same.

Of each azurerm type the first entry is its own type; the others are of parts of it, or of the part of one name (after a colon). Per
type: the path in the body, "" for any body, and the fields of facets. Source: Azure template reference.
"""

from __future__ import annotations

from collections.abc import Mapping

_KEY = ("key_owner", "key_state")
_SERVER = "microsoft.sql/servers"
_DATABASE = f"{_SERVER}/databases"
_POSTGRESQL = "microsoft.dbforpostgresql/flexibleservers"
_ACCOUNT = "microsoft.storage/storageaccounts"
_GROUP = "microsoft.network/networksecuritygroups"

DATABASE_COPIES = "databases.copies"
"""Of a server: where its databases are copied to."""

FACTS: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "azurerm_storage_account": {
        _ACCOUNT: {
            "properties.minimumtlsversion": ("minimum_version",),
            "properties.supportshttpstrafficonly": ("plaintext",),
            "properties.isnfsv3enabled": ("plaintext",),
            "properties.customdomain": ("plaintext",),
            "properties.encryption": _KEY,
            "sku": ("copies",),
        },
        f"{_ACCOUNT}/objectreplicationpolicies": {"": ("copies",)},
    },
    "azurerm_mssql_server": {
        _SERVER: {"properties.minimaltlsversion": ("minimum_version",), "properties.keyid": _KEY},
        f"{_SERVER}/encryptionprotector": {"": _KEY},
        f"{_SERVER}/failovergroups": {"": (DATABASE_COPIES,)},
    },
    "azurerm_mssql_database": {
        _DATABASE: {
            "properties.requestedbackupstorageredundancy": ("copies",),
            "properties.encryptionprotector": _KEY,
            "properties.encryptionprotectorautorotation": _KEY,
            "properties.createmode": ("copies",),
        },
        f"{_DATABASE}/transparentdataencryption": {"": ("cipher",)},
        f"{_DATABASE}/encryptionprotector": {"": _KEY},
        f"{_DATABASE}/backupshorttermretentionpolicies": {"": ("retention_days",)},
        f"{_DATABASE}/backuplongtermretentionpolicies": {"": ("apart_days",)},
        f"{_DATABASE}/geobackuppolicies": {"": ("copies",)},
        f"{_DATABASE}/replicationlinks": {"": ("copies",)},
    },
    "azurerm_postgresql_flexible_server": {
        _POSTGRESQL: {
            "properties.backup.backupretentiondays": ("retention_days",),
            "properties.backup.georedundantbackup": ("copies",),
            "properties.dataencryption": _KEY,
        },
        f"{_POSTGRESQL}/configurations:require_secure_transport": {"": ("plaintext",)},
        f"{_POSTGRESQL}/configurations:ssl_min_protocol_version": {"": ("minimum_version",)},
    },
    "azurerm_managed_disk": {"microsoft.compute/disks": {"properties.encryption": _KEY, "properties.encryptionsettingscollection": _KEY}},
    "azurerm_snapshot": {"microsoft.compute/snapshots": {"properties.encryption": _KEY, "properties.encryptionsettingscollection": _KEY}},
    "azurerm_disk_encryption_set": {"microsoft.compute/diskencryptionsets": {"properties.activekey": _KEY}},
    "azurerm_key_vault_key": {
        "microsoft.keyvault/vaults/keys": {
            "properties.attributes": ("state",),
            "properties.rotationpolicy": ("rotation_days",),
            "properties.kty": ("cipher",),
            "properties.keysize": ("cipher",),
        },
    },
    "azurerm_network_security_group": {
        _GROUP: {"properties.securityrules": ("rules",)},
        f"{_GROUP}/securityrules": {"": ("rules",)},
    },
}

PARTS: Mapping[str, Mapping[str, str]] = {
    "azurerm_storage_account": {"azurerm_storage_account_customer_managed_key": "storage_account_id"},
    "azurerm_mssql_server": {"azurerm_mssql_server_transparent_data_encryption": "server_id", "azurerm_mssql_failover_group": "server_id"},
    "azurerm_postgresql_flexible_server": {"azurerm_postgresql_flexible_server_configuration": "server_id"},
    "azurerm_network_security_group": {"azurerm_network_security_rule": "network_security_group_name"},
}
"""The types that declare a part of another, and by which attribute they name it."""

GROUP = "resource_group_name"

WITHIN: Mapping[str, str | None] = {
    "azurerm_storage_account": None,
    "azurerm_mssql_server": None,
    "azurerm_mssql_database": "server_id",
    "azurerm_postgresql_flexible_server": None,
    "azurerm_managed_disk": GROUP,
    "azurerm_snapshot": GROUP,
    "azurerm_disk_encryption_set": GROUP,
    "azurerm_key_vault_key": "key_vault_id",
    "azurerm_network_security_group": GROUP,
}
"""By which attribute each type says within what its name is unique; None if that is the whole cloud.

Source: Microsoft, naming rules and restrictions for Azure resources (scope).
"""

_CREATED = ("properties.creationdata.sourceresourceid", "properties.creationdata.sourceuri")

_IN_IMAGE = ("osdisk", "datadisks[]")
_IN_VERSION = "properties.storageprofile"
_VERSIONS = "microsoft.compute/galleries/images/versions"
_VERSION_OF = tuple(f"{_IN_VERSION}.{part}source.id" for part in ("", "osdiskimage.", "datadiskimages[]."))
_OF_DISKS = {"microsoft.compute/disks": _CREATED, "microsoft.compute/snapshots": _CREATED, _VERSIONS: _VERSION_OF}
_REPLICATED = "microsoft.recoveryservices/vaults/replicationfabrics/replicationprotectioncontainers/replicationprotecteditems"
_PROTECTED = "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"

BACKUPS = "microsoft.dataprotection/backupvaults/backupinstances"
_MACHINE = "microsoft.compute/virtualmachines"
_OF_IMAGES = {
    "microsoft.compute/disks": ("properties.creationdata.imagereference.id", "properties.creationdata.galleryimagereference.id"),
    _MACHINE: ("properties.storageprofile.imagereference.id",),
    "microsoft.compute/virtualmachinescalesets": ("properties.virtualmachineprofile.storageprofile.imagereference.id",),
    _VERSIONS: _VERSION_OF,
}
_OF_BACKUPS = {BACKUPS: ("properties.datasourceinfo.resourceid", "properties.datasourcesetinfo.resourceid")}

COPIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "azurerm_storage_account": {
        f"{_ACCOUNT}/objectreplicationpolicies": ("properties.sourceaccount",),
        _PROTECTED: ("properties.sourceresourceid",),
        **_OF_BACKUPS,
    },
    "azurerm_mssql_database": {
        _DATABASE: ("properties.sourcedatabaseid", "properties.sourceresourceid", "properties.recoverabledatabaseid"),
    },
    "azurerm_postgresql_flexible_server": {_POSTGRESQL: ("properties.sourceserverresourceid",), **_OF_BACKUPS},
    "azurerm_managed_disk": {
        **_OF_DISKS,
        "microsoft.compute/images": tuple(f"properties.storageprofile.{part}.manageddisk.id" for part in _IN_IMAGE),
        _REPLICATED: ("properties.providerspecificdetails.vmmanageddisks[].diskid",),
    },
    "azurerm_snapshot": {
        **_OF_DISKS,
        "microsoft.compute/images": tuple(f"properties.storageprofile.{part}.snapshot.id" for part in _IN_IMAGE),
    },
    "azurerm_image": _OF_IMAGES,
    "azurerm_shared_image_version": _OF_IMAGES,
}
"""By which paths of their bodies resources name what they are copies of, by the azurerm type that declares that.

Of a list, each element counts (`[]`).
"""

OF_MACHINES = {
    "microsoft.compute/images": "properties.sourcevirtualmachine.id",
    _VERSIONS: f"{_IN_VERSION}.source.virtualmachineid",
    _PROTECTED: "properties.sourceresourceid",
    _REPLICATED: "properties.providerspecificdetails.fabricobjectid",
    "microsoft.compute/restorepointcollections": "properties.source.id",
}
"""By which path what is made of machines names them."""

HOLD = {
    _MACHINE: ("properties.storageprofile.osdisk.manageddisk.id", "properties.storageprofile.datadisks[].manageddisk.id"),
    f"{_MACHINE}/attachdetachdatadisks": ("datadiskstoattach[].diskid",),
}
"""By which paths machines, and what attaches disks to them, name these."""

PLACES = {_VERSIONS: "properties.publishingprofile.targetregions[].name"}
"""By which path a type tells where else it is put, beside its own location."""
