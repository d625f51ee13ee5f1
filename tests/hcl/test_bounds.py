"""Hostile input ends within seconds, with a message, and the run goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl.bounds import Bounds

SECONDS = 20  # of a slow and busy machine; each takes far less than a tenth of it
AFTER = '\nresource "x" "after" {\n  ok = 1\n}\n'


def chain(length: int, link: str) -> str:
    """local.a0 is "x" in a list; each next local is made of the one before."""
    links = "".join(f"  a{place} = {link.replace('PREV', f'local.a{place - 1}')}\n" for place in range(1, length))
    return f'locals {{\n  a0 = "xxxxxxxxxx"\n{links}}}\n'


def read(project: Any, text: str, **options: Any) -> Any:
    project.write({"main.tf": text + AFTER})
    start = time.process_time()
    collection = project.read(**{"bounds": Bounds(seconds=600), **options})
    assert time.process_time() - start < SECONDS
    assert collection.records[-1].address == "x.after"
    assert collection.records[-1].values == {"ok": 1}
    return collection


LONG = 'locals {\n  long = [for i in range(90000) : "item ${i}"]\n}\n'
EXPRESSIONS = {
    "nested brackets": "[" * 10_000 + "]" * 10_000,
    "nested parentheses": "(" * 10_000 + "1" + ")" * 10_000,
    "nested objects": "{ a = " * 10_000 + "1" + "}" * 10_000,
    "nested calls": "upper(" * 10_000 + '"x"' + ")" * 10_000,
    "nested conditionals": "true ? " * 10_000 + "1" + " : 2" * 10_000,
    "chained conditionals": "false ? 1 : " * 10_000 + "1",
    "chained operators": "1 + " * 100_000 + "1",
    "negations": "!" * 10_000 + "true",
    "a huge range": "range(1000000000)",
    "nested loops": "[for i in range(9999) : [for j in range(9999) : i * j]]",
    "loops of lengths": "[for i in range(9999) : length([for j in range(9999) : i * j])]",
    "loops in templates": '"%{ for i in range(9999) }%{ for j in range(9999) }xxxxxxxxxx%{ endfor }%{ endfor }"',
    "products": "setproduct(range(1000), range(1000), range(1000))",
    "powers": "pow(10, 1000000000)",
    "towers": "pow(2, pow(2, pow(2, pow(2, 10))))",
    "padding": 'indent(99999, join("\\n", [for i in range(9999) : "x"]))',
    "growth by replacing": 'replace(join("", [for i in range(90000) : "x"]), "x", join("", [for i in range(90000) : "y"]))',
    "nested repetition": f'regex("(a+)+$", "{"a" * 40}b")',
    "repeated alternatives": f'regex("(a|aa)*$", "{"a" * 60}b")',
    "many wildcards": f'regex(".*.*.*.*.*x", "{"a" * 5000}")',
    "optional parts": f'regex("{"a?" * 40}{"a" * 40}", "{"a" * 40}")',
    "a large pattern": f'regex("{"a" * 2000}", "a")',
    "nested JSON": f'jsondecode("{"[" * 100_000}")',
    "nested YAML": f'yamldecode("{"[" * 900}")',
    "aliases in YAML": 'yamldecode("'
    + "".join(f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}" if n else "x"] * 9) + "]\\n" for n in range(12))
    + '")',
    "a file pattern": 'fileset(".", "**/**/**/**/**/**/**/**/**/**/**/**/**/**")',
    "many long lists in one": "concat([for i in range(90000) : local.long]...)",
    "many long maps in one": "merge([for i in range(90000) : { for x in local.long : x => x }]...)",
    "many long sets in one": "setunion([for i in range(90000) : local.long]...)",
    "many long columns": 'formatlist("%s", [for i in range(90000) : local.long]...)',
    "many long literals": f"[for i in range(90000) : [{'1, ' * 20_000}]]",
    "many copies": "[for i in range(90000) : reverse(local.long)]",
    "many long texts": '[for i in range(90000) : "${join("", local.long)}${i}"]',
    "a recursive template": 'templatefile("t.tftpl", {})',
}


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
def test_expressions(project: Any, expression: str) -> None:
    project.write({"t.tftpl": '${templatefile("t.tftpl", {})}'})
    collection = read(project, f'{LONG}resource "x" "y" {{\n  v = {expression}\n}}\n')
    value = collection.records[0].values["v"]
    assert isinstance(value, Unknown)
    assert value.why in {Why.BOUNDED, Why.UNRESOLVED}
    assert value.detail


@pytest.mark.parametrize(
    ("locals_", "uses"),
    [
        (chain(60, '"${PREV}${PREV}"'), ["LAST"]),
        (chain(60, "[PREV, PREV]"), ["LAST", "jsonencode(LAST)", "LAST == LAST", "flatten(LAST)", "toset(LAST)", "yamlencode(LAST)"]),
        (chain(60, "{ a = PREV, b = PREV }"), ["LAST", "merge(LAST, {})", 'format("%v", LAST)', "distinct([LAST, LAST])"]),
    ],
    ids=["texts", "lists", "objects"],
)
def test_values_that_double_with_each_step(project: Any, locals_: str, uses: list[str]) -> None:
    attributes = "".join(f"  v{place} = {use.replace('LAST', 'local.a59')}\n" for place, use in enumerate(uses))
    collection = read(project, locals_ + f'resource "x" "y" {{\n{attributes}}}\n')
    values = collection.records[0].values
    assert {name: value.why for name, value in values.items() if isinstance(value, Unknown)} == dict.fromkeys(values, Why.BOUNDED)


def test_a_long_chain_of_references(project: Any) -> None:
    collection = read(project, chain(5_000, "PREV") + 'resource "x" "y" {\n  v = local.a4999\n}\n')
    assert collection.records[0].values["v"].detail == "more than 100 references in a row"


def test_deep_values_built_step_by_step(project: Any) -> None:
    attributes = "".join(f"  v{place} = local.a{place}\n" for place in range(3_000))
    collection = read(project, chain(3_000, "[PREV]") + f'resource "x" "y" {{\n{attributes}}}\n')
    values = collection.records[0].values
    assert values["v1"] == ["xxxxxxxxxx"]
    assert values["v2999"].why is Why.BOUNDED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("locals {\n  a = local.b\n  b = local.a\n}\n", "local.a refers to itself"),
        ("locals {\n  a = x.y.v\n  b = 1\n}\n", "x.y.v refers to itself"),
        ('locals {\n  a = module.m.o\n}\nmodule "m" {\n  source = "./m"\n  i = local.a\n}\n', "local.a refers to itself"),
    ],
)
def test_circles(project: Any, text: str, says: str) -> None:
    project.write({"m/main.tf": 'variable "i" {}\noutput "o" { value = var.i }\n'})
    collection = read(project, text + 'resource "x" "y" {\n  v = local.a\n}\n')
    value = collection.records[0].values["v"]
    assert (value.why, value.detail) == (Why.BOUNDED, says)


@pytest.mark.parametrize("number", ["200000", "1000000000", "5001"])
def test_too_many_instances_are_one_representative(project: Any, number: str) -> None:
    collection = read(project, f'resource "x" "y" {{\n  count = {number}\n  v = 1\n}}\n')
    record = collection.records[0]
    assert (record.address, record.values["v"], record.presence.why) == ("x.y", 1, Why.BOUNDED)
    assert collection.census.unknown == 1
    assert "more than 5,000 instances" in collection.gaps[0].what


def test_modules_that_multiply(project: Any) -> None:
    project.write(
        {
            "m/main.tf": 'module "n" {\n  count = 5000\n  source = "./n"\n}\n',
            "m/n/main.tf": 'resource "x" "y" {\n  v = 1\n}\n',
            "main.tf": 'module "m" {\n  count = 5000\n  source = "./m"\n}\n',
        }
    )
    start = time.process_time()
    collection = project.read(bounds=Bounds(instances=20_000))
    assert time.process_time() - start < SECONDS
    assert collection.census.declared == collection.census.unknown == 1
    assert any(gap.why is Why.BOUNDED for gap in collection.gaps)


def test_blocks_nested_too_deeply_are_a_gap(project: Any) -> None:
    project.write({"main.tf": 'resource "x" "y" {\n' + "b {\n" * 10_000 + "}\n" * 10_000 + "}\n", "after.tf": AFTER})
    collection = project.read()
    assert [record.address for record in collection.records] == ["x.after"]
    assert collection.gaps[0].what == "main.tf nests more than 150 blocks"


def test_directives_nested_too_deeply_are_a_gap(project: Any) -> None:
    template = "%{ if true }" * 10_000 + "x" + "%{ endif }" * 10_000
    project.write({"main.tf": f'resource "x" "y" {{\n  v = "{template}"\n}}\n', "after.tf": AFTER})
    assert [record.address for record in project.read().records] == ["x.after"]


def test_when_its_time_is_over_the_rest_is_unknown(project: Any) -> None:
    project.write({"main.tf": "".join(f'resource "x" "y{place}" {{\n  v = 1\n}}\n' for place in range(3)) + 'resource "z" "z" {}\n'})
    collection = project.read(bounds=Bounds(seconds=-1), wanted=lambda kind: kind == "x")
    assert (collection.census.declared, collection.census.unknown, collection.census.unread) == (4, 3, 1)
    assert [record.values["v"].detail for record in collection.records] == ["the root takes more than -1 s"] * 3
    assert collection.gaps[0].what == "not all of it was evaluated: the root takes more than -1 s"


def test_try_does_not_swallow_a_limit(project: Any) -> None:
    assert project.unknown("try(range(1000000000), 5)").why is Why.BOUNDED
    assert project.unknown("can(range(1000000000))").why is Why.BOUNDED
