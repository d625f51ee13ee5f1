region          = "europe-west1"
ssl_mode        = "ENCRYPTED_ONLY"
backups         = true
retained        = 31
backup_location = "eu"
algorithm       = "GOOGLE_SYMMETRIC_ENCRYPTION"
