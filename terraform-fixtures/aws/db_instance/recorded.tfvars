encrypted = true
retention = 30
force_ssl = "1"
