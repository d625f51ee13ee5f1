variable "encrypted" {
  type = bool
}

variable "retention" {
  type = number
}

provider "aws" {
  region = "eu-north-1"
}

resource "aws_rds_cluster_parameter_group" "tls" {
  name   = "fixture-tls"
  family = "aurora-mysql8.0"
  parameter {
    name  = "require_secure_transport"
    value = "ON"
  }
}

# expect: PASS data-encrypted-at-rest, PASS transport-encrypted, PASS backups-kept-long-enough
# expect: PASS data-in-allowed-jurisdiction, PASS backups-not-kept-too-long
resource "aws_rds_cluster" "good" {
  cluster_identifier              = "fixture-good"
  engine                          = "aurora-mysql"
  engine_version                  = "8.0.mysql_aurora.3.08.0"
  storage_encrypted               = true
  backup_retention_period         = 35
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.tls.name
}

# expect: FAIL data-encrypted-at-rest, FAIL transport-encrypted, FAIL backups-kept-long-enough
resource "aws_rds_cluster" "bad" {
  cluster_identifier = "fixture-bad"
  engine             = "aurora-mysql"
  engine_version     = "8.0.mysql_aurora.3.08.0"
  storage_encrypted  = false
}

# expect: UNKNOWN data-encrypted-at-rest, UNKNOWN transport-encrypted, UNKNOWN backups-kept-long-enough
resource "aws_rds_cluster" "undecided" {
  cluster_identifier      = "fixture-undecided"
  engine                  = "aurora-postgresql"
  engine_version          = "17.2"
  storage_encrypted       = var.encrypted
  backup_retention_period = var.retention
}
