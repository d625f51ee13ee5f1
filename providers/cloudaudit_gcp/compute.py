"""Compute Engine: disks."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Attr, Encryption, KeyOwner, Known, Placement, Record, Related, Unknown, Why, reader
from cloudaudit_gcp import keys
from cloudaudit_gcp.regions import placement

_AES_256_SINCE = "2015-07-01"
"""Some disks made before were encrypted with AES-128. Source: Google, "Default encryption at rest"."""

_KEY = "disk_encryption_key"


@reader("google_compute_disk", "google_compute_region_disk", related=keys.RELATED)
def disk(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A disk: encrypted with AES-256 under Google's key, one of the customer's, or one that the customer supplies with each call."""
    stored = keys.encryption(record.text(f"{_KEY}.kms_key_self_link").or_else(record.text(f"{_KEY}.kms_key_name")), related)
    if any(_is_set(record.at(f"{_KEY}.{name}")) for name in ("raw_key", "rsa_encrypted_key")):
        stored = Encryption(stored.cipher, Known(KeyOwner.CUSTOMER, record.origin_of(_KEY)))
    created = record.text("creation_timestamp")
    if isinstance(created, Known) and created.value is not None and created.value < _AES_256_SINCE:
        old = Unknown(Why.UNRESOLVED, "the disk is from before July 2015, when some were encrypted with AES-128", created.origin)
        stored = Encryption(old, stored.key_owner, stored.key_state)
    return stored, placement(record)


def _is_set(secret: Attr[Any]) -> bool:
    """Whether there is a key; what it is stays where it was read."""
    return isinstance(secret, Known) and bool(secret.value)
