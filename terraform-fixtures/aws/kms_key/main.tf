variable "rotate" {
  type = bool
}

variable "enabled" {
  type = bool
}

variable "spec" {
  type = string
}

provider "aws" {
  region = "eu-central-1"
}

# expect: PASS key-rotates, PASS key-algorithm, PASS key-not-being-deleted, PASS data-in-allowed-jurisdiction
resource "aws_kms_key" "good" {
  description             = "rotates every half year"
  enable_key_rotation     = true
  rotation_period_in_days = 180
}

# expect: FAIL key-rotates
resource "aws_kms_key" "static" {
  description = "never rotates"
}

# expect: FAIL key-rotates
resource "aws_kms_key" "slow" {
  description             = "rotates every two years"
  enable_key_rotation     = true
  rotation_period_in_days = 730
}

# expect: UNKNOWN key-rotates, UNKNOWN key-not-being-deleted
resource "aws_kms_key" "undecided" {
  description         = "as the caller says"
  enable_key_rotation = var.rotate
  is_enabled          = var.enabled
}

# expect: UNKNOWN key-algorithm
resource "aws_kms_key" "any_spec" {
  description              = "of whatever kind"
  customer_master_key_spec = var.spec
}

# expect: NOT_APPLICABLE key-rotates, NOT_APPLICABLE key-algorithm
resource "aws_kms_key" "signing" {
  description              = "signs releases"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
}
