"""A project of Google Cloud has a number beside its name: what names it by the one may mean what names it by the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BUCKET = "google_storage_bucket.b"
REPLICATED = "google_sql_database_instance.p"


def keyed(ring: str, named: str) -> str:
    return f"""
provider "google" {{ project = "p" }}
resource "google_kms_key_ring" "r" {{
  name     = "r"
  location = "europe-west3"
  {ring}
}}
resource "google_kms_crypto_key" "k" {{
  name     = "k"
  key_ring = google_kms_key_ring.r.id
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template {{ algorithm = "AES_128_GCM" }}
}}
resource "google_storage_bucket" "b" {{
  name     = "b"
  location = "EU"
  encryption {{ default_kms_key_name = "projects/{named}/locations/europe-west3/keyRings/r/cryptoKeys/k" }}
}}
"""


@pytest.mark.parametrize(
    ("ring", "named", "expected"),
    [
        ('project = "123456"', "p", "unknown"),
        ("", "123456", "unknown"),
        ('project = "123456"', "123457", "pass"),
        ('project = "q"', "p", "pass"),
        ("project = var.any", "p", "unknown"),
    ],
)
def test_a_key_in_what_may_be_the_same_project(gate: Callable[..., Any], ring: str, named: str, expected: str) -> None:
    found = gate(keyed(ring, named) + 'variable "any" {}\n')
    # Of two numbers neither is told to be the project's name: only a spelling that differs leaves a doubt.
    assert found.outcomes[BUCKET, "data-encrypted-at-rest"] == expected


@pytest.mark.parametrize(("of", "expected"), [("123456", "unknown"), ("q", "pass")])
@pytest.mark.parametrize("primary", ["my-proj:p", "p"])
def test_a_replica_in_what_may_be_the_same_project(gate: Callable[..., Any], of: str, primary: str, expected: str) -> None:
    settings = 'settings {\n backup_configuration {\n enabled = true\n location = "eu"\n }\n }'
    main = f"""
resource "google_sql_database_instance" "p" {{
  name    = "p"
  project = "{of}"
  region  = "europe-west3"
  {settings}
}}
resource "google_sql_database_instance" "r" {{
  name                 = "r"
  project              = "my-proj"
  region               = "us-east1"
  master_instance_name = "{primary}"
}}
"""
    assert gate(main).outcomes[REPLICATED, "copies-in-allowed-jurisdiction"] == expected
