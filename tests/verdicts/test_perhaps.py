"""What may apply, and says what it does, is in doubt only as far as that would change something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

PORTS, TLS = "sensitive-ports-closed-to-world", "transport-encrypted"
ENCRYPTED, USABLE, COPIES = "data-encrypted-at-rest", "encryption-key-usable", "copies-in-allowed-jurisdiction"

GROUP = """
provider "aws" { region = "eu-central-1" }
variable "x" { type = string }
resource "aws_security_group" "g" { name = "g" }
"""
RULE = """
resource "aws_security_group_rule" "r{number}" {{
  security_group_id = {group}
  type              = {way}
  protocol          = "tcp"
  from_port         = {port}
  to_port           = {port}
  cidr_blocks       = ["{peer}"]
}}
"""
WORLD, INSIDE = "0.0.0.0/0", "10.0.0.0/8"


@pytest.mark.parametrize(
    ("group", "way", "port", "peer", "expected"),
    [
        ("var.x", '"egress"', 22, WORLD, "pass"),
        ("var.x", '"ingress"', 443, WORLD, "pass"),
        ("var.x", '"ingress"', 22, INSIDE, "pass"),
        ("var.x", '"ingress"', 22, WORLD, "unknown"),
        ("aws_security_group.g.id", "var.x", 22, WORLD, "unknown"),
        ("aws_security_group.g.id", "var.x", 22, INSIDE, "pass"),
        ("aws_security_group.g.id", '"ingress"', 22, WORLD, "fail"),
    ],
)
def test_a_rule_of_a_group(gate: Callable[..., Any], group: str, way: str, port: int, peer: str, expected: str) -> None:
    found = gate(GROUP + RULE.format(number=0, group=group, way=way, port=port, peer=peer))
    assert found.outcomes["aws_security_group.g", PORTS] == expected, found.reasons["aws_security_group.g", PORTS]


def test_many_rules_that_may_apply_are_not_asked_one_by_one(gate: Callable[..., Any]) -> None:
    rules = (RULE.format(number=number, group="var.x", way='"ingress"', port=443, peer=INSIDE) for number in range(51))
    assert gate(GROUP + "".join(rules)).outcomes["aws_security_group.g", PORTS] == "unknown"


NETWORK = """
variable "x" {{ type = string }}
resource "azurerm_network_security_group" "g" {{
  name                = "g"
  location            = "westeurope"
  resource_group_name = "rg"
  security_rule {{
    name                       = "inline"
    priority                   = 200
    direction                  = "Inbound"
    access                     = "{inline}"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "22"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }}
}}
resource "azurerm_network_security_rule" "r" {{
  name                        = "r"
  network_security_group_name = {name}
  resource_group_name         = {around}
  priority                    = {priority}
  direction                   = "Inbound"
  access                      = "{access}"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "{port}"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
}}
"""


@pytest.mark.parametrize(
    ("inline", "access", "priority", "port", "expected"),
    [
        ("Deny", "Allow", 300, 443, "pass"),
        ("Deny", "Allow", 300, 22, "pass"),  # the deny comes before it
        ("Deny", "Allow", 100, 22, "unknown"),
        ("Allow", "Deny", 100, 22, "unknown"),
        ("Allow", "Deny", 300, 22, "fail"),
    ],
)
@pytest.mark.parametrize(("name", "around"), [("var.x", '"rg"'), ('"g"', "var.x")])
def test_a_rule_of_a_network_security_group(
    gate: Callable[..., Any], name: str, around: str, inline: str, access: str, priority: int, port: int, expected: str
) -> None:
    found = gate(NETWORK.format(name=name, around=around, inline=inline, access=access, priority=priority, port=port))
    assert found.outcomes["azurerm_network_security_group.g", PORTS] == expected


BUCKET = """
provider "aws" { region = "eu-central-1" }
variable "x" { type = string }
resource "aws_kms_key" "off" { is_enabled = false }
resource "aws_s3_bucket" "b" { bucket = "b" }
"""
CIPHER = """
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {{
  bucket = {bucket}
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "{algorithm}"
      kms_master_key_id = {key}
    }}
  }}
}}
"""
POLICY = """
resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Deny", Principal = "*", Action = "s3:*",
    Resource = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], Condition = {{ Bool = {{ "aws:SecureTransport" = "{denied}" }} }} }}] }})
}}
"""


@pytest.mark.parametrize(
    ("bucket", "algorithm", "key", "check", "expected"),
    [
        ("var.x", "AES256", "null", ENCRYPTED, "pass"),
        ("var.x", "AES256", "null", USABLE, "pass"),
        ("var.x", "aws:kms", "aws_kms_key.off.arn", ENCRYPTED, "pass"),
        ("var.x", "aws:kms", "aws_kms_key.off.arn", USABLE, "unknown"),
        ("aws_s3_bucket.b.id", "aws:kms", "aws_kms_key.off.arn", USABLE, "fail"),
    ],
)
def test_the_encryption_of_a_bucket(gate: Callable[..., Any], bucket: str, algorithm: str, key: str, check: str, expected: str) -> None:
    found = gate(BUCKET + CIPHER.format(bucket=bucket, algorithm=algorithm, key=key))
    assert found.outcomes["aws_s3_bucket.b", check] == expected


@pytest.mark.parametrize(("denied", "expected"), [(("true", "true"), "fail"), (("false", "true"), "unknown"), (("false", "false"), "pass")])
def test_of_policies_that_compete_one_is_in_force(gate: Callable[..., Any], denied: tuple[str, str], expected: str) -> None:
    found = gate(BUCKET + "".join(POLICY.format(name=f"p{number}", denied=word) for number, word in enumerate(denied)))
    assert found.outcomes["aws_s3_bucket.b", TLS] == expected


LEFT = {"server_side_encryption_configuration": True, "replication_configuration": True, "policy": True, "arn": True, "id": True}


@pytest.mark.parametrize(("actions", "encrypted", "copies"), [(["create"], "pass", "not_applicable"), (["update"], "unknown", "unknown")])
def test_a_new_bucket_has_what_amazon_gives_it_where_a_plan_leaves_that_to_the_cloud(
    tmp_path: Path, actions: list[str], encrypted: str, copies: str
) -> None:
    before = None if actions == ["create"] else {"bucket": "b", "bucket_region": "eu-central-1"}
    change = {"actions": actions, "before": before, "after": {"bucket": "b", "bucket_region": "eu-central-1"}, "after_unknown": LEFT}
    resource = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b"}
    configured = {**resource, "provider_config_key": "aws", "expressions": {"bucket": {"constant_value": "b"}}}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [{**resource, "change": change}],
        "configuration": {"provider_config": {"aws": {"name": "aws"}}, "root_module": {"resources": [configured]}},
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    found = judged(path).outcomes
    assert (found["aws_s3_bucket.b", ENCRYPTED], found["aws_s3_bucket.b", COPIES]) == (encrypted, copies)
