"""What is said of an expression over an unknown value holds for every value that it may have: Terraform refuses, or agrees.

The expressions are drawn; the same ones are evaluated with the variable unset, and with each of many values as its default.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudaudit.model import Unknown
from cloudaudit.model.names import Named
from cloudaudit.sources.terraform.hcl import Library, read_root
from cloudaudit.sources.terraform.hcl.functions import FUNCTIONS
from cloudaudit.sources.terraform.inputs import Inputs

VALUES = (
    *('"dev"', '"prod"', '"zzz"', '"true"', '""', "0", "1", "5", "true", "false", "null", "[]", "{}", '["dev"]', '["a", "b"]', "[true, 5]"),
    *(
        '{ a = "dev" }',
        "{ a = true }",
        "{ dev = false }",
        '{ a = { a = "x" } }',
        '[{ a = "dev" }, { a = true }]',
        "tolist([1])",
    ),
)
AROUND = "locals {\n  m = { dev = true, prod = true }\n  l = [true, true]\n  n = { dev = { a = 1 }, prod = { a = 1 } }\n}\n"

_ATOMS = ("var.x", "var.x", "var.x.a", "var.x[0]", "true", "false", '"dev"', '"a"', "0", "null", "local.m", "local.l", "local.n")
_FORMS = (
    *("try({0}, {1})", "try({0}, {1}, {2})", "can({0})", "local.m[{0}]", "local.l[{0}]", "local.n[{0}].a", "({0}).a", "({0})[0]"),
    *("({0}) == ({1})", "({0}) != ({1})", "({0}) || ({1})", "({0}) && ({1})", "!({0})", "({0}) ? ({1}) : ({2})", "({0}) >= 1"),
    *("[{0}, {1}][0]", "[{0}, {1}]", "{{ a = {0}, b = {1} }}.b", "{{ a = {0} }}", "{{ ({0}) = {1} }}", "length([{0}, {1}])", "length({0})"),
    *(
        "tolist([{0}, {1}])[1]",
        'contains(toset([{0}, {1}]), "dev")',
        "tolist(toset([{0}, {1}]))[0]",
        "length(toset([{0}, {1}]))",
        "tomap({{ a = {0}, b = {1} }})",
    ),
    *(
        "lookup(local.m, {0}, {1})",
        "lookup(local.m, {0})",
        '"${{{0}}}"',
        '"-${{{0}}}-"',
        "[for i in {0} : i]",
        "[for i in [{0}] : i if {1}]",
    ),
    *(
        "alltrue([{0}, {1}])",
        "anytrue([{0}, {1}])",
        "coalesce({0}, {1})",
        "merge({{ a = {0} }}, {1})",
        "({0})[*]",
        "({0})[*].a",
        "({0}).*.a",
    ),
    *("concat([{0}], {1})", "tostring({0})", "tobool({0})", "one({0})", "contains([{0}, {1}], {2})", "flatten([{0}, {1}])", "keys({0})"),
    *("zipmap([{0}], [{1}])", 'join("-", [{0}, {1}])', "setproduct([{0}], [{1}])", "distinct([{0}, {1}])", "reverse([{0}, {1}])[0]"),
    *(
        "element([{0}, {1}], {2})",
        "try(local.m[{0}], {1}) ? {2} : {0}",
        "{{ for k in toset([{0}, {1}]) : k => true }}",
        "slice([{0}, {1}], 0, 1)",
    ),
)


def _formed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda form, a, b, c: form.format(a, b, c), st.sampled_from(_FORMS), inner, inner, inner)


EXPRESSIONS = st.recursive(st.sampled_from(_ATOMS), _formed, max_leaves=6)


def evaluated(expressions: list[str], default: str = "") -> list[Any]:
    text = f'variable "x" {{\n{default}}}\n{AROUND}resource "key" "k" {{\n  name = "the-key"\n}}\nresource "x" "y" {{\n'
    text += "".join(f"  v{number} = {expression}\n" for number, expression in enumerate(expressions)) + "}\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.tf").write_text(text, encoding="utf-8")
        library = Library(folder, str, None)
        found = read_root(folder, boundary=folder, unit=".", shown=str, inputs=Inputs(), wanted=lambda _: True, library=library)
    record = next(record for record in found.records if record.type == "x")
    return [record.values[f"v{number}"] for number in range(len(expressions))]


def holds_unknown(value: Any) -> bool:
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return any(holds_unknown(item) for item in value.values()) if isinstance(value, dict) else isinstance(value, Unknown)


def agrees(said: Any, is_: Any) -> bool:
    """Whether a value is what was said, wherever something was said."""
    if isinstance(is_, Unknown):
        return True  # refused: there is no such configuration
    if isinstance(said, Unknown):
        return not said.possible or any(agrees(candidate, is_) for candidate in said.possible)
    if isinstance(said, list) and isinstance(is_, list) and any(isinstance(item, Unknown) for item in said):
        known = [item for item in said if not isinstance(item, Unknown)]  # one that is unknown stands for any number of others
        return all(any(agrees(item, other) for other in is_) for item in known)
    if isinstance(said, list) and isinstance(is_, list):
        return len(said) == len(is_) and all(map(agrees, said, is_))
    if isinstance(said, dict) and isinstance(is_, dict):
        return said.keys() == is_.keys() and all(agrees(said[key], is_[key]) for key in said)
    return bool(said == is_) and isinstance(said, bool) is isinstance(is_, bool)  # 5 beside an unknown text may become "5": it is not 5


def breaches(expressions: list[str], values: Iterable[str] = VALUES, kind: str = "") -> Iterator[str]:
    said = evaluated(expressions, kind)
    for value in values:
        for expression, before, after in zip(expressions, said, evaluated(expressions, f"{kind}  default = {value}\n"), strict=True):
            if not agrees(before, after):
                yield f"{expression}: {before!r} was said, with x = {value} it is {after!r}"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(EXPRESSIONS, min_size=10, max_size=20))
def test_what_is_said_over_an_unknown_holds_for_every_value(expressions: list[str]) -> None:
    assert list(breaches(expressions)) == []


OF_A_TYPE = {
    "bool": ("true", "false", "null"),
    "number": ("0", "1", "2", "null"),
    "string": ('"dev"', '"true"', '""', "null"),
    "list(string)": ("[]", '["dev"]', "null"),
    "map(bool)": ("{}", "{ a = true }", "{ dev = false }", "null"),
    "object({ a = optional(bool) })": ("{}", "{ a = true }", "{ a = null }", "null"),
}


@pytest.mark.parametrize("kind", OF_A_TYPE)
def test_what_is_said_over_an_unknown_of_a_type_holds_for_every_value_of_it(kind: str) -> None:
    forms = [form.format(*given) for form in _FORMS for given in product(("var.x", "true", '"dev"'), repeat=3)]
    asked = [asking.format(form) for form in dict.fromkeys(forms) for asking in ("{}", "can({})", 'try({}, "none")')]
    assert list(breaches(asked, OF_A_TYPE[kind], f"  type = {kind}\n")) == []


TYPES = (
    *("any", "string", "number", "bool", "list(string)", "set(string)", "map(string)", "list(any)", "map(any)"),
    *("object({ a = string, b = optional(bool, true) })", "tuple([string, bool])", "list(object({ a = string }))", "list(list(string))"),
)


@pytest.mark.parametrize("default", ["", "  default = null\n"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_function_gives_a_value_or_refuses_inputs_of_any_type(kind: str, default: str) -> None:
    calls = [
        f"{name}({given})" for name in sorted({*FUNCTIONS, "try", "can"}) for given in ("var.x", "[var.x]", "var.x, var.x", "var.x...")
    ]
    assert len(evaluated(calls, f"  type = {kind}\n{default}")) == len(calls)


ARN, NAME = "key.k.arn", "key.k.name"
_SHAPES = ("{}", "[{}]", "{{ a = {} }}")


@st.composite
def _calls(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A call of any function, with arguments of any shape."""
    name = draw(st.sampled_from(sorted(FUNCTIONS)))
    function = FUNCTIONS[name]
    most = max(function.least, 3 if function.most is None else min(3, function.most))
    count = draw(st.integers(function.least, most))
    return f"{name}({', '.join(draw(st.sampled_from(_SHAPES)).format(draw(inner)) for _ in range(count))})"


def _with_parts_left_out(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _formed(inner), _calls(inner), st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(_LEFT_OUT), inner, inner)
    )


_LEFT_OUT = (
    *("[for i in {0} : {1}]", "{{ for i in {0} : i => {1} }}", "[for i in [{1}] : i if {0}]", "{{ for i in [{1}] : {0} => i... }}"),
    *('"%{{ if {0} }}${{{1}}}%{{ else }}a%{{ endif }}"', '"%{{ for i in {0} }}${{{1}}}%{{ endfor }}"', "{{ ({0}) = {1} }}", "list({0}...)"),
)
OF_A_RESOURCE = st.recursive(st.sampled_from((*_ATOMS, ARN, ARN, NAME, NAME)), _with_parts_left_out, max_leaves=6)


def refers(value: Any) -> bool:
    """Whether a value may be made of the resource."""
    if isinstance(value, list):
        return any(map(refers, value))
    if isinstance(value, Unknown):
        return "key.k" in value.references or any(map(refers, value.possible))
    return any(map(refers, value.values())) if isinstance(value, dict) else isinstance(value, Named) and value.is_ == NAME


def forgotten(expressions: list[str]) -> Iterator[str]:
    said = evaluated(expressions)
    for value in VALUES:
        for expression, before, after in zip(expressions, said, evaluated(expressions, f"  default = {value}\n"), strict=True):
            refused = isinstance(after, Unknown) and "not valid" in after.detail
            if holds_unknown(before) and refers(after) and not refused and not refers(before):
                yield f"{expression}: {before!r} does not tell of the key, with x = {value} it is {after!r}"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(OF_A_RESOURCE, min_size=10, max_size=20))
def test_an_unknown_value_tells_each_resource_that_it_may_be_made_of(expressions: list[str]) -> None:
    assert list(forgotten(expressions)) == []


_CHOICES = [
    *(form.format(*given) for form in (*_FORMS, *_LEFT_OUT) for given in product(("var.x", NAME), repeat=3)),
    *(f"{name}({given})" for name in sorted(FUNCTIONS) for given in (f"var.x, {NAME}", f"[var.x, {NAME}]", f"[{NAME}], var.x")),
    *(f"{name}({given})" for name in sorted(FUNCTIONS) for given in (f"{NAME}, var.x", f"{{ a = {NAME} }}, var.x", f'var.x, "a", {NAME}')),
]


def test_a_choice_of_a_name_that_is_told_and_of_what_is_not_tells_of_its_resource() -> None:
    assert list(forgotten(list(dict.fromkeys(_CHOICES)))) == []
