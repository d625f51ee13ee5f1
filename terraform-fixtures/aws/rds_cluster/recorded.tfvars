encrypted = true
retention = 30
