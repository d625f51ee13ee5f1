"""A key that is handed on by what no reader takes: whether it may be one that is declared here, in HCL and in a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

ENCRYPTED = "data-encrypted-at-rest"
MAIN = """
resource "google_kms_key_ring" "r" {
  name     = "r"
  location = "europe-west3"
}
resource "google_kms_crypto_key" "weak" {
  name     = "weak"
  key_ring = google_kms_key_ring.r.id
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template { algorithm = "AES_128_GCM" }
}
resource "terraform_data" "t" { input = google_kms_crypto_key.weak.id }
resource "terraform_data" "second" { input = [{ id = terraform_data.t.output }] }
resource "terraform_data" "other" { input = "projects/p/locations/l/keyRings/r/cryptoKeys/other" }
resource "terraform_data" "looped" {
  for_each = { a = google_kms_crypto_key.weak.id }
  input    = each.value
}
resource "google_kms_crypto_key_version" "v" { crypto_key = google_kms_crypto_key.weak.id }
data "google_kms_crypto_keys" "all" { key_ring = google_kms_key_ring.r.id }
data "google_kms_crypto_keys" "others" { key_ring = "projects/p/locations/l/keyRings/other" }
module "m" {
  source = "./m"
  key    = google_kms_crypto_key.weak.id
}
resource "google_storage_bucket" "b" {
  name     = "b"
  location = "EU"
  encryption { default_kms_key_name = %s }
}
"""
MODULE = """
variable "key" {}
resource "terraform_data" "t" { input = var.key }
output "key" { value = terraform_data.t.output }
"""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("terraform_data.t.output", "unknown"),
        ("terraform_data.second.output[0].id", "unknown"),
        ('terraform_data.looped["a"].output', "unknown"),
        ("google_kms_crypto_key_version.v.name", "unknown"),
        ("data.google_kms_crypto_keys.all.keys[0].id", "unknown"),
        ("module.m.key", "unknown"),
        ("terraform_data.other.output", "pass"),
        ("data.google_kms_crypto_keys.others.keys[0].id", "pass"),
    ],
)
def test_a_key_that_is_handed_on(tmp_path: Path, key: str, expected: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(MODULE, encoding="utf-8")
    (tmp_path / "main.tf").write_text(MAIN % key, encoding="utf-8")
    assert judged(tmp_path).outcomes["google_storage_bucket.b", ENCRYPTED] == expected


def entry(kind: str, name: str, values: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
    head = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "provider_name": "registry.terraform.io/x/google"}
    return {**head, "change": {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown}}


def configured(kind: str, name: str, expressions: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
    stem = "data." if mode == "data" else ""
    return {"address": f"{stem}{kind}.{name}", "mode": mode, "type": kind, "name": name, "expressions": expressions}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("terraform_data.t.output", "unknown"),
        ("data.google_kms_crypto_keys.all.keys", "unknown"),
        ("terraform_data.other.output", "pass"),
    ],
)
def test_a_key_that_is_handed_on_in_a_plan(tmp_path: Path, key: str, expected: str) -> None:
    ring, weak, bucket = "google_kms_key_ring", "google_kms_crypto_key", "google_storage_bucket"
    cipher = {"purpose": "RAW_ENCRYPT_DECRYPT", "version_template": [{"algorithm": "AES_128_GCM"}]}
    plan = {
        "format_version": "1.2",
        "resource_changes": [
            entry(ring, "r", {"name": "r", "location": "europe-west3"}, {"id": True}),
            entry(weak, "weak", {"name": "weak", **cipher}, {"id": True, "key_ring": True}),
            entry("terraform_data", "t", {}, {"output": True, "input": True}),
            entry("terraform_data", "other", {}, {"output": True}),
            entry(bucket, "b", {"name": "b", "location": "EU", "encryption": [{}]}, {"encryption": [{"default_kms_key_name": True}]}),
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    configured(ring, "r", {"name": {"constant_value": "r"}, "location": {"constant_value": "europe-west3"}}),
                    configured(weak, "weak", {"key_ring": {"references": [f"{ring}.r.id", f"{ring}.r"]}}),
                    configured("terraform_data", "t", {"input": {"references": [f"{weak}.weak.id", f"{weak}.weak"]}}),
                    configured("terraform_data", "other", {"input": {"references": ["var.x"]}}),
                    configured("google_kms_crypto_keys", "all", {"key_ring": {"references": [f"{ring}.r.id", f"{ring}.r"]}}, "data"),
                    configured(bucket, "b", {"encryption": [{"default_kms_key_name": {"references": [key, key.rpartition(".")[0]]}}]}),
                ]
            }
        },
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert judged(tmp_path / "plan.json").outcomes[f"{bucket}.b", ENCRYPTED] == expected
