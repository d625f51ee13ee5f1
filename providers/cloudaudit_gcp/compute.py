"""Compute Engine: disks."""

from __future__ import annotations

from typing import TypeVar

from cloudaudit.model import Attr, Encryption, KeyOwner, KeyState, Known, Placement, Record, Related, Unknown, Why, reader
from cloudaudit_gcp import keys
from cloudaudit_gcp.disk_copies import DISKS, MADE_OF_DISKS, UNJUDGED, copies
from cloudaudit_gcp.regions import placement

T = TypeVar("T")

_AES_256_SINCE = "2015-07-01"
"""Some disks made before were encrypted with AES-128. Source: Google, "Default encryption at rest"."""

_KEY = "disk_encryption_key"
_KMS_KEY = {"google_compute_disk": "kms_key_self_link", "google_compute_region_disk": "kms_key_name"}
_SUPPLIED = ("rsa_encrypted_key", "raw_key")
_SUPPLIED_UNSEEN = tuple(f"{name}{part}" for name in _SUPPLIED for part in ("_wo", "_wo_version"))
"""Write-only: a report holds the version alone."""


@reader(*DISKS, related=(*MADE_OF_DISKS, *keys.RELATED), unjudged=UNJUDGED)
def disk(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A disk: encrypted with AES-256 under Google's key, one of the customer's, or one that the customer supplies with each call."""
    named = record.text(f"{_KEY}.{_KMS_KEY[record.type]}")
    stored, unnamed = keys.encryption(named, related), named == Known(None)
    held: Attr[KeyState] = Unknown(Why.ELSEWHERE, "the customer holds the key and supplies it with each call", record.origin_of(_KEY))
    owner: Attr[KeyOwner] = _supplied(record, unnamed, Known(KeyOwner.CUSTOMER), stored.key_owner)
    state: Attr[KeyState] = _supplied(record, unnamed, held, stored.key_state)
    cipher = stored.cipher
    created = record.text("creation_timestamp")
    if isinstance(created, Known) and created.value is not None and created.value < _AES_256_SINCE:
        cipher = Unknown(Why.UNRESOLVED, "the disk is from before July 2015, when some were encrypted with AES-128", created.origin)
    return Encryption(cipher, owner, state), placement(record, copies(record, related))


def _supplied(record: Record, unnamed: bool, given: Attr[T], otherwise: Attr[T]) -> Attr[T]:
    """What holds where the customer supplies a key, and where not; what the key is stays where it was read.

    Of a disk that is there and names no key of KMS the cloud tells the hash of a key that is supplied (source: Compute Engine API,
    CustomerEncryptionKey.sha256).
    """
    told = [record.at(f"{_KEY}.{name}") for name in (*_SUPPLIED, *(("sha256",) if record.report and unnamed else ()))]
    for secret in (*told, *(record.at(f"{_KEY}.{name}", since=8) for name in _SUPPLIED_UNSEEN)):
        otherwise = _either(secret, given, otherwise)
    return otherwise


def _either(secret: Attr[object], given: Attr[T], otherwise: Attr[T]) -> Attr[T]:
    return secret.then(lambda value: given if value else otherwise)
