"""Where the copies of managed disks live: other disks, snapshots, images, replicas for disasters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from cloudaudit.model import Attr, Known, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, Maker, Places, made_of, perhaps, together
from cloudaudit.model.holders import Having, holders
from cloudaudit.model.names import is_written_id, tail
from cloudaudit.model.texts import same_text
from cloudaudit_azure import azapi_copies, azapi_said, vaults
from cloudaudit_azure.regions import locate, region_of

DISK, SNAPSHOT = "azurerm_managed_disk", "azurerm_snapshot"

_IMAGE, _IMAGE_VERSION = "azurerm_image", "azurerm_shared_image_version"
_REPLICATED, _FABRIC = "azurerm_site_recovery_replicated_vm", "azurerm_site_recovery_fabric"

_PLATFORM = "data.azurerm_platform_image."

_MACHINES = {
    "azurerm_virtual_machine": "storage_image_reference.id",
    "azurerm_linux_virtual_machine": "source_image_id",
    "azurerm_windows_virtual_machine": "source_image_id",
    "azurerm_linux_virtual_machine_scale_set": "source_image_id",
    "azurerm_windows_virtual_machine_scale_set": "source_image_id",
    "azurerm_orchestrated_virtual_machine_scale_set": "source_image_id",
}
"""Machines, whose disks are made with them, and by what they name the image that these are made of."""


def _is_one(one: Attr[str | None], other: Attr[str | None]) -> bool:
    """Whether two ids, or an id and a name, may be of one machine: those that are not known rest on the same."""
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        return bool(set(one.references) & set(other.references))
    if isinstance(one, Known) and isinstance(other, Known) and one.value and other.value and not is_written_id(other.value):
        return tail(one.value) == other.value.lower()
    return one != Known(None) and same_text(one, other) == Known(value=True)


_HAVE = {
    "azurerm_virtual_machine": ("storage_os_disk.managed_disk_id", "storage_data_disk[].managed_disk_id"),
    "azurerm_linux_virtual_machine": ("os_managed_disk_id",),
    "azurerm_windows_virtual_machine": ("os_managed_disk_id",),
}
_HAVING = Having({kind: _HAVE.get(kind, ()) for kind in _MACHINES}, {vaults.ATTACHED: ("managed_disk_id", "virtual_machine_id")}, _is_one)

MADE_OF_DISKS = (DISK, SNAPSHOT, _REPLICATED, _FABRIC, *vaults.OF_DISKS, *azapi_said.TYPES)
UNJUDGED = (_IMAGE, _IMAGE_VERSION, *_MACHINES, *vaults.UNJUDGED)
"""What holds the data of disks, and is judged with these alone."""


def copies(record: Record, related: Related) -> Copies:
    """The copies of a disk or a snapshot that the configuration makes.

    Source: azurerm, documentation of these types (managed_image_id may be a machine); Azure REST API, ImageDiskReference.id (an image of
    the platform, the user or a gallery), GalleryArtifactVersionFullSource.id (a disk, a snapshot, an image).
    """
    return together(made_of(record, _MAKERS, related), azapi_copies.copies(record, related), *_of_machines(record, related))


def _of_machines(record: Record, related: Related) -> Iterator[Copies]:
    """The images and the backups of a machine that has the disk, as far as that can be traced."""
    made = list(_made_of_machines(record, related))
    if not made:
        return
    having = holders(record, related, _HAVING, dict(azapi_copies.machines(record, related)))
    for named, places in made:
        held = having.are(named, related.target(named, DISK, *_MACHINES))
        if held != Known(value=False):
            yield perhaps(places(), held.bare if isinstance(held, Unknown) else None)


def _made_of_machines(disk: Record, related: Related) -> Iterator[tuple[Attr[str | None], Callable[[], Copies]]]:
    """What is made of machines: by what it names its own, and where it keeps a disk of that."""
    for other in related.every(vaults.MACHINES):
        yield other.text("source_vm_id"), partial(vaults.of_machine, other, disk, related)
    for kind, (by, place) in _IMAGES.items():
        for image in related.every(kind):
            yield image.text(by), partial(_of_image, image, place, related)
    for named, other in azapi_copies.of_machines(related):
        yield named, partial(azapi_copies.places, other)


def _of_image(image: Record, place: Places, related: Related) -> Copies:
    return together(place(image, related), made_of(image, _MAKERS, related))


def _home(other: Record, _related: Related) -> Copies:
    return Known((locate(region_of(other)),))


def _image_home(image: Record, related: Related) -> Copies:
    """Where an image lies, and what azapi makes of it: nobody judges an image by itself."""
    return together(_home(image, related), azapi_copies.copies(image, related))


def _in_gallery(version: Record, related: Related) -> Copies:
    """An image version lies in each of its target regions."""
    regions = version.blocks("target_region")
    told: Copies = regions.bare if isinstance(regions, Unknown) else Known(tuple(locate(one.text("name")) for one in regions.value))
    return together(_image_home(version, related), told)


_IMAGES: Mapping[str, tuple[str, Places]] = {
    _IMAGE: ("source_virtual_machine_id", _image_home),
    _IMAGE_VERSION: ("managed_image_id", _in_gallery),
}
"""Images of machines: by what they name them, and where they lie."""


def _replica(rule: Record, related: Related) -> Copies:
    """Site Recovery keeps a replica of each disk in the region of the target fabric."""
    fabric = related.target(rule.text("target_recovery_fabric_id"), _FABRIC)
    nowhere: Attr[str | None] = Unknown(Why.UNRESOLVED, f"{rule.address} names no target fabric", rule.origin)
    return Known((locate(fabric.then(lambda found: region_of(found) if found is not None else nowhere)),))


def _of_no_platform(disk: Record) -> bool:
    """Whether a disk may be made of an image of somebody's own."""
    image = disk.text("image_reference_id")
    return isinstance(image, Known) or not image.references or not all(_PLATFORM in one for one in image.references)


_OF_IMAGE = (
    Maker(DISK, ("image_reference_id",), _home, among=_of_no_platform),
    *(Maker(kind, (by,), _home) for kind, by in _MACHINES.items()),
)
_OF_EITHER = (
    Maker(DISK, ("source_resource_id", "source_uri"), _home),
    Maker(SNAPSHOT, ("source_resource_id", "source_uri"), _home),
)
_MAKERS: Mapping[str, tuple[Maker, ...]] = {
    DISK: (
        *_OF_EITHER,
        Maker(_IMAGE_VERSION, ("os_disk_snapshot_id",), _in_gallery, judged=False),
        Maker(_IMAGE, ("os_disk[].managed_disk_id", "data_disk[].managed_disk_id"), _image_home, judged=False),
        Maker(_REPLICATED, ("managed_disk[].disk_id",), _replica),
    ),
    SNAPSHOT: (*_OF_EITHER, Maker(_IMAGE_VERSION, ("os_disk_snapshot_id",), _in_gallery, judged=False)),
    _IMAGE: (Maker(_IMAGE_VERSION, ("managed_image_id",), _in_gallery, judged=False), *_OF_IMAGE),
    _IMAGE_VERSION: (Maker(DISK, ("gallery_image_reference_id",), _home), *_OF_IMAGE),
}
