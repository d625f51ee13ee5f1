"""A value that only the cloud knows names the resources that it rests on, by absolute address."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Why
from tests.partial import partial

AROUND = """
resource "a" "b" { set = "given" }
resource "a" "c" { count = 2 }
resource "a" "d" { for_each = toset(["k"]) }
resource "a" "e" {
  nested { inner = 1 }
  empty  = null
}
data "q" "r" { name = "n" }
variable "u" {}
locals {
  id   = a.b.id
  ids  = a.c[*].id
  flag = true
}
"""


@pytest.mark.parametrize(
    ("expression", "references", "shape"),
    [
        ("a.b.id", ("a.b",), "${a.b.id}"),
        ("a.b.tags.Name", ("a.b",), "${a.b.tags.Name}"),
        ("a.b.list[0].id", ("a.b",), "${a.b.list[0].id}"),
        ("local.id", ("a.b",), "${a.b.id}"),
        ("a.c[1].id", ("a.c[1]",), "${a.c[1].id}"),
        ('a.d["k"].id', ('a.d["k"]',), "${a.d['k'].id}"),
        ("a.e.nested[0].computed", ("a.e",), "${a.e.nested[0].computed}"),
        ("a.e.empty", ("a.e",), "${a.e.empty}"),
        ("a.e.other_block[0].id", ("a.e",), "${a.e.other_block[0].id}"),
        ('"${a.b.arn}/*"', ("a.b",), "${a.b.arn}/*"),
        ('"${a.b.arn}-${a.c[0].id}"', ("a.b", "a.c[0]"), "${a.b.arn}-${a.c[0].id}"),
        ('format("%s/%s", a.b.arn, "x")', ("a.b",), "${a.b.arn}/x"),
        ('join(",", a.c[*].id)', ("a.c[0]", "a.c[1]"), "${a.c[0].id},${a.c[1].id}"),
        ('replace("${a.b.arn}:x", ":x", "")', ("a.b",), "${?}"),
        ("jsonencode({ r = [a.b.arn, 1] })", ("a.b",), '{"r":["${a.b.arn}",1]}'),
        ("upper(a.b.id)", ("a.b",), None),
        ("var.u ? a.b.id : a.c[0].id", ("var.u", "a.b", "a.c[0]"), None),
        ("local.flag ? a.b.id : a.c[0].id", ("a.b",), "${a.b.id}"),
        ("coalesce(a.b.id, a.c[0].id)", ("a.b", "a.c[0]"), None),
        ("try(a.c[9].id, a.b.id)", ("a.b",), "${a.b.id}"),
        ("one(a.d[*]).k.id", ('a.d["k"]',), "${a.d['k'].id}"),
        ("values(a.d)[0].id", ('a.d["k"]',), "${a.d['k'].id}"),
        ("data.q.r.id", ("data.q.r",), "${data.q.r.id}"),
        ("var.u", ("var.u",), "${var.u}"),
        ("var.u.name", ("var.u",), "${var.u.name}"),
        ('"${var.u}-${a.b.id}"', ("var.u", "a.b"), "${var.u}-${a.b.id}"),
        ("a.b", ("a.b",), "${a.b}"),
        ("resource.a.b.id", ("a.b",), "${a.b.id}"),
    ],
)
def test_references(project: Any, expression: str, references: tuple[str, ...], shape: str | None) -> None:
    value = project.unknown(expression, AROUND)
    assert (value.references, value.partial) == (references, shape and partial(shape))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a.b.set", "given"),
        ("a.e.nested[0].inner", 1),
        ("length(a.c)", 2),
        ("keys(a.d)", ["k"]),
        ("length(a.c[*].id)", 2),
        ("data.q.r.name", "n"),
        ("a.b == null", False),
        ("[for k, v in a.d : k]", ["k"]),
        ("[for x in a.c : length(a.c)]", [2, 2]),
    ],
)
def test_what_the_configuration_says_is_known(project: Any, expression: str, expected: object) -> None:
    assert project.value(expression, AROUND) == expected


def test_why_it_is_not_known(project: Any) -> None:
    assert project.unknown("a.b.id", AROUND).why is Why.COMPUTED
    assert project.unknown("data.q.r.id", AROUND).why is Why.UNRESOLVED
    mixed = project.unknown('"${a.b.id}${data.q.r.id}"', AROUND)
    assert (mixed.why, mixed.detail) == (Why.UNRESOLVED, "data.q.r.id is read from the cloud")


def test_lists_keep_the_references_of_their_parts(project: Any) -> None:
    known, unknown = project.value('["x", a.b.id]', AROUND)
    assert known == "x"
    assert unknown.references == ("a.b",)


def test_addresses_are_absolute_through_inputs_and_outputs(project: Any) -> None:
    project.write(
        {
            "m/main.tf": """
variable "target" {}
resource "a" "this" { count = 1 }
resource "x" "inside" { to = var.target }
output "id" { value = a.this[0].id }
output "passed" { value = var.target }
""",
        }
    )
    around = """
module "m" {
  source   = "./m"
  for_each = { k = a.root.id }
  target   = each.value
}
resource "a" "root" {}
"""
    assert project.unknown('module.m["k"].id', around).references == ('module.m["k"].a.this[0]',)
    assert project.unknown('module.m["k"].passed', around).references == ("a.root",)
    assert project.unknown("{ for k, m in module.m : k => m.id }.k", around).references == ('module.m["k"].a.this[0]',)
    assert project.unknown("[for m in module.m : m.passed][0]", around).references == ("a.root",)
    inside = project.records()['module.m["k"].x.inside'].values["to"]
    assert (inside.references, inside.partial) == (("a.root",), partial("${a.root.id}"))
