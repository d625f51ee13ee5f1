"""What the attributes of Azure SQL and PostgreSQL mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudaudit.model import (
    Backup,
    Cipher,
    Doubt,
    Encryption,
    KeyOwner,
    KeyState,
    Known,
    Location,
    Outcome,
    Placement,
    Plaintext,
    Record,
    SourceKind,
    TlsVersion,
    Transport,
    Unknown,
    Why,
)
from cloudaudit.policy import Policy
from cloudaudit_checks.backup_retention.backups_not_kept_too_long import backups_not_kept_too_long
from tests.azure.records import facet, maybe_there, record

SERVER, DATABASE = "azurerm_mssql_server", "azurerm_mssql_database"
POSTGRESQL, CONFIGURATION = "azurerm_postgresql_flexible_server", "azurerm_postgresql_flexible_server_configuration"
DENIED: Doubt = Unknown(Why.DENIED, "Microsoft.Sql/servers/databases/read")
LINK: Doubt = Unknown(Why.COMPUTED, references=(f"{SERVER}.s",), is_=f"{SERVER}.s.id")
NORTH, WEST = Location("northeurope", "EU", "IE"), Location("westeurope", "EU", "NL")
KEY_ID = "https://fixture.vault.azure.net/keys/tde/1"
KEY = record("azurerm_key_vault_key", {"name": "tde"}, "tde", id=KEY_ID)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        (None, TlsVersion.TLS_1_2),
        (Unknown(Why.UNSET), TlsVersion.TLS_1_2),
        ("1.2", TlsVersion.TLS_1_2),
        ("1.3", TlsVersion.TLS_1_3),
        ("1.1", TlsVersion.TLS_1_1),
        ("1.0", TlsVersion.TLS_1_0),
        ("Disabled", TlsVersion.TLS_1_0),
        ("None", TlsVersion.TLS_1_0),
    ],
)
def test_the_oldest_tls_version_of_a_server(name: Any, version: TlsVersion) -> None:
    transport = facet(Transport, record(SERVER, {"minimum_tls_version": name}))
    assert (transport.plaintext, transport.minimum_version) == (Known(Plaintext.REFUSED), Known(version))


def test_a_live_server_without_a_minimum_takes_the_oldest() -> None:
    assert facet(Transport, record(SERVER), source=SourceKind.LIVE).minimum_version == Known(TlsVersion.TLS_1_0)


@pytest.mark.parametrize("name", ["1.4", "TLS1_2", DENIED, ["1.2"]])
def test_a_version_in_no_table_is_unknown(name: Any) -> None:
    assert isinstance(facet(Transport, record(SERVER, {"minimum_tls_version": name})).minimum_version, Unknown)


def server(**values: Any) -> Record:
    return record(SERVER, {"location": "North Europe", **values}, "s", id="/subscriptions/s/servers/s")


@pytest.mark.parametrize(
    ("on", "cipher"),
    [
        (None, Known(Cipher.AES_256)),
        (True, Known(Cipher.AES_256)),
        ("false", Known(Cipher.NONE)),
        (False, Known(Cipher.NONE)),
        (DENIED, DENIED),
    ],
)
def test_a_database_is_encrypted_unless_switched_off(on: Any, cipher: Any) -> None:
    assert facet(Encryption, record(DATABASE, {"server_id": LINK, "transparent_data_encryption_enabled": on}), server()).cipher == cipher


def protector(**values: Any) -> Record:
    return record("azurerm_mssql_server_transparent_data_encryption", {"server_id": LINK, **values})


@pytest.mark.parametrize(
    ("values", "others"),
    [
        ({"transparent_data_encryption_key_vault_key_id": KEY_ID}, [server()]),
        ({}, [server(transparent_data_encryption_key_vault_key_id=KEY_ID)]),
        ({}, [server(), protector(key_vault_key_id=KEY_ID)]),
        ({}, [server(), protector(managed_hsm_key_id=KEY_ID)]),
    ],
)
def test_a_database_has_its_own_key_or_its_servers_inline_or_split(values: dict[str, Any], others: list[Record]) -> None:
    stored = facet(Encryption, record(DATABASE, {"server_id": LINK, **values}), KEY, *others)
    assert (stored.key_owner, stored.key_state) == (Known(KeyOwner.CUSTOMER), Known(KeyState.ENABLED))


def test_without_any_the_key_is_microsofts() -> None:
    stored = facet(Encryption, record(DATABASE, {"server_id": LINK}), server(), protector())
    assert (stored.key_owner, stored.key_state) == (Known(KeyOwner.PROVIDER), Known(KeyState.ENABLED))


@pytest.mark.parametrize(
    "others",
    [
        [maybe_there(protector(key_vault_key_id=KEY_ID))],
        [protector(key_vault_key_id=KEY_ID), msgspec.structs.replace(protector(), address="twin.x")],
        [record("azurerm_mssql_server_transparent_data_encryption", {"server_id": DENIED})],
    ],
)
def test_a_split_key_that_may_not_be_the_servers_leaves_it_open(others: list[Record]) -> None:
    stored = facet(Encryption, record(DATABASE, {"server_id": LINK}), KEY, server(), *others)
    assert isinstance(stored.key_state, Unknown)
    assert stored.key_state.why is not Why.ELSEWHERE


def test_the_key_of_a_server_that_is_declared_elsewhere_is_judged_there() -> None:
    stored = facet(Encryption, record(DATABASE, {"server_id": "/subscriptions/s/servers/other"}), server())
    assert stored.cipher == Known(Cipher.AES_256)
    assert isinstance(stored.key_state, Unknown)
    assert stored.key_state.why is Why.ELSEWHERE


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, Known(7)),
        ({"short_term_retention_policy": []}, Known(7)),
        ({"short_term_retention_policy": Unknown(Why.UNSET)}, Known(7)),
        ({"short_term_retention_policy": [{"retention_days": 35}]}, Known(35)),
        ({"short_term_retention_policy": [{"retention_days": "30"}]}, Known(30)),
        ({"short_term_retention_policy": {"retention_days": 1}}, Known(1)),
        ({"short_term_retention_policy": [{"retention_days": DENIED}]}, DENIED),
        ({"short_term_retention_policy": DENIED}, DENIED),
    ],
)
def test_how_long_the_backups_of_a_database_are_kept(values: dict[str, Any], days: Any) -> None:
    assert facet(Backup, record(DATABASE, {"server_id": LINK, **values}), server()) == Backup(days)


@pytest.mark.parametrize("link", [LINK, "/subscriptions/S/Servers/s"])
@pytest.mark.parametrize("attribute", ["server_id", "mssql_server_id"])
def test_a_database_lies_where_its_server_does(attribute: str, link: Any) -> None:
    assert facet(Placement, record(DATABASE, {attribute: link}), server()) == Placement(Known(NORTH), Known((Known(WEST),)))


@pytest.mark.parametrize(
    ("storage", "copies"),
    [("Geo", (Known(WEST),)), ("GeoZone", (Known(WEST),)), ("Local", ()), ("Zone", ()), ("GRS", (Known(WEST),)), ("LRS", ()), ("ZRS", ())],
)
def test_where_the_backups_of_a_database_go(storage: str, copies: Any) -> None:
    assert facet(Placement, record(DATABASE, {"server_id": LINK, "storage_account_type": storage}), server()).copies == Known(copies)


@pytest.mark.parametrize("storage", ["Planet", DENIED])
def test_backup_storage_in_no_table_is_unknown(storage: Any) -> None:
    assert isinstance(facet(Placement, record(DATABASE, {"server_id": LINK, "storage_account_type": storage}), server()).copies, Unknown)


@pytest.mark.parametrize("link", [None, "/subscriptions/s/servers/other", DENIED, Unknown(Why.UNRESOLVED, "var.server")])
def test_a_database_of_no_declared_server_lies_nobody_knows_where(link: Any) -> None:
    placed = facet(Placement, record(DATABASE, {"server_id": link}), server())
    assert isinstance(placed.home, Unknown)
    assert isinstance(placed.copies, Unknown)


def setting(name: Any, value: Any, resource: str = "c") -> Record:
    link: Doubt = Unknown(Why.COMPUTED, references=(f"{POSTGRESQL}.x",), is_=f"{POSTGRESQL}.x.id")
    return record(CONFIGURATION, {"server_id": link, "name": name, "value": value}, resource)


@pytest.mark.parametrize(
    ("settings", "plaintext", "version"),
    [
        ([], Plaintext.REFUSED, TlsVersion.TLS_1_2),
        ([setting("require_secure_transport", "ON")], Plaintext.REFUSED, TlsVersion.TLS_1_2),
        ([setting("require_secure_transport", "off")], Plaintext.ACCEPTED, TlsVersion.TLS_1_2),
        ([setting("log_checkpoints", "off")], Plaintext.REFUSED, TlsVersion.TLS_1_2),
        ([setting("ssl_min_protocol_version", "TLSV1.3")], Plaintext.REFUSED, TlsVersion.TLS_1_3),
        ([setting("ssl_min_protocol_version", "TLSv1")], Plaintext.REFUSED, TlsVersion.TLS_1_0),
    ],
)
def test_what_the_parameters_of_a_server_demand(settings: list[Record], plaintext: Plaintext, version: TlsVersion) -> None:
    transport = facet(Transport, record(POSTGRESQL), *settings)
    assert (transport.plaintext, transport.minimum_version) == (Known(plaintext), Known(version))


@pytest.mark.parametrize(
    "settings",
    [
        [setting("require_secure_transport", DENIED)],
        [setting("require_secure_transport", "maybe")],
        [setting(Unknown(Why.UNRESOLVED, "var.name", possible=("a", "b")), "off")],
        [setting("require_secure_transport", "on", "a"), setting("require_secure_transport", "off", "b")],
        [maybe_there(setting("require_secure_transport", "off"))],
        [record(CONFIGURATION, {"server_id": Unknown(Why.UNRESOLVED, "var.server"), "name": "require_secure_transport", "value": "off"})],
    ],
)
def test_a_parameter_that_cannot_be_told_leaves_it_open(settings: list[Record]) -> None:
    assert isinstance(facet(Transport, record(POSTGRESQL), *settings).plaintext, Unknown)


def test_a_postgresql_server_keeps_a_week_and_copies_nothing_unless_told() -> None:
    unset = record(POSTGRESQL, {"location": "West Europe", "backup_retention_days": Unknown(Why.UNSET)})
    assert facet(Backup, unset) == Backup(Known(7))
    assert facet(Placement, unset) == Placement(Known(WEST), Known(()))
    told = record(POSTGRESQL, {"location": "West Europe", "backup_retention_days": 35, "geo_redundant_backup_enabled": True})
    assert facet(Backup, told) == Backup(Known(35))
    assert facet(Placement, told) == Placement(Known(WEST), Known((Known(NORTH),)))


def test_a_postgresql_server_is_encrypted_under_either_key() -> None:
    own = facet(Encryption, record(POSTGRESQL, {"customer_managed_key": [{"key_vault_key_id": KEY_ID}]}), KEY)
    assert own == Encryption(Known(Cipher.AES_256), Known(KeyOwner.CUSTOMER), Known(KeyState.ENABLED))
    assert facet(Encryption, record(POSTGRESQL)) == Encryption(Known(Cipher.AES_256))


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        (None, ()),
        ([], ()),
        (Unknown(Why.UNSET), ()),
        ([{"weekly_retention": "PT0S", "monthly_retention": Unknown(Why.UNSET)}], ()),
        ([{"weekly_retention": "P4W"}], (Known(28),)),
        ([{"weekly_retention": "P4W", "yearly_retention": "P10Y", "week_of_year": 1}], (Known(28), Known(3650))),
        ([{"weekly_retention": DENIED, "yearly_retention": "P10Y"}], (DENIED, Known(3650))),
        (DENIED, (DENIED, DENIED, DENIED)),
    ],
)
def test_how_long_the_backups_are_kept_that_are_kept_apart(policy: Any, days: Any) -> None:
    found = facet(Backup, record(DATABASE, {"server_id": LINK, "long_term_retention_policy": policy}), server())
    assert (found.retention_days, found.apart_days) == (Known(7), Known(days))


@pytest.mark.parametrize(
    ("values", "copies"),
    [
        ({"sku_name": "DW100c"}, Known((Known(WEST),))),
        ({"sku_name": "DW100c", "geo_backup_enabled": True}, Known((Known(WEST),))),
        ({"sku_name": "DW100c", "geo_backup_enabled": False}, Known(())),
        ({"sku_name": "S0", "geo_backup_enabled": False}, Known((Known(WEST),))),  # of no other service the flag says anything
        ({"sku_name": DENIED}, Known((Known(WEST),))),
        ({"sku_name": DENIED, "geo_backup_enabled": False}, DENIED),
        ({"sku_name": "S0", "geo_backup_enabled": DENIED}, Known((Known(WEST),))),
    ],
)
def test_the_backups_of_a_data_warehouse_may_stay(values: dict[str, Any], copies: Any) -> None:
    assert facet(Placement, record(DATABASE, {"server_id": LINK, **values}), server()).copies == copies


def test_a_failover_group_of_an_older_provider_takes_a_database_abroad_too() -> None:
    stored = record(DATABASE, {"server_id": LINK, "storage_account_type": "Local"}, "d", id="/subscriptions/s/servers/s/databases/d")
    partner = record(SERVER, {"location": "West Europe"}, "r", id="/subscriptions/s/servers/r")
    group = record("azurerm_sql_failover_group", {"databases": [stored.id], "partner_servers": [{"id": partner.id}]})
    assert facet(Placement, stored, server(), partner, group).copies == Known((Known(WEST),))


SOURCE: Doubt = Unknown(Why.COMPUTED, references=(f"{POSTGRESQL}.source",), is_=f"{POSTGRESQL}.source.id")


def parameter(name: str, value: Any, of: str) -> Record:
    link: Doubt = Unknown(Why.COMPUTED, references=(f"{POSTGRESQL}.{of}",), is_=f"{POSTGRESQL}.{of}.id")
    return record(CONFIGURATION, {"server_id": link, "name": name, "value": value}, f"{name}_{of}")


@pytest.mark.parametrize(
    ("others", "plaintext"),
    [
        ([], Plaintext.REFUSED),
        ([parameter("require_secure_transport", "on", "source")], Plaintext.REFUSED),
        ([parameter("require_secure_transport", "off", "source")], None),
        ([parameter("require_secure_transport", "off", "source"), parameter("require_secure_transport", "on", "x")], Plaintext.REFUSED),
        ([parameter("require_secure_transport", "off", "x")], Plaintext.ACCEPTED),
        ([parameter("ssl_min_protocol_version", "TLSv1.1", "source")], Plaintext.REFUSED),
    ],
)
def test_a_replica_may_have_the_parameters_of_its_source(others: list[Record], plaintext: Plaintext | None) -> None:
    replica = record(POSTGRESQL, {"create_mode": "Replica", "source_server_id": SOURCE})
    found = facet(Transport, replica, record(POSTGRESQL, {}, "source"), *others).plaintext
    assert found == Known(plaintext) if plaintext is not None else isinstance(found, Unknown)


@pytest.mark.parametrize("source", ["/subscriptions/s/flexibleServers/elsewhere", DENIED])
def test_a_replica_of_what_is_not_at_hand_has_parameters_that_are_not_known(source: Any) -> None:
    assert isinstance(facet(Transport, record(POSTGRESQL, {"source_server_id": source})).plaintext, Unknown)


def test_servers_that_name_each_other_as_source_end() -> None:
    loop = [
        record(POSTGRESQL, {"source_server_id": Unknown(Why.COMPUTED, references=(f"{POSTGRESQL}.{b}",), is_=f"{POSTGRESQL}.{b}.id")}, a)
        for a, b in (("a", "b"), ("b", "a"))
    ]
    assert isinstance(facet(Transport, *loop).plaintext, Unknown)


@pytest.mark.parametrize(
    ("daily", "apart", "expected"),
    [
        (Known(35), Known(()), Outcome.PASS),
        (Known(35), Known((Known(28),)), Outcome.PASS),
        (Known(35), Known((Known(3650),)), Outcome.FAIL),
        (Known(35), Known((DENIED,)), Outcome.UNKNOWN),
        (Known(35), Known((DENIED, Known(3650))), Outcome.FAIL),
        (Known(35), DENIED, Outcome.UNKNOWN),
        (DENIED, Known((Known(3650),)), Outcome.FAIL),
        (DENIED, Known(()), Outcome.UNKNOWN),
    ],
)
def test_backups_that_are_kept_apart_may_be_kept_too_long(daily: Any, apart: Any, expected: Outcome) -> None:
    assert backups_not_kept_too_long.function(Backup(daily, apart), Policy()).outcome is expected


def test_backups_of_a_vault_are_kept_beside_those_of_the_server() -> None:
    server = record(
        "azurerm_postgresql_flexible_server", {"id": "/s/p", "name": "p", "location": "westeurope", "backup_retention_days": 35}
    )
    vaulted = record("azurerm_data_protection_backup_instance_postgresql_flexible_server", {"server_id": "/s/p"}, "i")
    assert facet(Backup, server).apart_days == Known(())
    apart = facet(Backup, server, vaulted).apart_days
    assert isinstance(apart, Known)
    assert isinstance(apart.value[0], Unknown)
    copies = facet(Placement, server, vaulted).copies
    assert isinstance(copies, Unknown) or any(isinstance(copy, Unknown) for copy in copies.value)
