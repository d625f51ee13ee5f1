"""Nested blocks beside others that cannot be known: what is known of them stays known, and what they may bring stays open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PORTS, COPIES, TLS = "sensitive-ports-closed-to-world", "copies-in-allowed-jurisdiction", "transport-encrypted"
UNKNOWN = 'variable "u" {}\n'


def _made(kind: str, content: str = "") -> str:
    return f'dynamic "{kind}" {{\n for_each = var.u\n content {{\n {content}\n }}\n}}\n'


def _ingress(source: str) -> str:
    return f'ingress {{\n from_port = 22\n to_port = 22\n protocol = "tcp"\n cidr_blocks = ["{source}"]\n}}\n'


def _nsg_rule(priority: int, access: str) -> str:
    return f"""security_rule {{
 name = "r{priority}"
 priority = {priority}
 direction = "Inbound"
 access = "{access}"
 protocol = "*"
 source_port_range = "*"
 destination_port_range = "*"
 source_address_prefix = "*"
 destination_address_prefix = "*"
}}
"""


def _group(body: str) -> str:
    return f'{UNKNOWN}resource "aws_security_group" "x" {{\n{body}}}\n'


def _nsg(body: str) -> str:
    return (
        f'{UNKNOWN}resource "azurerm_network_security_group" "x" {{\n name = "n"\n location = "westeurope"\n'
        f' resource_group_name = "g"\n{body}}}\n'
    )


def _firewall(body: str) -> str:
    return f'{UNKNOWN}resource "google_compute_firewall" "x" {{\n name = "n"\n network = "v"\n source_ranges = ["0.0.0.0/0"]\n{body}}}\n'


def _listener(body: str) -> str:
    return f'{UNKNOWN}resource "aws_lb_listener" "x" {{\n load_balancer_arn = "l"\n port = 80\n protocol = "HTTP"\n{body}}}\n'


_RULE = '{from_port = 22, to_port = 22, protocol = "tcp", cidr_blocks = ["%s"]}'
_REDIRECT = 'default_action {\n type = "redirect"\n redirect {\n protocol = "HTTPS"\n status_code = "HTTP_301"\n }\n}\n'
_FORWARD = 'default_action {\n type = "forward"\n target_group_arn = "t"\n}\n'


@pytest.mark.parametrize(
    ("main", "address", "check", "outcome"),
    [
        (_group(_ingress("0.0.0.0/0") + _made("ingress")), "aws_security_group.x", PORTS, "fail"),
        (_group(_made("ingress") + _ingress("0.0.0.0/0")), "aws_security_group.x", PORTS, "fail"),
        (_group(_ingress("10.0.0.0/8") + _made("ingress")), "aws_security_group.x", PORTS, "unknown"),
        (_group(f"ingress = concat([{_RULE % '0.0.0.0/0'}], var.u)\n"), "aws_security_group.x", PORTS, "fail"),
        (_group(f"ingress = concat([{_RULE % '10.0.0.0/8'}], var.u)\n"), "aws_security_group.x", PORTS, "unknown"),
        (_group(f"ingress = [{_RULE % '0.0.0.0/0'}, var.u]\n"), "aws_security_group.x", PORTS, "fail"),
        (
            _group(f"ingress = var.u ? [{_RULE % '0.0.0.0/0'}, {_RULE % '10.0.0.0/8'}] : [{_RULE % '0.0.0.0/0'}]\n"),
            "aws_security_group.x",
            PORTS,
            "fail",
        ),
        (_nsg(_nsg_rule(100, "Deny") + _nsg_rule(200, "Allow")), "azurerm_network_security_group.x", PORTS, "pass"),
        (_nsg(_nsg_rule(200, "Allow")), "azurerm_network_security_group.x", PORTS, "fail"),
        (_nsg(_nsg_rule(200, "Allow") + _made("security_rule")), "azurerm_network_security_group.x", PORTS, "unknown"),
        (_nsg(_nsg_rule(200, "Deny") + _made("security_rule")), "azurerm_network_security_group.x", PORTS, "unknown"),
        (_firewall('allow {\n protocol = "all"\n}\n' + _made("allow")), "google_compute_firewall.x", PORTS, "fail"),
        (
            _firewall('allow {\n protocol = "tcp"\n ports = ["443"]\n}\n' + _made("allow")),
            "google_compute_firewall.x",
            PORTS,
            "unknown",
        ),
        (_firewall('deny {\n protocol = "all"\n}\n' + _made("deny")), "google_compute_firewall.x", PORTS, "pass"),
        (_listener(_FORWARD + _made("default_action")), "aws_lb_listener.x", TLS, "fail"),
        (_listener(_REDIRECT + _made("default_action")), "aws_lb_listener.x", TLS, "unknown"),
    ],
)
def test_what_is_known_stays_known_beside_what_is_not(gate: Callable[..., Any], main: str, address: str, check: str, outcome: str) -> None:
    found = gate(main)
    assert (found.outcomes[address, check], found.gaps) == (outcome, [])


@pytest.mark.parametrize(("region", "outcome"), [("us-east-1", "fail"), ("eu-west-1", "unknown")])
def test_a_copy_abroad_beside_rules_that_cannot_be_known(gate: Callable[..., Any], region: str, outcome: str) -> None:
    rule = 'rule {\n status = "Enabled"\n destination {\n bucket = aws_s3_bucket.far.arn\n }\n}\n' + _made("rule")
    main = f"""{UNKNOWN}provider "aws" {{
 region = "eu-central-1"
}}
provider "aws" {{
 alias = "far"
 region = "{region}"
}}
resource "aws_s3_bucket" "x" {{
 bucket = "x"
}}
resource "aws_s3_bucket" "far" {{
 provider = aws.far
 bucket = "far"
}}
resource "aws_s3_bucket_replication_configuration" "x" {{
 bucket = aws_s3_bucket.x.id
 role = "r"
 {rule}
}}
"""
    assert gate(main).outcomes["aws_s3_bucket.x", COPIES] == outcome


@pytest.mark.parametrize(
    ("more", "outcome"),
    [("", "pass"), (_made("parameter"), "unknown"), ('parameter {\n name = "rds.force_ssl"\n value = "0"\n}\n', "unknown")],
)
def test_a_parameter_that_may_be_set_once_more(gate: Callable[..., Any], more: str, outcome: str) -> None:
    main = f"""{UNKNOWN}resource "aws_db_parameter_group" "x" {{
 family = "postgres15"
 parameter {{
 name = "rds.force_ssl"
 value = "1"
 }}
 {more}
}}
resource "aws_db_instance" "x" {{
 engine = "postgres"
 engine_version = "15.1"
 parameter_group_name = aws_db_parameter_group.x.name
}}
"""
    assert gate(main).outcomes["aws_db_instance.x", TLS] == outcome
