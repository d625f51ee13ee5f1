variable "location" {
  type = string
}

variable "regions" {
  type = list(string)
}

variable "algorithm" {
  type = string
}

provider "google" {
  project = "fixture"
  region  = "europe-west3"
}

resource "google_kms_key_ring" "main" {
  name     = "fixture"
  location = "europe-west3"
}

# expect: PASS key-algorithm
resource "google_kms_crypto_key" "good" {
  name            = "fixture-good"
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "7776000s"
}

# expect: FAIL key-algorithm
resource "google_kms_crypto_key" "weak" {
  name     = "fixture-weak"
  key_ring = google_kms_key_ring.main.id
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template {
    algorithm = "AES_128_GCM"
  }
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
resource "google_storage_bucket" "good" {
  name     = "fixture-good"
  location = "EUROPE-WEST3"
  encryption {
    default_kms_key_name = google_kms_crypto_key.good.id
  }
}

# expect: PASS data-encrypted-at-rest, PASS data-in-allowed-jurisdiction
resource "google_storage_bucket" "multi_region" {
  name     = "fixture-multi-region"
  location = "EU"
}

# London is not in the EU, whatever the region is called.
# expect: FAIL data-encrypted-at-rest, FAIL data-in-allowed-jurisdiction
resource "google_storage_bucket" "abroad" {
  name     = "fixture-abroad"
  location = "EUROPE-WEST2"
  encryption {
    default_kms_key_name = google_kms_crypto_key.weak.id
  }
}

# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction
resource "google_storage_bucket" "two_regions" {
  name     = "fixture-two-regions"
  location = "EU"
  custom_placement_config {
    data_locations = ["EUROPE-WEST1", "EUROPE-NORTH1"]
  }
}

# expect: FAIL copies-in-allowed-jurisdiction
resource "google_storage_bucket" "one_region_abroad" {
  name     = "fixture-one-region-abroad"
  location = "EU"
  custom_placement_config {
    data_locations = ["EUROPE-WEST1", "EUROPE-WEST6"]
  }
}

# Frankfurt and Zurich.
# expect: FAIL data-in-allowed-jurisdiction
resource "google_storage_bucket" "dual_region" {
  name     = "fixture-dual-region"
  location = "EUR8"
}

# expect: UNKNOWN data-encrypted-at-rest, UNKNOWN data-in-allowed-jurisdiction, UNKNOWN copies-in-allowed-jurisdiction
resource "google_storage_bucket" "undecided" {
  name     = "fixture-undecided"
  location = var.location
  encryption {
    default_kms_key_name = google_kms_crypto_key.undecided.id
  }
  custom_placement_config {
    data_locations = var.regions
  }
}
