variable "settings" {
  type    = object({ zone = optional(string, "eu-central-1a"), sizes = optional(set(number), [2, 1]) })
  default = {}
}
provider "aws" {
  region = "eu-central-1"
}
module "k" {
  source = "./k"
  use    = "first"
  more   = null
}
resource "aws_ebs_volume" "v" {
  for_each          = { data = "x" }
  availability_zone = var.settings.zone
  size              = 1
  encrypted         = true
  kms_key_id        = module.k.arn
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = "b"
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.k.arn
    }
  }
}
