variable "rotation" {
  type = string
}

variable "algorithm" {
  type = string
}

variable "location" {
  type = string
}

provider "google" {
  project = "fixture"
  region  = "europe-west9"
}

resource "google_kms_key_ring" "main" {
  name     = "fixture"
  location = "europe-west9"
}

resource "google_kms_key_ring" "global" {
  name     = "fixture-global"
  location = "global"
}

resource "google_kms_key_ring" "europe" {
  name     = "fixture-europe"
  location = "europe"
}

resource "google_kms_key_ring" "undecided" {
  name     = "fixture-undecided"
  location = var.location
}

# expect: PASS key-rotates, PASS key-algorithm, PASS key-not-being-deleted, PASS data-in-allowed-jurisdiction
resource "google_kms_crypto_key" "good" {
  name            = "fixture-good"
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "7776000s"
}

# expect: FAIL key-rotates, PASS key-algorithm, FAIL data-in-allowed-jurisdiction
resource "google_kms_crypto_key" "never" {
  name     = "fixture-never"
  key_ring = google_kms_key_ring.global.id
  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }
}

# Two years are too long. The multi-region "europe" is not proven to lie in the EU.
# expect: FAIL key-rotates, UNKNOWN data-in-allowed-jurisdiction
resource "google_kms_crypto_key" "slow" {
  name            = "fixture-slow"
  key_ring        = google_kms_key_ring.europe.id
  rotation_period = "63072000s"
}

# expect: FAIL key-algorithm, NOT_APPLICABLE key-rotates
resource "google_kms_crypto_key" "weak" {
  name     = "fixture-weak"
  key_ring = google_kms_key_ring.main.id
  purpose  = "RAW_ENCRYPT_DECRYPT"
  version_template {
    algorithm = "AES_128_CBC"
  }
}

# expect: NOT_APPLICABLE key-algorithm, NOT_APPLICABLE key-rotates
resource "google_kms_crypto_key" "signing" {
  name     = "fixture-signing"
  key_ring = google_kms_key_ring.main.id
  purpose  = "ASYMMETRIC_SIGN"
  version_template {
    algorithm = "EC_SIGN_P256_SHA256"
  }
}

# Only the external key manager knows the algorithm, and whether the key rotates.
# expect: UNKNOWN key-algorithm, UNKNOWN key-rotates
resource "google_kms_crypto_key" "external" {
  name     = "fixture-external"
  key_ring = google_kms_key_ring.main.id
  version_template {
    algorithm        = "EXTERNAL_SYMMETRIC_ENCRYPTION"
    protection_level = "EXTERNAL"
  }
}

# expect: UNKNOWN key-rotates, UNKNOWN key-algorithm, UNKNOWN data-in-allowed-jurisdiction
resource "google_kms_crypto_key" "undecided" {
  name            = "fixture-undecided"
  key_ring        = google_kms_key_ring.undecided.id
  rotation_period = var.rotation
  version_template {
    algorithm = var.algorithm
  }
}

# A key ring that is declared elsewhere says in its name where it lies.
# expect: PASS data-in-allowed-jurisdiction
resource "google_kms_crypto_key" "elsewhere" {
  name            = "fixture-elsewhere"
  key_ring        = "projects/fixture/locations/europe-north1/keyRings/hub"
  rotation_period = "7776000s"
}
