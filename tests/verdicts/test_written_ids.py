"""Identifiers that a configuration writes out: whether they may be those of what it declares, whose own only the cloud makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ENCRYPTED, COPIES, USABLE = "data-encrypted-at-rest", "copies-in-allowed-jurisdiction", "encryption-key-usable"
GOOGLE = """
variable "p" {}
provider "google" { project = "p" }
resource "google_kms_key_ring" "r" {
  name     = "r"
  location = "europe-west3"
}
resource "google_kms_crypto_key" "weak" {
  name     = "Weak"
  key_ring = %s
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template { algorithm = "AES_128_GCM" }
}
resource "google_storage_bucket" "b" {
  name     = "b"
  location = "EU"
  encryption { default_kms_key_name = "%s" }
}
"""
RING = "google_kms_key_ring.r.id"


@pytest.mark.parametrize(
    ("ring", "key", "expected"),
    [
        (RING, "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "//cloudkms.googleapis.com/projects/p/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "https://cloudkms.googleapis.com/v1/projects/p/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "projects/123456789012/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "projects/${var.p}/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "projects/p/locations/europe-west3/keyRings/${var.p}/cryptoKeys/Weak", "unknown"),
        (RING, "projects/${var.p}/locations/europe-west3/keyRings/r/cryptoKeys/Weak/cryptoKeyVersions/1", "unknown"),
        ('"projects/p/locations/europe-west3/keyRings/r"', "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "unknown"),
        (RING, "projects/other/locations/europe-west3/keyRings/r/cryptoKeys/Weak", "pass"),
        (RING, "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/Weak", "pass"),
        (RING, "projects/p/locations/europe-west3/keyRings/other/cryptoKeys/Weak", "pass"),
        (RING, "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/another", "pass"),
        (RING, "projects/${var.p}/locations/europe-west3/keyRings/r/cryptoKeys/another", "pass"),
    ],
)
def test_a_key_by_an_id_that_is_written_out(gate: Callable[..., Any], ring: str, key: str, expected: str) -> None:
    assert gate(GOOGLE % (ring, key)).outcomes["google_storage_bucket.b", ENCRYPTED] == expected


AZURE = """
provider "azurerm" {
  features {}
  subscription_id = "11111111-1111-1111-1111-111111111111"
}
resource "azurerm_storage_account" "s" {
  name                     = "s"
  resource_group_name      = "rg"
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
resource "azurerm_storage_object_replication" "o" {
  source_storage_account_id      = "%s/providers/Microsoft.Storage/storageAccounts/%s"
  destination_storage_account_id = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/elsewhere"
  rules {
    source_container_name      = "a"
    destination_container_name = "a"
  }
}
"""


@pytest.mark.parametrize(
    ("group", "name", "expected"),
    [
        ("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg", "s", "unknown"),
        ("/SUBSCRIPTIONS/11111111-1111-1111-1111-111111111111/resourcegroups/RG", "S", "unknown"),
        ("/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg", "s", "not_applicable"),
        ("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/other", "s", "not_applicable"),
        ("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg", "t", "not_applicable"),
    ],
)
def test_an_account_by_an_id_that_is_written_out(gate: Callable[..., Any], group: str, name: str, expected: str) -> None:
    assert gate(AZURE % (group, name)).outcomes["azurerm_storage_account.s", COPIES] == expected


VAULT = """
resource "azurerm_key_vault_key" "k" {
  name         = "k"
  key_vault_id = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v"
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["wrapKey"]
}
resource "azurerm_postgresql_flexible_server" "p" {
  name                = "p"
  resource_group_name = "rg"
  location            = "westeurope"
  customer_managed_key { key_vault_key_id = "%s" }
}
"""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("https://v.vault.azure.net/keys/k/0123456789abcdef", "unknown"),
        ("https://v.vault.azure.net/keys/k", "unknown"),
        ("https://v.vault.azure.net/keys/other/0123456789abcdef", "not_applicable"),
    ],
)
def test_a_vault_key_by_a_url_that_is_written_out(gate: Callable[..., Any], key: str, expected: str) -> None:
    assert gate(VAULT % key).outcomes["azurerm_postgresql_flexible_server.p", USABLE] == expected


@pytest.mark.parametrize(("location", "expected"), [("us-east1", "fail"), ("europe-west3", "pass")])
def test_a_ring_that_a_data_source_looks_up_lies_where_its_arguments_say(gate: Callable[..., Any], location: str, expected: str) -> None:
    main = f'data "google_kms_key_ring" "d" {{\n  name = "r"\n  location = "{location}"\n}}\n'
    main += 'resource "google_kms_crypto_key" "k" {\n  name = "k"\n  key_ring = data.google_kms_key_ring.d.id\n}\n'
    assert gate(main).outcomes["google_kms_crypto_key.k", "data-in-allowed-jurisdiction"] == expected
