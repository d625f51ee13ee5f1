variable "partner_vpc" {
  type = string
}

variable "environment" {
  type = string
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "production" {
  cidr_block = "10.0.0.0/16"
  tags       = { environment = "production" }
}

resource "aws_vpc" "analytics" {
  cidr_block = "10.3.0.0/16"
  tags       = { Name = "analytics-prod" }
}

resource "aws_vpc" "development" {
  cidr_block = "10.1.0.0/16"
  tags       = { env = "dev" }
}

resource "aws_vpc" "untagged" {
  cidr_block = "10.2.0.0/16"
}

# expect: FAIL no-peering-across-environments
resource "aws_vpc_peering_connection" "across" {
  vpc_id      = aws_vpc.production.id
  peer_vpc_id = aws_vpc.development.id
}

# expect: PASS no-peering-across-environments
resource "aws_vpc_peering_connection" "within" {
  vpc_id      = aws_vpc.production.id
  peer_vpc_id = aws_vpc.analytics.id
}

# expect: UNKNOWN no-peering-across-environments
resource "aws_vpc_peering_connection" "unlabelled" {
  vpc_id      = aws_vpc.production.id
  peer_vpc_id = aws_vpc.untagged.id
}

# expect: UNKNOWN no-peering-across-environments
resource "aws_vpc_peering_connection" "partner" {
  vpc_id      = aws_vpc.production.id
  peer_vpc_id = var.partner_vpc
}

# expect: PASS network-holds-one-environment
resource "aws_subnet" "production" {
  vpc_id     = aws_vpc.production.id
  cidr_block = "10.0.1.0/24"
  tags       = { environment = "prod" }
}

# expect: FAIL network-holds-one-environment
resource "aws_subnet" "test_in_production" {
  vpc_id     = aws_vpc.production.id
  cidr_block = "10.0.2.0/24"
  tags       = { environment = "test" }
}

# expect: UNKNOWN network-holds-one-environment
resource "aws_subnet" "undecided" {
  vpc_id     = aws_vpc.production.id
  cidr_block = "10.0.3.0/24"
  tags       = { environment = var.environment }
}

# expect: NOT_APPLICABLE network-holds-one-environment
resource "aws_subnet" "unlabelled" {
  vpc_id     = aws_vpc.production.id
  cidr_block = "10.0.4.0/24"
}
