variable "encrypted" {
  type = bool
}

provider "aws" {
  region = "eu-central-1"
}

# expect: PASS data-encrypted-at-rest, PASS data-in-allowed-jurisdiction, NOT_APPLICABLE encryption-key-usable
resource "aws_ebs_volume" "encrypted" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = true
}

# expect: FAIL data-encrypted-at-rest
resource "aws_ebs_volume" "plain" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = false
}

# The account's default decides, and this configuration does not say what it is.
# expect: UNKNOWN data-encrypted-at-rest
resource "aws_ebs_volume" "unset" {
  availability_zone = "eu-central-1b"
  size              = 8
}

# expect: UNKNOWN data-encrypted-at-rest
resource "aws_ebs_volume" "by_variable" {
  availability_zone = "eu-central-1b"
  size              = 8
  encrypted         = var.encrypted
}

# Both branches are encrypted: the unknown variable does not matter.
# expect: PASS data-encrypted-at-rest
resource "aws_ebs_volume" "either_way" {
  availability_zone = "eu-central-1b"
  size              = var.encrypted ? 8 : 16
  encrypted         = var.encrypted ? true : true
}

# Each instance has a verdict of its own.
# expect[0]: PASS data-encrypted-at-rest
# expect[1]: FAIL data-encrypted-at-rest
resource "aws_ebs_volume" "by_index" {
  count             = 2
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = count.index == 0
}

# A snapshot is encrypted as its volume was.
# expect: PASS data-encrypted-at-rest, PASS data-in-allowed-jurisdiction
resource "aws_ebs_snapshot" "of_encrypted" {
  volume_id = aws_ebs_volume.encrypted.id
}

# expect: FAIL data-encrypted-at-rest
resource "aws_ebs_snapshot" "of_plain" {
  volume_id = aws_ebs_volume.plain.id
}

# expect: UNKNOWN data-encrypted-at-rest
resource "aws_ebs_snapshot" "of_unset" {
  volume_id = aws_ebs_volume.unset.id
}
