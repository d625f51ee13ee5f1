"""Where backup vaults keep the backups that they make of machines, file shares and blobs."""

from __future__ import annotations

from collections.abc import Iterator

from cloudaudit.model import Attr, Doubt, Known, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, Maker, either, perhaps, together
from cloudaudit.model.names import spellings
from cloudaudit.model.partial import NAMELESS, may_equal
from cloudaudit_azure.identity import in_one_group
from cloudaudit_azure.regions import locate, paired, region_of

MACHINES, ATTACHED = "azurerm_backup_protected_vm", "azurerm_virtual_machine_data_disk_attachment"

_VAULT, _SHARES, _SHARE_POLICY = (
    "azurerm_recovery_services_vault",
    "azurerm_backup_protected_file_share",
    "azurerm_backup_policy_file_share",
)
_BLOBS, _BLOB_VAULT = "azurerm_data_protection_backup_instance_blob_storage", "azurerm_data_protection_backup_vault"
_GEO, _IN_VAULT = "GeoRedundant", "vault-standard"

OF_DISKS = (MACHINES, ATTACHED)
OF_ACCOUNTS = (_SHARES, _SHARE_POLICY, _BLOBS, _BLOB_VAULT)
UNJUDGED = (_VAULT,)
"""What holds backups, and is judged with what it keeps alone."""


def of_machine(backup: Record, disk: Record, related: Related) -> Copies:
    """Where the backup of a machine keeps a disk of it, if it does: some name the disks that they take, or leave out."""
    kept = _kept(_vault_named(backup, related), "storage_mode_type", region_of(disk))
    places = perhaps(kept, _selection(backup))
    return perhaps(places, backup.presence)


def _selection(backup: Record) -> Doubt | None:
    for name in ("exclude_disk_luns", "include_disk_luns"):
        told = backup.elements(name)
        if told != Known(()):
            return Unknown(Why.UNRESOLVED, f"{backup.address} takes some disks only, by {name}", backup.origin)
    return None


def _kept(vault: Attr[Record | None], redundancy: str, home: Attr[str | None]) -> Copies:
    """In the vault's region, and in the pair of that if the vault is geo-redundant, as it is unless it says otherwise.

    A vault that is not declared here lies where what it keeps does, and either may be. Source: Microsoft, support matrix for Azure Backup
    (sources of the vault's region); azurerm, `storage_mode_type`.
    """
    if isinstance(vault, Unknown) and vault.possible:
        return either((_kept(Known(one), redundancy, home) for one in vault.possible), vault.bare)
    here = vault.value if isinstance(vault, Known) else None
    region = region_of(here) if here is not None else home
    unsure: Unknown[str | None] = Unknown(
        Why.UNRESOLVED, "whether the vault is geo-redundant is not told", possible=(_GEO, "LocallyRedundant")
    )
    told = here.text(redundancy) if here is not None else unsure
    pair: Copies = told.then(lambda kind: paired(region) if (kind or _GEO) == _GEO else Known(()))
    return together(Known((locate(region),)), pair)


def _vault_named(backup: Record, related: Related) -> Attr[Record | None]:
    """The vault of which a backup tells the name, which is unique in a resource group only; or those that it may be."""
    name = backup.text("recovery_vault_name")
    named = related.bearers(name, _VAULT)
    same = {vault: in_one_group(backup, vault) for vault in (*named, *_perhaps_named(name, related))}
    found = next((vault for vault in named if same[vault] == Known(value=True)), None)
    unsure = [vault for vault, shared in same.items() if shared != Known(value=False)]
    if found is not None:
        return Known(found)
    if unsure:
        detail = f"{backup.address} may name {unsure[0].address}"
        return Unknown(Why.UNRESOLVED, detail, backup.origin, possible=(*unsure, None))
    return Unknown(Why.ELSEWHERE, "the vault is not declared here", name.origin)


def _perhaps_named(name: Attr[str | None], related: Related) -> Iterator[Record]:
    """The vaults that may have a name, of which or of theirs a part is not told."""
    text = (name.value or "") if isinstance(name, Known) else name.partial or NAMELESS
    for vault in related.every(_VAULT):
        if any(may_equal(text.lower(), spelled) for spelled in spellings(vault)):
            yield vault


def _of_share(share: Record, related: Related) -> Copies:
    """Snapshots stay in the account; what the vault tier keeps lies in the vault. Source: Microsoft, about Azure Files backup."""
    policy = related.target(share.text("backup_policy_id"), _SHARE_POLICY)
    tiers: Unknown[str | None] = Unknown(Why.UNRESOLVED, "which tier the backups go to is not told", possible=(None, _IN_VAULT))
    tier = policy.value.text("backup_tier", since=5) if isinstance(policy, Known) and policy.value is not None else tiers
    account = related.target(share.text("source_storage_account_id"), "azurerm_storage_account")
    nowhere: Doubt = Unknown(Why.UNRESOLVED, f"{share.address} names no account that is declared here", share.origin)
    home = region_of(account.value) if isinstance(account, Known) and account.value is not None else nowhere
    return tier.then(lambda kind: _kept(_vault_named(share, related), "storage_mode_type", home) if kind == _IN_VAULT else Known(()))


def _of_blobs(backup: Record, related: Related) -> Copies:
    """Where a Backup vault keeps blobs: those of containers that are named; others are restored from the account itself.

    Source: Microsoft, overview of Azure Blob backup (operational and vaulted).
    """
    if backup.elements("storage_account_container_names") == Known(()):
        return Known(())
    vault = related.target(backup.text("vault_id"), _BLOB_VAULT)
    if isinstance(vault, Unknown) or vault.value is None:
        return Known((Unknown(Why.UNRESOLVED, f"{backup.address} keeps blobs in a vault that is not declared here", backup.origin),))
    return _kept(vault, "redundancy", region_of(vault.value))


ACCOUNTS = (Maker(_BLOBS, ("storage_account_id",), _of_blobs), Maker(_SHARES, ("source_storage_account_id",), _of_share))
