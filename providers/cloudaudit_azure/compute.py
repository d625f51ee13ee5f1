"""Managed disks and their snapshots."""

from __future__ import annotations

from cloudaudit.model import (
    Cipher,
    Doubt,
    Encryption,
    KeyOwner,
    KeyState,
    Known,
    Placement,
    Record,
    Related,
    Unknown,
    Why,
    reader,
)
from cloudaudit.model.defaults import left_out
from cloudaudit_azure import azapi, keys
from cloudaudit_azure.disk_copies import DISK, MADE_OF_DISKS, SNAPSHOT, UNJUDGED, copies
from cloudaudit_azure.regions import placement

_SETTINGS = "encryption_settings"
_RELATED = ("azurerm_disk_encryption_set", *keys.RELATED)


@reader(DISK, related=(*MADE_OF_DISKS, *_RELATED), unjudged=UNJUDGED)
def disk(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A disk: always encrypted with AES-256, under Microsoft's key or that of a disk encryption set."""
    return Encryption(Known(Cipher.AES_256, record.origin), *_key(record, related)), placement(record, copies(record, related))


@reader(SNAPSHOT, related=(*MADE_OF_DISKS, *_RELATED), unjudged=UNJUDGED)
@azapi.unless_changed
def snapshot(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A snapshot: encrypted with AES-256, under the key of the disk that it was taken of."""
    found = _wrapped(record, related, _source_key(record, related))
    return Encryption(Known(Cipher.AES_256, record.origin), *found), placement(record, copies(record, related))


def _source_key(record: Record, related: Related, made_of: tuple[str, ...] = ()) -> keys.Key:
    """The key of the disk, or of the snapshot, that a snapshot was taken of. `source_uri` may name one too."""
    named = record.text("source_resource_id").or_else(record.text("source_uri"))
    source = related.target(named, DISK, SNAPSHOT)
    if isinstance(source, Known) and source.value is not None and source.value.address not in made_of:
        chain = (*made_of, record.address)
        return _key(source.value, related) if source.value.type == DISK else _source_key(source.value, related, chain)
    missing = source.bare if isinstance(source, Unknown) else Unknown(Why.ELSEWHERE, "the disk", source.origin)
    doubt = related.outside(missing, "the disk that the snapshot was taken of")
    return doubt, doubt


def _key(record: Record, related: Related) -> keys.Key:
    return _wrapped(record, related, keys.unless_changed(record, related, _set_key(record, related)))


def _wrapped(record: Record, related: Related, found: keys.Key) -> keys.Key:
    """The key of a disk, and that which wraps the secret of Azure Disk Encryption, if the machine encrypts it too."""
    if left_out(record, _SETTINGS):
        return found
    return keys.also_used(found, record.text(f"{_SETTINGS}.key_encryption_key.key_url"), related)


def _set_key(record: Record, related: Related) -> keys.Key:
    reference = record.text("disk_encryption_set_id").or_else(record.text("secure_vm_disk_encryption_set_id"))
    found = related.target(reference, "azurerm_disk_encryption_set")
    if isinstance(found, Known):
        chosen = found.value
        if chosen is None:
            return Known(KeyOwner.PROVIDER, found.origin), Known(KeyState.ENABLED, found.origin)
        unnamed: Doubt = Unknown(Why.UNSUPPORTED, "the disk encryption set names no key", chosen.origin)
        named = chosen.text("key_vault_key_id").or_else(chosen.text("managed_hsm_key_id", since=4)).or_else(unnamed)
        return keys.unless_changed(chosen, related, keys.key_used(named, related))
    owner = reference.map(lambda name: KeyOwner.PROVIDER if name is None else KeyOwner.CUSTOMER)
    return owner, related.outside(found, "the disk encryption set")
