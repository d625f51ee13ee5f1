"""What a path is: told by its content, and a clear message where it is nothing that can be audited."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, SourceKind, Why
from cloudaudit.sources.terraform import document
from cloudaudit.sources.terraform.paths import collect

Read = Callable[..., Collection]
Write = Callable[..., Path]

STATE: Mapping[str, Any] = {
    "version": 4,
    "serial": 1,
    "resources": [{"mode": "managed", "type": "aws_x", "name": "ä", "instances": [{"attributes": {"name": "é"}}]}],
}
TEXT = json.dumps(STATE, ensure_ascii=False)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(TEXT.encode("utf-16"), mtime=0),
        b"\r\n" + json.dumps(STATE, indent=1).replace("\n", "\r\n").encode(),
    ],
)
def test_every_encoding_that_shells_write_is_read(read: Read, write: Write, content: bytes) -> None:
    collection = read(write(content))
    assert not collection.gaps
    assert [(record.address, record.values) for record in collection.records] == [("aws_x.ä", {"name": "é"})]


@pytest.mark.parametrize(
    ("content", "why", "says", "line"),
    [
        (b"", Why.FAILED, "is an empty file", None),
        (b" \n\t", Why.FAILED, "is an empty file", None),
        (b"PK\x03\x04rest", Why.UNSUPPORTED, "is a binary plan", None),
        (b"\x00\x01\x02\xff", Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b"Terraform will perform the following actions:\n", Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b"[]", Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b"null", Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b'{"a": 1}', Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b'{"format_version": "1.0", "provider_schemas": {}}', Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b'{"format_version": "1.0", "valid": true}', Why.FAILED, "is not a Terraform plan, state or configuration", None),
        (b'{\n"version": 4,\n"resources": [x]}', Why.FAILED, "invalid character at line 3", 3),
        (b'{\n"version": 4,\n"resources": [', Why.FAILED, "ends in the middle, after 30 bytes", 3),
        (b'{"version": 4}\n{"version": 4}', Why.FAILED, "trailing characters at line 2", 2),
        (b'{"version": NaN}', Why.FAILED, "invalid character at line 1", 1),
        (b'{"version": 4, "serial": 1e999}', Why.FAILED, "is not valid JSON", None),
        (b'{"version": "\xff"}', Why.FAILED, "is not valid JSON", None),
        (b'{"version": 4, "serial": 1, "serial": 2}', Why.FAILED, "states the key 'serial' twice", None),
        (b'{"a":' + b"[" * 100_000, Why.BOUNDED, "is nested deeper than 200 levels", None),
        (b'{"a":' + b"[" * 250 + b"]" * 250 + b"}", Why.BOUNDED, "is nested deeper than 200 levels", None),
        (b'{"@level":"info","type":"version"}\n{"@level":"info"}\n', Why.UNSUPPORTED, "is the log of `terraform plan -json`", None),
        (b'{"@level":"info","type":"version"}', Why.UNSUPPORTED, "is the log of `terraform plan -json`", None),
        (b"\x1f\x8bnonsense", Why.FAILED, "compressed data does not unpack", None),
        (gzip.compress(b'{"version": 4}', mtime=0)[:-6], Why.FAILED, "compressed data does not unpack", None),
        (b"\xff\xfe\x00\xd8\x00", Why.FAILED, "neither UTF-8 nor UTF-16", None),
    ],
)
def test_what_cannot_be_read_is_one_gap_that_says_why_and_where(
    read: Read, write: Write, content: bytes, why: Why, says: str, line: int | None
) -> None:
    collection = read(write(content, "some.json"))
    assert not collection.records
    (gap,) = collection.gaps
    assert gap.what.startswith("some.json ")
    assert says in gap.what
    assert (gap.why, gap.origin.file, gap.unit) == (why, "some.json", "some")
    assert gap.origin.line == line or line is None
    assert gap.remedy or why is Why.BOUNDED or "damaged" in gap.what


@pytest.mark.parametrize("content", [TEXT.encode(), gzip.compress(b'{"version": 4, "x": "' + b"a" * 100_000 + b'"}', mtime=0)])
def test_a_file_past_the_limit_is_not_read(read: Read, write: Write, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(document, "SIZE_LIMIT", 100)
    (gap,) = read(write(content * 1)).gaps
    assert gap.why is Why.BOUNDED


def test_what_is_no_file_is_not_opened(read: Read) -> None:
    (gap,) = read(Path(os.devnull)).gaps
    assert "is not a regular file" in gap.what


def test_a_file_that_the_system_refuses_is_a_gap(read: Read, tmp_path: Path) -> None:
    (gap,) = read(tmp_path / "vanished.json").gaps
    assert gap.why is Why.FAILED
    assert "cannot be read" in gap.what


@pytest.mark.parametrize(
    ("name", "kind"), [("plan.json", SourceKind.PLAN), ("show.json", SourceKind.STATE), ("state.tfstate", SourceKind.STATE)]
)
def test_the_kind_is_told_by_the_content_or_held_against_it(read: Read, data: Path, name: str, kind: SourceKind) -> None:
    other = SourceKind.STATE if kind is SourceKind.PLAN else SourceKind.PLAN
    assert read(data / name).kind is kind
    assert read(data / name, kind=kind).records
    refused = read(data / name, kind=other)
    assert not refused.records
    assert [gap.what for gap in refused.gaps] == [f"{name} is a {kind}, not a {other}"]


@pytest.mark.parametrize("kind", [SourceKind.PLAN, SourceKind.STATE])
def test_a_folder_is_neither_a_plan_nor_a_state(read: Read, tmp_path: Path, kind: SourceKind) -> None:
    (gap,) = read(tmp_path, kind=kind).gaps
    assert gap.what == f"{tmp_path.name} is a folder, not a {kind}"


def folders(path: Path, kind: SourceKind | None = None) -> Iterator[Collection]:
    from cloudaudit.sources.terraform.inputs import Inputs

    inputs = Inputs()
    return collect(path, shown=lambda it: it.name, unit_of=lambda it: it.name, inputs=inputs, wanted=lambda _: True, kind=kind)


def test_a_folder_without_terraform_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(TEXT)
    (collection,) = folders(tmp_path)
    assert collection.kind is SourceKind.HCL
    assert [gap.what for gap in collection.gaps] == [f"no Terraform configuration below {tmp_path.name}"]


def test_a_tf_file_stands_for_its_folder(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_ebs_volume" "a" {}\n')
    (tmp_path / "more.tf").write_text('resource "aws_ebs_volume" "b" {}\n')
    for path in (tmp_path, tmp_path / "main.tf"):
        (collection,) = folders(path)
        assert sorted(record.address for record in collection.records) == ["aws_ebs_volume.a", "aws_ebs_volume.b"]


def test_a_local_module_beside_the_root_is_found_within_the_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in (("root", 'module "m" {\n  source = "../shared"\n}\n'), ("shared", 'resource "aws_ebs_volume" "a" {}\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    (collection,) = folders(tmp_path / "root")
    assert [record.address for record in collection.records] == ["module.m.aws_ebs_volume.a"]
