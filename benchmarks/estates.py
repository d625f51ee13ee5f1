"""Generated input: a Terraform tree, a plan and a live estate, the same at every run."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tools.fakeprov.schemas import load

_MODULE = """
variable "name" {{
  type = string
}}

variable "encrypted" {{
  type    = bool
  default = true
}}

resource "aws_s3_bucket" "this" {{
  bucket = "${{var.name}}-data"
  tags = merge(local.tags, {{ Name = var.name }})
}}

resource "aws_s3_bucket_policy" "this" {{
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.this.arn, "${{aws_s3_bucket.this.arn}}/*"]
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
    }}]
  }})
}}

resource "aws_db_instance" "this" {{
  identifier              = var.name
  engine                  = "postgres"
  engine_version          = "14.9"
  instance_class          = "db.t4g.micro"
  storage_encrypted       = var.encrypted
  backup_retention_period = {days}
}}

locals {{
  tags  = {{ environment = "production", team = "platform" }}
  ports = [80, 443, {port}]
}}

resource "aws_security_group" "this" {{
  name = var.name
  dynamic "ingress" {{
    for_each = toset(local.ports)
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }}
  }}
}}

resource "aws_ebs_volume" "this" {{
  count             = 3
  availability_zone = "eu-central-1${{element(["a", "b", "c"], count.index)}}"
  size              = 8
  encrypted         = count.index < {index} % 4
}}

resource "aws_iam_role" "this" {{
  name               = var.name
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
"""


def terraform_tree(root: Path, megabytes: float) -> int:
    """A root module and as many local modules as make the size; the bytes written."""
    size = index = 0
    calls = ['provider "aws" {\n  region = "eu-central-1"\n}\n']
    while size < megabytes * 1_000_000:
        text = _MODULE.format(days=(7, 30, 40)[index % 3], port=(22, 8443, 5432)[index % 3], index=index)
        folder = root / "modules" / f"store_{index:04}"
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text, encoding="utf-8")
        calls.append(f'module "store_{index}" {{\n  source = "./modules/store_{index:04}"\n  name   = "store-{index}"\n}}\n')
        size += len(text)
        index += 1
    (root / "main.tf").write_text("\n".join(calls), encoding="utf-8")
    return size


def plan(path: Path, resources: int) -> None:
    """A plan that creates so many resources of four types, with every part that `terraform show -json` writes for them."""
    changes = [_change(index) for index in range(resources)]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [_planned(change) for change in changes]}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-central-1"}}}},
            "root_module": {"resources": [_configured(change) for change in changes]},
        },
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def _change(index: int) -> dict[str, Any]:
    kind, after = (
        ("aws_s3_bucket", {"bucket": f"b-{index}", "tags": {"environment": "production"}}),
        ("aws_ebs_volume", {"availability_zone": "eu-central-1a", "encrypted": index % 8 != 1, "size": 8}),
        ("aws_db_instance", {"identifier": f"d-{index}", "engine": "mysql", "engine_version": "8.0", "storage_encrypted": True}),
        ("aws_security_group", {"name": f"g-{index}", "ingress": [_rule(22 if index % 8 == 3 else 443)], "egress": []}),
    )[index % 4]
    left_out, unknown = _left_out(kind)
    name = f"r{index}"
    change = {"before": None, "after": {**left_out, **after}, "after_unknown": dict.fromkeys(unknown - after.keys(), True)}
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], **change, "after_sensitive": {}},
    }


@cache
def _schemas() -> dict[str, Any]:
    return load()


@cache
def _left_out(kind: str) -> tuple[dict[str, Any], frozenset[str]]:
    """What Terraform writes of attributes that the configuration leaves out: null, of blocks none; and those that the cloud chooses."""
    told = _schemas()[kind]
    attributes, blocks = told["attrs"], frozenset(told["blocks"]) - {"timeouts"}
    chosen = frozenset(name for name, about in attributes.items() if about["c"])
    return {name: [] if name in blocks else None for name in attributes.keys() - chosen}, chosen


_IDENTITY = ("address", "mode", "type", "name")


def _planned(change: dict[str, Any]) -> dict[str, Any]:
    identity = {name: change[name] for name in (*_IDENTITY, "provider_name")}
    return {**identity, "schema_version": 0, "values": change["change"]["after"], "sensitive_values": {}}


def _configured(change: dict[str, Any]) -> dict[str, Any]:
    values = change["change"]["after"].items()
    expressions = {name: {"constant_value": value} for name, value in values if value is not None}
    identity = {name: change[name] for name in _IDENTITY}
    return {**identity, "provider_config_key": "aws", "expressions": expressions, "schema_version": 0}


def _rule(port: int) -> dict[str, Any]:
    nobody = {"ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": False, "description": ""}
    return {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], **nobody}


def live(endpoint: str, buckets: int, volumes: int, databases: int) -> None:
    """Fill an emulated account in eu-central-1."""
    from cloudaudit_aws.api import Aws
    from cloudaudit_aws.credentials import opened

    aws = Aws(opened(None, emulated=True), endpoint_url=endpoint)
    s3, ec2, rds = (aws.client(service, "eu-central-1") for service in ("s3", "ec2", "rds"))
    for index in range(buckets):
        s3.create_bucket(Bucket=f"bench-{index:04}", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for index in range(volumes):
        ec2.create_volume(AvailabilityZone="eu-central-1a", Size=8, Encrypted=index % 2 == 0)
    for index in range(databases):
        rds.create_db_instance(
            DBInstanceIdentifier=f"bench-{index:02}",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="bench",
            MasterUserPassword="not-a-secret-1",  # of an emulator that forgets it
        )
