"""A key that is named by way of what no reader takes: judged elsewhere only where no declared one can be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verdicts.conftest import judged

GOOGLE = """
provider "google" {
  project = "p"
  region  = "europe-west3"
}
resource "google_kms_key_ring" "r" {
  name     = "r"
  location = "europe-west3"
}
resource "google_kms_crypto_key" "k" {
  name     = "k"
  key_ring = google_kms_key_ring.r.id
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template { algorithm = "AES_128_GCM" }
}
resource "google_storage_bucket" "b" {
  name     = "b"
  location = "EU"
  encryption { default_kms_key_name = %s }
}
"""
RING = "projects/p/locations/europe-west3/keyRings"
AWS = """
resource "aws_kms_key" "k" { is_enabled = false }
resource "aws_kms_alias" "a" {
  name          = %s
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  encrypted         = true
  kms_key_id        = %s
}
variable "n" {}
variable "m" {}
"""


def _outcome(folder: Path, text: str, address: str, check: str) -> str:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return judged(folder).outcomes[address, check]


@pytest.mark.parametrize(
    ("name", "beside", "outcome"),
    [
        ("data.google_kms_crypto_keys.t.keys[0].id", f'data "google_kms_crypto_keys" "t" {{ key_ring = "{RING}/r" }}', "unknown"),
        ("data.google_kms_crypto_keys.t.keys[0].id", f'data "google_kms_crypto_keys" "t" {{ key_ring = "{RING}/other" }}', "pass"),
        ("data.google_kms_crypto_key.t.id", f'data "google_kms_crypto_key" "t" {{\n name = "o"\n key_ring = "{RING}/r"\n}}', "pass"),
        ("module.m.k", 'module "m" {\n source = "git::https://x/y"\n k = google_kms_crypto_key.k.id\n}', "unknown"),
        ("module.m.k", 'module "m" {\n source = "git::https://x/y"\n k = "k"\n}', "unknown"),
        ("module.m.k", 'module "m" {\n source = "git::https://x/y"\n k = "o"\n}', "pass"),
        ('"${var.x}/cryptoKeys/k"', "", "unknown"),
        ('"${var.x}/cryptoKeys/o"', "", "pass"),
        ("var.x", "", "pass"),
        ("data.terraform_remote_state.s.outputs.k", 'data "terraform_remote_state" "s" { backend = "gcs" }', "pass"),
        ("data.google_pubsub_topic.t.kms_key_name", 'data "google_pubsub_topic" "t" { name = "t" }', "pass"),
    ],
)
def test_the_key_of_a_bucket(tmp_path: Path, name: str, beside: str, outcome: str) -> None:
    text = f'{GOOGLE % name}\nvariable "x" {{}}\n{beside}\n'
    assert _outcome(tmp_path, text, "google_storage_bucket.b", "data-encrypted-at-rest") == outcome


def test_past_a_limit_a_trail_may_lead_to_any_key(tmp_path: Path) -> None:
    """Each bucket names its key by way of a block of its own, the last one the declared key."""
    names = ['"projects/p/locations/l/keyRings/r/cryptoKeys/o"'] * 1_000 + ["google_kms_crypto_key.k.id"]
    data = "\n".join(
        f'resource "terraform_data" "t{place}" {{\n input = {name}\n lifecycle {{ ignore_changes = [input] }}\n}}'
        for place, name in enumerate(names)
    )
    ahead = "\n".join(
        f'resource "google_storage_bucket" "a{place}" {{\n encryption {{ default_kms_key_name = terraform_data.t{place}.output }}\n}}'
        for place in range(1_000)
    )
    text = f"{ahead}\n{GOOGLE % 'terraform_data.t1000.output'}\n{data}"
    assert _outcome(tmp_path, text, "google_storage_bucket.b", "data-encrypted-at-rest") == "unknown"


@pytest.mark.parametrize(
    ("alias", "name", "outcome"),
    [
        ('"alias/x"', '"alias/${var.n}"', "unknown"),
        ('"other/x"', '"alias/${var.n}"', "not_applicable"),
        ('"alias/x-b"', '"alias/${var.n}-a"', "not_applicable"),
        ('"alias/${var.n}-a"', '"alias/${var.n}-b"', "not_applicable"),
        ('"alias/${var.n}"', '"alias/${lower(var.n)}"', "unknown"),
        ("upper(var.n)", "var.n", "unknown"),
        ("var.n", "var.m", "not_applicable"),
        ('"alias/x"', "var.n", "not_applicable"),
    ],
)
def test_the_alias_of_a_key(tmp_path: Path, alias: str, name: str, outcome: str) -> None:
    assert _outcome(tmp_path, AWS % (alias, name), "aws_ebs_volume.v", "encryption-key-usable") == outcome
