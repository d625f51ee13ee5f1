terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" {}
variable "key" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key
    }
  }
}
output "id" { value = aws_s3_bucket.this.id }
