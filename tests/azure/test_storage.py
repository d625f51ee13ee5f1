"""What the attributes of storage accounts and disks mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudaudit.model import (
    Cipher,
    Doubt,
    Encryption,
    KeyOwner,
    KeyState,
    Known,
    Location,
    Placement,
    Plaintext,
    SourceKind,
    TlsVersion,
    Transport,
    Unknown,
    Why,
)
from tests.azure.records import facet, record

ACCOUNT = "azurerm_storage_account"
VARIABLE: Doubt = Unknown(Why.UNRESOLVED, "var.x has no default", references=("var.x",))
DENIED: Doubt = Unknown(Why.DENIED, "Microsoft.Storage/storageAccounts/read")
UNSET: Doubt = Unknown(Why.UNSET)
NORTH, WEST = Location("northeurope", "EU", "IE"), Location("westeurope", "EU", "NL")


@pytest.mark.parametrize(
    ("values", "plaintext"),
    [
        ({}, Known(Plaintext.REFUSED)),
        ({"https_traffic_only_enabled": UNSET}, Known(Plaintext.REFUSED)),
        ({"https_traffic_only_enabled": True}, Known(Plaintext.REFUSED)),
        ({"nfsv3_enabled": True}, Known(Plaintext.ACCEPTED)),
        ({"nfsv3_enabled": False, "custom_domain": []}, Known(Plaintext.REFUSED)),
        ({"nfsv3_enabled": DENIED}, DENIED),
        ({"nfsv3_enabled": DENIED, "https_traffic_only_enabled": False}, Known(Plaintext.ACCEPTED)),
        ({"custom_domain": [{"name": "files.example.com"}]}, Known(Plaintext.ACCEPTED)),
        ({"custom_domain": DENIED}, DENIED),
        ({"https_traffic_only_enabled": False}, Known(Plaintext.ACCEPTED)),
        ({"enable_https_traffic_only": False}, Known(Plaintext.ACCEPTED)),
        ({"https_traffic_only_enabled": True, "enable_https_traffic_only": None}, Known(Plaintext.REFUSED)),
        ({"https_traffic_only_enabled": DENIED}, DENIED),
    ],
)
def test_secure_transfer_is_demanded_unless_switched_off(values: dict[str, Any], plaintext: Any) -> None:
    assert facet(Transport, record(ACCOUNT, values)).plaintext == plaintext


@pytest.mark.parametrize(
    ("values", "version"),
    [
        ({}, TlsVersion.TLS_1_2),
        ({"min_tls_version": UNSET}, TlsVersion.TLS_1_2),
        ({"min_tls_version": "TLS1_0"}, TlsVersion.TLS_1_0),
        ({"min_tls_version": "TLS1_1"}, TlsVersion.TLS_1_1),
        ({"min_tls_version": "TLS1_3"}, TlsVersion.TLS_1_3),
        ({"allow_blob_public_access": False}, TlsVersion.TLS_1_0),  # a configuration for provider 2, which demanded no more
    ],
)
def test_the_oldest_tls_version_of_an_account(values: dict[str, Any], version: TlsVersion) -> None:
    assert facet(Transport, record(ACCOUNT, values)).minimum_version == Known(version)


@pytest.mark.parametrize(("newest", "version"), [(2, TlsVersion.TLS_1_0), (3, TlsVersion.TLS_1_2)])
def test_a_configuration_for_provider_2_alone_has_its_default(newest: int, version: TlsVersion) -> None:
    declared = msgspec.structs.replace(record(ACCOUNT, {}), majors=(newest, newest))
    assert facet(Transport, declared).minimum_version == Known(version)


def test_a_version_that_no_table_has_is_unknown_and_named() -> None:
    version = facet(Transport, record(ACCOUNT, {"min_tls_version": "TLS9_9"})).minimum_version
    assert isinstance(version, Unknown)
    assert "TLS9_9" in version.cause


def test_an_old_live_account_without_a_minimum_proves_nothing() -> None:
    live = facet(Transport, record(ACCOUNT), source=SourceKind.LIVE)
    assert isinstance(live.minimum_version, Unknown)


@pytest.mark.parametrize("spelling", ["West Europe", "westeurope", "WestEurope", " west europe "])
def test_a_display_name_is_its_region(spelling: str) -> None:
    placed = facet(Placement, record(ACCOUNT, {"location": spelling, "account_replication_type": "LRS"}))
    assert placed == Placement(Known(WEST), Known(()))


@pytest.mark.parametrize(("location", "jurisdiction"), [("UK South", "adequacy"), ("norwayeast", "EEA"), ("switzerlandwest", "adequacy")])
def test_europe_is_more_than_the_union(location: str, jurisdiction: str) -> None:
    home = facet(Placement, record(ACCOUNT, {"location": location})).home
    assert home.map(lambda place: place.jurisdiction) == Known(jurisdiction)


@pytest.mark.parametrize("location", [None, "", "atlantis", "europe west", DENIED, ["westeurope"], {"a": 1}])
def test_a_place_that_no_table_has_is_unknown(location: Any) -> None:
    assert isinstance(facet(Placement, record(ACCOUNT, {"location": location})).home, Unknown)


@pytest.mark.parametrize(
    ("values", "copies"),
    [
        ({"account_replication_type": "LRS"}, Known(())),
        ({"account_replication_type": "ZRS"}, Known(())),
        ({"account_replication_type": "GRS"}, Known((Known(NORTH),))),
        ({"account_replication_type": "RAGRS"}, Known((Known(NORTH),))),
        ({"account_replication_type": "GZRS"}, Known((Known(NORTH),))),
        ({"account_replication_type": "RAGZRS"}, Known((Known(NORTH),))),
        ({"account_replication_type": "GRS", "secondary_location": "ukwest"}, Known((Known(Location("ukwest", "adequacy", "GB")),))),
        ({"account_replication_type": "LRS", "secondary_location": ""}, Known(())),
    ],
)
def test_where_copies_go(values: dict[str, Any], copies: Any) -> None:
    assert facet(Placement, record(ACCOUNT, {"location": "westeurope", **values})).copies == copies


@pytest.mark.parametrize(
    "values",
    [
        {"location": "westeurope", "account_replication_type": "XRS"},
        {"location": "westeurope"},
        {"location": "westeurope", "account_replication_type": DENIED},
        {"location": "polandcentral", "account_replication_type": "GRS"},  # has no pair
        {"location": DENIED, "account_replication_type": "GRS"},
    ],
)
def test_copies_that_cannot_be_told_are_unknown(values: dict[str, Any]) -> None:
    assert isinstance(facet(Placement, record(ACCOUNT, values)).copies, Unknown)


def test_copies_that_go_to_one_of_two_places_name_both() -> None:
    either = Unknown(Why.UNRESOLVED, "var.replication", possible=("LRS", "GRS"))
    copies = facet(Placement, record(ACCOUNT, {"location": "westeurope", "account_replication_type": either})).copies
    assert isinstance(copies, Unknown)
    assert copies.possible == ((), (Known(NORTH),))


KEY_ID = "https://fixture.vault.azure.net/keys/cmk/0123456789abcdef"
KEY = record("azurerm_key_vault_key", {"name": "cmk", "key_vault_id": "/subscriptions/s/vaults/fixture"}, "cmk", id=KEY_ID)
CUSTOMERS = (Known(KeyOwner.CUSTOMER), Known(KeyState.ENABLED))


@pytest.mark.parametrize("name", [KEY_ID, KEY_ID.upper(), "https://fixture.vault.azure.net/keys/cmk"])
def test_an_account_knows_its_declared_key_with_its_version_or_without(name: str) -> None:
    values = {"customer_managed_key": [{"key_vault_key_id": name, "user_assigned_identity_id": "i"}]}
    stored = facet(Encryption, record(ACCOUNT, values), KEY)
    assert (stored.cipher, stored.key_owner, stored.key_state) == (Known(Cipher.AES_256), *CUSTOMERS)


@pytest.mark.parametrize("name", ["https://other.vault.azure.net/keys/cmk", "https://fixture.vault.azure.net/keys/cm", VARIABLE])
def test_a_key_that_is_not_declared_is_judged_where_it_is(name: Any) -> None:
    stored = facet(Encryption, record(ACCOUNT, {"customer_managed_key": [{"key_vault_key_id": name}]}), KEY)
    assert stored.cipher == Known(Cipher.AES_256)
    assert isinstance(stored.key_state, Unknown)
    assert stored.key_state.why is Why.ELSEWHERE


def split(**values: Any) -> Encryption:
    key = {"storage_account_id": Unknown(Why.COMPUTED, references=(f"{ACCOUNT}.x",), is_=f"{ACCOUNT}.x.id"), **values}
    return facet(Encryption, record(ACCOUNT), record("azurerm_storage_account_customer_managed_key", key), KEY)


def test_a_split_key_is_an_inline_key() -> None:
    inline = facet(Encryption, record(ACCOUNT, {"customer_managed_key": [{"key_vault_key_id": KEY_ID}]}), KEY)
    assert split(key_vault_id="/subscriptions/S/vaults/fixture", key_name="cmk") == inline


@pytest.mark.parametrize("vault", ["/subscriptions/s/vaults/other", Unknown(Why.UNRESOLVED, "var.vault", references=("var.vault",))])
def test_a_key_of_the_same_name_in_another_vault_is_another_key(vault: Any) -> None:
    stored = split(key_vault_id=vault, key_name="cmk")
    assert stored.key_owner == Known(KeyOwner.CUSTOMER)
    assert isinstance(stored.key_state, Unknown)


def part_of(vault: str, attribute: str = "id") -> Doubt:
    return Unknown(Why.COMPUTED, references=(f"azurerm_key_vault.{vault}",), is_=f"azurerm_key_vault.{vault}.{attribute}")


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ({"key_vault_id": part_of("v")}, Known(KeyState.ENABLED)),
        ({"key_vault_uri": part_of("v", "vault_uri")}, Known(KeyState.ENABLED)),
        ({"key_vault_id": part_of("w")}, Why.ELSEWHERE),
        ({"key_vault_uri": part_of("w", "vault_uri")}, Why.ELSEWHERE),
        # Two ids that rest on the same may differ.
        ({"key_vault_id": Unknown(Why.COMPUTED, references=("azurerm_key_vault.v",), partial="${azurerm_key_vault.v.id}2")}, Why.COMPUTED),
    ],
)
def test_a_key_is_meant_by_its_name_and_its_vault(named: dict[str, Any], state: Any) -> None:
    reference = {"storage_account_id": Unknown(Why.COMPUTED, references=(f"{ACCOUNT}.x",), is_=f"{ACCOUNT}.x.id"), "key_name": "k"}
    other = record("azurerm_storage_account_customer_managed_key", {**reference, **named})
    keys = [record("azurerm_key_vault_key", {"name": "k", "key_vault_id": part_of(vault)}, f"in_{vault}") for vault in ("v", "u")]
    found = facet(Encryption, record(ACCOUNT), other, record("azurerm_key_vault", {}, "v"), *keys).key_state
    assert found == state if isinstance(state, Known) else isinstance(found, Unknown) and found.why is state


HANDED_ON: Doubt = Unknown(Why.UNRESOLVED, "var.v", references=("var.v",))
READ: Doubt = Unknown(Why.UNRESOLVED, references=("data.azurerm_key_vault.v",), is_="data.azurerm_key_vault.v.id")


@pytest.mark.parametrize("told", [HANDED_ON, READ])
@pytest.mark.parametrize("name", ["k", HANDED_ON])
def test_a_declared_key_in_what_may_be_the_vault_is_not_one_of_elsewhere(told: Doubt, name: Any) -> None:
    setting = record("azurerm_storage_account_customer_managed_key", {"storage_account_id": "x", "key_vault_id": told, "key_name": name})
    for vault in (told, part_of("v")):
        key = record("azurerm_key_vault_key", {"name": name, "key_vault_id": vault, "expiration_date": "2020-01-01T00:00:00Z"})
        found = facet(Encryption, record(ACCOUNT, {"id": "x"}), setting, record("azurerm_key_vault", {}, "v"), key).key_state
        assert found == Known(KeyState.EXPIRED) or getattr(found, "why", None) is not Why.ELSEWHERE


@pytest.mark.parametrize(("uri", "known"), [("https://FIXTURE.vault.azure.net/", True), ("https://other.vault.azure.net/", False)])
def test_a_vault_is_known_by_its_address_too(uri: str, known: bool) -> None:
    stored = split(key_vault_uri=uri, key_name="cmk")
    assert isinstance(stored.key_state, Known) is known


def test_a_conditional_key_has_no_owner_yet() -> None:
    either = Unknown(Why.UNRESOLVED, "var.own_key", possible=(None, KEY_ID))
    stored = facet(Encryption, record(ACCOUNT, {"customer_managed_key": [{"key_vault_key_id": either}]}), KEY)
    assert isinstance(stored.key_owner, Unknown)
    assert set(stored.key_owner.possible) == {KeyOwner.PROVIDER, KeyOwner.CUSTOMER}


SET = record("azurerm_disk_encryption_set", {"key_vault_key_id": KEY_ID}, "set", id="/subscriptions/s/des")


@pytest.mark.parametrize("attribute", ["disk_encryption_set_id", "secure_vm_disk_encryption_set_id"])
def test_a_disk_has_the_key_of_its_encryption_set(attribute: str) -> None:
    stored = facet(Encryption, record("azurerm_managed_disk", {attribute: "/subscriptions/S/DES"}), SET, KEY)
    assert (stored.key_owner, stored.key_state) == CUSTOMERS


def test_a_disk_without_an_encryption_set_has_microsofts_key() -> None:
    assert facet(Encryption, record("azurerm_managed_disk")) == Encryption(Known(Cipher.AES_256))


def test_an_encryption_set_that_is_not_declared_has_a_key_that_is_not_either() -> None:
    stored = facet(Encryption, record("azurerm_managed_disk", {"disk_encryption_set_id": "/subscriptions/s/elsewhere"}))
    assert stored.key_owner == Known(KeyOwner.CUSTOMER)
    assert isinstance(stored.key_state, Unknown)
    assert stored.key_state.why is Why.ELSEWHERE


def test_a_snapshot_has_the_key_of_its_disk() -> None:
    disk = record("azurerm_managed_disk", {"disk_encryption_set_id": "/subscriptions/s/des"}, "disk", id="/subscriptions/s/disk")
    snapshot = record("azurerm_snapshot", {"source_resource_id": "/subscriptions/s/disk", "location": "France Central"})
    assert facet(Encryption, snapshot, disk, SET, KEY) == facet(Encryption, disk, SET, KEY)
    alone = facet(Encryption, snapshot)
    assert alone.cipher == Known(Cipher.AES_256)
    assert isinstance(alone.key_state, Unknown)
