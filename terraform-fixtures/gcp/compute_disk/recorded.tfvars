zone      = "europe-west4-c"
region    = "europe-west1"
algorithm = "GOOGLE_SYMMETRIC_ENCRYPTION"
