"""Which environments stand in one network, where the network itself does not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ONE = "network-holds-one-environment"
PROVIDER = 'provider "aws" { region = "eu-central-1" }\nvariable "v" {}\n'


def subnet(name: str, tags: str, more: str = "vpc_id = aws_vpc.v.id") -> str:
    return f'resource "aws_subnet" "{name}" {{\n  {more}\n  tags = {tags}\n}}\n'


def group(name: str, tags: str, more: str = "") -> str:
    return f'resource "aws_security_group" "{name}" {{\n  {more}\n  tags = {tags}\n}}\n'


VPC = 'resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }\n'
OTHER = 'resource "aws_vpc" "w" { cidr_block = "10.0.0.0/16" }\n'
PROD, DEV, TEST = '{ environment = "production" }', '{ environment = "development" }', '{ environment = "test" }'


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (VPC + subnet("a", PROD) + subnet("b", DEV), {"aws_subnet.a": "fail", "aws_subnet.b": "fail"}),
        (VPC + subnet("a", DEV) + subnet("b", TEST), {"aws_subnet.a": "not_applicable", "aws_subnet.b": "not_applicable"}),
        (VPC + subnet("a", PROD) + subnet("b", PROD), {"aws_subnet.a": "not_applicable", "aws_subnet.b": "not_applicable"}),
        (VPC + subnet("a", PROD) + subnet("b", "{}"), {"aws_subnet.a": "not_applicable", "aws_subnet.b": "not_applicable"}),
        (VPC + subnet("a", PROD) + subnet("b", "var.v"), {"aws_subnet.a": "unknown"}),
        (VPC + subnet("a", PROD) + subnet("b", "var.v") + subnet("c", DEV), {"aws_subnet.a": "fail", "aws_subnet.c": "fail"}),
        (
            VPC + OTHER + subnet("a", PROD) + subnet("b", DEV, "vpc_id = aws_vpc.w.id"),
            {"aws_subnet.a": "not_applicable", "aws_subnet.b": "not_applicable"},
        ),
        (VPC + subnet("a", PROD) + subnet("b", DEV, "count = 0\n  vpc_id = aws_vpc.v.id"), {"aws_subnet.a": "not_applicable"}),
        (
            VPC + subnet("a", PROD) + f'resource "aws_security_group" "g" {{\n  vpc_id = aws_vpc.v.id\n  tags = {DEV}\n}}\n',
            {"aws_subnet.a": "fail", "aws_security_group.g": "fail"},
        ),
        # what may be there, or may stand in it
        (VPC + subnet("a", PROD) + subnet("b", DEV, "count = var.v\n  vpc_id = aws_vpc.v.id"), {"aws_subnet.a": "unknown"}),
        (VPC + subnet("a", PROD) + subnet("b", PROD, "count = var.v\n  vpc_id = aws_vpc.v.id"), {"aws_subnet.a": "not_applicable"}),
        (VPC + subnet("a", PROD) + subnet("b", DEV, "vpc_id = var.v"), {"aws_subnet.a": "unknown"}),
        (VPC + subnet("a", PROD) + subnet("b", PROD, "vpc_id = var.v"), {"aws_subnet.a": "not_applicable"}),
        (VPC + subnet("a", PROD) + subnet("b", "{}", "vpc_id = var.v"), {"aws_subnet.a": "not_applicable"}),
        (VPC + subnet("a", PROD) + 'module "m" {\n source = "git::https://x/y"\n v = aws_vpc.v.id\n}\n', {"aws_subnet.a": "unknown"}),
        # what names no network stands in the default one, whether or not that is declared
        (group("a", PROD) + group("b", DEV), {"aws_security_group.a": "fail", "aws_security_group.b": "fail"}),
        (group("a", PROD) + group("b", PROD), {"aws_security_group.a": "not_applicable"}),
        (group("a", PROD) + group("b", DEV, "count = var.v"), {"aws_security_group.a": "unknown"}),
        (group("a", PROD) + group("b", DEV, "vpc_id = var.v"), {"aws_security_group.a": "unknown"}),
        (VPC + group("a", PROD) + group("b", DEV, "vpc_id = aws_vpc.v.id"), {"aws_security_group.a": "not_applicable"}),
        (
            'provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n' + group("a", PROD) + group("b", DEV, "provider = aws.us"),
            {"aws_security_group.a": "not_applicable"},
        ),
        (
            f'resource "aws_default_vpc" "v" {{ tags = {DEV} }}\nresource "aws_security_group" "g" {{ tags = {PROD} }}\n',
            {"aws_security_group.g": "fail"},
        ),
        (
            (
                f'resource "aws_default_vpc" "v" {{}}\nresource "aws_security_group" "g" {{ tags = {PROD} }}\n'
                f'resource "aws_default_subnet" "s" {{\n  availability_zone = "eu-central-1a"\n  tags = {DEV}\n}}\n'
            ),
            {"aws_security_group.g": "fail", "aws_default_subnet.s": "fail"},
        ),
        (f'resource "aws_security_group" "g" {{ tags = {PROD} }}\n', {"aws_security_group.g": "not_applicable"}),
        (
            (
                'provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n'
                f'resource "aws_default_vpc" "v" {{\n  provider = aws.us\n  tags = {DEV}\n}}\n'
                f'resource "aws_security_group" "g" {{ tags = {PROD} }}\n'
            ),
            {"aws_security_group.g": "not_applicable"},
        ),
    ],
)
def test_a_network_that_says_nothing(gate: Callable[..., Any], main: str, expected: dict[str, str]) -> None:
    found = gate(PROVIDER + main).outcomes
    assert {address: found[address, ONE] for address in expected} == expected
