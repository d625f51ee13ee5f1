"""Plans: what there will be after apply, what of it is unknown and why, and what is not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, Known, Record, Unknown, Why

Read = Callable[..., Collection]
Write = Callable[..., Path]
Records = Mapping[str, Record]


def change(after: Mapping[str, Any] | None, unknown: Any = None, *, name: str = "x", **more: Any) -> dict[str, Any]:
    body = {"actions": ["create"], "after": after, "after_unknown": unknown or {}}
    body.update({key: more.pop(key) for key in ("actions", "after_sensitive") if key in more})
    return {"address": f"aws_ebs_volume.{name}", "mode": "managed", "type": "aws_ebs_volume", "name": name, "change": body, **more}


def configured(expressions: Mapping[str, Any], name: str = "x", **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": "aws_ebs_volume", "name": name, "provider_config_key": "aws", "expressions": expressions, **more}


def why(record: Record, path: str) -> tuple[Why, str]:
    attr = record.at(path)
    assert isinstance(attr, Unknown)
    return attr.why, attr.detail


def test_a_planned_value_is_known(plan: Records) -> None:
    assert plan["aws_ebs_volume.local"].flag("encrypted") == Known(True)
    assert plan["aws_ebs_volume.local"].number("size") == Known(1)


def test_an_attribute_that_the_configuration_leaves_out_is_unset(plan: Records) -> None:
    assert why(plan["aws_ebs_volume.local"], "iops") == (Why.UNSET, "not set in the configuration")
    assert plan["aws_ebs_volume.us"].flag("encrypted") == Known(None)


def test_an_attribute_that_is_set_to_null_is_unset_too(plan: Records) -> None:
    assert why(plan["aws_ebs_volume.defaulted"], "kms_key_id") == (Why.UNSET, "not set in the configuration")


def test_an_attribute_that_the_configuration_computes_names_its_expression(plan: Records) -> None:
    assert why(plan["aws_lb_listener.l"], "default_action.target_group_arn") == (
        Why.COMPUTED,
        "target_group_arn = aws_lb_target_group.t.arn",
    )
    assert plan["aws_lb_listener.l"].text("default_action.type") == Known("forward")


def test_an_unknown_in_a_generated_block_is_never_taken_for_unset(plan: Records) -> None:
    ingress = plan["aws_security_group.dyn"].blocks("ingress")
    assert isinstance(ingress, Known)
    assert ingress.value[0].number("from_port") == Known(22)
    sources = ingress.value[0].strings("cidr_blocks")
    assert isinstance(sources, Unknown)
    assert sources.why is Why.COMPUTED


def test_one_unknown_element_leaves_its_neighbours_known(plan: Records) -> None:
    ingress = plan["aws_security_group.static"].blocks("ingress")
    assert isinstance(ingress, Known)
    assert ingress.value[0].strings("cidr_blocks") == Known(("0.0.0.0/0",))
    assert isinstance(ingress.value[1].strings("cidr_blocks"), Unknown)


def test_without_configuration_every_unknown_is_computed(read: Read, write: Write) -> None:
    (record,) = read(write({"format_version": "1.2", "resource_changes": [change({}, {"encrypted": True})]})).records
    assert why(record, "encrypted") == (Why.COMPUTED, "encrypted")


def test_a_whole_branch_can_be_unknown(read: Read, write: Write) -> None:
    document = {
        "format_version": "1.2",
        "resource_changes": [change({"tags": None, "name": "x"}, {"ingress": True, "tags": {"a": True}})],
        "configuration": {"root_module": {"resources": [configured({"ingress": {"references": ["local.rules"]}})]}},
    }
    (record,) = read(write(document)).records
    assert why(record, "ingress") == (Why.COMPUTED, "ingress = local.rules")
    assert why(record, "tags.a") == (Why.UNSET, "not set in the configuration")


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.1", "1.2", ""])
def test_every_format_since_0_1_is_read(read: Read, write: Write, version: str) -> None:
    document = {"format_version": version, "resource_changes": [change({"encrypted": True})]}
    collection = read(write({key: value for key, value in document.items() if value}))
    assert [record.flag("encrypted") for record in collection.records] == [Known(True)]
    assert not collection.gaps


def test_a_newer_format_is_a_gap(read: Read, write: Write) -> None:
    collection = read(write({"format_version": "2.0", "resource_changes": [change({})]}))
    assert not collection.records
    assert [(gap.why, gap.remedy) for gap in collection.gaps] == [(Why.UNSUPPORTED, "upgrade cloudaudit")]


def test_what_is_deleted_or_forgotten_is_absent_and_what_is_replaced_or_moved_stays(read: Read, data: Path) -> None:
    collection = read(data / "update.json.gz")
    addresses = {record.address for record in collection.records}
    assert addresses.isdisjoint({"aws_ebs_volume.us", "google_storage_bucket.g", "aws_ebs_volume.local"})
    assert addresses >= {'aws_kms_key.each["a"]', "aws_ebs_volume.moved", "aws_s3_bucket_versioning.m"}
    assert (collection.census.evaluated, collection.census.absent, collection.census.instances) == (20, 3, 24)
    assert list(collection.moved) == [("aws_ebs_volume.local", "aws_ebs_volume.moved")]
    assert [gap.what for gap in collection.gaps] == [
        "google_storage_bucket.g leaves Terraform and stays in the cloud: it is not audited any more"
    ]


def test_a_destroy_plan_leaves_nothing(read: Read, data: Path) -> None:
    collection = read(data / "destroy.json.gz")
    assert not collection.records
    assert not collection.gaps
    assert collection.census.absent == collection.census.declared == 23


def test_a_refresh_only_plan_is_read_from_what_it_found(read: Read, data: Path) -> None:
    collection = read(data / "refresh-only.json.gz")
    assert len(collection.records) == 26
    assert not collection.gaps


def test_a_targeted_plan_is_whole_in_what_exists_and_says_that_it_is_partial(read: Read, data: Path) -> None:
    collection = read(data / "target.json.gz")
    by_address = {record.address: record for record in collection.records}
    assert len(by_address) == 26
    assert by_address["aws_s3_bucket_versioning.m"].text("versioning_configuration.status") == Known("Suspended")
    assert [gap.why for gap in collection.gaps] == [Why.UNRESOLVED]
    assert collection.census.unknown == 1


def test_a_count_of_zero_is_absent(read: Read, data: Path) -> None:
    census = read(data / "plan.json").census
    assert (census.declared, census.evaluated, census.absent, census.instances) == (23, 22, 1, 26)


def test_types_that_no_reader_takes_are_counted(read: Read, data: Path) -> None:
    collection = read(data / "plan.json", wanted=lambda kind: kind == "aws_ebs_volume")
    assert {record.type for record in collection.records} == {"aws_ebs_volume"}
    assert (collection.census.evaluated, collection.census.absent, collection.census.unread) == (3, 1, 19)
    assert (collection.unread["aws_s3_bucket"], sum(collection.unread.values())) == (2, 19)


def test_a_declared_block_of_which_the_plan_says_nothing_is_a_gap(read: Read, write: Write) -> None:
    resources = [configured({}), configured({}, "silent"), configured({}, "none", count_expression={})]
    collection = read(
        write({"format_version": "1.0", "resource_changes": [change({})], "configuration": {"root_module": {"resources": resources}}})
    )
    assert (collection.census.evaluated, collection.census.unknown, collection.census.absent) == (1, 1, 1)
    assert [gap.types for gap in collection.gaps] == [("aws_ebs_volume",)]
    assert collection.gaps[0].what == "plan.json says nothing of 1 declared resources: aws_ebs_volume.silent"


def test_planned_values_alone_are_read_and_what_they_leave_out_is_unknown(read: Read, write: Write) -> None:
    expressions = {
        "encrypted": {"constant_value": True},
        "kms_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]},
        "rule": [{"cidr": {"references": ["aws_eip.e.public_ip", "aws_eip.e"]}, "port": {"constant_value": 22}}],
    }
    child = {"address": "module.m", "resources": [planned("module.m.aws_ebs_volume.x", {"encrypted": True, "rule": [{"port": 22}]})]}
    call = {"module": {"resources": [configured(expressions)]}}
    document = {
        "planned_values": {"root_module": {"child_modules": [child]}},
        "configuration": {"root_module": {"module_calls": {"m": call}}},
    }
    (record,) = read(write(document)).records
    assert record.flag("encrypted") == Known(True)
    assert why(record, "kms_key_id")[0] is Why.COMPUTED
    assert why(record, "rule.cidr")[0] is Why.COMPUTED
    assert record.number("rule.port") == Known(22)
    assert record.number("iops") == Known(None)


def planned(address: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "type": "aws_ebs_volume", "name": "x", "values": values}


def test_what_the_prior_state_has_and_the_plan_does_not_touch_is_still_there(read: Read, write: Write) -> None:
    prior = {
        "values": {"root_module": {"resources": [planned("aws_ebs_volume.x[0]", {"encrypted": False}), planned("aws_ebs_volume.x[1]", {})]}}
    }
    gone = change(None, actions=["delete"]) | {"address": "aws_ebs_volume.x[1]", "index": 1}
    (record,) = read(write({"format_version": "1.0", "resource_changes": [gone], "prior_state": prior})).records
    assert (record.address, record.flag("encrypted")) == ("aws_ebs_volume.x[0]", Known(False))


def test_data_sources_are_no_resources(read: Read, write: Write) -> None:
    entry = change({"encrypted": False}, mode="data", address="data.aws_ebs_volume.x")
    collection = read(write({"format_version": "1.0", "resource_changes": [entry]}))
    assert not collection.records
    assert collection.census.declared == 0


@pytest.mark.parametrize(
    ("more", "why_expected"),
    [
        ({"errored": True}, Why.FAILED),
        ({"errored": "true"}, Why.FAILED),
        ({"complete": False}, Why.UNRESOLVED),
        ({"errored": False, "complete": True}, None),
        ({"deferred_changes": {}}, Why.FAILED),
        ({"planned_values": {"root_module": {"child_modules": {}}}}, Why.FAILED),
        ({"planned_values": {"root_module": {"child_modules": ["x"]}}}, Why.FAILED),
        ({"prior_state": {"values": {"root_module": {"resources": {}}}}}, Why.FAILED),
    ],
)
def test_a_plan_that_is_not_whole_says_so(read: Read, write: Write, more: Mapping[str, Any], why_expected: Why | None) -> None:
    collection = read(write({"format_version": "1.2", "resource_changes": [change({})], **more}))
    assert [gap.why for gap in collection.gaps] == ([why_expected] if why_expected else [])
    assert len(collection.records) == 1


@pytest.mark.parametrize("mode", [None, "Managed", 1])
def test_a_mode_that_terraform_does_not_know_hides_no_resource(read: Read, write: Write, mode: Any) -> None:
    entry = {**change({"encrypted": False}), "mode": mode}
    assert len(read(write({"format_version": "1.2", "resource_changes": [entry]})).records) == 1
    state = {"type": "aws_ebs_volume", "name": "x", "mode": mode, "instances": [{"attributes": {"encrypted": False}}]}
    assert len(read(write({"version": 4, "resources": [state]})).records) == 1


def test_a_deferred_resource_is_a_gap_that_names_it(read: Read, write: Write) -> None:
    deferred = [{"reason": "instance_count_unknown", "resource_change": change({}, name="later")}]
    collection = read(write({"format_version": "1.2", "resource_changes": [], "deferred_changes": deferred}))
    assert [(gap.why, gap.types) for gap in collection.gaps] == [(Why.UNRESOLVED, ("aws_ebs_volume",))]
    assert collection.gaps[0].what.startswith("aws_ebs_volume.later is deferred")
    assert collection.census.unknown == 1


def test_a_deposed_object_is_told_apart_from_its_successor(read: Read, write: Write) -> None:
    entries = [change({"encrypted": True}), change({"encrypted": False}, actions=["no-op"], deposed="00000001")]
    collection = read(write({"format_version": "1.2", "resource_changes": entries}))
    assert [record.address for record in collection.records] == ["aws_ebs_volume.x", "aws_ebs_volume.x (deposed 00000001)"]
    assert collection.census.declared == 1


@pytest.mark.parametrize(
    "entry",
    [None, "x", {}, {"type": "aws_ebs_volume", "name": "x", "change": None}, change(None), change({}, unknown=True), change("text")],  # type: ignore[arg-type]
)
def test_one_bad_entry_hides_no_other(read: Read, write: Write, entry: Any) -> None:
    collection = read(write({"format_version": "1.2", "resource_changes": [entry, change({"encrypted": True}, name="good")]}))
    assert [record.address for record in collection.records] == ["aws_ebs_volume.good"]
    assert [gap.why for gap in collection.gaps] == [Why.FAILED]
    assert collection.census.unknown == 1


def test_the_order_of_the_changes_does_not_matter(read: Read, write: Write, data: Path) -> None:
    document = json.loads((data / "plan.json").read_bytes())
    document["resource_changes"].reverse()
    straight, reversed_ = read(data / "plan.json"), read(write(document))
    assert straight.census == reversed_.census
    assert {record.address: record.values for record in straight.records} == {record.address: record.values for record in reversed_.records}


@pytest.mark.parametrize(
    ("changed", "planned_value", "names"), [(True, False, "encrypted"), ([{"a": 1}], [{"a": 2}], "encrypted"), (True, None, "")]
)
def test_a_plan_that_contradicts_itself_says_so(read: Read, write: Write, changed: object, planned_value: object, names: str) -> None:
    change = {"actions": ["create"], "before": None, "after": {"encrypted": changed, "size": 8}, "after_unknown": {}}
    entry = {"address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v"}
    module = {"resources": [{**entry, "values": {"encrypted": planned_value, "size": 8.0}}]}
    collection = read(
        write({"format_version": "1.2", "resource_changes": [{**entry, "change": change}], "planned_values": {"root_module": module}})
    )
    said = "aws_ebs_volume.v: the plan's change and its planned values say different things of encrypted"
    assert [gap.what for gap in collection.gaps if "different" in gap.what] == ([said] if names else [])
