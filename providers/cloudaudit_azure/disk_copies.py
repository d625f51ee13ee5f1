"""Where the copies of managed disks live: other disks, snapshots, images, replicas for disasters."""

from __future__ import annotations

from collections.abc import Mapping

from cloudaudit.model import Attr, Known, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, Maker, made_of, together
from cloudaudit_azure import azapi
from cloudaudit_azure.regions import locate, region_of

DISK, SNAPSHOT = "azurerm_managed_disk", "azurerm_snapshot"

_IMAGE, _IMAGE_VERSION = "azurerm_image", "azurerm_shared_image_version"
_REPLICATED, _FABRIC = "azurerm_site_recovery_replicated_vm", "azurerm_site_recovery_fabric"

MADE_OF_DISKS = (DISK, SNAPSHOT, _IMAGE, _IMAGE_VERSION, _REPLICATED, _FABRIC, *azapi.TYPES)


def copies(record: Record, related: Related) -> Copies:
    """The copies of a disk or a snapshot that the configuration makes. Source: azurerm, documentation of these types."""
    return together(made_of(record, _MAKERS, related), azapi.copies(record, related))


def _home(other: Record, _related: Related) -> Copies:
    return Known((locate(region_of(other)),))


def _in_gallery(version: Record, related: Related) -> Copies:
    """An image version lies in each of its target regions."""
    regions = version.blocks("target_region")
    told: Copies = regions.bare if isinstance(regions, Unknown) else Known(tuple(locate(one.text("name")) for one in regions.value))
    return together(_home(version, related), told)


def _replica(rule: Record, related: Related) -> Copies:
    """Site Recovery keeps a replica of each disk in the region of the target fabric."""
    fabric = related.target(rule.text("target_recovery_fabric_id"), _FABRIC)
    nowhere: Attr[str | None] = Unknown(Why.UNRESOLVED, f"{rule.address} names no target fabric", rule.origin)
    return Known((locate(fabric.then(lambda found: region_of(found) if found is not None else nowhere)),))


_OF_EITHER = (
    Maker(DISK, ("source_resource_id", "source_uri"), _home),
    Maker(SNAPSHOT, ("source_resource_id", "source_uri"), _home),
)
_MAKERS: Mapping[str, tuple[Maker, ...]] = {
    DISK: (
        *_OF_EITHER,
        Maker(_IMAGE, ("os_disk[].managed_disk_id", "data_disk[].managed_disk_id"), _home, judged=False),
        Maker(_REPLICATED, ("managed_disk[].disk_id",), _replica),
    ),
    SNAPSHOT: (*_OF_EITHER, Maker(_IMAGE_VERSION, ("os_disk_snapshot_id",), _in_gallery, judged=False)),
    _IMAGE: (Maker(_IMAGE_VERSION, ("managed_image_id",), _in_gallery, judged=False),),
    _IMAGE_VERSION: (Maker(DISK, ("gallery_image_reference_id",), _home),),
}
