"""What holds for every format, and how a format is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cloudaudit.report
from cloudaudit.report import formats
from cloudaudit.report.formats import Options, names, render
from cloudaudit.report.result import result_of
from tests.report.sample import CHECKS, clean, sample, with_findings

STARTED = "2031-05-01T02:03:04Z"


def test_the_formats_that_users_name() -> None:
    assert set(names()) == {"codequality", "csv", "github", "json", "junit", "markdown", "sarif", "text"}


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError, match="yaml"):
        render("yaml", clean())


def test_a_new_format_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shout_format.py").write_text("def render(result, options):\n    return result.command.upper() + '\\n'\n")
    monkeypatch.setattr(cloudaudit.report, "__path__", [*cloudaudit.report.__path__, str(tmp_path)])
    formats.names.cache_clear()
    try:
        assert "shout" in names()
        assert render("shout", clean()) == "GATE\n"
    finally:
        formats.names.cache_clear()
        sys.modules.pop("cloudaudit.report.shout_format", None)


def test_naming_the_formats_imports_none_of_them() -> None:
    code = "import sys; from cloudaudit.report.formats import names; names(); print([m for m in sys.modules if m.endswith('_format')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("name", names())
def test_it_ends_with_one_newline_and_encodes(name: str) -> None:
    for result in (sample(), clean(), with_findings([])):
        text = render(name, result)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        text.encode()


@pytest.mark.parametrize("name", names())
def test_no_time_unless_one_is_given(name: str) -> None:
    assert STARTED not in render(name, sample())
    text = render(name, sample(started=STARTED, calls=412), Options(verbose=True))
    if name in {"text", "json", "sarif", "markdown"}:
        assert STARTED in text


@pytest.mark.parametrize(
    ("name", "red"),
    [("junit", "<error "), ("codequality", '"severity"'), ("sarif", '"executionSuccessful": false'), ("github", "::warning")],
)
@pytest.mark.parametrize(
    "reason", ["no check judges any of the 3 resource blocks", "nothing was found to audit", "3 resources seen that no table reads"]
)
def test_no_list_is_empty_where_the_exit_code_says_more(name: str, red: str, reason: str) -> None:
    result = result_of("gate", [], [], 0, CHECKS, 3, [reason])
    text = render(name, result)
    assert red in text
    assert reason in text
    assert red not in render(name, result_of("gate", [], [], 0, CHECKS, 0, []))
