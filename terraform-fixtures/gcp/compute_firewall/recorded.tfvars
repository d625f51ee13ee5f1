admin_ranges = ["198.51.100.0/24"]
ports        = ["443"]
disabled     = true
