terraform {
  required_providers {
    aws     = { source = "hashicorp/aws" }
    azurerm = { source = "hashicorp/azurerm" }
    google  = { source = "hashicorp/google" }
  }
}
variable "region" {
  default = "eu-central-1"
}
variable "db_password" {
  sensitive = true
  default   = "planted-secret-0001"
}
variable "rules" {
  default = [22]
}
provider "aws" {
  region = var.region
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
locals {
  key_arn = aws_kms_key.data.arn
}
resource "aws_kms_key" "data" {}
resource "aws_kms_key" "each" {
  for_each = toset(["a", "b.c"])
}
module "bucket" {
  source   = "./modules/bucket"
  for_each = { "a" = aws_kms_key.each["a"].arn, "b.c" = aws_kms_key.each["b.c"].arn }
  name     = each.key
  key      = each.value
}
module "us" {
  source    = "./modules/wrap"
  key       = aws_kms_key.data.arn
  providers = { aws = aws.us }
}
resource "aws_s3_bucket_public_access_block" "a" {
  for_each          = module.bucket
  bucket            = each.value.id
  block_public_acls = true
}
resource "aws_s3_bucket_versioning" "m" {
  bucket = module.us.bucket
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_ebs_volume" "local" {
  availability_zone = "eu-central-1a"
  size              = 1
  encrypted         = true
  kms_key_id        = local.key_arn
}
resource "aws_ebs_volume" "us" {
  provider          = aws.us
  availability_zone = "us-east-1-bos-1a"
  kms_key_id        = "${aws_kms_key.data.arn}x"
}
resource "aws_ebs_volume" "none" {
  count             = 0
  availability_zone = "eu-central-1a"
}
resource "aws_eip" "x" {}
resource "aws_security_group" "dyn" {
  name = "dyn"
  dynamic "ingress" {
    for_each = var.rules
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["${aws_eip.x.public_ip}/32"]
    }
  }
}
resource "aws_security_group" "dynall" {
  name = "dynall"
  dynamic "ingress" {
    for_each = toset([aws_eip.x.public_ip])
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
resource "aws_security_group" "static" {
  name = "static"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_eip.x.public_ip]
  }
}
resource "aws_db_instance" "d" {
  identifier        = "db"
  instance_class    = "db.t3.micro"
  password          = var.db_password
  tags              = { note = "pw is planted-secret-0001" }
  storage_encrypted = true
  kms_key_id        = local.key_arn
}
resource "terraform_data" "copy" {
  input = { value = var.db_password, fine = "plain text" }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 443
  protocol          = "HTTPS"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
resource "aws_lb" "l" {}
resource "aws_lb_target_group" "t" {}
variable "data_key" {
  default = null
}
resource "aws_ebs_volume" "defaulted" {
  availability_zone = "eu-central-1a"
  kms_key_id        = var.data_key
}
provider "google" {
  project = "audited"
}
provider "azurerm" {
  features {}
  subscription_id = "00000000-0000-0000-0000-000000000001"
}
resource "google_storage_bucket" "g" {
  name     = "g"
  location = "EUROPE-WEST3"
}
resource "azurerm_storage_account" "s" {
  name                     = "s"
  resource_group_name      = "rg"
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "GRS"
}
