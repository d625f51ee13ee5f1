"""The account's default key of EBS: who looked at it says what its state is; nobody did otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

USABLE = "encryption-key-usable"
VOLUME = """
provider "aws" { region = "eu-central-1" }
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  encrypted         = true
}
"""
DEFAULT = """
resource "aws_kms_key" "k" {{
  is_enabled = {enabled}
}}
resource "aws_ebs_default_kms_key" "d" {{
  key_arn = aws_kms_key.k.arn
}}
"""


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (VOLUME, "not_applicable"),
        (VOLUME + DEFAULT.format(enabled="false"), "fail"),
        (VOLUME + DEFAULT.format(enabled="true"), "pass"),
    ],
)
def test_the_default_key_decides(gate: Callable[..., Any], main: str, expected: str) -> None:
    assert gate(main).outcomes["aws_ebs_volume.v", USABLE] == expected
