"""Blocks become lists of mappings, arguments plain values, each with its line."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Origin, Unknown

NESTED = """resource "x" "y" {
  plain = 1
  versioning {
    enabled = true
  }
  rule {
    id = "a"
    expiration {
      days = 3
    }
  }
  rule { id = "b" }
}
"""


def test_nested_blocks_are_lists_even_alone(project: Any) -> None:
    assert project.values(NESTED) == {
        "plain": 1,
        "versioning": [{"enabled": True}],
        "rule": [{"id": "a", "expiration": [{"days": 3}]}, {"id": "b"}],
    }


def test_every_value_has_its_line(project: Any) -> None:
    project.values(NESTED)
    record = project.records()["x.y"]
    assert record.origin == Origin("main.tf", 1)
    lines = {path: origin.line for path, origin in record.origins.items()}
    assert lines == {
        "plain": 2,
        "versioning": 3,
        "versioning[0]": 3,
        "versioning[0].enabled": 4,
        "rule": 6,
        "rule[0]": 6,
        "rule[0].id": 7,
        "rule[0].expiration": 8,
        "rule[0].expiration[0]": 8,
        "rule[0].expiration[0].days": 9,
        "rule[1]": 12,
        "rule[1].id": 12,
    }


def test_meta_arguments_are_no_values(project: Any) -> None:
    values = project.values(
        """
resource "x" "y" {
  count      = 1
  provider   = x.z
  depends_on = [a.b]
  real       = 1
  lifecycle {
    ignore_changes = all
  }
  provisioner "local-exec" {
    command = "rm -rf /"
  }
  connection {
    host = self.ip
  }
}
""".replace("count      = 1\n", "")
    )
    assert values == {"real": 1}


def test_inside_nested_blocks_these_names_are_ordinary(project: Any) -> None:
    values = project.values('resource "x" "y" {\n  action {\n    provider = "GitHub"\n    count = 2\n  }\n}\n')
    assert values == {"action": [{"provider": "GitHub", "count": 2}]}


def test_dynamic_blocks_nest_and_name_their_iterator(project: Any) -> None:
    values = project.values(
        """
locals { groups = { b = { ports = [1] }, a = { ports = [2, 3] } } }
resource "x" "y" {
  dynamic "group" {
    for_each = local.groups
    iterator = g
    content {
      name = g.key
      dynamic "port" {
        for_each = g.value.ports
        content {
          number = port.value
          index  = port.key
          of     = g.key
        }
      }
    }
  }
  group { name = "last" }
}
"""
    )
    assert values["group"] == [
        {"name": "a", "port": [{"number": 2, "index": 0, "of": "a"}, {"number": 3, "index": 1, "of": "a"}]},
        {"name": "b", "port": [{"number": 1, "index": 0, "of": "b"}]},
        {"name": "last"},
    ]


def test_a_dynamic_block_over_a_conditional_list(project: Any) -> None:
    text = """
variable "on" { default = %s }
resource "x" "y" {
  dynamic "log" {
    for_each = var.on ? [1] : []
    content { bucket = "b" }
  }
}
"""
    assert project.values(text % "true")["log"] == [{"bucket": "b"}]
    assert project.values(text % "false")["log"] == []


def test_null_counts_as_set_to_nothing(project: Any) -> None:
    assert project.values('resource "x" "y" {\n  a = null\n}\n') == {"a": None}


def test_self_has_no_meaning_in_an_argument(project: Any) -> None:
    """Terraform: "The "self" object is not available in this context"; provisioners and postconditions alone have it."""
    assert isinstance(project.values('resource "x" "y" {\n  a = 1\n  b = self.a + 1\n}\n')["b"], Unknown)


@pytest.mark.parametrize(
    ("items", "known"), [("[x_other.o.id]", True), ("[x_other.o.id, x_other.p.id]", False), ('["a", x_other.o.id]', False)]
)
def test_a_set_of_one_element_has_one_whatever_that_is(project: Any, items: str, known: bool) -> None:
    others = 'resource "x_other" "o" {}\nresource "x_other" "p" {}\n'
    block = 'dynamic "rule" {\n    for_each = toset(' + items + ")\n    content {\n      port = 22\n    }\n  }"
    rules = project.values(f'{others}resource "x" "y" {{\n  {block}\n}}\n')["rule"]
    assert (not isinstance(rules, Unknown)) is known
    assert not known or rules == [{"port": 22}]
