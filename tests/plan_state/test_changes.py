"""A plan that changes a companion: what its owner still shows of it is what was, not what will be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

POLICY = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    }
)
Change = tuple[str, str, list[str], Mapping[str, Any] | None, Mapping[str, Any] | None, Sequence[str]]


def plan(*changes: Change) -> str:
    """Rows of (type, name, actions, before, after, the names that the configuration sets)."""
    heads = [{"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name} for kind, name, *_ in changes]
    entries = [
        {**head, "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}}}
        for head, (_, _, actions, before, after, _) in zip(heads, changes, strict=True)
    ]
    resources = [
        {**head, "provider_config_key": "x", "expressions": {name: {} for name in names}}
        for head, (_, _, actions, _, _, names) in zip(heads, changes, strict=True)
        if actions != ["delete"]
    ]
    planned = [{**head, "values": row[4]} for head, row in zip(heads, changes, strict=True) if row[4] is not None]
    return json.dumps(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"resources": planned}},
            "resource_changes": entries,
            "configuration": {"provider_config": {"x": {"name": "x", "expressions": {}}}, "root_module": {"resources": resources}},
        }
    )


def bucket(**more: Any) -> dict[str, Any]:
    return {
        "id": "b",
        "bucket": "b",
        "arn": "arn:aws:s3:::b",
        "region": "eu-central-1",
        "bucket_region": "eu-central-1",
        "policy": "",
        **more,
    }


def same(kind: str, name: str, values: Mapping[str, Any], *names: str) -> Change:
    return kind, name, ["no-op"], values, values, names


HELD = {"id": "b", "bucket": "b", "policy": POLICY}
OPEN = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": [], "prefix_list_ids": []}
OPEN |= {"security_groups": [], "self": False, "description": ""}
GROUP = {"id": "sg-1", "arn": "arn:aws:ec2:eu-central-1:111111111111:security-group/sg-1", "ingress": [OPEN], "vpc_id": "vpc-1", "tags": {}}
RULE = {"id": "r", "security_group_id": "sg-1", "from_port": 22, "to_port": 22, "ip_protocol": "tcp", "cidr_ipv4": "0.0.0.0/0"}
RULE |= {"cidr_ipv6": None, "prefix_list_id": None, "referenced_security_group_id": None}
TLS, PORTS = "transport-encrypted", "sensitive-ports-closed-to-world"
NSG = {"id": "/n", "name": "n", "resource_group_name": "g", "location": "westeurope"}


def nsg_rule(name: str, access: str, priority: int) -> dict[str, Any]:
    shown = {"name": name, "access": access, "direction": "Inbound", "protocol": "Tcp", "priority": priority, "source_port_range": "*"}
    shown |= {"destination_port_range": "22", "source_address_prefix": "*", "destination_address_prefix": "*"}
    lists = ("source_port_ranges", "destination_port_ranges", "source_address_prefixes", "destination_address_prefixes")
    shown |= {name: [] for name in (*lists, "source_application_security_group_ids", "destination_application_security_group_ids")}
    return shown


def split(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {**rule, "id": f"/n/{rule['name']}", "network_security_group_name": "n", "resource_group_name": "g"}


DENY, ALLOW, LATE = nsg_rule("deny", "Deny", 100), nsg_rule("allow", "Allow", 200), nsg_rule("deny", "Deny", 300)
BOTH = {**NSG, "security_rule": [DENY, ALLOW]}
RULES = "azurerm_network_security_rule"

ROWS = {
    "a policy that stays": (
        plan(same("aws_s3_bucket", "b", bucket(policy=POLICY)), same("aws_s3_bucket_policy", "p", HELD, "policy")),
        TLS,
        "pass",
    ),
    "a policy that is deleted": (
        plan(same("aws_s3_bucket", "b", bucket(policy=POLICY)), ("aws_s3_bucket_policy", "p", ["delete"], HELD, None, ())),
        TLS,
        "unknown fail",
    ),
    "a policy of another bucket that is deleted": (
        plan(
            same("aws_s3_bucket", "b", bucket(policy=POLICY)), ("aws_s3_bucket_policy", "p", ["delete"], {**HELD, "bucket": "x"}, None, ())
        ),
        TLS,
        "pass",
    ),
    "a policy that the bucket sets itself": (
        plan(same("aws_s3_bucket", "b", bucket(policy=POLICY), "policy"), ("aws_s3_bucket_policy", "p", ["delete"], HELD, None, ())),
        TLS,
        "pass",
    ),
    "a policy that is replaced by none of its kind": (
        plan(
            same("aws_s3_bucket", "b", bucket(policy=POLICY)),
            ("aws_s3_bucket_policy", "p", ["update"], HELD, {**HELD, "policy": '{"Statement": []}'}, ("policy",)),
        ),
        TLS,
        "fail",
    ),
    "a rule that opens a port": (
        plan(same("aws_security_group", "g", GROUP), same("aws_vpc_security_group_ingress_rule", "r", RULE)),
        PORTS,
        "fail",
    ),
    "a rule that is deleted": (
        plan(same("aws_security_group", "g", GROUP), ("aws_vpc_security_group_ingress_rule", "r", ["delete"], RULE, None, ())),
        PORTS,
        "unknown pass",
    ),
    "a rule that is narrowed": (
        plan(
            same("aws_security_group", "g", GROUP),
            ("aws_vpc_security_group_ingress_rule", "r", ["update"], RULE, {**RULE, "cidr_ipv4": "10.0.0.0/8"}, ("cidr_ipv4",)),
        ),
        PORTS,
        "unknown pass",
    ),
    "a rule that is forgotten": (
        plan(same("aws_security_group", "g", GROUP), ("aws_vpc_security_group_ingress_rule", "r", ["forget"], RULE, None, ())),
        PORTS,
        "unknown fail",
    ),
    "a deny that shields": (
        plan(same("azurerm_network_security_group", "n", BOTH), same(RULES, "d", split(DENY)), same(RULES, "a", split(ALLOW))),
        PORTS,
        "pass",
    ),
    "a deny that is deleted": (
        plan(
            same("azurerm_network_security_group", "n", BOTH),
            (RULES, "d", ["delete"], split(DENY), None, ()),
            same(RULES, "a", split(ALLOW)),
        ),
        PORTS,
        "unknown fail",
    ),
    "a deny that comes too late": (
        plan(
            same("azurerm_network_security_group", "n", BOTH),
            (RULES, "d", ["update"], split(DENY), split(LATE), ("priority",)),
            same(RULES, "a", split(ALLOW)),
        ),
        PORTS,
        "unknown fail",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_a_plan_changes_is_not_believed_as_it_was(tmp_path: Path, row: str) -> None:
    text, check, right = ROWS[row]
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    found = judged(tmp_path / "plan.json")
    (owner,) = {address for address, name in found.outcomes if name == check and address.split(".")[0] in OWNERS}
    assert found.outcomes[owner, check] in right.split(), found.reasons[owner, check]


OWNERS = {"aws_s3_bucket", "aws_security_group", "azurerm_network_security_group"}


def test_without_that_what_was_would_pass_for_what_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: an owner's last value lasts, whatever the plan changes."""
    monkeypatch.setattr("cloudaudit.model.related.Related.lasting", lambda _self, attr, *_: attr)
    wrong = []
    for row, (text, check, right) in ROWS.items():
        (tmp_path / "plan.json").write_text(text, encoding="utf-8")
        found = judged(tmp_path / "plan.json").outcomes
        (outcome,) = {outcome for (address, name), outcome in found.items() if name == check and address.split(".")[0] in OWNERS}
        wrong += [row] if outcome not in right.split() else []
    assert {"a policy that is deleted", "a rule that is deleted", "a deny that is deleted", "a deny that comes too late"} <= set(wrong)
