"""The attributes that keep what they have when a configuration leaves them out, as the providers' schemas say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cloudaudit import plugins
from tests.data.extract_schemas import kept_when_left_out

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "tools" / "terraform-schemas.json.gz"


def test_what_is_known_of_a_few_types() -> None:
    assert {"ingress", "egress"} <= plugins.kept_when_left_out("aws_security_group")
    assert "encrypted" in plugins.kept_when_left_out("aws_ebs_volume")
    assert "security_rule" in plugins.kept_when_left_out("azurerm_network_security_group")
    assert "minimum_tls_version" not in plugins.kept_when_left_out("azurerm_mssql_server")
    assert plugins.kept_when_left_out("nobody_knows") == frozenset()


def test_the_files_of_the_providers_are_those_of_the_schemas() -> None:
    if not SCHEMAS.exists():
        pytest.skip("the provider schemas are not here: ../shared/tools/terraform-schemas.json.gz")
    schemas = json.loads(gzip.decompress(SCHEMAS.read_bytes()))
    kinds = [kind for kind in schemas if kind != "_meta" and plugins.wanted(kind)]
    assert {kind: plugins.kept_when_left_out(kind) for kind in kinds} == {
        kind: frozenset(kept_when_left_out(schemas[kind]["attrs"])) for kind in kinds
    }
