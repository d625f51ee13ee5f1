"""GitHub annotations, read as the runner reads them."""

from __future__ import annotations

import re

from cloudaudit.model import Origin, Outcome
from cloudaudit.report.formats import render
from cloudaudit.report.result import Result
from cloudaudit.report.text import printable
from tests.report.sample import HOSTILE_FILE, clean, finding, many, sample, with_findings

COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:]*)::(?P<data>.*)")


def commands(result: Result) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for line in render("github", result).splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(pair.split("=", 1) for pair in match["properties"].split(","))
        found.append((match["name"], {name: unescaped(value) for name, value in properties.items()}, unescaped(match["data"])))
    return found


def unescaped(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_a_failure_marks_its_line() -> None:
    name, properties, data = commands(sample())[0]
    assert name == "error"
    assert properties == {
        "file": "network.tf",
        "line": "31",
        "title": "Administration and database ports are closed to the world",
    }
    assert data.startswith("aws_security_group.admin: port 22 is open to 0.0.0.0/0 (sensitive-ports-closed-to-world)\nFix: allow")


def test_severity_unknown_and_gaps_choose_the_command() -> None:
    found = [(name, properties["title"].split(":")[0]) for name, properties, _ in commands(sample())]
    assert ("warning", "Backups are kept for at least 30 days") in found
    assert ("notice", "A title with <b>markup</b> | pipes") in found
    assert ("warning", "Not read") in found
    assert ("warning", "Unknown") in found


def test_hostile_text_adds_no_command_and_no_property() -> None:
    (hostile,) = [properties for _, properties, _ in commands(sample()) if properties["title"].startswith("A title")]
    assert hostile.keys() == {"file", "line", "title"}
    assert hostile["file"] == printable(HOSTILE_FILE)


def test_a_percent_sign_is_not_an_escape() -> None:
    odd = finding("key-rotates", Outcome.FAIL, 'aws_kms_key.k["%0A::error::x"]', "it is so", Origin("a%2Cb.tf", 1))
    _, properties, data = commands(with_findings([odd]))[0]
    assert properties["file"] == "a%2Cb.tf"
    assert data.startswith('aws_kms_key.k["%0A::error::x"]: it is so')


def test_only_as_many_as_github_shows_and_the_rest_is_counted() -> None:
    findings = [*many(25, "data-encrypted-at-rest", Outcome.FAIL), *many(12, "backups-kept-long-enough", Outcome.FAIL)]
    found = commands(with_findings(findings))
    assert [name for name, _, _ in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert "37 failed (25 high, 12 medium)" in found[-1][2]
    assert "17 annotations more than GitHub shows" in found[-1][2]


def test_a_clean_run_is_one_notice() -> None:
    ((name, _, data),) = commands(clean())
    assert name == "notice"
    assert data == "0 failed, 0 unknown, 1 passed, 0 gaps. Exit code 0: all well."
