"""Azure SQL servers and databases, and PostgreSQL flexible servers."""

from __future__ import annotations

from cloudaudit.model import (
    Attr,
    Backup,
    Block,
    Cipher,
    Doubt,
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
    first_unknown,
    reader,
)
from cloudaudit.model.copies import Copies, Maker, made_of, together
from cloudaudit.model.defaults import by_version, left_out
from cloudaudit_azure import azapi, azapi_copies, azapi_said, durations, keys
from cloudaudit_azure.azapi_types import DATABASE_COPIES
from cloudaudit_azure.regions import locate, paired, placement, region_of

_DEFAULT_DAYS = 7
"""What Azure SQL and PostgreSQL keep unless told otherwise. Source: Microsoft, backup and restore of either service."""

_REPLICAS = Maker("azurerm_postgresql_flexible_server", ("source_server_id",), lambda other, _: Known((locate(region_of(other)),)))
_SERVERS = ("azurerm_mssql_server", "azurerm_sql_server")
_PROTECTOR = "azurerm_mssql_server_transparent_data_encryption"
_FAILOVER = {"azurerm_mssql_failover_group": "partner_server", "azurerm_sql_failover_group": "partner_servers"}
"""Failover groups, with their blocks of partners. The latter type is gone since provider 4.0."""

_OWN_KEY = "customer_managed_key"
_VAULTED = "azurerm_data_protection_backup_instance_postgresql_flexible_server"
_CONFIGURATION = "azurerm_postgresql_flexible_server_configuration"

_SQL_VERSIONS = {
    "1.0": TlsVersion.TLS_1_0,
    "1.1": TlsVersion.TLS_1_1,
    "1.2": TlsVersion.TLS_1_2,
    "1.3": TlsVersion.TLS_1_3,
    "disabled": TlsVersion.TLS_1_0,
    "none": TlsVersion.TLS_1_0,
}
_POSTGRESQL_VERSIONS = {
    "tlsv1": TlsVersion.TLS_1_0,
    "tlsv1.1": TlsVersion.TLS_1_1,
    "tlsv1.2": TlsVersion.TLS_1_2,
    "tlsv1.3": TlsVersion.TLS_1_3,
}
_SQL_MINIMUM = by_version({0: _SQL_VERSIONS["none"], 3: TlsVersion.TLS_1_2}, source="azurerm changelog, 3.0.0 (#10276)")
_SWITCH = {"on": Plaintext.REFUSED, "off": Plaintext.ACCEPTED}

_COPIES_ABROAD = {"geo": True, "geozone": True, "local": False, "zone": False, "grs": True, "lrs": False, "zrs": False}
"""`storage_account_type` of a database; the last three are its values before provider 3.0."""


@reader("azurerm_mssql_server", related=azapi_said.TYPES)
@azapi.unless_changed
def mssql_server(record: Record, _related: Related) -> tuple[Transport, Placement]:
    """A server: it takes no connection without TLS. One that is there and names no minimum has none."""
    minimum = record.text("minimum_tls_version").then(lambda name: _version(name, _SQL_VERSIONS) if name else _unset_minimum(record))
    refused = Known(Plaintext.REFUSED, record.origin)
    return Transport(refused, minimum, "Azure SQL encrypts every connection"), placement(record)


@reader("azurerm_mssql_database", related=(*_SERVERS, _PROTECTOR, *_FAILOVER, *keys.RELATED, *azapi_said.TYPES))
@azapi.unless_changed
def mssql_database(record: Record, related: Related) -> tuple[Encryption, Backup, Placement]:
    """A database: TDE is on unless switched off, backups are kept 7 days unless told otherwise and copied to the paired region.

    Weekly and longer retention does not count as such: the policy wants daily backups. Source: azurerm 4.55 for the defaults.
    """
    server = related.target(record.text("server_id", formerly="mssql_server_id"), *_SERVERS)
    cipher = (
        record.flag("transparent_data_encryption_enabled").or_else(_unset_tde(record)).map(lambda on: Cipher.AES_256 if on else Cipher.NONE)
    )
    region = server.then(_region_of_server)
    backups: Copies = _geo_backed_up(record).then(lambda geo: paired(region) if geo else Known(()))
    copies = together(backups, _secondaries(record, related), _partners(record, server, related))
    return (
        Encryption(cipher, *_database_key(record, server, related)),
        Backup(_short_term(record), _long_term(record)),
        Placement(locate(region), copies),
    )


@reader("azurerm_postgresql_flexible_server", related=(_CONFIGURATION, _VAULTED, *keys.RELATED, *azapi_said.TYPES))
@azapi.unless_changed
def postgresql_server(record: Record, related: Related) -> tuple[Encryption, Transport, Backup, Placement]:
    """A server: always encrypted with AES-256, and TLS 1.2 demanded unless its parameters say otherwise.

    Source: Microsoft, TLS in Azure Database for PostgreSQL flexible server (`require_secure_transport` is ON by default).
    """
    owner, state = _server_key(record, related)
    vaulted = _vaulted(record, related)
    secure = _parameter(record, related, "require_secure_transport").then(_switched)
    oldest = _parameter(record, related, "ssl_min_protocol_version")
    note = "require_secure_transport is " + ("off" if secure == Known(Plaintext.ACCEPTED) else "on")
    days = record.number("backup_retention_days").map(lambda value: _DEFAULT_DAYS if value is None else value)
    geo = record.flag("geo_redundant_backup_enabled")
    backups: Copies = geo.then(lambda on: paired(region_of(record)) if on else Known(()))
    replicas = made_of(record, {record.type: (_REPLICAS,)}, related)
    return (
        Encryption(Known(Cipher.AES_256, record.origin), owner, state),
        Transport(secure, oldest.then(lambda name: _version(name or "TLSv1.2", _POSTGRESQL_VERSIONS)), note),
        Backup(days, Known(vaulted)),
        placement(record, together(backups, Known(vaulted), replicas, azapi_copies.copies(record, related))),
    )


@reader(_CONFIGURATION, related=("azurerm_postgresql_flexible_server",))
def postgresql_parameter(record: Record, related: Related) -> tuple[Transport | None]:
    """A parameter is judged with its server; alone, by what it sets, where the server is not at hand."""
    server = related.target(record.text("server_id"), "azurerm_postgresql_flexible_server")
    name, value = _parameter_name(record), record.text("value")
    if isinstance(server, Known) and server.value is not None:
        return (None,)
    if isinstance(name, Unknown):
        return (Transport.unknown(name),)
    match name.value.lower():
        case "require_secure_transport":
            return (Transport(value.then(_switched), Known(None)),)
        case "ssl_min_protocol_version":
            return (Transport(Known(None), value.then(lambda word: _version(word or "", _POSTGRESQL_VERSIONS))),)
        case _:
            return (None,)


def _server_key(record: Record, related: Related, made_of: tuple[str, ...] = ()) -> keys.Key:
    """The key of a PostgreSQL server, and that of its backups in the other region. One that is made of another has the key of that."""
    own, source = record.text(f"{_OWN_KEY}.key_vault_key_id"), record.text("source_server_id")
    if own != Known(None) or source == Known(None):
        return keys.also_used(keys.key_used(own, related), record.text(f"{_OWN_KEY}.geo_backup_key_vault_key_id"), related)
    found = related.target(source, record.type)
    if isinstance(found, Known) and found.value is not None and found.value.address not in made_of:
        return _server_key(found.value, related, (*made_of, record.address))
    missing = found if isinstance(found, Unknown) else Unknown(Why.UNRESOLVED, "servers name each other", source.origin)
    doubt = related.outside(missing, "the server that this one is made of, which tells the key,")
    return doubt, doubt


def _vaulted(record: Record, related: Related) -> tuple[Doubt, ...]:
    """Backups that a Backup vault keeps beside the server's own: how long and where is not read.

    Source: Microsoft, long-term retention for Azure Database for PostgreSQL.
    """
    found = related.companions(record, _VAULTED, "server_id")
    made: list[Doubt] = [
        other.presence if other.presence is not None else Unknown(Why.UNSUPPORTED, f"what {other.address} keeps is not read", other.origin)
        for other in found.records
    ]
    return (*made, *((found.doubt,) if found.doubt is not None else ()), *azapi_copies.backups(record, related))


def _unset_minimum(record: Record) -> Attr[TlsVersion]:
    return _version("none", _SQL_VERSIONS) if record.report else _SQL_MINIMUM.of(record, "minimum_tls_version")


def _unset_tde(record: Record) -> Attr[bool]:
    """A new database is encrypted; one from before May 2017 may not be. Source: Microsoft, transparent data encryption."""
    if record.report:
        return Unknown(Why.UNRESOLVED, "the database does not say whether it is encrypted", record.origin)
    return Known(value=True)


def _short_term(record: Record) -> Attr[float]:
    policy = "short_term_retention_policy"
    days: Attr[float | None] = Known(None) if left_out(record, policy) else record.number(f"{policy}.retention_days")
    return days.map(lambda value: _DEFAULT_DAYS if value is None else value)


def _long_term(record: Record) -> Attr[tuple[Attr[float], ...]]:
    """How long weekly, monthly and yearly backups are kept, as far as there may be any."""
    policy = "long_term_retention_policy"
    if left_out(record, policy):
        return Known(())
    kept = (record.text(f"{policy}.{period}_retention").then(durations.days) for period in ("weekly", "monthly", "yearly"))
    return Known(tuple(days.map(lambda told: told or 0) for days in kept if days != Known(None)))


def _geo_backed_up(record: Record) -> Attr[bool]:
    """Whether backups go to the paired region. Those of a data warehouse do unless that is switched off (azurerm, `geo_backup_enabled`)."""
    off = (record.flag("geo_backup_enabled").map(lambda on: on is False), record.text("sku_name").map(_is_warehouse))
    doubt = None if Known(value=False) in off else first_unknown(*off)
    if doubt is not None:
        return doubt
    stopped = Known(value=False) not in off
    return Known(value=False) if stopped else record.text("storage_account_type").then(_abroad)


def _is_warehouse(sku: str | None) -> bool:
    return (sku or "").upper().startswith("DW")


def _version(name: str, table: dict[str, TlsVersion]) -> Attr[TlsVersion]:
    version = table.get(name.lower())
    return Known(version) if version is not None else Unknown(Why.UNSUPPORTED, f'the TLS version "{name}" is in no table')


def _switched(value: str | None) -> Attr[Plaintext]:
    plaintext = _SWITCH.get((value or "on").lower())
    return Known(plaintext) if plaintext else Unknown(Why.UNSUPPORTED, f'require_secure_transport is "{value}", neither on nor off')


def _abroad(kind: str | None) -> Attr[bool]:
    abroad = _COPIES_ABROAD.get((kind or "Geo").lower())
    return Known(abroad) if abroad is not None else Unknown(Why.UNSUPPORTED, f'the backup storage "{kind}" is in no table')


def _secondaries(record: Record, related: Related) -> Copies:
    """Where the databases live that are made from this one: secondaries, copies, restores."""
    return together(made_of(record, {record.type: (_DATABASES,)}, related), azapi_copies.copies(record, related))


def _on_its_server(database: Record, related: Related) -> Copies:
    return Known((locate(related.target(database.text("server_id"), *_SERVERS).then(_region_of_server)),))


_DATABASES = Maker("azurerm_mssql_database", ("creation_source_database_id", "recover_database_id"), _on_its_server)


def _partners(record: Record, server: Attr[Record | None], related: Related) -> Copies:
    """Where failover groups take the database. Source: Microsoft, failover groups: each database has a secondary on every partner."""
    groups = [related.companions(record, kind, "databases[]", optional=True) for kind in _FAILOVER]
    changed = azapi.changes(server.value, related).get(DATABASE_COPIES) if isinstance(server, Known) and server.value is not None else None
    found: list[Attr[Location]] = [doubt for doubt in (changed, *(some.doubt for some in groups)) if doubt is not None]
    for group in (group for some in groups for group in some.records):
        servers = group.blocks(_FAILOVER[group.type]) if group.presence is None else group.presence
        if isinstance(servers, Unknown):
            found.append(servers.bare)
            continue
        found.extend(locate(_region_of_partner(server, related)) for server in servers.value)
    return Known(tuple(found))


def _region_of_partner(server: Block, related: Related) -> Attr[str | None]:
    """Where a partner lies: as it is declared, or as the group tells."""
    region, told = related.target(server.text("id"), *_SERVERS).then(_region_of_server), server.text("location")
    return told if isinstance(region, Unknown) and isinstance(told, Known) and told.value is not None else region


def _region_of_server(server: Record | None) -> Attr[str | None]:
    return region_of(server) if server is not None else Unknown(Why.UNRESOLVED, "the database names no server")


def _database_key(record: Record, server: Attr[Record | None], related: Related) -> keys.Key:
    """A database's own key, else its server's, inline or split."""
    own = record.text("transparent_data_encryption_key_vault_key_id")
    if not isinstance(own, Known) or own.value is not None:
        return keys.key_used(own, related)
    if isinstance(server, Unknown) or server.value is None:
        missing = server.bare if isinstance(server, Unknown) else Unknown(Why.ELSEWHERE, "the server", server.origin)
        reason = related.outside(missing, "the server, which holds the key,")
        return reason, reason
    protector = "transparent_data_encryption_key_vault_key_id"
    inline = related.lasting(server.value.text(protector), server.value, protector, (_PROTECTOR, "server_id"))
    split = related.companions(server.value, _PROTECTOR, "server_id")
    found = keys.inline_or_split(inline, split, lambda other: _protector_key(other, related), related)
    return keys.unless_changed(server.value, related, found)


def _protector_key(record: Record, related: Related) -> keys.Key:
    return keys.key_used(record.text("key_vault_key_id").or_else(record.text("managed_hsm_key_id")), related)


def _parameter_name(setting: Record) -> Attr[str]:
    unnamed: Attr[str] = Unknown(Why.UNSUPPORTED, "a parameter has no name", setting.origin)
    return setting.text("name").or_else(unnamed)


def _parameter(record: Record, related: Related, name: str, made_of: tuple[str, ...] = ()) -> Attr[str | None]:
    """The value that a server parameter is set to; absent if nothing sets it, unknown if something may."""
    settings = related.companions(record, _CONFIGURATION, "server_id")
    doubt = settings.doubt
    found: list[Record] = []
    for setting in settings.records:
        parameter = _parameter_name(setting)
        if isinstance(parameter, Unknown):
            doubt = first_unknown(doubt, parameter)
        elif parameter.value.lower() == name:
            found.append(setting)
            doubt = first_unknown(doubt, setting.presence)
    if len(found) > 1:
        return Unknown(Why.UNRESOLVED, f"{len(found)} resources set {name}", found[0].origin)
    if doubt is not None:
        return doubt
    return found[0].text("value") if found else _taken_over(record, related, name, made_of)


def _taken_over(record: Record, related: Related, name: str, made_of: tuple[str, ...]) -> Attr[str | None]:
    """The value of a parameter that nothing sets: a server that is made of another has what that one had at the time."""
    source = record.text("source_server_id")
    if source == Known(None):
        return Known(None)
    found = related.target(source, record.type)
    if isinstance(found, Unknown) or found.value is None or found.value.address in made_of:
        why = found.cause if isinstance(found, Unknown) else "servers name each other"
        return Unknown(Why.UNRESOLVED, f"{name} is that of the server which this one was made of: {why}", source.origin)
    value = _parameter(found.value, related, name, (*made_of, record.address))
    if isinstance(value, Unknown) or value.value is None:
        return value
    detail = f"{found.value.address} sets {name}; whether it did before this server was made of it is not told"
    return Unknown(Why.UNRESOLVED, detail, value.origin, possible=(None, value.value))
