"""Expressions give what Terraform itself gives: against a recording, and against the real thing where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Unknown

HERE = Path(__file__).parent
CASES: dict[str, Any] = json.loads((HERE / "expressions.json").read_text(encoding="utf-8"))
FILES: dict[str, str] = CASES["files"]
RECORDED: list[tuple[str, Any]] = [(expression, result) for expression, result in CASES["expressions"]]


def outputs() -> str:
    """Each expression as an output; one that Terraform refuses is an error there, and here."""
    return "".join(
        f'output "e{place}" {{\n  value = try(jsonencode({{ ok = {expression} }}), jsonencode({{ error = true }}))\n}}\n'
        for place, (expression, _) in enumerate(RECORDED)
    )


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(RECORDED) >= 500
    assert sum(result == {"error": True} for _, result in RECORDED) >= 50


def test_every_expression_gives_what_terraform_gave(project: Any) -> None:
    attributes = "".join(
        f"  e{place} = try(jsonencode({{ ok = {expression} }}), jsonencode({{ error = true }}))\n"
        for place, (expression, _) in enumerate(RECORDED)
    )
    project.write(FILES)
    values = project.values(f'{CASES["locals"]}\nresource "x" "y" {{\n{attributes}}}\n')
    wrong = []
    for place, (expression, expected) in enumerate(RECORDED):
        value = values[f"e{place}"]
        assert not isinstance(value, Unknown), (expression, value)
        if json.loads(value) != expected:
            wrong.append((expression, expected, value))
    assert wrong == []


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed: the recording stands alone")
def test_the_recording_is_what_terraform_gives(project: Any) -> None:
    project.write({**FILES, "main.tf": CASES["locals"] + outputs()})
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def terraform(*arguments: str) -> str:
        run = subprocess.run(["terraform", *arguments], cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    terraform("apply", "-auto-approve", "-input=false", "-no-color")
    given = json.loads(terraform("output", "-json"))
    for place, (expression, expected) in enumerate(RECORDED):
        assert json.loads(given[f"e{place}"]["value"]) == expected, expression


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 / 3", f"0.{'3' * 154}5"),
        ("2 / 3", f"0.{'6' * 153}7"),
        ("1e400", f"1{'0' * 400}"),
        ("9007199254740993 + 0.5", "9007199254740993.5"),
    ],
)
def test_a_number_has_the_digits_that_terraform_writes(project: Any, expression: str, value: str) -> None:
    assert project.value(f"tostring({expression})") == value


@pytest.mark.parametrize(
    "expression",
    [
        "issensitive([1])",
        "issensitive({ a = sensitive(1) })",
        "provider::terraform::encode_expr(1)",
        "1e999999999",
        "1e-999999999",
        "2 * 1e1999 * 1e1999",
    ],
)
def test_what_is_not_evaluated_is_unknown(project: Any, expression: str) -> None:
    assert isinstance(project.value(f"tostring({expression})"), Unknown)
