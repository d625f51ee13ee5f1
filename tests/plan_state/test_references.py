"""Links of values that are known only after apply, through modules, `for_each` and `count`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, Record, Unknown

Read = Callable[..., Collection]
Write = Callable[..., Path]


def links(record: Record, path: str) -> tuple[str, ...]:
    attr = record.at(path)
    assert isinstance(attr, Unknown)
    return attr.references


BOTH = ('module.bucket["a"].aws_s3_bucket.this', 'module.bucket["b.c"].aws_s3_bucket.this')
"""A plan does not tell `module.bucket[each.key]` from `module.bucket[local.peer[each.key]]`."""


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("aws_ebs_volume.us", "kms_key_id", ("aws_kms_key.data",)),
        (
            'module.bucket["b.c"].aws_s3_bucket_server_side_encryption_configuration.this',
            "bucket",
            ('module.bucket["b.c"].aws_s3_bucket.this',),
        ),
        (
            'module.bucket["a"].aws_s3_bucket_server_side_encryption_configuration.this',
            "rule.apply_server_side_encryption_by_default.kms_master_key_id",
            ('aws_kms_key.each["a"]', 'aws_kms_key.each["b.c"]'),
        ),
        (
            "module.us.module.inner.aws_s3_bucket_server_side_encryption_configuration.this",
            "rule.apply_server_side_encryption_by_default.kms_master_key_id",
            ("aws_kms_key.data",),
        ),
        ("aws_s3_bucket_versioning.m", "bucket", ("module.us.module.inner.aws_s3_bucket.this",)),
        ('aws_s3_bucket_public_access_block.a["b.c"]', "bucket", BOTH),
        ("aws_lb_listener.l", "default_action.target_group_arn", ("aws_lb_target_group.t",)),
        ("aws_ebs_volume.local", "kms_key_id", ()),
    ],
)
def test_links_of_a_real_plan(plan: Mapping[str, Record], address: str, path: str, expected: tuple[str, ...]) -> None:
    assert links(plan[address], path) == expected


def test_a_local_is_named_where_the_trail_ends(plan: Mapping[str, Record]) -> None:
    attr = plan["aws_ebs_volume.local"].at("kms_key_id")
    assert isinstance(attr, Unknown)
    assert attr.detail == "kms_key_id = local.key_arn, which is known only after apply"


def a_plan(references: list[str], *, keys: tuple[Any, ...], volumes: tuple[Any, ...] = (None,), **more: Any) -> dict[str, Any]:
    """A volume that refers to a key; either may have many instances."""

    def changes(kind: str, index: Any) -> dict[str, Any]:
        suffix = "" if index is None else f"[{index}]" if isinstance(index, int) else f'["{index}"]'
        body = {"actions": ["create"], "after": {}, "after_unknown": {"kms_key_id": True}}
        return {"address": f"{kind}.x{suffix}", "mode": "managed", "type": kind, "name": "x", "index": index, "change": body}

    volume = {"mode": "managed", "type": "aws_ebs_volume", "name": "x", "expressions": {"kms_key_id": {"references": references}}, **more}
    key = {"mode": "managed", "type": "aws_kms_key", "name": "x"}
    return {
        "format_version": "1.2",
        "resource_changes": [changes("aws_ebs_volume", index) for index in volumes] + [changes("aws_kms_key", index) for index in keys],
        "configuration": {"root_module": {"resources": [volume, key]}},
    }


@pytest.mark.parametrize(
    ("references", "keys", "expected"),
    [
        (["aws_kms_key.x.arn", "aws_kms_key.x"], (None,), ("aws_kms_key.x",)),
        (["aws_kms_key.x[1].arn", "aws_kms_key.x[1]", "aws_kms_key.x"], (0, 1), ("aws_kms_key.x[1]",)),
        (["aws_kms_key.x", "count.index"], (0, 1), ("aws_kms_key.x[0]", "aws_kms_key.x[1]")),
        (["aws_kms_key.x"], (0, 1), ("aws_kms_key.x[0]", "aws_kms_key.x[1]")),
        (["data.aws_kms_key.other.arn", "data.aws_kms_key.other"], (0,), ("data.aws_kms_key.other",)),
        (["var.missing"], (0,), ()),
        (["path.module", "terraform.workspace", "self", "each.key"], (0,), ()),
        (["module.missing.out", "module.missing"], (0,), ()),
        (["aws_kms_key.gone.arn", "aws_kms_key.gone"], (0,), ("aws_kms_key.gone",)),
        (["[", "", ".", "x"], (0,), ()),
    ],
)
def test_links_to_one_or_all_instances(
    read: Read, write: Write, references: list[str], keys: tuple[Any, ...], expected: tuple[str, ...]
) -> None:
    records = {record.address: record for record in read(write(a_plan(references, keys=keys, volumes=(0, 1)))).records}
    assert links(records["aws_ebs_volume.x[1]"], "kms_key_id") == expected


def test_for_each_over_a_resource_may_have_renamed_its_keys(read: Read, write: Write) -> None:
    document = a_plan(
        ["each.value.arn", "each.value"], keys=("a", "b"), volumes=("a", "b"), for_each_expression={"references": ["aws_kms_key.x"]}
    )
    records = {record.address: record for record in read(write(document)).records}
    assert links(records['aws_ebs_volume.x["b"]'], "kms_key_id") == ('aws_kms_key.x["a"]', 'aws_kms_key.x["b"]')


def test_a_splat_over_very_many_instances_links_to_none_rather_than_to_some(read: Read, write: Write) -> None:
    (record, *_) = read(write(a_plan(["aws_kms_key.x"], keys=tuple(range(1000))))).records
    assert links(record, "kms_key_id") == ()


def test_modules_that_refer_to_each_other_in_a_circle_end(read: Read, write: Write) -> None:
    def call(other: str) -> dict[str, Any]:
        return {
            "expressions": {"v": {"references": [f"module.{other}.o", f"module.{other}"]}},
            "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}, "variables": {"v": {}}},
        }

    document = a_plan(["module.a.o", "module.a"], keys=(0,))
    document["configuration"]["root_module"]["module_calls"] = {"a": call("b"), "b": call("a")}
    (record, *_) = read(write(document)).records
    assert links(record, "kms_key_id") == ()


def test_blocks_of_a_set_are_told_apart_by_their_constants(read: Read, write: Write) -> None:
    def block(port: int, name: str) -> dict[str, Any]:
        return {"port": {"constant_value": port}, "kms_key_id": {"references": [f"aws_kms_key.{name}.arn", f"aws_kms_key.{name}"]}}

    document = a_plan([], keys=(0,))
    document["configuration"]["root_module"]["resources"][0]["expressions"] = {"rule": [block(443, "web"), block(22, "ssh")]}
    document["resource_changes"][0]["change"] |= {
        "after": {"rule": [{"port": 22}, {"port": 443}]},
        "after_unknown": {"rule": [{"kms_key_id": True}] * 2},
    }
    (record, *_) = read(write(document)).records
    rules = record.values["rule"]
    assert [rule["kms_key_id"].references for rule in rules] == [("aws_kms_key.ssh",), ("aws_kms_key.web",)]
