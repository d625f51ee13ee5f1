"""States: raw and as `terraform show -json` prints them, and those that are damaged, old or locked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit.model import Collection, Known, SourceKind, Unknown, Why

Read = Callable[..., Collection]
Write = Callable[..., Path]


def state(*resources: Any, **more: Any) -> dict[str, Any]:
    return {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": list(resources), **more}


def volume(*instances: Any, name: str = "x", **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": "aws_ebs_volume", "name": name, "provider": "provider.aws", "instances": list(instances), **more}


def test_raw_state_and_show_json_tell_the_same(read: Read, data: Path) -> None:
    raw, shown = read(data / "state.tfstate"), read(data / "show.json")
    assert raw.kind is shown.kind is SourceKind.STATE
    assert len(raw.records) == 26
    assert {record.address: record.values for record in raw.records if record.type != "terraform_data"} == {
        record.address: record.values for record in shown.records if record.type != "terraform_data"
    }  # a raw state wraps a value of any type in its type
    told = {record.address: (record.id, record.scope) for record in shown.records}
    for record in raw.records:  # which provider configuration it is, `show -json` does not tell
        assert told[record.address] == (record.id, msgspec.structs.replace(record.scope, configuration=""))
    assert raw.census == shown.census


def test_addresses_are_those_of_terraform(read: Read, write: Write) -> None:
    instances: list[dict[str, Any]] = [{"index_key": key, "attributes": {}} for key in (0, "a", 'b"\\${c}', None)]
    collection = read(write(state(volume(*instances, module='module.m["k"]'))))
    stem = 'module.m["k"].aws_ebs_volume.x'
    assert [record.address for record in collection.records] == [f"{stem}[0]", f'{stem}["a"]', f'{stem}["b\\"\\\\$${{c}}"]', stem]
    assert (collection.census.declared, collection.census.instances) == (1, 4)


def test_data_is_no_resource_tainted_counts_and_a_deposed_object_is_told_apart(read: Read, write: Write) -> None:
    tainted = {"status": "tainted", "attributes": {"id": "vol-1", "encrypted": False}}
    deposed = {"deposed": "00000001", "attributes": {"id": "vol-0"}}
    collection = read(write(state(volume(tainted, deposed), volume({"attributes": {}}, mode="data"))))
    assert [(record.address, record.id) for record in collection.records] == [
        ("aws_ebs_volume.x", "vol-1"),
        ("aws_ebs_volume.x (deposed 00000001)", "vol-0"),
    ]
    assert collection.census.declared == 1


def test_the_arn_is_the_identity_before_the_id(read: Read, write: Write) -> None:
    attributes = {"id": "vol-1", "arn": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"}
    (record,) = read(write(state(volume({"attributes": attributes})))).records
    assert record.id == attributes["arn"]


def test_an_empty_state_is_no_gap(read: Read, write: Write) -> None:
    for document in (state(), {"version": 4, "serial": 0}, {"format_version": "1.0"}, {"format_version": "1.0", "values": {}}):
        collection = read(write(document))
        assert collection.kind is SourceKind.STATE
        assert not collection.records
        assert not collection.gaps


@pytest.mark.parametrize(
    ("document", "says", "remedy"),
    [
        ({"version": 3, "serial": 1, "modules": []}, "state of version 3", "terraform state pull"),
        ({"version": 3, "backend": {"type": "s3"}}, "backend configuration", "terraform state pull"),
        ({"version": 5, "resources": []}, "newer than any known", "upgrade"),
        ({"version": "4", "resources": []}, "newer than any known", "upgrade"),
        ({"version": 4, "resources": {}}, "no list of resources", "write the file anew"),
        ({"meta": {}, "encrypted_data": "AAAA", "encryption_version": "v0"}, "encrypted by OpenTofu", "tofu state pull"),
        ({"format_version": "2.0", "values": {}}, "newer than any known", "upgrade"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(read: Read, write: Write, document: Mapping[str, Any], says: str, remedy: str) -> None:
    collection = read(write(document, "terraform.tfstate"))
    assert not collection.records
    (gap,) = collection.gaps
    assert says in gap.what
    assert gap.what.startswith("terraform.tfstate ")
    assert remedy in gap.remedy
    assert gap.why is Why.UNSUPPORTED


def test_one_bad_entry_hides_no_other(read: Read, write: Write) -> None:
    good = volume({"attributes": {"encrypted": "yes"}})
    collection = read(write(state(good, volume(name="none") | {"instances": None}, volume({"attributes": []}, name="list"), "x", None)))
    (record,) = collection.records
    assert isinstance(record.flag("encrypted"), Unknown)
    assert [gap.what.split(" ")[0] for gap in collection.gaps] == [
        "aws_ebs_volume.none",
        "aws_ebs_volume.list",
        "resources[3]",
        "resources[4]",
    ]
    assert [gap.types for gap in collection.gaps] == [("aws_ebs_volume",), ("aws_ebs_volume",), (), ()]
    assert (collection.census.evaluated, collection.census.unknown) == (1, 4)


def test_flat_attributes_are_read_and_what_they_leave_out_is_unknown(read: Read, write: Write) -> None:
    flat = {
        "id": "b",
        "versioning.#": "1",
        "versioning.0.enabled": "true",
        "tags.%": "1",
        "tags.kubernetes.io/name": "x",
        "grant.#": "0",
        "rule.#": "2",
        "rule.4067.port": "22",
        "rule.99.port": "443",
        "lost.#": "3",
        "lost.0": "x",
    }
    collection = read(write(state(volume({"attributes_flat": flat}))))
    (record,) = collection.records
    assert record.flag("versioning.enabled") == Known(True)
    assert record.at("tags") == Known({"kubernetes.io/name": "x"})
    assert record.blocks("grant") == Known(())
    assert record.values["rule"] == [{"port": "443"}, {"port": "22"}]
    assert isinstance(record.at("lost"), Unknown)
    assert isinstance(record.at("server_side_encryption_configuration"), Unknown)
    assert [gap.references for gap in collection.gaps] == [("aws_ebs_volume.x",)]


def test_every_damaged_or_unusual_state_ends_as_it_should(read: Read, shared: Path, tmp_path: Path) -> None:
    """The generator beside this repository says of each of its files what a careful reader makes of it."""
    command = [sys.executable, str(shared / "tools" / "make_states.py"), str(tmp_path), "--buckets", "200"]
    subprocess.run(command, check=True, capture_output=True)
    expected = json.loads((tmp_path / "expect.json").read_text())
    assert len(expected) > 20
    for name, expectation in expected.items():
        collection = read(tmp_path / name)
        current = [record for record in collection.records if "(deposed" not in record.address]
        if "resources" in expectation:
            assert len(current) == expectation["resources"], name
        elif "read it" in expectation.get("error", ""):
            assert current or collection.gaps, name
        elif "error" in expectation:
            assert not current, name
            assert len(collection.gaps) == 1, name


def test_a_block_of_a_module_with_several_instances_is_one_block(read: Read, write: Write) -> None:
    entries = [
        {"module": f"module.m[{key}]", "mode": "managed", "type": "aws_x", "name": "y", "instances": [{"attributes": {}}]} for key in (0, 1)
    ]
    census = read(write({"version": 4, "resources": entries})).census
    assert (census.declared, census.instances) == (1, 2)
