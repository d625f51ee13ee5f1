"""Files: the JSON form, override files, and those that cannot be taken in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudaudit.model import Gap, Origin, Why

GOOD = 'resource "x" "good" {}\n'


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ('resource "x" "y" {\n  a = [1,\n', "does not parse", 1),
        ('resource "x" "y" {\n  a = 1\n  b = = 2\n}\n', "does not parse", 3),
        ('a = "unclosed\n', "does not parse", 2),
        ('resource "x" "y" {\n  a = 1\n\n  a = 2\n}\n', 'sets "a" twice', 4),
        ('resource "x" "y" {\n  a = 1 b = 2\n}\n', "lacks a line break between two arguments", 2),
        (
            'locals {\n  a = <<EOT\nb\nEOT\u00a0\n}\nresource "x" "hidden" {\n  b = <<EOT\nEOT\n}\n',
            "has a line that ends a heredoc for Terraform, with odd space beside its marker",
            4,
        ),
        (b'resource "x" "y" {}\n\xff\xfe', "is not UTF-8 text", None),
        ("x" * 4_000_001, "is larger than 4 MB", None),
        ("# " + "x" * 1_000_001, "has a line of 1,000,003 characters, the limit is 1,000,000", None),
        ("a = " + "[" * 600_000, "has more than 500,000 brackets and quotes", None),
    ],
)
def test_a_broken_file_is_a_gap_and_the_others_go_on(project: Any, content: Any, reason: str, line: int | None) -> None:
    project.write({"broken.tf": content, "good.tf": GOOD})
    collection = project.read()
    assert [record.address for record in collection.records] == ["x.good"]
    assert len(collection.gaps) == 1
    gap: Gap = collection.gaps[0]
    assert (gap.why, gap.what, gap.types, gap.references) == (Why.FAILED, f"broken.tf {reason}", (), ())
    if line is not None:
        assert gap.origin == Origin("broken.tf", line)


def test_a_folder_named_like_a_file_is_a_gap(project: Any) -> None:
    (project.folder / "dir.tf").mkdir()
    project.write({"good.tf": GOOD})
    assert [gap.what for gap in project.read().gaps] == ["dir.tf is not a regular file"]


def test_the_same_resource_twice_is_a_gap(project: Any) -> None:
    project.write({"a.tf": GOOD, "b.tf": GOOD})
    (gap,) = project.read().gaps
    assert gap.what == 'resource "x" "good" is declared twice, first in a.tf'
    assert (str(gap.origin), gap.types) == ("b.tf:1", ("x",))


def test_the_same_local_twice_is_a_gap(project: Any) -> None:
    project.write({"a.tf": "locals {\n  n = 1\n}\n", "b.tf": "locals {\n  n = 2\n}\n" + GOOD})
    assert [gap.what for gap in project.read().gaps] == ["local.n is declared twice, first in a.tf"]


def test_byte_order_mark_and_carriage_returns(project: Any) -> None:
    project.write({"main.tf": b'\xef\xbb\xbfresource "x" "y" {\r\n  a = 1\r\n}\r\n'})
    assert project.records()["x.y"].values == {"a": 1}


def test_numbers_with_an_exponent(project: Any) -> None:
    assert project.values('resource "x" "y" {\n  a = 1e3\n  b = "1e3"\n  c = [2E-1, 1.5e2]\n}\n') == {
        "a": 1000,
        "b": "1e3",
        "c": [0.2, 150],
    }


def test_override_files_merge_as_terraform_does(project: Any) -> None:
    project.write(
        {
            "a_override.tf": """
resource "x" "y" {
  b = "overridden"
  rule { id = "new" }
}
variable "v" { default = "overridden" }
locals { l = "overridden" }
""",
            "main.tf": """
resource "x" "y" {
  a = "kept"
  b = "base"
  v = var.v
  l = local.l
  rule { id = "old" }
  rule { id = "old2" }
  other { id = "kept" }
}
variable "v" {
  type = string
  default = "base"
}
locals { l = "base" }
""",
        }
    )
    assert project.records()["x.y"].values == {
        "a": "kept",
        "b": "overridden",
        "v": "overridden",
        "l": "overridden",
        "other": [{"id": "kept"}],
        "rule": [{"id": "new"}],
    }


def test_the_json_form(project: Any) -> None:
    document = {
        "//": "a comment",
        "variable": {"n": {"type": "number", "default": "3"}},
        "locals": {"name": "app-${var.n}"},
        "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "us", "region": "us-east-1"}]},
        "resource": {
            "aws_s3_bucket": {
                "b": {
                    "//": "no attribute",
                    "bucket": "${local.name}",
                    "n": "${var.n}",
                    "text": "n is ${var.n}",
                    "escaped": "$${x}",
                    "tags": {"k-${var.n}": ["a", 1.5, True, None]},
                    "provider": "aws.us",
                    "dynamic": {"rule": {"for_each": "${[1, 2]}", "content": {"id": "${rule.value}"}}},
                    "depends_on": ["x.y"],
                }
            }
        },
        "output": {"o": {"value": "${aws_s3_bucket.b.arn}"}},
    }
    project.write({"main.tf.json": json.dumps(document, indent=2)})
    record = project.records()["aws_s3_bucket.b"]
    values = dict(record.values)
    assert values == {
        "bucket": "app-3",
        "n": 3,
        "text": "n is 3",
        "escaped": "${x}",
        "tags": {"k-3": ["a", 1.5, True, None]},
        "rule": [{"id": 1}, {"id": 2}],
        "tags_all": {"k-3": ["a", 1.5, True, None]},
    }
    assert record.scope.region.value == "us-east-1"
    assert str(record.origin_of("bucket")) == f"main.tf.json:{record.origins['bucket'].line}"
    assert json.dumps(document, indent=2).splitlines()[record.origins["bucket"].line - 1].strip().startswith('"bucket"')


@pytest.mark.parametrize(
    "content", ["", "{", '{"resource": }', '{"resource": {"x": 5}}', "[" * 5000, '{"a": 01x}', '{"resource": {"x": {"y": {"v": "${"}}}}']
)
def test_json_that_is_broken_is_a_gap(project: Any, content: str) -> None:
    project.write({"broken.tf.json": content, "good.tf": GOOD})
    collection = project.read()
    assert [record.address for record in collection.records] == ["x.good"]
    assert [gap.why for gap in collection.gaps] == [Why.FAILED]


INNER = '"dynamic": {"d": {"for_each": ["x"], "content": {"v": "${b.value}${d.value}"}}}'
DYNAMIC = f'"dynamic": {{"b": [{{"for_each": [1, 2], "content": {{"c": {{{INNER}}}}}}}]}}'


@pytest.mark.parametrize("a", [f'{{"n": 1, {DYNAMIC}}}', f'[{{"n": 1, {DYNAMIC}}}]'])
def test_json_has_dynamic_blocks_at_every_level(project: Any, a: str) -> None:
    project.write({"main.tf.json": f'{{"resource": {{"x": {{"y": {{"a": {a}}}}}}}}}'})
    nested = [{"c": [{"d": [{"v": f"{number}x"}]}]} for number in (1, 2)]
    assert project.records()["x.y"].values == {"a": [{"n": 1, "b": nested}]}


def test_an_argument_of_json_may_hold_the_word_dynamic(project: Any) -> None:
    project.write({"main.tf.json": '{"resource": {"x": {"y": {"tags": {"dynamic": "1"}, "map": {"dynamic": {"a": {"b": "c"}}}}}}}'})
    values = project.records()["x.y"].values
    assert (values["tags"], values["map"]) == ({"dynamic": "1"}, {"dynamic": {"a": {"b": "c"}}})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('"a": {"n": 1}, "a": {"n": 2}', {"a": [{"n": 1}, {"n": 2}]}),
        ('"a": [{"n": 1}], "a": {"n": 2}', {"a": [{"n": 1}, {"n": 2}]}),
        ('"a": {"b": {"n": 1}, "b": {"n": 2}}', {"a": {"b": [{"n": 1}, {"n": 2}]}}),
        ('"a": 1, "a": 2', None),
        ('"a": {"n": 1, "n": 2}', None),
        ('"a": {"n": 1}, "a": 2', None),
    ],
)
def test_a_property_twice_is_another_block_or_refused(project: Any, body: str, expected: Any) -> None:
    project.write({"main.tf.json": f'{{"resource": {{"x": {{"y": {{{body}}}}}}}}}'})
    collection = project.read()
    assert [record.values for record in collection.records] == ([] if expected is None else [expected])
    assert [gap.why for gap in collection.gaps] == ([Why.FAILED] if expected is None else [])


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.tf", "x = 1\n"), ("a.tf.json", '{"resorce": {"x": {"y": {}}}}'), ("a.tf", 'import {\n  to = x.other\n  id = "i"\n}\n')],
)
def test_what_means_nothing_or_is_not_declared_is_a_gap(project: Any, name: str, content: str) -> None:
    project.write({name: content, "good.tf": GOOD})
    collection = project.read()
    assert ([record.address for record in collection.records], len(collection.gaps)) == (["x.good"], 1)


def test_blocks_that_are_no_resources_do_not_disturb(project: Any) -> None:
    project.write(
        {
            "main.tf": """
terraform {
  required_version = ">= 1.5"
  backend "s3" { bucket = "b" }
}
moved {
  from = x.old
  to   = x.good
}
import {
  to = x.good
  id = "i"
}
removed {
  from = x.gone
  lifecycle { destroy = true }
}
check "c" {
  data "http" "h" { url = "https://example.com" }
  assert {
    condition     = data.http.h.status_code == 200
    error_message = "no"
  }
}
ephemeral "random_password" "p" { length = 8 }
output "o" {
  value     = x.good.id
  sensitive = true
}
"""
            + GOOD
        }
    )
    collection = project.read()
    assert (collection.census.declared, collection.gaps) == (1, ())


def test_files_of_opentofu_alone_are_gaps(project: Any) -> None:
    project.write({"main.tf": GOOD, "main.tofu": GOOD, "more.tofu.json": "{}"})
    collection = project.read()
    assert [gap.what.partition(":")[0] for gap in collection.gaps] == ["main.tofu is not read", "more.tofu.json is not read"]
    assert len(collection.records) == 1


@pytest.mark.parametrize(
    "text",
    [
        'resource "x" "y" {{\n  resource "x" "z" {{\n    v = {}\n  }}\n}}\n',
        'resource "x" {{\n  v = {}\n}}\n',
        'resource "x" "y" {{\n}}\nresource "x" "y" {{\n  v = {}\n}}\n',
        "locals {{\n  a = 1\n}}\nlocals {{\n  a = {}\n}}\n",
    ],
)
def test_a_block_that_is_not_taken_in_is_another_gap_with_another_content(project: Any, text: str) -> None:
    """What it hides is something else."""
    contents = [project.write({"main.tf": text.format(value)}).read().gaps[0].content for value in (1, 2, 1)]
    assert contents[0] == contents[2] != contents[1]
    assert "" not in contents
