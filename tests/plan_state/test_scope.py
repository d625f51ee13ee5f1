"""Where a resource lives: from its own values first, then from its provider, and never by guessing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit.model import Attr, Collection, Known, Record, Scope, Unknown, Why

Read = Callable[..., Collection]
Write = Callable[..., Path]

UNSTATED = "is not in the state"


def value(attr: Attr[str | None]) -> str | None:
    return attr.value if isinstance(attr, Known) else f"unknown: {attr.detail}"


def of_state(read: Read, write: Write, kind: str, attributes: Mapping[str, Any]) -> Scope:
    resource = {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}]}
    (record,) = read(write({"version": 4, "resources": [resource]})).records
    return record.scope


@pytest.mark.parametrize(
    ("attributes", "account", "region", "partition"),
    [
        ({"arn": "arn:aws:rds:eu-west-1:111122223333:db:x"}, "111122223333", "eu-west-1", "aws"),
        ({"arn": "arn:aws-cn:rds:cn-north-1:111122223333:db:x"}, "111122223333", "cn-north-1", "aws-cn"),
        ({"arn": "arn:aws:s3:::b", "region": "eu-central-1"}, None, "eu-central-1", "aws"),
        ({"arn": "arn:aws:rds:eu-west-1:111122223333:db:x", "region": "eu-west-2"}, "111122223333", "eu-west-2", "aws"),
        ({"availability_zone": "eu-central-1a", "owner_id": "111122223333"}, "111122223333", "eu-central-1", "aws"),
        ({"availability_zone": "eu-central-1-ham-1a"}, None, "eu-central-1", "aws"),
        ({"availability_zone": "us-gov-west-1b"}, None, "us-gov-west-1", "aws-us-gov"),
        ({"availability_zone": "us-east-1-wl1-bos-wlz-1"}, None, "us-east-1", "aws"),
        ({"availability_zone": "moon", "arn": "no arn", "region": ""}, None, None, None),
        ({"arn": 1, "region": ["x"], "availability_zone": {}}, None, None, None),
    ],
)
def test_aws(
    read: Read, write: Write, attributes: Mapping[str, Any], account: str | None, region: str | None, partition: str | None
) -> None:
    scope = of_state(read, write, "aws_x", attributes)
    assert value(scope.account) == (account or f'unknown: the account of provider "aws" {UNSTATED}')
    assert value(scope.region) == (region or f'unknown: the region of provider "aws" {UNSTATED}')
    assert (scope.provider, scope.partition) == ("aws", partition)


@pytest.mark.parametrize(
    ("kind", "attributes", "provider", "account", "region"),
    [
        ("azurerm_x", {"id": "/subscriptions/AAA/resourceGroups/rg", "location": "westeurope"}, "azure", "AAA", None),
        ("azapi_resource", {"id": "/SUBSCRIPTIONS/AAA"}, "azure", "AAA", None),
        ("google_x", {"project": "p", "region": "europe-west3"}, "gcp", "p", "europe-west3"),
        (
            "google_x",
            {"self_link": "https://www.googleapis.com/compute/v1/projects/p/zones/z", "region": "https://x/regions/europe-west1"},
            "gcp",
            "p",
            "europe-west1",
        ),
        ("google_x", {"id": "projects/p/locations/l", "location": "EU"}, "gcp", "p", None),
        ("oci_core_instance", {"id": "x"}, "oci", None, None),
    ],
)
def test_other_clouds(
    read: Read, write: Write, kind: str, attributes: Mapping[str, Any], provider: str, account: str | None, region: str | None
) -> None:
    scope = of_state(read, write, kind, attributes)
    assert (scope.provider, value(scope.account), value(scope.region)) == (provider, account, region)


def in_state(name: str, provider: str, **attributes: str) -> dict[str, Any]:
    return {"mode": "managed", "type": "aws_x", "name": name, "provider": provider, "instances": [{"attributes": attributes}]}


def test_other_resources_of_the_same_provider_tell_where_it_works(read: Read, write: Write) -> None:
    resources = [
        in_state("a", "p", arn="arn:aws:kms:eu-west-1:111122223333:key/a"),
        in_state("b", "p", arn="arn:aws:iam::111122223333:role/b"),
        in_state("c", "p"),
        in_state("d", "p.other"),
        in_state("e", "q", arn="arn:aws:kms:eu-west-1:111122223333:key/e"),
        in_state("f", "q", arn="arn:aws:kms:eu-west-2:111122223333:key/f"),
        in_state("g", "q"),
    ]
    scopes = {record.address: record.scope for record in read(write({"version": 4, "resources": resources})).records}
    assert scopes["aws_x.c"] == scopes["aws_x.b"] == scopes["aws_x.a"]
    assert isinstance(scopes["aws_x.d"].account, Unknown)
    assert scopes["aws_x.g"].account == Known("111122223333")
    assert isinstance(scopes["aws_x.g"].region, Unknown)


def test_what_exists_tells_a_plan_the_account_of_what_is_new(read: Read, write: Write) -> None:
    document = a_plan("aws", {"aws": region("eu-west-1")})
    (new,) = document["resource_changes"]
    change = {"actions": ["no-op"], "after": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/a"}, "after_unknown": {}}
    document["resource_changes"].append({**new, "address": "module.m.aws_x.x[1]", "change": change})
    first, second = read(write(document)).records
    assert first.scope == second.scope
    assert msgspec.structs.replace(first.scope, configuration="") == Scope("aws", Known("111122223333"), Known("eu-west-1"), "aws")


def test_the_provider_of_a_real_plan_places_its_resources(plan: Mapping[str, Record]) -> None:
    assert value(plan["aws_kms_key.data"].scope.region) == "eu-central-1"  # the region is a variable
    assert value(plan["aws_ebs_volume.us"].scope.region) == "us-east-1"
    assert value(plan["module.us.module.inner.aws_s3_bucket.this"].scope.region) == "us-east-1"
    assert value(plan["google_storage_bucket.g"].scope.account) == "audited"
    assert value(plan["azurerm_storage_account.s"].scope.account) == "00000000-0000-0000-0000-000000000001"


def a_plan(key: str, providers: Mapping[str, Any], *, unknown: Mapping[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    body = {"actions": ["create"], "after": {}, "after_unknown": unknown or {"region": True}}
    change = {"address": "module.m.aws_x.x", "module_address": "module.m", "mode": "managed", "type": "aws_x", "name": "x", "change": body}
    resource = {"mode": "managed", "type": "aws_x", "name": "x", "provider_config_key": key, "expressions": {}}
    return {
        "format_version": "1.0",
        "variables": {name: {"value": given} for name, given in variables.items()},
        "resource_changes": [change],
        "configuration": {"provider_config": providers, "root_module": {"module_calls": {"m": {"module": {"resources": [resource]}}}}},
    }


def region(text: str | None, **more: Any) -> dict[str, Any]:
    return {"name": "aws", "expressions": {"region": {"constant_value": text}} if text else {}, **more}


FROM_VARIABLE = {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}}
FROM_TWO = {"name": "aws", "expressions": {"region": {"references": ["var.region", "var.other"]}}}


@pytest.mark.parametrize(
    ("key", "providers", "expected"),
    [
        ("aws", {"aws": region("eu-west-1")}, "eu-west-1"),
        ("aws.b", {"aws": region("eu-west-1"), "aws.b": region("eu-west-2")}, "eu-west-2"),
        ("aws.b", {"aws": region("eu-west-1"), "aws.b": region(None)}, None),
        ("module.m:aws", {"aws": region("eu-west-1"), "module.m:aws": region("eu-west-2")}, "eu-west-2"),
        ("module.m:aws", {"aws": region("eu-west-1"), "module.m:aws": region(None)}, None),
        ("m:aws", {"aws": region("eu-west-1"), "module.m:aws": {"name": "aws", "version_constraint": "4"}}, "eu-west-1"),
        ("m:aws", {"aws": region("eu-west-1"), "module.m:aws": region("eu-west-2")}, "eu-west-2"),
        ("m:aws", {"aws": region("eu-west-1"), "aws.b": region("eu-west-2")}, None),
        ("aws", {"aws": FROM_VARIABLE}, "eu-north-1"),
        ("aws", {"aws": FROM_TWO}, None),
        ("aws", {}, None),
        ("", {"aws": region("eu-west-1")}, None),
        ("aws", {"aws": "x"}, None),
    ],
)
def test_the_provider_configuration_of_a_plan(
    read: Read, write: Write, key: str, providers: Mapping[str, Any], expected: str | None
) -> None:
    (record,) = read(write(a_plan(key, providers, region="eu-north-1", other="x"))).records
    home = record.scope.region
    if expected:
        assert home == Known(expected)
    else:
        assert isinstance(home, Unknown)
        assert home.why is (Why.UNPROVEN if FROM_TWO in providers.values() else Why.UNRESOLVED)
        assert home.detail == f'the region of provider "{key or "aws"}" is not in the plan'


def test_a_region_that_the_resource_computes_is_not_taken_from_the_provider(read: Read, write: Write) -> None:
    document = a_plan("aws", {"aws": region("eu-west-1")})
    expressions = document["configuration"]["root_module"]["module_calls"]["m"]["module"]["resources"][0]["expressions"]
    expressions["region"] = {"references": ["data.aws_region.r.region", "data.aws_region.r"]}
    (record,) = read(write(document)).records
    assert isinstance(record.scope.region, Unknown)
    assert record.scope.region.why is Why.UNRESOLVED
