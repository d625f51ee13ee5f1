"""Key Vault: keys, and what the stores that use them know of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from cloudaudit.model import (
    Attr,
    Cipher,
    Companions,
    Doubt,
    KeyHealth,
    KeyOwner,
    KeyState,
    Known,
    Placement,
    Record,
    Related,
    Unknown,
    Why,
    first_unknown,
    reader,
)
from cloudaudit.model.texts import same_text
from cloudaudit_azure import azapi, azapi_said, durations
from cloudaudit_azure.identity import same_resource
from cloudaudit_azure.regions import placement

Key = tuple[Attr[KeyOwner], Attr[KeyState]]
"""Who owns the key that a store is encrypted with, and the key's state."""

RELATED = ("azurerm_key_vault_key", "azurerm_key_vault_managed_hardware_security_module_key")

_KEY = "azurerm_key_vault_key"
_YES, _NO = Known(value=True), Known(value=False)
_KEY_URL = re.compile(r"(https://[^/]+/keys/([^/]+))(?:/.*)?", re.IGNORECASE)
_WRAPPING = {"rsa", "rsa-hsm", "ec", "ec-hsm"}
_SYMMETRIC = {"oct", "oct-hsm"}
_AES: dict[float, Cipher] = {128: Cipher.AES_128, 256: Cipher.AES_256}


@reader("azurerm_key_vault_key", related=("azurerm_key_vault", *azapi_said.TYPES))
@azapi.unless_changed
def key(record: Record, related: Related) -> tuple[KeyHealth, Placement | None]:
    """A key. It lies where its vault does; if the vault is declared elsewhere, that is judged there.

    Every type of key can rotate by policy (source: Key Vault documentation, "Configure cryptographic key auto-rotation").
    """
    return KeyHealth(_state(record), _cipher(record), _rotation(record)), _place(record, related)


def _place(record: Record, related: Related) -> Placement | None:
    vault = related.target(record.text("key_vault_id"), "azurerm_key_vault")
    if isinstance(vault, Unknown):
        doubt = related.outside(vault, "the vault")
        return None if doubt.why is Why.ELSEWHERE else Placement.unknown(doubt)
    if vault.value is None:
        return Placement.unknown(Unknown(Why.UNSUPPORTED, "the key names no vault", vault.origin))
    return placement(vault.value)


def key_used(reference: Attr[str | None], related: Related) -> Key:
    """Who owns the key that a store refers to, and its state. Without a reference it is Microsoft's own."""
    owner = reference.map(lambda name: KeyOwner.PROVIDER if name is None else KeyOwner.CUSTOMER)
    if isinstance(reference, Known) and reference.value is None:
        return owner, Known(KeyState.ENABLED, reference.origin)
    return _found(_declared(reference, related), owner, related)


def unless_changed(record: Record, related: Related, found: Key) -> Key:
    """The key that a record names, unless azapi may name another."""
    doubts = azapi.changes(record, related)
    return doubts.get("key_owner", found[0]), doubts.get("key_state", found[1])


def also_used(found: Key, reference: Attr[str | None], related: Related) -> Key:
    """The key of a store, where a part of it is under a second one: both have to be usable."""
    if reference == Known(None):
        return found
    owner, state = key_used(reference, related)
    bad = next((one for one in (found[1], state) if isinstance(one, Known) and one.value is not KeyState.ENABLED), None)
    doubt = first_unknown(found[1], state)
    worst = bad if bad is not None else doubt if doubt is not None else state
    return (found[0] if found[0] != Known(KeyOwner.PROVIDER) else owner), worst


def key_named(record: Record, related: Related) -> Key:
    """The same for a record that names its key by `key_name` and its vault: the name alone is that of a key in every vault."""
    name = record.text("key_name")
    if name == Known(None):
        return _found(Known(None, name.origin), Known(KeyOwner.CUSTOMER, record.origin), related)
    meant = dict.fromkeys(related.bearers(name, _KEY))
    same = {key: _is_named(record, name, key, sure=key in meant) for key in dict.fromkeys((*meant, *related.every(_KEY)))}
    found: Attr[Record | None] | None = next((Known(key, name.origin) for key, is_it in same.items() if is_it == Known(value=True)), None)
    if found is None:
        doubt = first_unknown(*same.values())
        another: Doubt = Unknown(Why.ELSEWHERE, "the key", name.origin)  # those of that name that are declared lie in other vaults
        beside = another if meant else related.target(name, _KEY)
        if doubt is not None:
            doubt = Unknown(doubt.why, doubt.detail, doubt.origin, tuple(key.address for key, is_it in same.items() if is_it != _NO))
        found = doubt if doubt is not None else beside if isinstance(beside, Unknown) else another
    return _found(found, Known(KeyOwner.CUSTOMER, record.origin), related)


def _is_named(record: Record, name: Attr[str | None], key_record: Record, *, sure: bool) -> Attr[bool]:
    """Whether a key is the one that a record names: `sure` tells that it has that name, by reference or for certain."""
    called: Attr[bool] = _YES if sure else same_text(name, key_record.text("name"))
    parts = (called, _in_vault(record, key_record))
    if _NO in parts:
        return _NO
    doubt = first_unknown(*parts, None if sure else key_record.presence)
    return doubt if doubt is not None else _YES


def _in_vault(record: Record, key_record: Record) -> Attr[bool]:
    """Whether a key lies in the vault that a record names, by its id or by its address."""
    vault = record.text("key_vault_id")
    if vault != Known(None):
        return same_resource(vault, key_record.text("key_vault_id"))
    address = record.text("key_vault_uri")
    key_id = key_record.id
    if isinstance(address, Known) and key_id is not None:
        return address.map(lambda uri: key_id.lower().startswith((uri or "-").lower()))
    return same_resource(address, key_record.text("key_vault_id"))


def inline_or_split(inline: Attr[str | None], split: Companions, read: Callable[[Record], Key], related: Related) -> Key:
    """The key that a record names itself, or that the one resource beside it names; the latter wins."""
    doubt = first_unknown(split.doubt, *(other.presence for other in split.records))
    if len(split.records) > 1:
        doubt = Unknown(Why.UNRESOLVED, f"{len(split.records)} resources set one key", split.records[0].origin)
    if doubt is None and split.records:
        return read(split.records[0])
    return (doubt, doubt) if doubt is not None and inline == Known(None) else key_used(inline, related)


def _found(key_record: Attr[Record | None], owner: Attr[KeyOwner], related: Related) -> Key:
    if key_record == Known(None):
        doubt: Doubt = Unknown(Why.UNSUPPORTED, "no key is named", key_record.origin)
        return owner, doubt
    if isinstance(key_record, Known):
        found = key_record.value
        assert found is not None
        return Known(KeyOwner.CUSTOMER, key_record.origin), azapi.changes(found, related).get("state", _state(found))
    return owner, related.outside(key_record, "the key")


def _state(record: Record) -> Attr[KeyState]:
    """Terraform cannot disable a key: what it declares is enabled until it expires, unless it rotates, which makes a new version.

    An expired key wraps no more, and machines whose disks are under it are shut down (source: Microsoft, server-side encryption
    of disks).
    """
    expired = durations.is_over(record.text("expiration_date"))
    if expired == Known(value=True) and _rotation(record) != Known(None):
        return Unknown(
            Why.UNRESOLVED, "its first version has expired; whether a newer one is there is known to the vault only", record.origin
        )
    if expired == Known(value=True):
        return Known(KeyState.EXPIRED, expired.origin)
    doubt = first_unknown(expired, _begun(record))
    return doubt if doubt is not None else Known(KeyState.ENABLED, expired.origin or record.origin)


def _begun(record: Record) -> Doubt | None:
    """Why a key may not be usable yet: none wraps anything before its time (source: Key Vault, key attributes)."""
    begin = record.text("not_before_date")
    begun = Known(value=True) if begin == Known(None) else durations.is_over(begin)
    if begun == Known(value=False):
        return Unknown(Why.UNRESOLVED, "the key cannot be used before its not_before_date, which is yet to come", begin.origin)
    return first_unknown(begun)


def _declared(reference: Attr[str | None], related: Related) -> Attr[Record | None]:
    """The key that a reference names, with its version or without."""
    found = related.target(reference, *RELATED)
    match = _KEY_URL.fullmatch(reference.value) if isinstance(reference, Known) and reference.value else None
    if isinstance(found, Known) or match is None:
        return found
    named = related.target(Known(match[2], reference.origin), *RELATED)
    if isinstance(named, Known) and named.value is not None and (named.value.id or "").lower().startswith(f"{match[1].lower()}/"):
        return named
    return found if found.references else related.target(Known(match[1], reference.origin), *RELATED)


def _cipher(record: Record) -> Attr[Cipher | None]:
    """RSA and EC keys wrap the AES-256 keys of data; only symmetric keys have a cipher of their own."""
    return record.text("key_type").then(lambda kind: _cipher_of(kind or "", record))


def _cipher_of(kind: str, record: Record) -> Attr[Cipher | None]:
    if kind.lower() in _WRAPPING:
        return Known(None)
    if kind.lower() not in _SYMMETRIC:
        return Unknown(Why.UNSUPPORTED, f'the key type "{kind}" is in no table', record.origin_of("key_type"))
    return record.number("key_size").then(lambda size: _aes(size, record))


def _aes(size: float | None, record: Record) -> Attr[Cipher | None]:
    cipher = _AES.get(size) if size is not None else None
    named = "not set" if size is None else f"{size:g}"
    return Known(cipher) if cipher else Unknown(Why.UNSUPPORTED, f"the size of the key is {named}", record.origin_of("key_size"))


def _rotation(record: Record) -> Attr[float | None]:
    """How often the rotation policy makes a new version; `notify_before_expiry` alone rotates nothing."""
    automatic = "rotation_policy.automatic"
    after = record.text(f"{automatic}.time_after_creation").then(durations.days)
    before = record.text(f"{automatic}.time_before_expiry").then(durations.days)
    life = record.text("rotation_policy.expire_after").then(durations.days)
    return after.then(lambda period: Known(period) if period is not None else before.then(lambda lead: _between(lead, life)))


def _between(lead: float | None, life: Attr[float | None]) -> Attr[float | None]:
    return Known(None) if lead is None else life.then(lambda days: _period(days, lead))


def _period(life: float | None, lead: float) -> Attr[float | None]:
    if life is None or life <= lead:
        return Unknown(Why.UNSUPPORTED, "the key rotates before it expires, but rotation_policy.expire_after does not say when that is")
    return Known(life - lead)
