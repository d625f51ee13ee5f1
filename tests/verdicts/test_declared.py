"""Every block that is written is accounted for: what Terraform refuses, or what has no meaning here, is a gap and never silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

VOLUME = 'resource "aws_ebs_volume" "good" {\n  availability_zone = "eu-central-1a"\n  encrypted = true\n}\n'
PLAIN = '"aws_ebs_volume" "x" {\n  availability_zone = "eu-central-1a"\n  encrypted = false\n}\n'


@pytest.mark.parametrize(
    ("main", "what"),
    [
        (VOLUME + f"resources {PLAIN}", 'a block of type "resources"'),
        (VOLUME.replace("  encrypted", f"  resource {PLAIN}\n  encrypted"), 'a "resource" block inside another block'),
        (VOLUME.replace("  encrypted", "  lifecycle {\n    enabled = var.on\n  }\n  encrypted"), '"enabled" in a lifecycle block'),
    ],
)
def test_what_is_not_read_is_a_gap(gate: Callable[..., Any], main: str, what: str) -> None:
    found = gate('provider "aws" { region = "eu-central-1" }\n' + main)
    assert any(what in gap for gap in found.gaps), found.gaps
    assert found.code == 3


def test_what_declares_nothing_is_no_gap(gate: Callable[..., Any]) -> None:
    blocks = 'check "c" {}\nremoved {\n  from = aws_x.y\n}\nimport {\n  to = aws_x.y\n  id = "i"\n}\n'
    found = gate('provider "aws" { region = "eu-central-1" }\n' + VOLUME + blocks)
    assert found.gaps == []
