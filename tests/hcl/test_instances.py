"""count and for_each: which instances there are, what they hold, and what the census says of each block."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Census


def addresses(project: Any, text: str, **inputs: Any) -> list[str]:
    project.write({"main.tf": text})
    return [record.address for record in project.read(**inputs).records]


def resource(meta: str) -> str:
    return f'resource "x" "y" {{\n  {meta}\n  key = try(each.key, count.index, "none")\n}}\n'


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ("", ["x.y"]),
        ("count = 2", ["x.y[0]", "x.y[1]"]),
        ("count = 0", []),
        ('count = "1"', ["x.y[0]"]),
        ("count = var.create ? 1 : 0", []),
        ("for_each = { b = 1, a = 2 }", ['x.y["a"]', 'x.y["b"]']),
        ('for_each = toset(["z", "y", "z"])', ['x.y["y"]', 'x.y["z"]']),
        ("for_each = {}", []),
        ("for_each = { for k, v in { a = true, b = false } : k => v if v }", ['x.y["a"]']),
        ('for_each = { "with \\"quotes\\"" = 1 }', ['x.y["with \\"quotes\\""]']),
    ],
)
def test_which_instances_there_are(project: Any, meta: str, expected: list[str]) -> None:
    assert addresses(project, 'variable "create" { default = false }\n' + resource(meta)) == expected


def test_each_instance_has_its_own_values(project: Any) -> None:
    project.write(
        {
            "main.tf": """
locals { dbs = { a = { enc = true }, b = { enc = false } } }
resource "db" "counted" {
  count     = 2
  encrypted = count.index == 0
}
resource "db" "each" {
  for_each  = local.dbs
  encrypted = each.value.enc
}
resource "db" "set" {
  for_each  = toset(["x", "y"])
  encrypted = each.key == "x"
  same      = each.key == each.value
}
"""
        }
    )
    values = {address: record.values["encrypted"] for address, record in project.records().items()}
    assert values == {
        "db.counted[0]": True,
        "db.counted[1]": False,
        'db.each["a"]': True,
        'db.each["b"]': False,
        'db.set["x"]': True,
        'db.set["y"]': False,
    }


@pytest.mark.parametrize(
    "meta", ["count = null", "count = -1", "count = 1.5", 'count = "x"', "for_each = null", "for_each = [1]", "for_each = 5"]
)
def test_what_terraform_refuses_is_a_gap_and_one_representative(project: Any, meta: str) -> None:
    project.write({"main.tf": resource(meta)})
    collection = project.read()
    assert [record.address for record in collection.records] == ["x.y"]
    assert collection.census == Census(declared=1, unknown=1, instances=1)
    (gap,) = collection.gaps
    assert "is not valid" in gap.what
    assert (gap.types, gap.references) == (("x",), ("x.y",))


def test_the_census_counts_every_block_once(project: Any) -> None:
    project.write(
        {
            "main.tf": """
variable "n" {}
resource "read" "one" {}
resource "read" "two" { count = 2 }
resource "read" "none" { count = 0 }
resource "read" "some" { count = var.n }
resource "other" "x" { count = 7 }
data "read" "x" {}
"""
        }
    )
    collection = project.read(wanted=lambda kind: kind == "read")
    assert collection.census == Census(declared=5, evaluated=2, unknown=1, absent=1, unread=1, instances=4)


def test_a_type_that_nobody_reads_is_still_followed_by_reference(project: Any) -> None:
    project.write({"main.tf": 'resource "other" "o" {\n  a = "v"\n}\nresource "read" "r" {\n  a = other.o.a\n}\n'})
    (record,) = project.read(wanted=lambda kind: kind == "read").records
    assert record.values == {"a": "v"}


def test_blocks_of_a_module_count_once_for_each_call(project: Any) -> None:
    project.write(
        {
            "main.tf": """
module "a" {
  source = "./m"
}
module "b" {
  source = "./m"
  count  = 3
}
module "off" {
  source = "./m"
  count  = 0
}
module "unknown" {
  source   = "./m"
  for_each = var.m
}
variable "m" {}
""",
            "m/main.tf": 'resource "read" "r" {}\nresource "other" "o" {}\n',
        }
    )
    collection = project.read(wanted=lambda kind: kind == "read")
    assert collection.census == Census(declared=8, evaluated=2, unknown=1, absent=1, unread=4, instances=5)
    doubtful = [record.address for record in collection.records if record.presence is not None]
    assert doubtful == ["module.unknown.read.r"]
