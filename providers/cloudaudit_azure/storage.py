"""Storage accounts."""

from __future__ import annotations

from cloudaudit.model import (
    Attr,
    Cipher,
    Encryption,
    Known,
    Location,
    Placement,
    Plaintext,
    Record,
    Related,
    TlsVersion,
    Transport,
    Unknown,
    Why,
    reader,
)
from cloudaudit.model.copies import Copies, declared, made_of, together
from cloudaudit.model.defaults import by_version
from cloudaudit_azure import azapi, azapi_copies, azapi_said, keys, vaults
from cloudaudit_azure.regions import locate, paired, placement, region_of

_SPLIT_KEY = "azurerm_storage_account_customer_managed_key"
_COPIES_ABROAD = {"LRS": False, "ZRS": False, "GRS": True, "RAGRS": True, "GZRS": True, "RAGZRS": True}
_REPLICATION = "azurerm_storage_object_replication"
_MINIMUM = by_version({0: TlsVersion.TLS_1_0, 3: TlsVersion.TLS_1_2}, source="azurerm, documentation of 2.99 and 4.55")
_HTTPS_ONLY = by_version({0: False, 2: True}, source="azurerm 2.0 upgrade guide, azurerm_storage_account")
_VERSIONS = {
    "TLS1_0": TlsVersion.TLS_1_0,
    "TLS1_1": TlsVersion.TLS_1_1,
    "TLS1_2": TlsVersion.TLS_1_2,
    "TLS1_3": TlsVersion.TLS_1_3,
}


@reader(
    "azurerm_storage_account",
    related=(_SPLIT_KEY, _REPLICATION, *vaults.OF_ACCOUNTS, *keys.RELATED, *azapi_said.TYPES),
    unjudged=vaults.UNJUDGED,
)
@azapi.unless_changed
def account(record: Record, related: Related) -> tuple[Encryption, Transport, Placement]:
    """An account: always encrypted with AES-256, under Microsoft's key or one of the customer's.

    Secure transfer is demanded unless `https_traffic_only_enabled` (before provider 4.0 `enable_https_traffic_only`) is false.
    """
    owner, state = _key(record, related)
    https = record.flag("https_traffic_only_enabled", formerly="enable_https_traffic_only").or_else(_https_only(record))
    minimum = record.text("min_tls_version").then(lambda name: _minimum(name, record))
    plaintext, note = _plaintext(record, https)
    return Encryption(Known(Cipher.AES_256, record.origin), owner, state), Transport(plaintext, minimum, note), _placement(record, related)


def _plaintext(record: Record, https: Attr[bool | None]) -> tuple[Attr[Plaintext], str]:
    """Whether plain text is refused, and why. Secure transfer is about HTTP at Azure's own names.

    NFS 3.0 has no encryption, and HTTPS at a custom domain is not supported, so that secure transfer is not applied there.
    Source: Microsoft, require secure transfer; NFS 3.0 in Blob Storage.
    """
    ways = (
        ("secure transfer is not required", https.map(lambda only: only is False)),
        ("NFS 3.0 is on, which has no encryption", record.flag("nfsv3_enabled", since=3).map(bool)),
        ("secure transfer is not applied to a custom domain", record.text("custom_domain.name").map(bool)),
    )
    for note, way in ways:
        if way == Known(value=True):
            return Known(Plaintext.ACCEPTED, way.origin), note
    unsure = next((way for _, way in ways if isinstance(way, Unknown)), ways[0][1])
    return unsure.map(lambda accepted: Plaintext.ACCEPTED if accepted else Plaintext.REFUSED), "secure transfer is required"


def _key(record: Record, related: Related) -> keys.Key:
    block = "customer_managed_key"
    inline = record.text(f"{block}.key_vault_key_id", since=3).or_else(record.text(f"{block}.managed_hsm_key_id", since=4))
    inline = related.lasting(inline, record, block, (_SPLIT_KEY, "storage_account_id"))
    split = related.companions(record, _SPLIT_KEY, "storage_account_id")
    return keys.inline_or_split(inline, split, lambda other: _split_key(other, related), related)


def _split_key(record: Record, related: Related) -> keys.Key:
    hsm = record.text("managed_hsm_key_id")
    return keys.key_named(record, related) if hsm == Known(None) else keys.key_used(hsm, related)


def _https_only(record: Record) -> Attr[bool]:
    """Unset is on for accounts made since API version 2019-04-01, which a report does not tell. Source: Microsoft, secure transfer."""
    if record.report:
        return Unknown(Why.UNRESOLVED, "the account does not say whether it demands secure transfer", record.origin)
    return _HTTPS_ONLY.of(record, "https_traffic_only_enabled")


def _minimum(name: str | None, record: Record) -> Attr[TlsVersion]:
    """Unset is TLS 1.2 since provider 3.0 and TLS 1.0 before; old accounts that the cloud shows without one took TLS 1.0 too.

    `allow_blob_public_access` is a name that provider 3.0 removed; HCL tells what versions it allows, too.
    Source: documentation of azurerm 2.99 and 4.55.
    """
    if name is not None:
        version = _VERSIONS.get(name)
        return Known(version) if version else Unknown(Why.UNSUPPORTED, f'the TLS version "{name}" is in no table')
    if record.report:
        return Unknown(Why.UNRESOLVED, "the account names no minimum TLS version: old accounts take TLS 1.0, new ones TLS 1.2")
    if record.majors is None and "allow_blob_public_access" in record.values:
        return Known(TlsVersion.TLS_1_0)
    return _MINIMUM.of(record, "min_tls_version")


def _placement(record: Record, related: Related) -> Placement:
    """An account and its copies: by geo-redundancy, and by object replication into other accounts."""
    kind = record.text("account_replication_type").then(_abroad)
    pair: Copies = kind.then(lambda abroad: _copies(record) if abroad else Known(()))
    rules = related.companions(record, _REPLICATION, "source_storage_account_id")
    by_rules = declared(record, rules, lambda rule: _destination(rule, related))
    backups = made_of(record, {record.type: vaults.ACCOUNTS}, related)
    return placement(record, together(pair, by_rules, backups, azapi_copies.copies(record, related)))


def _destination(rule: Record, related: Related) -> Attr[Location]:
    account = related.target(rule.text("destination_storage_account_id"), "azurerm_storage_account")
    nowhere: Attr[str | None] = Unknown(Why.UNRESOLVED, "the replication names no destination", rule.origin)
    return locate(account.then(lambda found: region_of(found) if found is not None else nowhere))


def _abroad(kind: str | None) -> Attr[bool]:
    abroad = _COPIES_ABROAD.get((kind or "").upper())
    return Known(abroad) if abroad is not None else Unknown(Why.UNSUPPORTED, f'the replication type "{kind or ""}" is in no table')


def _copies(record: Record) -> Copies:
    secondary = record.text("secondary_location")
    if isinstance(secondary, Known) and secondary.value:
        return Known((locate(secondary),))
    return paired(region_of(record))
