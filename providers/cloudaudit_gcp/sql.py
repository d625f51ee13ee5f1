"""Cloud SQL: instances."""

from __future__ import annotations

from cloudaudit.model import (
    Attr,
    Backup,
    Doubt,
    Encryption,
    Known,
    Placement,
    Plaintext,
    Record,
    Related,
    Transport,
    Unknown,
    Why,
    reader,
)
from cloudaudit.model.copies import Copies, declared, together
from cloudaudit.model.defaults import left_out
from cloudaudit_gcp import keys
from cloudaudit_gcp.regions import locate, placement, region_of

_INSTANCE = "google_sql_database_instance"
_BACKUPS = "settings.backup_configuration"
_RETENTION = f"{_BACKUPS}.backup_retention_settings"
_CONNECTIONS = "settings.ip_configuration"

_KEPT = 7
_KEPT_BY_EDITION = {"ENTERPRISE_PLUS": 15}
"""How many daily backups are kept where nothing says so. Source: Cloud SQL, about backups."""

_SSL_MODES = {
    "ENCRYPTED_ONLY": Plaintext.REFUSED,
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED": Plaintext.REFUSED,
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": Plaintext.ACCEPTED,
}


@reader(_INSTANCE, related=keys.RELATED)
def instance(record: Record, related: Related) -> tuple[Encryption, Transport, Backup | None, Placement]:
    """An instance: always encrypted with AES-256; it takes plain text and makes no backups unless told otherwise.

    A replica's backups are its primary's concern.
    """
    replica = _is_replica(record, related)
    cloned = _cloned(record)
    enabled = _enabled(record) if cloned is None else cloned
    copies: Copies = enabled.then(lambda on: _copies(record) if on else Known(()))
    backup: Backup | None = Backup(enabled.then(lambda on: _retention(record) if on else Known(0)))
    if replica == Known(value=True):
        backup, copies = None, Known(())
    elif isinstance(replica, Unknown):
        backup, copies = Backup(replica.bare), replica.bare
    replicas = related.companions(record, _INSTANCE, "master_instance_name", optional=True)
    copies = together(copies, declared(record, replicas, lambda other: locate(region_of(other))))
    plaintext = _plaintext(record) if cloned is None else cloned
    note = "connections without SSL are " + ("allowed" if plaintext == Known(Plaintext.ACCEPTED) else "not allowed")
    return (
        keys.encryption(record.text("encryption_key_name", since=4), related),
        Transport(plaintext, Known(None), note),
        backup,
        placement(record, copies),
    )


def _is_replica(record: Record, related: Related) -> Attr[bool]:
    """An instance that names another as its primary, be the name known or not."""
    primary = record.text("master_instance_name")
    if isinstance(primary, Unknown) and primary.why is Why.COMPUTED and isinstance(related.target(primary, _INSTANCE), Known):
        return Known(value=True, origin=primary.origin)
    return primary.map(lambda name: name is not None)


def _cloned(record: Record) -> Doubt | None:
    """Why nothing is known of the settings of a clone: unless it has its own, they are those of the instance that it is made from."""
    own, source = record.blocks("settings"), record.blocks("clone", since=4)
    if source == Known(()) or isinstance(own, Unknown) or own.value:
        return None
    return Unknown(Why.UNRESOLVED, "the settings are those of the instance that this one is cloned from", record.origin_of("clone"))


def _plaintext(record: Record) -> Attr[Plaintext]:
    """`require_ssl` is what provider 5 and older call it. Without either, both kinds of connection are taken."""
    if left_out(record, _CONNECTIONS):
        return Known(Plaintext.ACCEPTED, record.origin_of(_CONNECTIONS))
    legacy = record.flag(f"{_CONNECTIONS}.require_ssl", until=5).map(lambda only: Plaintext.REFUSED if only else Plaintext.ACCEPTED)
    return record.text(f"{_CONNECTIONS}.ssl_mode", since=6).then(lambda mode: legacy if mode is None else _mode(mode))


def _mode(name: str) -> Attr[Plaintext]:
    plaintext = _SSL_MODES.get(name)
    return Known(plaintext) if plaintext is not None else Unknown(Why.UNSUPPORTED, f'the SSL mode "{name}" is in no table')


def _enabled(record: Record) -> Attr[bool | None]:
    """Whether backups are made; left out, they are not."""
    return Known(None, record.origin_of(_BACKUPS)) if left_out(record, _BACKUPS) else record.flag(f"{_BACKUPS}.enabled")


def _retention(record: Record) -> Attr[float]:
    """Backups are counted, and made once a day: a count of 30 is 30 days."""
    edition = record.text("settings.edition", since=5).map(lambda name: _KEPT_BY_EDITION.get(name or "", _KEPT))
    if left_out(record, _RETENTION):
        return edition
    unit = record.text(f"{_RETENTION}.retention_unit")
    kept = record.number(f"{_RETENTION}.retained_backups").or_else(edition)
    return unit.then(lambda word: kept if word in {None, "COUNT"} else _no_count(word))


def _no_count(unit: str | None) -> Attr[float]:
    return Unknown(Why.UNSUPPORTED, f'the retention unit "{unit}" is in no table')


def _copies(record: Record) -> Copies:
    """Where backups are kept. Left to Google it is the multi-region next to the instance, which no attribute names."""
    place = record.text(f"{_BACKUPS}.location")
    unset: Doubt = Unknown(
        Why.UNRESOLVED, "the backup location is not set: Google chooses the nearest multi-region", record.origin_of(_BACKUPS)
    )
    return place.then(lambda name: Known((locate(Known(name)),)) if name else unset)
