partner_vpc = "vpc-0123456789abcdef0"
environment = "production"
