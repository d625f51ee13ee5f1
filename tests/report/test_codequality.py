"""GitLab Code Quality: the fields that GitLab documents, and no issue merged away."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from cloudaudit.model import Outcome
from cloudaudit.report.formats import render
from cloudaudit.report.result import Result
from tests.report.sample import clean, many, sample, with_findings

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


def issues(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render("codequality", result))
    jsonschema.validate(found, SCHEMA)
    return found


def test_severities() -> None:
    found = {item["check_name"]: item["severity"] for item in issues(sample()) if ": " in item["description"][:60]}
    assert found["sensitive-ports-closed-to-world"] == "critical"
    assert found["backups-kept-long-enough"] == "minor"
    assert {item["severity"] for item in issues(sample()) if item["check_name"] == "hostile-check"} == {"info"}


def test_unknown_waived_and_unread_are_told_as_such() -> None:
    found = [(item["description"].split(": ")[0], item["severity"]) for item in issues(sample())]
    assert found.count(("unknown", "info")) == 5
    assert found.count(("waived", "info")) == 1
    assert found.count(("not read", "info")) == 4
    assert issues(clean()) == []


def test_no_fingerprint_twice() -> None:
    twice = many(3, "key-rotates", Outcome.FAIL) * 2
    found = [item["fingerprint"] for item in issues(with_findings(twice))]
    assert len(set(found)) == 6
    assert found[:3] == [item.fingerprint for item in twice[:3]]
