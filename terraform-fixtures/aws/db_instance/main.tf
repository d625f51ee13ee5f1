variable "encrypted" {
  type = bool
}

variable "retention" {
  type = number
}

variable "force_ssl" {
  type = string
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_db_parameter_group" "tls" {
  name   = "fixture-tls"
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_db_parameter_group" "plain" {
  name   = "fixture-plain"
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = "0"
  }
}

resource "aws_db_parameter_group" "maybe" {
  name   = "fixture-maybe"
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = var.force_ssl
  }
}

# expect: PASS data-encrypted-at-rest, PASS transport-encrypted, NOT_APPLICABLE tls-minimum-version
# expect: PASS backups-kept-long-enough, PASS backups-not-kept-too-long, PASS data-in-allowed-jurisdiction
resource "aws_db_instance" "good" {
  identifier              = "fixture-good"
  instance_class          = "db.t4g.micro"
  engine                  = "postgres"
  engine_version          = "16.4"
  allocated_storage       = 20
  username                = "audit"
  storage_encrypted       = true
  backup_retention_period = 30
  parameter_group_name    = aws_db_parameter_group.tls.name
}

# Unset means not encrypted, a day of backups at most, and TLS as the default parameter group says.
# expect: FAIL data-encrypted-at-rest, FAIL transport-encrypted, FAIL backups-kept-long-enough
resource "aws_db_instance" "unset" {
  identifier        = "fixture-unset"
  instance_class    = "db.t4g.micro"
  engine            = "mysql"
  engine_version    = "8.0.39"
  allocated_storage = 20
  username          = "audit"
}

# expect: FAIL backups-not-kept-too-long, FAIL transport-encrypted, PASS data-encrypted-at-rest
resource "aws_db_instance" "hoarder" {
  identifier              = "fixture-hoarder"
  instance_class          = "db.t4g.micro"
  engine                  = "postgres"
  engine_version          = "16.4"
  allocated_storage       = 20
  username                = "audit"
  storage_encrypted       = true
  backup_retention_period = 45
  parameter_group_name    = aws_db_parameter_group.plain.name
}

# expect: UNKNOWN data-encrypted-at-rest, UNKNOWN transport-encrypted
# expect: UNKNOWN backups-kept-long-enough, UNKNOWN backups-not-kept-too-long
resource "aws_db_instance" "undecided" {
  identifier              = "fixture-undecided"
  instance_class          = "db.t4g.micro"
  engine                  = "postgres"
  engine_version          = "16.4"
  allocated_storage       = 20
  username                = "audit"
  storage_encrypted       = var.encrypted
  backup_retention_period = var.retention
  parameter_group_name    = aws_db_parameter_group.maybe.name
}

# No parameter of Oracle's tells whether it demands TLS.
# expect: UNKNOWN transport-encrypted, PASS data-encrypted-at-rest
resource "aws_db_instance" "oracle" {
  identifier              = "fixture-oracle"
  instance_class          = "db.t3.small"
  engine                  = "oracle-se2"
  engine_version          = "19"
  allocated_storage       = 20
  username                = "audit"
  storage_encrypted       = true
  backup_retention_period = 30
}
