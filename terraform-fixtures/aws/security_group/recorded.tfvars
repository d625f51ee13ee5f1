admin_ranges = ["192.0.2.0/24"]
rules        = [{ port = 22, cidr = "0.0.0.0/0" }]
