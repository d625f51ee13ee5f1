"""What azapi sets is not known from a plan or a state either, where attributes of no fixed type and write-only ones stand otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

ACCOUNT = "azurerm_storage_account.s"
TLS = "transport-encrypted"
ID = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/s"
STORE: dict[str, Any] = {"id": ID, "name": "s", "location": "westeurope", "resource_group_name": "rg", "account_replication_type": "LRS"}
STORE |= {"https_traffic_only_enabled": True}
STORE |= {"min_tls_version": "TLS1_2", "customer_managed_key": [], "nfsv3_enabled": False, "custom_domain": []}
UPDATE: dict[str, Any] = {"id": ID, "resource_id": ID, "type": "Microsoft.Storage/storageAccounts@2023-05-01", "sensitive_body": None}

HTTPS = {"properties": {"supportsHttpsTrafficOnly": False}}
HTTPS_TYPE = ["object", {"properties": ["object", {"supportsHttpsTrafficOnly": "bool"}]}]
KEYS = {"properties": {"allowSharedKeyAccess": False}}
KEYS_TYPE = ["object", {"properties": ["object", {"allowSharedKeyAccess": "bool"}]}]


def dynamic(value: Any, kind: Any) -> dict[str, Any]:
    return {"value": value, "type": kind}


def state(body: Any, **more: Any) -> dict[str, Any]:
    told = {"azurerm_storage_account": ("s", STORE), "azapi_update_resource": ("z", {**UPDATE, "body": body, **more})}
    resources = [
        {"mode": "managed", "type": kind, "name": name, "instances": [{"schema_version": 0, "attributes": values}]}
        for kind, (name, values) in told.items()
    ]
    return {"version": 4, "terraform_version": "1.11.4", "resources": resources}


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        (dynamic(HTTPS, HTTPS_TYPE), {}, "unknown"),
        (dynamic(json.dumps(HTTPS), "string"), {}, "unknown"),
        (dynamic(KEYS, KEYS_TYPE), {}, "pass"),
        (dynamic(json.dumps(KEYS), "string"), {}, "pass"),
        (json.dumps(HTTPS), {}, "unknown"),
        (None, {"sensitive_body_version": {"properties.supportsHttpsTrafficOnly": "1"}}, "unknown"),
        (None, {"sensitive_body_version": {"properties": "1"}}, "unknown"),
        (None, {"sensitive_body_version": {"properties.allowSharedKeyAccess": "1"}}, "pass"),
    ],
)
def test_a_body_in_a_state_counts(tmp_path: Path, body: Any, more: dict[str, Any], expected: str) -> None:
    path = tmp_path / "terraform.tfstate"
    path.write_text(json.dumps(state(body, **more)))
    assert judged(path).outcomes[ACCOUNT, TLS] == expected


@pytest.mark.parametrize(("written", "expected"), [(("sensitive_body",), "unknown"), ((), "pass")])
def test_a_write_only_body_of_a_plan_counts(tmp_path: Path, written: tuple[str, ...], expected: str) -> None:
    path = tmp_path / "plan.json"
    after = {"azurerm_storage_account.s": dict(STORE), "azapi_update_resource.z": {**UPDATE, "body": {"properties": {}}}}
    named = {address: address.split(".") for address in after}
    expressions = {"azurerm_storage_account.s": (), "azapi_update_resource.z": ("body", *written)}
    planned = [
        {"address": address, "mode": "managed", "type": kind, "name": name, "values": after[address]}
        for address, (kind, name) in named.items()
    ]
    changes = [
        {
            **{key: value for key, value in row.items() if key != "values"},
            "change": {"actions": ["create"], "before": None, "after": row["values"], "after_unknown": {}},
        }
        for row in planned
    ]
    configured = [
        {
            "address": address,
            "mode": "managed",
            "type": kind,
            "name": name,
            "expressions": {one: {"references": ["var.b"]} for one in expressions[address]},
        }
        for address, (kind, name) in named.items()
    ]
    document: dict[str, Any] = {"format_version": "1.2", "planned_values": {"root_module": {"resources": planned}}}
    document |= {"resource_changes": changes, "configuration": {"root_module": {"resources": configured}}}
    path.write_text(json.dumps(document))
    assert judged(path).outcomes[ACCOUNT, TLS] == expected
