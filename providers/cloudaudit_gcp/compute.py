"""Compute Engine: disks."""

from __future__ import annotations

from cloudaudit.model import Attr, Encryption, KeyOwner, Known, Placement, Record, Related, Unknown, Why, reader
from cloudaudit_gcp import keys
from cloudaudit_gcp.regions import placement

_AES_256_SINCE = "2015-07-01"
"""Some disks made before were encrypted with AES-128. Source: Google, "Default encryption at rest"."""

_KEY = "disk_encryption_key"
_KMS_KEY = {"google_compute_disk": "kms_key_self_link", "google_compute_region_disk": "kms_key_name"}


@reader(*_KMS_KEY, related=keys.RELATED)
def disk(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A disk: encrypted with AES-256 under Google's key, one of the customer's, or one that the customer supplies with each call."""
    stored = keys.encryption(record.text(f"{_KEY}.{_KMS_KEY[record.type]}"), related)
    owner = _supplied(record, "raw_key", _supplied(record, "rsa_encrypted_key", stored.key_owner))
    cipher = stored.cipher
    created = record.text("creation_timestamp")
    if isinstance(created, Known) and created.value is not None and created.value < _AES_256_SINCE:
        cipher = Unknown(Why.UNRESOLVED, "the disk is from before July 2015, when some were encrypted with AES-128", created.origin)
    return Encryption(cipher, owner, stored.key_state), placement(record)


def _supplied(record: Record, name: str, otherwise: Attr[KeyOwner]) -> Attr[KeyOwner]:
    """The customer, where a key of theirs is given; what it is stays where it was read."""
    return record.at(f"{_KEY}.{name}").then(lambda secret: Known(KeyOwner.CUSTOMER) if secret else otherwise)
