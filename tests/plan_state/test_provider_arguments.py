"""A plan tells what an argument of a provider rests on, never what it is: a region made of a variable is not the variable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.verdicts.conftest import judged

HOME = "data-in-allowed-jurisdiction"
MAIN = """
variable "region" {{ default = "{given}" }}
provider "aws" {{
  region = {expression}
}}
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
"""
RESOURCE = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b"}


def plan(given: str, expression: Mapping[str, object]) -> str:
    values = {"bucket": "b", "force_destroy": False, "tags": None}
    change = {
        "actions": ["create"],
        "before": None,
        "after": values,
        "after_unknown": {"id": True, "arn": True, "bucket_region": True, "region": True},
    }
    return json.dumps(
        {
            "format_version": "1.2",
            "variables": {"region": {"value": given}},
            "planned_values": {"root_module": {"resources": [{**RESOURCE, "values": values}]}},
            "resource_changes": [{**RESOURCE, "change": change}],
            "configuration": {
                "provider_config": {"aws": {"name": "aws", "expressions": {"region": expression}}},
                "root_module": {
                    "resources": [{**RESOURCE, "provider_config_key": "aws", "expressions": {"bucket": {"constant_value": "b"}}}],
                    "variables": {"region": {"default": given}},
                },
            },
        }
    )


NAMED = {"references": ["var.region"]}
LOCAL = {"references": ["local.region"]}


@pytest.mark.parametrize(
    ("given", "expression", "outcome"),
    [
        ("eu-central-1", NAMED, "unknown"),
        ("us-east-1", NAMED, "fail"),
        ("eu-central-1", {"constant_value": "eu-central-1"}, "pass"),
        ("x", {"constant_value": "us-east-1"}, "fail"),
        ("eu-central-1", LOCAL, "unknown"),
    ],
)
def test_a_plan_alone(tmp_path: Path, given: str, expression: Mapping[str, object], outcome: str) -> None:
    (tmp_path / "plan.json").write_text(plan(given, expression), encoding="utf-8")
    found = judged(tmp_path / "plan.json")
    assert found.outcomes["aws_s3_bucket.b", HOME] == outcome, found.reasons["aws_s3_bucket.b", HOME]


@pytest.mark.parametrize(
    ("given", "written", "outcome"),
    [
        ("eu-central-1", "var.region", "pass"),
        ("us-east-1", "var.region", "fail"),
        ("eu-central-1", 'lookup({ "eu-central-1" = "us-east-1" }, var.region, "us-west-2")', "fail"),
        ("us-east-1", 'replace(var.region, "us-east", "eu-central")', "pass"),
        ("eu-central-1", 'var.region == "eu-central-1" ? "us-east-1" : "eu-west-1"', "fail"),
    ],
)
def test_the_configuration_tells_what_is_made_of_the_variable(tmp_path: Path, given: str, written: str, outcome: str) -> None:
    (tmp_path / "main.tf").write_text(MAIN.format(given=given, expression=written), encoding="utf-8")
    (tmp_path / "plan.json").write_text(plan(given, NAMED), encoding="utf-8")
    found = judged(tmp_path / "plan.json")
    assert found.outcomes["aws_s3_bucket.b", HOME] == outcome, found.reasons["aws_s3_bucket.b", HOME]
    assert judged(tmp_path).outcomes["aws_s3_bucket.b", HOME] == outcome


@pytest.mark.parametrize(("region", "outcome"), [("eu-central-1", "pass"), ("us-east-1", "fail")])
def test_the_configuration_tells_what_a_local_value_is(tmp_path: Path, region: str, outcome: str) -> None:
    written = MAIN.format(given="x", expression="local.region") + f'locals {{\n  region = "{region}"\n}}\n'
    (tmp_path / "main.tf").write_text(written, encoding="utf-8")
    (tmp_path / "plan.json").write_text(plan("x", LOCAL), encoding="utf-8")
    found = judged(tmp_path / "plan.json")
    assert found.outcomes["aws_s3_bucket.b", HOME] == outcome, found.reasons["aws_s3_bucket.b", HOME]
