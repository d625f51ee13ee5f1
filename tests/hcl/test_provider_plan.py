"""With the real schemas of the providers: what we know of a resource is what the plan says of it.

The providers are served by the offline bench beside this repository; nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Unknown
from tests.offline import NEEDS_TERRAFORM

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = list(NEEDS_TERRAFORM)

MAIN = """
terraform {
  required_providers {
    aws     = { source = "hashicorp/aws" }
    azurerm = { source = "hashicorp/azurerm" }
    google  = { source = "hashicorp/google" }
  }
}
provider "aws" { region = "eu-central-1" }
provider "azurerm" {
  features {}
}
variable "ports" {
  type = list(object({ port = number, cidrs = optional(list(string), ["10.0.0.0/8"]), udp = optional(bool) }))
  default = [{ port = 22, cidrs = ["0.0.0.0/0", "10.1.0.0/16"] }, { port = 443 }, { port = 53, udp = true }]
}
variable "databases" {
  default = { main = { days = 30, encrypted = true }, old = { days = 0, encrypted = false } }
}
locals {
  tags    = { Environment = "prod", Owner = upper("team") }
  rotated = [for k, v in var.databases : k if v.days > 7]
}
resource "aws_security_group" "web" {
  name = "web"
  tags = merge(local.tags, { Name = "web-${length(var.ports)}" })
  dynamic "ingress" {
    for_each = var.ports
    iterator = rule
    content {
      description = format("port %d", rule.value.port)
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = coalesce(rule.value.udp, false) ? "udp" : "tcp"
      cidr_blocks = rule.value.cidrs
    }
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = [for i in range(2) : cidrsubnet("10.0.0.0/8", 8, i)]
  }
}
resource "aws_db_instance" "db" {
  for_each                = var.databases
  identifier              = each.key
  instance_class          = "db.t3.micro"
  storage_encrypted       = each.value.encrypted
  backup_retention_period = each.value.days
  multi_az                = contains(local.rotated, each.key)
  kms_key_id              = each.value.encrypted ? aws_kms_key.key[0].arn : null
  vpc_security_group_ids  = [aws_security_group.web.id]
}
resource "aws_kms_key" "key" {
  count               = anytrue([for d in var.databases : d.encrypted]) ? 1 : 0
  enable_key_rotation = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = ["arn:aws:iam::1:root"] } }]
  })
}
resource "aws_s3_bucket" "data" {
  count  = 2
  bucket = "data-${count.index}"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  count  = length(aws_s3_bucket.data)
  bucket = aws_s3_bucket.data[count.index].id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = count.index == 0 ? "aws:kms" : "AES256"
      kms_master_key_id = one(aws_kms_key.key[*].arn)
    }
  }
}
resource "azurerm_storage_account" "sa" {
  name                     = lower("SA1")
  resource_group_name      = "rg"
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "GRS"
  min_tls_version          = "TLS1_2"
  network_rules {
    default_action = "Deny"
    ip_rules       = toset(["10.0.0.2", "10.0.0.1"])
  }
}
module "storage" {
  source  = "./storage"
  regions = ["EUROPE-WEST3", "EU"]
}
"""
STORAGE = """
variable "regions" { type = set(string) }
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}
resource "google_storage_bucket" "b" {
  for_each                    = var.regions
  name                        = "b-${lower(each.value)}"
  location                    = each.value
  uniform_bucket_level_access = true
  versioning {
    enabled = each.key != "EU"
  }
  dynamic "retention_policy" {
    for_each = each.key == "EU" ? [30] : []
    content {
      retention_period = retention_policy.value * 86400
    }
  }
}
"""


@pytest.fixture
def planned(project: Any) -> dict[str, dict[str, Any]]:
    """Address and values of every planned resource."""
    project.write({"main.tf": MAIN, "storage/main.tf": STORAGE})
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    def terraform(*arguments: str) -> bytes:
        command = [sys.executable, "-m", "tools.fakeprov", "--", "terraform", *arguments]
        run = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout

    terraform("init", "-input=false")
    terraform("plan", "-input=false", "-out=plan")
    return dict(resources(json.loads(terraform("show", "-json", "plan"))["planned_values"]["root_module"]))


def resources(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources", []):
        yield resource["address"], resource["values"]
    for child in module.get("child_modules", []):
        yield from resources(child)


def differences(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """Where a known value of ours is not the plan's. Sets have no order, and a schema may turn numbers into text."""
    if isinstance(ours, Unknown) or ours is None:
        return
    if isinstance(ours, dict):
        for name, value in ours.items():
            yield from differences(value, (theirs or {}).get(name), f"{path}.{name}")
    elif isinstance(ours, list):
        if (
            not isinstance(theirs, list)
            or len(ours) != len(theirs)
            or not any(all(not list(differences(a, b, "")) for a, b in zip(ours, order, strict=True)) for order in orders(theirs, ours))
        ):
            yield f"{path}: {ours} is not {theirs}"
    elif ours != theirs and str(ours) != str(theirs):
        yield f"{path}: {ours} is not {theirs}"


def orders(theirs: list[Any], ours: list[Any]) -> Iterator[list[Any]]:
    """The list as it is, and with each of its elements beside the one of ours that it equals."""
    yield theirs
    left = list(theirs)
    matched: list[Any] = []
    for item in ours:
        found = next((other for other in left if not list(differences(item, other, ""))), None)
        if found is None:
            return
        left.remove(found)
        matched.append(found)
    yield matched


def test_what_we_know_is_what_the_plan_says(project: Any, planned: dict[str, dict[str, Any]]) -> None:
    collection = project.read()
    ours = {record.address: record.values for record in collection.records}
    assert sorted(ours) == sorted(planned)
    assert len(ours) >= 10
    wrong = [text for address, values in ours.items() for text in differences(dict(values) | {"tags_all": None}, planned[address], address)]
    assert wrong == []
    known = [value for values in ours.values() for value in values.values() if not isinstance(value, Unknown)]
    assert len(known) >= 40
