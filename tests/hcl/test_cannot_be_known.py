"""What cannot be known is Unknown and says why; what can be computed is not."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Unknown, Why
from cloudaudit.model.partial import after_apply

NO_VALUE = 'variable "enc" {\n}\n'
WHERE = "var.enc has no default and no value is given (main.tf:1)"


@pytest.mark.parametrize(
    ("expression", "detail"),
    [
        ("var.enc", WHERE),
        ("coalesce(var.enc, false)", WHERE),
        ("try(var.enc, false)", WHERE),
        ("!var.enc", WHERE),
        ("var.enc == true", WHERE),
        ("[for x in var.enc : x]", WHERE),
        ("var.enc.deep[0].x", WHERE),
        ('lookup(var.enc, "a", false)', WHERE),
        ("merge({ a = 1 }, var.enc)", WHERE),
        ("element([1, 2], var.enc)", WHERE),
        ("data.aws_db.x.encrypted", "data.aws_db.x.encrypted is read from the cloud"),
        ("var.nope", "the expression is not valid: var.nope is not declared"),
        ("aws_db.nope.id", "the expression is not valid: aws_db.nope is not declared"),
        ("terraform.workspace", "terraform.workspace is chosen when Terraform runs"),
        ("brand_new_function(1)", "the function brand_new_function() is not known here"),
        ('provider::aws::arn_parse("x")', "provider::aws::arn_parse() is the provider's"),
        ('file("../outside.txt")', "../outside.txt lies outside the audited folder"),
        ('fileexists("/etc/passwd")', "/etc/passwd lies outside the audited folder"),
    ],
)
def test_says_why(project: Any, expression: str, detail: str) -> None:
    value = project.unknown(expression, NO_VALUE + 'data "aws_db" "x" {\n}\n')
    assert (value.why in {Why.UNRESOLVED, Why.UNSUPPORTED}, value.detail) == (True, detail)


@pytest.mark.parametrize("function", ["timestamp()", "plantimestamp()", "uuid()", 'bcrypt("x")'])
def test_what_only_a_run_gives(project: Any, function: str) -> None:
    assert project.unknown(function).why is Why.COMPUTED


@pytest.mark.parametrize(
    ("expression", "since"),
    [
        ("timestamp()", (0, 0)),
        ('timeadd(timestamp(), "1h")', (3600, 3600)),
        ('timeadd(timeadd(plantimestamp(), "1h"), "-2h")', (-3600, -3600)),
        ('"${timeadd(timestamp(), "1h")}"', (3600, 3600)),
        ("formatdate(\"YYYY-MM-DD'T'hh:mm:ssZ\", timestamp())", (0, 0)),
        ("formatdate(\"YYYY-MM-DD'T'00:00:00Z\", timestamp())", (-86400, 86400)),
        ("formatdate(\"YYYY-01-DD'T'hh:mm:ssZ\", timestamp())", None),
        ('formatdate("YYYY-MM-DD", timestamp())', None),
        ('"${timestamp()}Z"', None),
        ("timeadd(timestamp(), var.u)", None),
        ('timeadd(var.u, "1h")', None),
        ("lower(timestamp())", None),
        ("timestamp().part", None),
    ],
)
def test_how_far_a_moment_lies_from_the_run(project: Any, expression: str, since: tuple[float, float] | None) -> None:
    assert after_apply(project.unknown(expression, 'variable "u" {}\n').partial) == since


def test_two_moments_of_a_run_need_not_be_one(project: Any) -> None:
    assert not project.unknown("timestamp()").same_text(project.unknown("timestamp()"))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("try(local.nope, false)", False),
        ('jsondecode(file("db.json")).encrypted', False),
        ("true || var.enc", True),
        ("false && var.enc", False),
        ("var.enc && false", False),
        ("var.enc ? 1 : 1", 1),
        ("length([var.enc, var.enc])", 2),
        ("[1, var.enc][0]", 1),
        ("keys({ a = var.enc })", ["a"]),
        ("contains([1, var.enc], 1)", True),
        ("alltrue([var.enc, false])", False),
        ("anytrue([var.enc, true])", True),
        ("{ a = var.enc, b = 2 }.b", 2),
        ("tonumber(coalesce(5, var.enc))", 5),
        ('lower(var.enc ? "A" : "a")', "a"),
        ("[1, 2] == [var.enc, 3]", False),
    ],
)
def test_what_can_be_computed_around_it(project: Any, expression: str, value: object) -> None:
    project.write({"db.json": '{"encrypted": false}'})
    assert project.value(expression, NO_VALUE) == value


@pytest.mark.parametrize(
    ("expression", "possible"),
    [
        ("var.enc ? true : false", (True, False)),
        ("!(var.enc ? true : false)", (False, True)),
        ('upper(var.enc ? "a" : "b")', ("A", "B")),
        ("var.enc ? 1 : var.enc ? 2 : 3", (1, 2, 3)),
        ("(var.enc ? [1] : [2, 3])[0]", (1, 2)),
        ("(var.enc ? 1 : 2) + 10", (11, 12)),
        ("var.enc ? 1 : var.enc", ()),
        ("var.enc ? null : 7", (None, 7)),
    ],
)
def test_both_branches_are_followed(project: Any, expression: str, possible: tuple[object, ...]) -> None:
    value = project.unknown(expression, NO_VALUE)
    assert (value.detail, value.possible) == (WHERE, possible)


def test_a_conditional_of_which_both_branches_are_refused_is_refused(project: Any) -> None:
    assert project.unknown('var.enc ? tobool("a") : tobool("b")', NO_VALUE).detail.startswith("the expression is not valid")
    assert project.value('try(var.enc ? tobool("a") : tobool("b"), "refused")', NO_VALUE) == "refused"


def test_one_unknown_leaf_leaves_the_rest_known(project: Any) -> None:
    value = project.value("{ a = 1, b = [var.enc, 2] }", NO_VALUE)
    assert value["a"] == 1
    assert isinstance(value["b"][0], Unknown)
    assert value["b"][1] == 2


def test_a_dynamic_block_over_known_values_is_expanded(project: Any) -> None:
    values = project.values(
        """
variable "ports" { default = [22, 443] }
resource "x" "y" {
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port = ingress.value
      cidrs     = ["0.0.0.0/0"]
    }
  }
}
"""
    )
    assert values["ingress"] == [{"from_port": 22, "cidrs": ["0.0.0.0/0"]}, {"from_port": 443, "cidrs": ["0.0.0.0/0"]}]


def test_a_dynamic_block_over_unknown_values_is_unknown_beside_those_that_are_written_out(project: Any) -> None:
    values = project.values(
        """
variable "rules" {}
resource "x" "y" {
  ingress { from_port = 1 }
  dynamic "ingress" {
    for_each = var.rules
    content { from_port = ingress.value }
  }
  dynamic "egress" {
    for_each = []
    content {}
  }
}
"""
    )
    written, hidden = values["ingress"]
    assert written == {"from_port": 1}
    assert hidden.detail == ('dynamic "ingress" over var.rules: var.rules has no default and no value is given (main.tf:2)')
    assert hidden.references == ("var.rules",)
    assert values["egress"] == []


def test_an_unknown_count_gives_one_representative(project: Any) -> None:
    project.write({"main.tf": 'variable "n" {}\nresource "x" "y" {\n  count = var.n\n  a = false\n  b = count.index == 0\n}\n'})
    collection = project.read()
    (record,) = collection.records
    assert (record.address, record.values["a"]) == ("x.y", False)
    assert isinstance(record.values["b"], Unknown)
    assert (collection.census.declared, collection.census.unknown, collection.census.instances) == (1, 1, 1)
    assert collection.gaps == ()
    assert record.presence.detail == "var.n has no default and no value is given (main.tf:1)"
    assert record.presence.references == ("x.y", "var.n")


def test_an_unknown_for_each_gives_one_representative(project: Any) -> None:
    project.write({"main.tf": 'variable "m" {}\nresource "x" "y" {\n  for_each = var.m\n  a = each.key\n  b = each.value.z\n  c = 1\n}\n'})
    (record,) = project.read().records
    assert record.address == "x.y"
    assert [type(record.values[name]) for name in "abc"] == [Unknown, Unknown, int]


def test_a_reference_to_an_uncounted_resource_keeps_its_address(project: Any) -> None:
    value = project.unknown("a.b[0].id", 'variable "n" {}\nresource "a" "b" {\n  count = var.n\n  set = true\n}\n')
    assert "a.b" in value.references
    assert isinstance(project.value("a.b[0].set", 'variable "n" {}\nresource "a" "b" {\n  count = var.n\n  set = true\n}\n'), Unknown)


def test_a_broken_file_may_hold_what_is_missing(project: Any) -> None:
    project.write({"broken.tf": "locals {\n  a = [\n}\n"})
    value = project.unknown("try(local.a, false)")
    assert value.detail == "local.a is not declared in the files that could be read"
