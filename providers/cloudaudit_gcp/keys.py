"""Cloud KMS: keys, and what the stores that use them know of them."""

from __future__ import annotations

import re

import msgspec

from cloudaudit.model import (
    Attr,
    Cipher,
    Encryption,
    KeyHealth,
    KeyOwner,
    KeyState,
    Known,
    Placement,
    Record,
    Related,
    Unknown,
    Why,
    both,
    one_of,
    reader,
)
from cloudaudit.model.defaults import left_out, two_valued
from cloudaudit.model.names import block_of
from cloudaudit.model.partial import sole_placeholder
from cloudaudit_gcp.regions import locate, place_in

RELATED = ("google_kms_crypto_key",)

_RING = "google_kms_key_ring"
_SHORT_RING = re.compile(r"(?:[^/]+/)?([^/]+)/[^/]+")  # "location/ring" and "project/location/ring"
_VERSION = re.compile(r"/cryptoKeyVersions/[^/]*$")
_SECONDS = re.compile(r"([0-9]{1,12})(?:\.[0-9]{1,9})?s")

_STATES = {
    "ENABLED": KeyState.ENABLED,
    "DISABLED": KeyState.DISABLED,
    "DESTROY_SCHEDULED": KeyState.PENDING_DELETION,
    "DESTROYED": KeyState.UNAVAILABLE,
    "PENDING_IMPORT": KeyState.PENDING_IMPORT,
    "PENDING_GENERATION": KeyState.UNAVAILABLE,
    "IMPORT_FAILED": KeyState.UNAVAILABLE,
    "GENERATION_FAILED": KeyState.UNAVAILABLE,
}
_SYMMETRIC = {"ENCRYPT_DECRYPT", "RAW_ENCRYPT_DECRYPT"}
_OTHER_PURPOSES = {"ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT", "MAC", "KEY_ENCAPSULATION"}
_ALGORITHMS = {"GOOGLE_SYMMETRIC_ENCRYPTION": Cipher.AES_256}
_ALGORITHMS |= {
    f"AES_{bits}_{mode}": cipher for bits, cipher in ((128, Cipher.AES_128), (256, Cipher.AES_256)) for mode in ("GCM", "CBC", "CTR")
}
_EXTERNAL = "EXTERNAL_SYMMETRIC_ENCRYPTION"


@reader("google_kms_crypto_key", related=(_RING,))
def key(record: Record, related: Related) -> tuple[KeyHealth, Placement]:
    """A key. It lies where its key ring does.

    Only keys with the purpose ENCRYPT_DECRYPT rotate by themselves, and none whose versions are imported (source: Cloud KMS API,
    CryptoKey.rotationPeriod and importOnly).
    """
    purpose = _purpose_of(record)
    rotatable = both(purpose, record.flag("import_only"), lambda name, imported: name == "ENCRYPT_DECRYPT" and not imported)
    return KeyHealth(_state(record), _cipher(record), _rotation(record), rotatable), Placement(locate(_place(record, related)))


def encryption(reference: Attr[str | None], related: Related) -> Encryption:
    """Data at rest under a key of the customer's, if an attribute names one: AES-256, unless the key says otherwise.

    A key that a Terraform root leaves to others is ELSEWHERE: it is judged where it is declared, or lives.
    Source: Google Cloud, default encryption at rest.
    """
    owner = reference.map(lambda name: KeyOwner.PROVIDER if name is None else KeyOwner.CUSTOMER)
    strong = Known(Cipher.AES_256, reference.origin)
    if isinstance(reference, Known) and reference.value is None:
        return Encryption(strong, owner)
    found = related.target(_versionless(reference), *RELATED)
    if isinstance(found, Unknown):
        doubt = related.outside(found, "the key")
        return Encryption(strong if doubt.why is Why.ELSEWHERE else _whichever(found, strong, related), owner, doubt)
    assert found.value is not None
    cipher = _cipher(found.value).then(_for_data)
    return Encryption(cipher, Known(KeyOwner.CUSTOMER, found.origin), _state(found.value))


def _whichever(found: Unknown[Record | None], strong: Attr[Cipher], related: Related) -> Attr[Cipher]:
    """The cipher under a key that may be one of some that are declared, or Google's own, or another: these encrypt with AES-256.

    What is ignored may be any other by now.
    """
    blocks = {block_of(reference) for reference in found.references}
    may_be = [key for kind in RELATED for key in related.every(kind) if block_of(key.address) in blocks]
    ciphers = [_cipher(key).then(_for_data) for key in may_be]
    return one_of([strong, *ciphers], found.bare) if ciphers and found.why is not Why.IGNORED else found.bare


def _versionless(reference: Attr[str | None]) -> Attr[str | None]:
    """What names the key where a reference names a version of it."""
    told = reference.read_as(lambda name: Known(_VERSION.sub("", name) if name else None))
    if isinstance(told, Unknown) and told.partial is not None:
        text = _VERSION.sub("", told.partial)
        return msgspec.structs.replace(told, partial=text, is_=told.is_ or sole_placeholder(text))
    return told


def _for_data(cipher: Cipher | None) -> Attr[Cipher]:
    return Known(cipher) if cipher is not None else Unknown(Why.UNSUPPORTED, "the key that is named cannot encrypt data at rest")


def _state(record: Record) -> Attr[KeyState]:
    """The state of the primary version; a key that is yet to be made gets one that is enabled, unless it is made without."""
    new: Attr[str] = two_valued(record.flag("skip_initial_version_creation")).then(lambda skipped: _first_version(skipped, record))
    if record.report:
        new = Unknown(Why.UNRESOLVED, "the key names no primary version", record.origin)
    primary: Attr[str | None] = Known(None) if left_out(record, "primary") else record.text("primary.state")
    return primary.or_else(new).then(_state_of)


def _first_version(skipped: bool, record: Record) -> Attr[str]:
    if not skipped:
        return Known("ENABLED", record.origin)
    return Unknown(Why.UNRESOLVED, "the key is made without a version: what makes one primary is not declared", record.origin)


def _state_of(word: str) -> Attr[KeyState]:
    state = _STATES.get(word)
    return Known(state) if state is not None else Unknown(Why.UNSUPPORTED, f'the key state "{word}" is in no table')


def _purpose_of(record: Record) -> Attr[str]:
    """What a key is for: ENCRYPT_DECRYPT where a configuration does not say. What is there has one."""
    unset: Attr[str] = Known("ENCRYPT_DECRYPT", record.origin)
    if record.report:
        unset = Unknown(Why.UNRESOLVED, "the key does not say what it is for", record.origin)
    return record.text("purpose").or_else(unset).then(_purpose)


def _purpose(purpose: str) -> Attr[str]:
    known = purpose in _SYMMETRIC or purpose in _OTHER_PURPOSES
    return Known(purpose) if known else Unknown(Why.UNSUPPORTED, f'the purpose "{purpose}" is in no table')


def _algorithm(record: Record) -> Attr[str | None]:
    return Known(None, record.origin) if left_out(record, "version_template") else record.text("version_template.algorithm")


def _cipher(record: Record) -> Attr[Cipher | None]:
    algorithm = _algorithm(record)
    return _purpose_of(record).then(lambda purpose: algorithm.then(lambda name: _cipher_of(purpose, name)))


def _cipher_of(purpose: str, algorithm: str | None) -> Attr[Cipher | None]:
    if purpose in _OTHER_PURPOSES:
        return Known(None)
    name = algorithm or ("GOOGLE_SYMMETRIC_ENCRYPTION" if purpose == "ENCRYPT_DECRYPT" else "not set")
    if name == _EXTERNAL:
        return Unknown(Why.UNSUPPORTED, "the key is external: its algorithm is known to its key manager only")
    cipher = _ALGORITHMS.get(name)
    return Known(cipher) if cipher is not None else Unknown(Why.UNSUPPORTED, f'the algorithm "{name}" is in no table')


def _rotation(record: Record) -> Attr[float | None]:
    algorithm = _algorithm(record)
    return record.text("rotation_period").then(_days).then(lambda days: Known(days) if days is not None else algorithm.then(_unset))


def _unset(algorithm: str | None) -> Attr[float | None]:
    if algorithm == _EXTERNAL:
        return Unknown(Why.UNSUPPORTED, "the key is external: whether it rotates is known to its key manager only")
    return Known(None)


def _days(period: str | None) -> Attr[float | None]:
    if period is None:
        return Known(None)
    match = _SECONDS.fullmatch(period)
    if match is None or int(match[1]) == 0:
        return Unknown(Why.UNSUPPORTED, f'the rotation period "{period[:40]}" is no number of seconds')
    return Known(int(match[1]) / 86400)


def _place(record: Record, related: Related) -> Attr[str | None]:
    """The location of the key ring: as its id says, or as it is declared."""
    reference = record.text("key_ring")
    ring = related.target(reference, _RING)
    if isinstance(ring, Known) and ring.value is not None:
        return ring.value.text("location")
    named = place_in(reference)
    return Known(named, reference.origin) if named else reference.then(_place_of_short_name)


def _place_of_short_name(ring: str | None) -> Attr[str | None]:
    match = _SHORT_RING.fullmatch(ring or "")
    return Known(match[1]) if match else Unknown(Why.UNSUPPORTED, f'the key ring "{ring or ""}" names no location')
