https_only  = true
minimum_tls = "TLS1_2"
location    = "northeurope"
replication = "GRS"
