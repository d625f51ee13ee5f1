rotation  = "2592000s"
algorithm = "GOOGLE_SYMMETRIC_ENCRYPTION"
location  = "europe-west12"
