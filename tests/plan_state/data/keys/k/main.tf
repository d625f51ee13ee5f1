variable "use" {
  type = string
}
variable "more" {
  type    = map(number)
  default = { a = "1" }
}
variable "other" {
  type    = string
  default = "first"
}
resource "aws_kms_key" "first" {
  is_enabled = false
}
resource "aws_kms_key" "second" {}
output "arn" {
  value = var.use == var.other ? aws_kms_key.first.arn : aws_kms_key.second.arn
}
