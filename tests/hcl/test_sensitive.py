"""Sensitive values take part in the evaluation, but no text of one is in a record or a gap."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.redaction import HIDDEN

SECRET = "Zq9-HclS3cretValue1"
SHORT = "prod"
DECLARED = """
variable "secret" {
  type      = string
  sensitive = true
}
variable "open" { default = "open" }
variable "flags" {
  sensitive = true
  default   = { on = true, name = "Zq9-Other" }
}
locals {
  derived = "x-${var.secret}"
}
"""


@pytest.mark.parametrize("given", [SECRET, SHORT])
@pytest.mark.parametrize(
    "expression",
    [
        "var.secret",
        '"${var.secret}"',
        "local.derived",
        "upper(var.secret)",
        'split("-", local.derived)[0]',
        "base64encode(jsonencode({ a = [var.secret] }))",
        'false ? "" : var.secret',
        "tolist([var.secret, 1])[0]",
        "var.flags.name",
        'sensitive("x${var.open}")',
        "length(var.secret)",
        'var.flags.on ? "yes" : "no"',
        '["no", "yes"][var.flags.on ? 1 : 0]',
        "1 + (var.flags.on ? 1 : 0)",
    ],
)
def test_what_is_made_from_a_secret_is_hidden(project: Any, expression: str, given: str) -> None:
    assert project.value(expression, DECLARED, environment={"TF_VAR_secret": given}) == HIDDEN


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('var.secret == "prod"', True),
        ("var.flags.on", True),
        ("{ a = var.secret, b = var.open }", {"a": HIDDEN, "b": "open"}),
        ('lookup({ a = var.secret, b = var.open }, "b")', "open"),
        ('"prod"', "prod"),
        ("nonsensitive(var.flags).name == var.flags.name", True),
        ("nonsensitive(var.secret)", "prod"),
    ],
)
def test_what_is_no_text_of_a_secret_stays(project: Any, expression: str, value: object) -> None:
    assert project.value(expression, DECLARED, variables={"secret": SHORT}) == value


def test_a_secret_is_in_no_scope_gap_detail_or_address(project: Any) -> None:
    text = """
provider "aws" { region = var.secret }
resource "aws_s3_bucket" "b" { for_each = toset([var.secret]) }
resource "aws_s3_bucket" "c" { bucket = "${aws_s3_bucket.b.arn}-${var.secret}" }
resource "aws_s3_bucket" "d" { bucket = lookup({}, var.secret) }
resource "aws_s3_bucket" "e" { bucket = var.nowhere ? var.secret : "x" }
module "m" {
  source = "./${var.secret}"
}
variable "nowhere" {}
"""
    project.write({"main.tf": DECLARED + text})
    found = project.read(variables={"secret": SECRET})
    assert isinstance(found.records[0].scope.region, Unknown)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(("each", "address"), [("var.m", "x.y"), ("nonsensitive(var.m)", 'x.y["hidden-key"]')])
def test_the_keys_of_a_sensitive_map_are_in_no_address(project: Any, each: str, address: str) -> None:
    declared = 'variable "m" {\n  sensitive = true\n  default   = { hidden-key = 1 }\n}\n'
    project.write({"main.tf": f'{declared}resource "x" "y" {{ for_each = {each} }}\n'})
    assert set(project.records()) == {address}


def test_a_sensitive_output_and_a_copy_in_another_module(project: Any) -> None:
    child = 'output "o" {\n  value = "given"\n  sensitive = true\n}\nresource "x" "y" { v = "a Zq9-HclS3cretValue1" }\n'
    main = DECLARED + 'module "m" { source = "./c" }\nresource "x" "z" {\n  v = module.m.o\n  w = var.secret\n}\n'
    project.write({"main.tf": main, "c/main.tf": child})
    records = project.records(variables={"secret": SECRET})
    assert records["x.z"].values == {"v": HIDDEN, "w": HIDDEN}
    assert records["module.m.x.y"].values == {"v": HIDDEN}
