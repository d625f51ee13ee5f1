variable "region" {
  type = string
}

variable "ssl_mode" {
  type = string
}

variable "backups" {
  type = bool
}

variable "retained" {
  type = number
}

variable "backup_location" {
  type = string
}

variable "algorithm" {
  type = string
}

provider "google" {
  project = "fixture"
  region  = "europe-west1"
}

resource "google_kms_key_ring" "main" {
  name     = "fixture"
  location = "europe-west1"
}

# expect: PASS key-not-being-deleted
resource "google_kms_crypto_key" "sql" {
  name            = "fixture-sql"
  key_ring        = google_kms_key_ring.main.id
  rotation_period = "7776000s"
}

# expect: UNKNOWN key-algorithm
resource "google_kms_crypto_key" "undecided" {
  name     = "fixture-undecided"
  key_ring = google_kms_key_ring.main.id
  version_template {
    algorithm = var.algorithm
  }
}

# One backup a day: thirty of them are thirty days.
# expect: PASS data-encrypted-at-rest, PASS encryption-key-usable, PASS transport-encrypted, NOT_APPLICABLE tls-minimum-version
# expect: PASS backups-kept-long-enough, PASS backups-not-kept-too-long
# expect: PASS data-in-allowed-jurisdiction, PASS copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "good" {
  name                = "fixture-good"
  database_version    = "POSTGRES_16"
  region              = "europe-west1"
  encryption_key_name = google_kms_crypto_key.sql.id
  settings {
    tier = "db-custom-2-7680"
    ip_configuration {
      ipv4_enabled = false
      ssl_mode     = "ENCRYPTED_ONLY"
    }
    backup_configuration {
      enabled  = true
      location = "europe-west4"
      backup_retention_settings {
        retained_backups = 30
        retention_unit   = "COUNT"
      }
    }
  }
}

# Backups are the primary's concern; its key is the replica's too, in its region.
# expect: PASS data-encrypted-at-rest, PASS transport-encrypted, NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "replica" {
  name                 = "fixture-replica"
  database_version     = "POSTGRES_16"
  region               = "europe-west1"
  master_instance_name = google_sql_database_instance.good.name
  settings {
    tier = "db-custom-2-7680"
    ip_configuration {
      ssl_mode = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }
  }
}

# Unset, plain text is taken and no backup made.
# expect: PASS data-encrypted-at-rest, FAIL transport-encrypted, FAIL backups-kept-long-enough
# expect: FAIL data-in-allowed-jurisdiction, NOT_APPLICABLE copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "abroad" {
  name             = "fixture-abroad"
  database_version = "MYSQL_8_0"
  region           = "europe-west2"
  settings {
    tier = "db-f1-micro"
  }
}

# expect: FAIL transport-encrypted, FAIL backups-not-kept-too-long, FAIL copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "hoarder" {
  name             = "fixture-hoarder"
  database_version = "MYSQL_8_0"
  region           = "europe-west1"
  settings {
    tier = "db-n1-standard-1"
    ip_configuration {
      ssl_mode = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    }
    backup_configuration {
      enabled  = true
      location = "us"
      backup_retention_settings {
        retained_backups = 90
      }
    }
  }
}

# Seven backups are kept unless more are asked for, and Google chooses where.
# expect: FAIL backups-kept-long-enough, UNKNOWN copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "backups_unset" {
  name             = "fixture-backups-unset"
  database_version = "MYSQL_8_0"
  region           = "europe-west1"
  settings {
    tier = "db-n1-standard-1"
    backup_configuration {
      enabled = true
    }
  }
}

# expect: UNKNOWN data-encrypted-at-rest, UNKNOWN transport-encrypted
# expect: UNKNOWN backups-kept-long-enough, UNKNOWN backups-not-kept-too-long
# expect: UNKNOWN data-in-allowed-jurisdiction, UNKNOWN copies-in-allowed-jurisdiction
resource "google_sql_database_instance" "undecided" {
  name                = "fixture-undecided"
  database_version    = "POSTGRES_16"
  region              = var.region
  encryption_key_name = google_kms_crypto_key.undecided.id
  settings {
    tier = "db-custom-2-7680"
    ip_configuration {
      ssl_mode = var.ssl_mode
    }
    backup_configuration {
      enabled  = var.backups
      location = var.backup_location
      backup_retention_settings {
        retained_backups = var.retained
      }
    }
  }
}
