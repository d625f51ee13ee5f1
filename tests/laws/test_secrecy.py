"""What a configuration makes of a secret is not shown, however it is made: whatever the secret is, the same is shown.

Generated: expressions over sensitive values of every kind, through locals, modules, conditions, indexes, functions and templates. Booleans
are shown, for a verdict tells them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl.marking import UNTOLD
from tests.hcl.conftest import Project
from tests.laws.sampling import seed

_MANY = 60
_HIDDEN = {"sensitive, not read", UNTOLD, "the expression is not valid: a sensitive value is not valid there"}  # that it is refused, too
_SECRETS = (
    {
        "t": '"hunter2hunter2"',
        "n": "84123459",
        "f": "0.625",
        "b": "true",
        "l": '["h", "uu"]',
        "o": '{ a = "hunter2hunter2", b = true, c = 7 }',
    },
    {
        "t": '"Wizard9wizard9"',
        "n": "17",
        "f": "2.5",
        "b": "false",
        "l": '["w", "h", "zz"]',
        "o": '{ a = "Wizard9wizard9", b = false, c = 9 }',
    },
)
_AROUND = """
locals {
  t = "${var.t}!"
  b = var.n > 100
  o = { secret = var.b, plain = "eu" }
}
module "m" {
  source = "./m"
  t      = var.t
  b      = var.b
  n      = var.n
}
"""
_MODULE = 'variable "t" {}\nvariable "b" {}\nvariable "n" {\n  type = string\n}\n' + "".join(
    f'output "{name}" {{\n  value = {value}\n}}\n'
    for name, value in {"t": 'var.b ? "yes" : "no"', "b": "!var.b", "n": 'startswith(var.t, "h") ? 1 : 2', "s": "var.n"}.items()
)
_LEAVES = {
    "text": ("var.t", "local.t", "var.o.a", "module.m.t", "module.m.s", '"h"', '"eu-central-1"'),
    "number": ("var.n", "var.f", "var.o.c", "module.m.n", "1", "0.5"),
    "truth": ("var.b", "local.b", "local.o.secret", "var.o.b", "module.m.b", "true"),
    "list": ("var.l", "values(var.o)", '["h", "w"]', '[var.t, "h"]'),
}
_MADE: dict[str, tuple[str, ...]] = {
    "text": (
        "upper({text})", '"a-${{{text}}}"', '"a-${{{number}}}"', '"a-${{{truth}}}"', 'join("-", {list})', "({truth} ? {text} : {text})",
        "[{text}, {text}][{truth} ? 0 : 1]", '{{ a = {text}, b = {text} }}[{truth} ? "a" : "b"]',
        'lookup({{ hunter2hunter2 = "y" }}, {text}, "n")', "tostring({number})", '"%{{ if {truth} }}a%{{ else }}b%{{ endif }}"',
        'try(regex("^h", {text}), "none")', 'coalesce({text}, "z")', "jsonencode({list})", 'format("%v", {truth})',
        "element({list}, {number})", 'try({list}[{number}], "none")', "one([{text}])", '"%{{ for x in {list} }}a%{{ endfor }}"',
        'merge({{ a = {text} }}, {{ b = "x" }}).a', "tostring(jsondecode(jsonencode({truth})))",
        "try(tostring(toset({list})), keys({{ ({text}) = 1 }})[0])", "yamlencode({{ a = {truth} }})",
    ),
    "number": (
        "({number} + 1)", "-{number}", "length({text})", "length({list})", "({truth} ? {number} : {number})", "max({number}, 3)",
        'parseint("7", 10)',
    ),
    "truth": (
        "({text} == {text})", "({number} > {number})", "!{truth}", "({truth} && {truth})", "({truth} || {truth})",
        'startswith({text}, "h")', 'can(regex("^h", {text}))', "contains({list}, {text})", "anytrue([{truth}])",
        "tobool(tostring({truth}))", "({list} == {list})",
    ),
    "list": (
        "[for x in {list} : x if {truth}]", "[for x in {list} : x if x == {text}]", 'split("", {text})', "concat({list}, {list})",
        "distinct({list})", '[for x in {list} : {{ h = "hh", w = "ww" }}[x]]', "[{text}, tostring({number})]",
        "({truth} ? {list} : [{text}])", "sort({list})", 'tolist(setintersection({list}, [{text}, "h"]))',
        'matchkeys([{text}, "b"], ["h", "w"], {list})', "slice({list}, 0, 1)",
    ),
}  # fmt: skip


class _Kinds(Mapping[str, str]):
    """A random expression of each kind."""

    def __init__(self, random: Random, depth: int) -> None:
        self.random = random
        self.depth = depth

    def __getitem__(self, kind: str) -> str:
        made = self.depth > 0 and self.random.random() < 0.7
        if not made:
            return self.random.choice(_LEAVES[kind])
        return self.random.choice(_MADE[kind]).format_map(_Kinds(self.random, self.depth - 1))

    def __iter__(self) -> Iterator[str]:
        return iter(_MADE)

    def __len__(self) -> int:
        return len(_MADE)


def _told(value: Any) -> set[str]:
    """The texts and numbers that a value shows. Booleans and sizes are shown, too, as Terraform shows them: verdicts rest on these."""
    if isinstance(value, list):
        return {text for item in value for text in _told(item)}
    if isinstance(value, dict):
        return {*value, *_told([*value.values()])}
    if isinstance(value, Unknown):
        return {value.cause, *_told([*value.possible, value.partial])}
    return set() if value is None or isinstance(value, bool) else {str(value)}


def _shown(folder: Path, secrets: Mapping[str, str], expression: str) -> Any:
    variables = "".join(f'variable "{name}" {{\n  sensitive = true\n  default   = {value}\n}}\n' for name, value in secrets.items())
    project = Project(folder.resolve()).write({"m/main.tf": _MODULE})
    return project.value(expression, variables + _AROUND)


@pytest.mark.parametrize("number", range(_MANY))
def test_the_same_is_shown_whatever_the_secret_is(tmp_path: Path, number: int) -> None:
    random = Random(f"{seed()} {number}")
    for kind in ("text", "number", "list"):
        expression = _Kinds(random, 3)[kind]
        one, other = (_shown(tmp_path, secrets, expression) for secrets in _SECRETS)
        assert not (_told(one) ^ _told(other)) - _HIDDEN, (expression, one, other)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("local.o.plain", "eu"),
        ('merge({ a = var.t }, { b = "x" }).b', "x"),
        ('concat([var.t], ["x"])[1]', "x"),
        ('{ for name, one in { a = "x", b = var.t } : name => one }.a', "x"),
        ('lookup({ a = "x", b = var.t }, "a")', "x"),
        ("sensitive(false)", False),
        ("var.b ? true : false", True),
        ("nonsensitive(var.n)", 84123459),
        ("length(nonsensitive(var.l))", 2),
        ('var.b ? null : "x"', None),
    ],
)
def test_what_no_secret_is_used_for_is_shown(tmp_path: Path, expression: str, value: Any) -> None:
    assert _shown(tmp_path, _SECRETS[0], expression) == value
