variable "zone" {
  type = string
}

variable "region" {
  type = string
}

variable "algorithm" {
  type = string
}

provider "google" {
  project = "fixture"
  region  = "europe-west4"
}

resource "google_kms_key_ring" "main" {
  name     = "fixture"
  location = "europe-west4"
}

# expect: PASS key-rotates
resource "google_kms_crypto_key" "disks" {
  name            = "fixture-disks"
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "2592000s"
}

# expect: UNKNOWN key-algorithm
resource "google_kms_crypto_key" "undecided" {
  name     = "fixture-undecided"
  key_ring = google_kms_key_ring.main.id
  version_template {
    algorithm = var.algorithm
  }
}

# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable
# expect: PASS data-in-allowed-jurisdiction, NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "google_compute_disk" "good" {
  name = "fixture-good"
  zone = "europe-west4-a"
  size = 64
  disk_encryption_key {
    kms_key_self_link = google_kms_crypto_key.disks.id
  }
}

# Google encrypts every disk with AES-256.
# expect: PASS data-encrypted-at-rest, FAIL data-in-allowed-jurisdiction
resource "google_compute_disk" "abroad" {
  name = "fixture-abroad"
  zone = "europe-west6-b"
  size = 64
}

# expect: UNKNOWN data-encrypted-at-rest, UNKNOWN data-in-allowed-jurisdiction
resource "google_compute_disk" "undecided" {
  name = "fixture-undecided"
  zone = var.zone
  size = 64
  disk_encryption_key {
    kms_key_self_link = google_kms_crypto_key.undecided.id
  }
}

# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable, PASS data-in-allowed-jurisdiction
resource "google_compute_region_disk" "good" {
  name          = "fixture-good"
  region        = "europe-west4"
  replica_zones = ["europe-west4-a", "europe-west4-b"]
  size          = 200
  disk_encryption_key {
    kms_key_name = google_kms_crypto_key.disks.id
  }
}

# expect: PASS data-encrypted-at-rest, FAIL data-in-allowed-jurisdiction
resource "google_compute_region_disk" "abroad" {
  name          = "fixture-abroad"
  region        = "us-central1"
  replica_zones = ["us-central1-a", "us-central1-b"]
  size          = 200
}

# expect: PASS data-encrypted-at-rest, UNKNOWN data-in-allowed-jurisdiction
resource "google_compute_region_disk" "undecided" {
  name          = "fixture-undecided"
  region        = var.region
  replica_zones = ["${var.region}-a", "${var.region}-b"]
  size          = 200
}
