terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "key" {}
module "inner" {
  source = "../bucket"
  name   = "inner"
  key    = var.key
}
output "bucket" { value = module.inner.id }
