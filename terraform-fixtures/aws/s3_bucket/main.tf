variable "replica_region" {
  type = string
}

variable "algorithm" {
  type = string
}

variable "policy" {
  type = string
}

variable "key_enabled" {
  type = bool
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "london"
  region = "eu-west-2"
}

provider "aws" {
  alias  = "elsewhere"
  region = var.replica_region
}

# Encrypted by default, but nothing refuses plain HTTP.
# expect: PASS data-encrypted-at-rest, FAIL transport-encrypted, PASS tls-minimum-version, PASS encryption-key-usable
# expect: PASS data-in-allowed-jurisdiction, NOT_APPLICABLE copies-in-allowed-jurisdiction, NOT_APPLICABLE older-objects-encrypted
resource "aws_s3_bucket" "plain" {
  bucket = "fixture-plain"
}

# expect: PASS transport-encrypted, PASS data-encrypted-at-rest, PASS encryption-key-usable
resource "aws_s3_bucket" "good" {
  bucket = "fixture-good"
}

resource "aws_s3_bucket_policy" "good" {
  bucket = aws_s3_bucket.good.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::fixture-good", "arn:aws:s3:::fixture-good/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_kms_key" "store" {
  description         = "encrypts the good bucket"
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "good" {
  bucket = aws_s3_bucket.good.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.store.arn
    }
  }
}

# A Deny that covers uploads only leaves downloads in the clear.
# expect: FAIL transport-encrypted
resource "aws_s3_bucket" "narrow" {
  bucket = "fixture-narrow"
}

resource "aws_s3_bucket_policy" "narrow" {
  bucket = aws_s3_bucket.narrow.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = {
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:PutObject"
      Resource  = ["arn:aws:s3:::fixture-narrow", "arn:aws:s3:::fixture-narrow/*"]
      Condition = { Bool = { "aws:SecureTransport" = false } }
    }
  })
}

# expect: UNKNOWN transport-encrypted, UNKNOWN data-encrypted-at-rest
resource "aws_s3_bucket" "undecided" {
  bucket = "fixture-undecided"
}

resource "aws_s3_bucket_policy" "undecided" {
  bucket = aws_s3_bucket.undecided.bucket
  policy = var.policy
}

resource "aws_s3_bucket_server_side_encryption_configuration" "undecided" {
  bucket = aws_s3_bucket.undecided.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = var.algorithm
    }
  }
}

# The key is disabled: what it encrypted cannot be read.
# expect: FAIL encryption-key-usable, PASS data-encrypted-at-rest
resource "aws_s3_bucket" "locked_out" {
  bucket = "fixture-locked-out"
}

resource "aws_kms_key" "disabled" {
  description         = "was switched off"
  is_enabled          = false
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "locked_out" {
  bucket = aws_s3_bucket.locked_out.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.disabled.arn
    }
  }
}

# expect: UNKNOWN encryption-key-usable
resource "aws_s3_bucket" "maybe_locked_out" {
  bucket = "fixture-maybe-locked-out"
}

resource "aws_kms_key" "maybe" {
  description = "on or off, as the caller says"
  is_enabled  = var.key_enabled
}

resource "aws_s3_bucket_server_side_encryption_configuration" "maybe_locked_out" {
  bucket = aws_s3_bucket.maybe_locked_out.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.maybe.arn
    }
  }
}

# eu-west-2 is London: a name that begins with "eu" proves nothing.
# expect: FAIL data-in-allowed-jurisdiction
resource "aws_s3_bucket" "london" {
  provider = aws.london
  bucket   = "fixture-london"
}

# expect: UNKNOWN data-in-allowed-jurisdiction
resource "aws_s3_bucket" "elsewhere" {
  provider = aws.elsewhere
  bucket   = "fixture-elsewhere"
}

# expect: FAIL copies-in-allowed-jurisdiction, PASS data-in-allowed-jurisdiction
resource "aws_s3_bucket" "copied_to_london" {
  bucket = "fixture-copied-to-london"
}

resource "aws_s3_bucket_replication_configuration" "copied_to_london" {
  bucket = aws_s3_bucket.copied_to_london.bucket
  role   = "arn:aws:iam::123456789012:role/replication"
  rule {
    status = "Enabled"
    destination {
      bucket = aws_s3_bucket.london.arn
    }
  }
}

# expect: PASS copies-in-allowed-jurisdiction
resource "aws_s3_bucket" "copied" {
  bucket = "fixture-copied"
}

resource "aws_s3_bucket_replication_configuration" "copied" {
  bucket = aws_s3_bucket.copied.bucket
  role   = "arn:aws:iam::123456789012:role/replication"
  rule {
    status = "Enabled"
    destination {
      bucket = "arn:aws:s3:::fixture-good"
    }
  }
}

# expect: UNKNOWN copies-in-allowed-jurisdiction
resource "aws_s3_bucket" "copied_away" {
  bucket = "fixture-copied-away"
}

resource "aws_s3_bucket_replication_configuration" "copied_away" {
  bucket = aws_s3_bucket.copied_away.bucket
  role   = "arn:aws:iam::123456789012:role/replication"
  rule {
    status = "Enabled"
    destination {
      bucket = "arn:aws:s3:::a-bucket-of-someone-else"
    }
  }
}
