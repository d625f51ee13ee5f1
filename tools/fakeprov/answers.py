"""What data sources answer: the account of the tests, a policy document, or something made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_TOLD: Mapping[tuple[str, str], Any] = {
    ("aws_caller_identity", "account_id"): "111122223333",
    ("aws_region", "name"): "eu-central-1",
    ("aws_region", "region"): "eu-central-1",
    ("aws_region", "id"): "eu-central-1",
    ("aws_partition", "partition"): "aws",
    ("aws_partition", "dns_suffix"): "amazonaws.com",
    ("aws_availability_zones", "names"): ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
    ("aws_vpc", "cidr_block"): "10.0.0.0/16",
    ("azurerm_client_config", "tenant_id"): "00000000-0000-0000-0000-000000000001",
    ("azurerm_resource_group", "location"): "westeurope",
    ("google_project", "number"): "123456789",
}

_STATEMENT = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def answer(kind: str, name: str, asked: Mapping[str, Any]) -> Any:
    """The value of an attribute of a data source, with its type, as the protocol writes what may be anything."""
    if (kind, name) == ("aws_iam_policy_document", "json"):
        value: Any = _policy_document(_plain(asked))
    elif name.endswith("ids") or name in {"names", "arns", "zones"}:
        value = _TOLD.get((kind, name), [f"{kind}-{name}-1", f"{kind}-{name}-2"])
    else:
        value = _TOLD.get((kind, name), {} if name in {"tags", "labels"} else f"{kind}-{name}")
    types: dict[type, bytes] = {list: b'["list","string"]', dict: b'["map","string"]'}
    return [types.get(type(value), b'"string"'), value]


def _plain(value: Any) -> Any:
    """A value without the types beside it."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], bytes):
        return _plain(value[1])
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return list(map(_plain, value)) if isinstance(value, list) else value


def _policy_document(asked: Mapping[str, Any]) -> str:
    """What the provider renders. Source: hashicorp/aws, data source aws_iam_policy_document."""
    statements = [dict(_statement(one)) for one in asked.get("statement") or ()]
    return json.dumps({"Version": asked.get("version") or "2012-10-17", "Statement": statements})


def _statement(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if told.get("sid"):
        yield "Sid", told["sid"]
    yield "Effect", told.get("effect") or "Allow"
    for name, key in _STATEMENT.items():
        if told.get(name):
            yield key, _single(told[name])
    for name, key in _PRINCIPALS.items():
        given: dict[str, list[Any]] = {}
        for one in told.get(name) or ():
            given.setdefault(one.get("type"), []).extend(one.get("identifiers") or ())
        if given:
            yield key, "*" if given == {"*": ["*"]} else {kind: _single(names) for kind, names in given.items()}
    conditions: dict[str, dict[str, Any]] = {}
    for one in told.get("condition") or ():
        conditions.setdefault(one.get("test"), {})[one.get("variable")] = _single(one.get("values") or ())
    if conditions:
        yield "Condition", conditions


def _single(values: Any) -> Any:
    return values[0] if len(values) == 1 else list(values)
