"""HCL and the plan that real Terraform makes of it agree, also where a configuration uses providers and data that no package tells."""

from __future__ import annotations

from pathlib import Path

from tests.offline import NEEDS_TERRAFORM

pytestmark = list(NEEDS_TERRAFORM)

MAIN = """
terraform {
  required_version = "~> 1.3.0"
  required_providers {
    random = { source = "hashicorp/random", version = "3.1.0" }
    grafana = { source = "grafana/grafana" }
  }
  backend "s3" {}
}
provider "aws" {
  region = local.region
  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/r"
  }
}
locals {
  region = "eu-west-1"
}
variable "port" {
  type = number
}
data "aws_caller_identity" "me" {}
data "aws_iam_policy_document" "tls" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
resource "random_pet" "name" {
  length = 2
}
resource "grafana_folder" "f" {
  title = "${random_pet.name.id} of ${data.aws_caller_identity.me.account_id}"
}
resource "aws_s3_bucket" "b" {
  bucket = "b-${random_pet.name.id}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.tls.json
}
module "volume" {
  source    = "./volume"
  encrypted = false
}
"""
VOLUME = """
variable "encrypted" {}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  size              = 1
  encrypted         = var.encrypted
}
"""


def test_a_root_of_many_providers_and_its_plan_agree(tmp_path: Path) -> None:
    from benchmarks.agreement import contradictions, planned

    repository = tmp_path / "owner+repository"
    (repository / "volume").mkdir(parents=True)
    (repository / "main.tf").write_text(MAIN, encoding="utf-8")
    (repository / "volume" / "main.tf").write_text(VOLUME, encoding="utf-8")
    ((root, result),) = planned(repository)
    assert root == "owner+repository"
    assert not isinstance(result, str), result
    in_code, in_plan = result
    assert in_code.keys() == in_plan.keys()
    assert in_plan["module.volume.aws_ebs_volume.v", "data-encrypted-at-rest"] == "fail"
    assert in_plan["aws_s3_bucket.b", "data-in-allowed-jurisdiction"] == "pass"
    assert contradictions(in_code, in_plan) == []
    assert contradictions({**in_code, ("module.volume.aws_ebs_volume.v", "data-encrypted-at-rest"): "pass"}, in_plan)
