"""What is handed to a module that is not here may be changed by it, whichever way it gets there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PORTS, TLS = "sensitive-ports-closed-to-world", "transport-encrypted"
MAIN = """
provider "aws" {{ region = "eu-central-1" }}
resource "aws_security_group" "g" {{ name = "g" }}
resource "aws_security_group" "other" {{ name = "other" }}
resource "aws_s3_bucket" "b" {{ bucket = "data" }}
resource "aws_s3_bucket_acl" "a" {{
  bucket = aws_s3_bucket.b.id
  acl    = "private"
}}
resource "aws_instance" "i" {{
  vpc_security_group_ids = [aws_security_group.g.id]
  subnet_id              = "subnet-1"
}}
resource "terraform_data" "t" {{
  input            = {{ groups = [aws_security_group.g.id] }}
  triggers_replace = [aws_security_group.other.id]
}}
data "aws_security_group" "named" {{ name = "g" }}
data "aws_security_group" "tagged" {{
  filter {{
    name   = "tag:app"
    values = ["x"]
  }}
}}
data "aws_s3_bucket" "elsewhere" {{ bucket = "elsewhere" }}
module "m" {{
  source = "git::https://example.com/m.git"
  {argument}
}}
"""
GROUP, OTHER, BUCKET = ("aws_security_group.g", PORTS), ("aws_security_group.other", PORTS), ("aws_s3_bucket.b", TLS)
ALL = {GROUP: "pass", OTHER: "pass", BUCKET: "fail"}


@pytest.mark.parametrize(
    ("argument", "touched"),
    [
        ("x = 1", []),
        ("x = aws_security_group.g.id", [GROUP]),
        ("x = [terraform_data.t.output.groups]", [GROUP]),
        ("x = terraform_data.t.input", [GROUP]),
        ("x = terraform_data.t", [GROUP, OTHER]),
        ("x = terraform_data.t.id", []),
        ("x = aws_instance.i.vpc_security_group_ids", [GROUP]),
        ("x = aws_instance.i", [GROUP]),
        ("x = aws_instance.i.private_ip", []),
        ("x = data.aws_security_group.named.id", [GROUP]),
        ("x = data.aws_security_group.tagged.id", [GROUP, OTHER]),
        ("x = data.aws_s3_bucket.elsewhere.id", []),
        ("x = aws_s3_bucket_acl.a.id", [BUCKET]),
        ("x = aws_s3_bucket_acl.a.bucket", [BUCKET]),
        ('x = "data"', [BUCKET]),
        ('x = { buckets = ["DATA"] }', [BUCKET]),
        ('x = "arn:aws:s3:::data"', [BUCKET]),
        ('x = "data2"', []),
        ('name = "data"', []),  # what the module itself makes
        ('for_each = toset(["data"])\n  x = each.value', [BUCKET]),
    ],
)
def test_what_a_module_that_is_not_here_gets(gate: Callable[..., Any], argument: str, touched: list[tuple[str, str]]) -> None:
    found = gate(MAIN.format(argument=argument)).outcomes
    assert {key: found[key] for key in ALL} == {**ALL, **dict.fromkeys(touched, "unknown")}


@pytest.mark.parametrize(
    ("bucket", "argument", "expected"),
    [
        ('"data"', '"zz"', "pass"),
        ('var.c ? "zz" : "data"', '"data"', "unknown"),
        ('"data"', 'var.c ? "zz" : "data"', "unknown"),
        ("var.n", "var.n", "unknown"),
        ('"${var.n}-a"', '"${var.n}-a"', "unknown"),
        ('"${var.n}-a"', '"${var.n}-b"', "pass"),
    ],
)
def test_a_name_that_is_one_of_several_is_handed_on_too(gate: Callable[..., Any], bucket: str, argument: str, expected: str) -> None:
    variables = 'variable "c" { type = bool }\nvariable "n" {}\n'
    resource = f'provider "aws" {{ region = "eu-central-1" }}\nresource "aws_s3_bucket" "b" {{ bucket = {bucket} }}\n'
    call = f'module "m" {{\n  source = "git::https://example.com/m.git"\n  x      = {argument}\n}}\n'
    assert gate(variables + resource + call).outcomes["aws_s3_bucket.b", "data-encrypted-at-rest"] == expected
