"""Cloud SQL: instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cloudaudit.model import (
    Attr,
    Backup,
    Doubt,
    Encryption,
    Known,
    Location,
    Placement,
    Plaintext,
    Record,
    Related,
    Transport,
    Unknown,
    Why,
    both,
    reader,
)
from cloudaudit.model.copies import Copies, declared, together
from cloudaudit.model.defaults import left_out, two_valued
from cloudaudit.model.names import identifiers
from cloudaudit_gcp import keys
from cloudaudit_gcp.disk_copies import PLANS
from cloudaudit_gcp.regions import locate, placement, region_of

_INSTANCE = "google_sql_database_instance"
_BACKUPS = "settings.backup_configuration"
_RETENTION = f"{_BACKUPS}.backup_retention_settings"
_CONNECTIONS = "settings.ip_configuration"
_KEY = "encryption_key_name"
_CLUSTER = "replication_cluster"
_FINAL = "settings.final_backup_config"
_RESTORE = "restore_backup_context"
_MADE_BY = ("clone.source_instance_name", f"{_RESTORE}.instance_id")
"""By what an instance names the one that it is a clone of, or whose backup it is made of."""

_SERVICE = "sqladmin.googleapis.com"

_KEPT = 7
_KEPT_BY_EDITION = {"ENTERPRISE_PLUS": 15}
"""How many daily backups are kept where nothing says so. Source: Cloud SQL, about backups."""

_SSL_MODES = {
    "ENCRYPTED_ONLY": Plaintext.REFUSED,
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED": Plaintext.REFUSED,
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": Plaintext.ACCEPTED,
}


@reader(_INSTANCE, related=(PLANS, *keys.RELATED))
def instance(record: Record, related: Related) -> tuple[Encryption, Transport, Backup | None, Placement]:
    """An instance: always encrypted with AES-256; it takes plain text and makes no backups unless told otherwise.

    A replica's backups are its primary's concern.
    """
    replica = _is_replica(record, related)
    cloned = _cloned(record)
    enabled = two_valued(_enabled(record)) if cloned is None else cloned
    copies: Copies = enabled.then(lambda on: _copies(record) if on else Known(()))
    kept = enabled.then(lambda on: _retention(record) if on else Known(0))
    planned = _by_a_plan(record, related)
    backup: Backup | None = Backup(kept if planned is None else planned, Known(_final(record)))
    copies = copies if planned is None else together(copies, Known((planned,)))
    if replica == Known(value=True):
        backup, copies = None, Known(())
    elif isinstance(replica, Unknown):
        backup, copies = Backup(replica.bare), replica.bare
    plaintext = _plaintext(record) if cloned is None else cloned
    note = "connections without SSL are " + ("allowed" if plaintext == Known(Plaintext.ACCEPTED) else "not allowed")
    return (
        keys.encryption(_key_name(record, related), related),
        Transport(plaintext, Known(None), note),
        backup,
        placement(record, together(copies, _replicas(record, related))),
    )


def _key_name(record: Record, related: Related, made_of: tuple[str, ...] = ()) -> Attr[str | None]:
    """The key that an instance names; a replica or a clone that is yet to be made and names none gets that of its declared source.

    That may have it of a source of its own. In another region than its source it must name one: keys are of a region.
    Source: Cloud SQL, customer-managed encryption keys.
    """
    own = record.text(_KEY, since=4)
    if own != Known(None) or record.report:
        return own
    sources = [
        record.text("master_instance_name"),
        *([] if left_out(record, "clone") else [record.text("clone.source_instance_name", since=4)]),
    ]
    for name in sources:
        if name == Known(None):
            continue
        source = related.target(name, _INSTANCE)
        if isinstance(source, Unknown):
            return related.outside(source, "the instance that it copies") if isinstance(name, Known) else _unnamed(name)
        if source.value is not None and source.value.address in made_of:
            return Unknown(Why.UNRESOLVED, "instances name each other as their sources", name.origin)
        if source.value is not None:
            key = _key_name(source.value, related, (*made_of, record.address))
            return _shared(key, region_of(record), region_of(source.value))
    return own


def _shared(key: Attr[str | None], here: Attr[str | None], there: Attr[str | None]) -> Attr[str | None]:
    """The key of a source as a copy of it has it: Google makes no copy that would have to share a key of another region."""
    if key == Known(None):
        return key
    beside = both(here, there, lambda one, other: one == other)
    if isinstance(beside, Unknown):
        return _unnamed(beside)
    return key if beside.value else Unknown(Why.UNRESOLVED, "in another region than its source it needs a key of its own", here.origin)


def _unnamed(doubt: Unknown[Any]) -> Attr[str | None]:
    """What a doubt refers to is no key: nothing follows from where it leads."""
    return Unknown(doubt.why, doubt.detail, doubt.origin)


def _replicas(record: Record, related: Related) -> Copies:
    """Where replicas, clones and restores of an instance live: those that are declared, the one for disasters, those that the cloud tells.

    They name their primary by its name, with its project if that is another. Source: Cloud SQL API, DatabaseInstance
    (masterInstanceName, replicaNames, replicationCluster.failoverDrReplicaName: "project:instance" or "instance").
    """
    project, name = record.scope.account, record.text("name")
    also: tuple[str, ...] = ()
    if isinstance(project, Known) and isinstance(name, Known) and project.value and name.value:
        also = (f"{project.value}:{name.value}", f"projects/{project.value}/instances/{name.value}")
    found = related.companions(record, _INSTANCE, "master_instance_name", optional=True, also=also, near=True)
    named = {text for other in found.records for name in identifiers(other) for text in _spellings(other, name)}
    told = record.strings("replica_names", since=7) if record.report else Known(())
    if not left_out(record, _CLUSTER):
        told = both(
            told, record.text(f"{_CLUSTER}.failover_dr_replica_name", since=7), lambda names, one: (*names, *([one] if one else []))
        )
    others: Copies = told.map(lambda names: tuple(_elsewhere(text, record) for text in names if text not in named))
    made = [related.companions(record, _INSTANCE, by, optional=True, since=4, also=also, near=True, among=_tells(by)) for by in _MADE_BY]
    by = _MADE_BY[1]
    abroad = related.companions(record, _INSTANCE, by, optional=True, since=4, also=also, among=lambda other: _restores(other, record))
    return together(*(declared(record, some, lambda other: _home(other, record)) for some in (found, *made, abroad)), others)


def _home(other: Record, record: Record) -> Attr[Location]:
    """Where what is made of an instance lives, if it is that of this instance."""
    if _restores(other, record) and _of_project(other, record) is None:
        return Unknown(Why.UNRESOLVED, f"{other.address} restores a backup of a project that may be another", other.origin)
    return locate(region_of(other))


def _restores(other: Record, record: Record) -> bool:
    """Whether an instance tells the project whose backup it restores, and that may be the project of this one."""
    return not left_out(other, _RESTORE) and _project(other) != Known(None) and _of_project(other, record) is not False


def _of_project(other: Record, record: Record) -> bool | None:
    return msgspec.structs.replace(other.scope, account=_project(other)).shares_account(record.scope)


def _project(other: Record) -> Attr[str | None]:
    """The project of the instance whose backup is restored. Source: Cloud SQL API, RestoreBackupContext.project."""
    return other.text(f"{_RESTORE}.project", since=4)


def _tells(by: str) -> Callable[[Record], bool]:
    """Whether an instance may be made by such a block, of one of its own project: one that the configuration leaves out is not."""
    block = by.partition(".")[0]
    return lambda other: not left_out(other, block) and (block != _RESTORE or _project(other) == Known(None))


def _spellings(replica: Record, name: str) -> tuple[str, ...]:
    """How a primary may tell of a declared replica: by its name, with its project or without."""
    project = replica.scope.account
    return (name, f"{project.value}:{name}") if isinstance(project, Known) and project.value else (name,)


def _elsewhere(name: str, record: Record) -> Attr[Location]:
    return Unknown(Why.UNRESOLVED, f"the replica {name} is not declared here", record.origin)


def _by_a_plan(record: Record, related: Related) -> Doubt | None:
    """Why nothing is known of how long backups are kept that a plan of Backup and DR makes: its rules go before the instance's own.

    Source: Cloud SQL, "Choose your backup option": of standard and enhanced backups an instance has one.
    """
    plans = related.companions(record, PLANS, "resource", among=_may_be_of_an_instance)
    if plans.doubt is not None:
        return plans.doubt
    made_by = plans.records[0] if plans.records else None
    return Unknown(Why.UNSUPPORTED, f"{made_by.address} hands its backups to a plan of Backup and DR", made_by.origin) if made_by else None


def _may_be_of_an_instance(association: Record) -> bool:
    kind = association.text("resource_type")
    return isinstance(kind, Unknown) or (kind.value or _SERVICE).lower().startswith(_SERVICE)


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
    """Without a mode, both kinds of connection are taken. `require_ssl` is what provider 5 and older call it.

    Where connectors are enforced every other connection is rejected, and a connector always encrypts (source: Cloud SQL API,
    Settings.connectorEnforcement).
    """
    enforced = record.text("settings.connector_enforcement", since=5)
    return enforced.then(lambda word: Known(Plaintext.REFUSED) if word == "REQUIRED" else _by_mode(record))


def _by_mode(record: Record) -> Attr[Plaintext]:
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


def _final(record: Record) -> tuple[Attr[float], ...]:
    """How long the backup is kept that is made before an instance is deleted: 30 days unless told. Source: Cloud SQL, final backup."""
    if left_out(record, _FINAL):
        return ()
    days = record.number(f"{_FINAL}.retention_days", since=8).or_else(Known(30))
    kept = two_valued(record.flag(f"{_FINAL}.enabled", since=8)).then(lambda on: days if on else Known(0))
    return () if kept == Known(0) else (kept,)


def _no_count(unit: str | None) -> Attr[float]:
    return Unknown(Why.UNSUPPORTED, f'the retention unit "{unit}" is in no table')


def _copies(record: Record) -> Copies:
    """Where backups are kept. Left to Google it is the multi-region next to the instance, which no attribute names."""
    place = record.text(f"{_BACKUPS}.location")
    unset: Doubt = Unknown(
        Why.UNRESOLVED, "the backup location is not set: Google chooses the nearest multi-region", record.origin_of(_BACKUPS)
    )
    return place.then(lambda name: Known((locate(Known(name)),)) if name else unset)
