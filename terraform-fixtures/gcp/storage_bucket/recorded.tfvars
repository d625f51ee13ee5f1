location  = "EU"
regions   = ["EUROPE-WEST1", "EUROPE-WEST4"]
algorithm = "GOOGLE_SYMMETRIC_ENCRYPTION"
