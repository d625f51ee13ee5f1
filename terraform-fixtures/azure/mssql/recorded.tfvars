minimum_tls    = "1.2"
encrypted      = true
retention      = 30
backup_storage = "Geo"
location       = "westeurope"
