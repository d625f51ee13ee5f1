location         = "northeurope"
retention        = 35
geo_redundant    = true
secure_transport = "on"
oldest_protocol  = "TLSv1.2"
