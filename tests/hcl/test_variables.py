"""Values of variables: where Terraform looks for them, in its order, and their conversion to the declared type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli
from cloudaudit.model import Unknown, Why

DECLARED = 'variable "v" {\n  type = string\n  default = "default"\n}\nresource "x" "y" {\n  v = var.v\n}\n'
PLACES: list[tuple[str, dict[str, str]]] = [
    ("terraform.tfvars", {}),
    ("terraform.tfvars.json", {}),
    ("a.auto.tfvars", {}),
    ("b.auto.tfvars.json", {}),
]


def test_later_places_win(project: Any) -> None:
    project.write({"main.tf": DECLARED})
    environment = {"TF_VAR_v": "environment", "TF_VAR_other": "x", "PATH": "/bin"}

    def value(**inputs: Any) -> Any:
        return project.records(**inputs)["x.y"].values["v"]

    assert value() == "default"
    assert value(environment=environment) == "environment"
    for name, _ in PLACES:
        content = f'{{"v": "{name}"}}' if name.endswith(".json") else f'v = "{name}"\n'
        project.write({name: content})
        assert value(environment=environment) == name
    project.write({"given.tfvars": 'v = "given"\n', "last.tfvars": 'v = "last"\n'})
    files = [project.folder / "given.tfvars", project.folder / "last.tfvars"]
    assert value(var_files=files[:1]) == "given"
    assert value(var_files=files) == "last"
    assert value(var_files=files, variables={"v": "flag"}) == "flag"


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("string", "5", "5"),
        ("number", "5", 5),
        ("bool", "true", True),
        ("list(string)", '["a", 1]', ["a", "1"]),
        ("map(number)", '{ a = "1" }', {"a": 1}),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("any", "[1]", [1]),
        ("object({ a = string, b = optional(number, 3) })", "{ a = 1 }", {"a": "1", "b": 3}),
        ("tuple([string, number])", '[1, "2"]', ["1", 2]),
        ("list(object({ a = optional(bool) }))", "[{}, { a = true, z = 1 }]", [{"a": None}, {"a": True}]),
    ],
)
def test_values_are_converted(project: Any, declared: str, given: str, expected: object) -> None:
    text = f'variable "v" {{\n  type = {declared}\n}}\nresource "x" "y" {{\n  v = var.v\n}}\n'
    assert project.values(text, variables={"v": given})["v"] == expected
    assert project.values(text, environment={"TF_VAR_v": given})["v"] == expected


def test_without_a_type_the_text_is_taken_as_it_is(project: Any) -> None:
    assert project.values('variable "v" {}\nresource "x" "y" {\n  v = var.v\n}\n', variables={"v": "[1]"})["v"] == "[1]"


@pytest.mark.parametrize(
    ("declared", "given", "says"),
    [
        ("number", "many", "var.v has a value of the wrong type: a number is needed, not a string (main.tf:1)"),
        ("object({ a = string })", "{}", 'var.v has a value of the wrong type: the attribute "a" is required (main.tf:1)'),
        ("list(string)", "[", "the value given for var.v does not parse"),
        ("list(string)", "[var.other]", "the expression is not valid"),
        ("any", "hunter2", "the expression is not valid: a given value names something, and only constants are allowed"),
        ("any", 'hunter2("a")', "the expression is not valid: a given value calls a function, and only constants are allowed"),
    ],
)
def test_a_value_that_does_not_fit_is_unknown(project: Any, declared: str, given: str, says: str) -> None:
    text = f'variable "v" {{\n  type = {declared}\n}}\nresource "x" "y" {{\n  v = var.v\n}}\n'
    value = project.values(text, variables={"v": given})["v"]
    assert isinstance(value, Unknown)
    assert value.detail.startswith(says)


def test_null_gives_way_to_the_default_only_where_not_nullable(project: Any) -> None:
    child = """
variable "a" { default = 1 }
variable "b" {
  default  = 2
  nullable = false
}
resource "x" "y" {
  a = var.a
  b = var.b
}
"""
    project.write({"main.tf": 'module "m" {\n  source = "./c"\n  a = null\n  b = null\n}\n', "c/main.tf": child})
    assert project.records()["module.m.x.y"].values == {"a": None, "b": 2}


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("terraform.tfvars", "v = [", "terraform.tfvars does not parse"),
        ("x.auto.tfvars.json", "[1]", "x.auto.tfvars.json is not an object"),
        ("x.auto.tfvars", 'block "b" {}\n', "x.auto.tfvars has a block, where only values are allowed"),
        ("terraform.tfvars", b"\xff", "terraform.tfvars is not UTF-8 text"),
    ],
)
def test_a_file_of_values_that_cannot_be_read_is_a_gap(project: Any, name: str, content: Any, what: str) -> None:
    project.write({"main.tf": DECLARED, name: content})
    (gap,) = project.read().gaps
    assert (gap.why, gap.what) == (Why.FAILED, what)


@pytest.mark.parametrize("later", [{}, {"z.auto.tfvars": "v = false\n"}])
def test_a_file_of_values_that_cannot_be_read_leaves_no_default(project: Any, later: dict[str, str]) -> None:
    """It may set each variable. What is given after it counts all the same."""
    text = 'variable "v" {\n  default = true\n}\nresource "x" "y" {\n  v = var.v\n}\n'
    project.write({"main.tf": text, "terraform.tfvars": b"\0GITCRYPT\xff", **later})
    value = project.records()["x.y"].values["v"]
    if later:
        assert value is False
    else:
        assert (value.why, value.detail) == (Why.FAILED, "terraform.tfvars is not UTF-8 text: it may set var.v")


def test_another_content_of_a_file_of_values_that_cannot_be_read_is_another_gap(project: Any) -> None:
    found = {project.write({"main.tf": DECLARED, "terraform.tfvars": content}).read().gaps[0].content for content in (b"\xff", b"\xfe")}
    assert len({"", *found}) == 3


def test_a_variable_file_that_is_missing_is_a_gap(project: Any) -> None:
    project.write({"main.tf": DECLARED})
    (gap,) = project.read(var_files=[project.folder / "gone.tfvars"]).gaps
    assert gap.what == "gone.tfvars cannot be read: No such file or directory"


def test_the_last_argument_of_the_command_line_counts(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "e" {}\nresource "aws_ebs_volume" "v" {\n  encrypted = var.e\n}\n')
    (tmp_path / "off.tfvars").write_text("e = false\n")
    (tmp_path / "on.tfvars").write_text("e = true\n")

    def judged(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["gate", str(tmp_path), "--format", "json", *arguments], standalone_mode=False)
        found = json.loads(done.stdout)["findings"]
        return next(str(finding["outcome"]) for finding in found if finding["check"] == "data-encrypted-at-rest")

    off, on = str(tmp_path / "off.tfvars"), str(tmp_path / "on.tfvars")
    assert judged("--var", "e=true", "--var-file", off) == "fail"
    assert judged("--var-file", off, "--var", "e=true") == "pass"
    assert judged(f"--var-file={off}", "--var=e=true", "--var-file", off) == "fail"
    assert judged("--var-file", off, "--var-file", on) == "pass"
    assert judged("--var", "e=true", "--var", "e=false") == "fail"
