replica_region = "us-east-1"
algorithm      = "AES256"
policy         = "{}"
key_enabled    = false
