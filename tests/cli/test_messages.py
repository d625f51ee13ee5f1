"""What is said on standard error: nothing that the audited side named moves a cursor, starts a line or commands a pipeline there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.cli.console import ROOT, run

NAME = "p\x1b[2J\n::error::x##[add-mask]y.json"
GOOD = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "eu-central-1a"\n  encrypted = true\n}\n'


@pytest.mark.parametrize(
    "arguments",
    [
        (f"./{NAME}/gone",),
        (".", "--baseline", NAME),
        (".", "--config", NAME),
        (".", "--each-var-file", f"{NAME}/../x"),
        (".", "-f", f"json={NAME}/x"),
        (".", f"--{NAME}"),
        (".", "--kind", NAME),
        (".", "--check", NAME),
        (".", "--against", NAME),
        (f"--{NAME}",),
    ],
)
def test_a_message_shows_what_it_quotes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / NAME).write_text("{", encoding="utf-8")
    done = run("gate", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert not any(mark in done.stderr for mark in ("\x1b", "\n::error", "##["))
    assert "Error: " in done.stderr


def test_a_note_shows_what_it_quotes(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "cloudaudit.toml").touch()
    (folder / "main.tf").write_text(GOOD, encoding="utf-8")
    done = run("gate", ".", "--check", "data-encrypted-at-rest", cwd=folder)
    assert (done.returncode, "is not used" in done.stderr, len(done.stderr.splitlines())) == (0, True, 1)


def test_messages_leave_at_one_place() -> None:
    """Whoever says something on standard error another way need not think of what a name can hold."""
    found = []
    for path in sorted((ROOT / "cloudaudit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            to_error = isinstance(node, ast.Call) and any(keyword.arg == "err" for keyword in node.keywords)
            stream = (
                isinstance(node, ast.Attribute) and node.attr == "stderr" and isinstance(node.value, ast.Name) and node.value.id == "sys"
            )
            if to_error or stream:
                found.append((path.relative_to(ROOT / "cloudaudit").as_posix(), ast.unparse(node)))
    assert found == [("cli/options.py", "sys.stderr"), ("cli/output.py", "click.echo(printable(message), err=True)")]
