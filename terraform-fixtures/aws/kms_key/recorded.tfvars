rotate  = true
enabled = true
spec    = "SYMMETRIC_DEFAULT"
