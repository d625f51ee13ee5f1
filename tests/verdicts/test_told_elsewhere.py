"""What a group's family, a listener's load balancer or an engine's mode tells is used before UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TLS, ENCRYPTED = "transport-encrypted", "data-encrypted-at-rest"
REGION = 'provider "aws" { region = "eu-central-1" }\n'
GROUP = """
resource "aws_db_parameter_group" "g" {{
  name   = "g"
  family = "{family}"
  parameter {{
    name  = "{name}"
    value = "{value}"
  }}
}}
resource "aws_db_instance" "x" {{
  snapshot_identifier  = "s"
  parameter_group_name = aws_db_parameter_group.g.name
}}
"""
LISTENER = """
resource "aws_lb" "b" {{ {kind} }}
resource "aws_lb_listener" "x" {{
  load_balancer_arn = aws_lb.b.arn
  port              = 80
  default_action {{ type = "forward" }}
}}
"""


@pytest.mark.parametrize(
    ("main", "address", "check", "expected"),
    [
        (GROUP.format(family="postgres13", name="rds.force_ssl", value="0"), "aws_db_instance.x", TLS, "fail"),
        (GROUP.format(family="postgres13", name="rds.force_ssl", value="1"), "aws_db_instance.x", TLS, "pass"),
        (GROUP.format(family="postgres13", name="log_statement", value="all"), "aws_db_instance.x", TLS, "fail"),
        (GROUP.format(family="postgres16", name="log_statement", value="all"), "aws_db_instance.x", TLS, "unknown"),
        (GROUP.format(family="mysql8.0", name="require_secure_transport", value="ON"), "aws_db_instance.x", TLS, "pass"),
        (GROUP.format(family="sqlserver-ee-15.0", name="rds.force_ssl", value="1"), "aws_db_instance.x", TLS, "pass"),
        (LISTENER.format(kind=""), "aws_lb_listener.x", TLS, "fail"),
        (LISTENER.format(kind='load_balancer_type = "network"'), "aws_lb_listener.x", TLS, "unknown"),
        (
            'resource "aws_rds_cluster" "x" {\n  engine = "aurora-mysql"\n  engine_mode = "serverless"\n  storage_encrypted = false\n}\n',
            "aws_rds_cluster.x",
            ENCRYPTED,
            "pass",
        ),
    ],
)
def test_it_is_used(gate: Callable[..., Any], main: str, address: str, check: str, expected: str) -> None:
    found = gate(REGION + main)
    assert found.outcomes[address, check] == expected, found.reasons[address, check]
