"""SARIF, held against the schema of the standard."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from cloudaudit.model import Evidence, Gap, Inventory, Origin, Outcome, SourceKind, Why
from cloudaudit.report.formats import PLAIN, Options, render
from cloudaudit.report.result import Result, result_of
from tests.report.sample import CHECKS, HOSTILE_FILE, clean, finding, many, sample, with_findings

GITHUB = Options(sarif_profile="github")


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text())
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def run_of(result: Result, options: Options = PLAIN) -> dict[str, Any]:
    log = json.loads(render("sarif", result, options))
    validator().validate(log)
    (run,) = log["runs"]
    found: dict[str, Any] = run
    return found


def results(run: dict[str, Any], **wanted: str) -> list[dict[str, Any]]:
    return [item for item in run["results"] if all(item["properties"].get(name) == value for name, value in wanted.items())]


@pytest.mark.parametrize("options", [Options(), Options(verbose=True), GITHUB])
@pytest.mark.parametrize("result", [sample(), sample(started="2031-05-01T02:03:04Z"), clean(), with_findings([])])
def test_it_is_valid_by_the_standard(result: Result, options: Options) -> None:
    run_of(result, options)


def test_the_schema_can_refuse() -> None:
    assert not validator().is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_each_outcome_has_its_kind() -> None:
    run = run_of(sample())
    assert {(item["kind"], item["level"]) for item in results(run, outcome="fail")} == {
        ("fail", "error"),
        ("fail", "warning"),
        ("fail", "note"),
    }
    assert {(item["kind"], item["level"]) for item in results(run, outcome="unknown")} == {("open", "none")}
    (waived,) = results(run, outcome="waived")
    assert waived["suppressions"][0]["justification"].endswith("waived until 2031-01-31 by platform (OPS-12): holds no data")
    assert not results(run, outcome="pass")
    (passed,) = results(run_of(sample(), Options(verbose=True)), outcome="pass")
    assert (passed["kind"], passed["level"]) == ("pass", "none")


def test_a_rule_helps_and_is_rated() -> None:
    run = run_of(sample())
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[item["ruleIndex"]]["id"] == item["ruleId"] for item in run["results"])
    rule = next(rule for rule in rules if rule["id"] == "data-encrypted-at-rest")
    assert rule["name"] == "DataEncryptedAtRest"
    assert rule["properties"] == {
        "security-severity": "8.0",
        "precision": "very-high",
        "tags": ["security", "encryption_at_rest", "ISP-06", "MVSP-2.8"],
    }
    assert "**Fix:** turn on encryption at rest" in rule["help"]["markdown"]


def test_a_result_is_found_again_by_its_fingerprint() -> None:
    expected = [item.fingerprint for item in sample().of(Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED)]
    assert [item["partialFingerprints"]["cloudaudit/v1"] for item in run_of(sample())["results"]] == expected


def test_a_hostile_file_name_is_one_relative_uri() -> None:
    (item,) = [item for item in run_of(sample())["results"] if item["ruleId"] == "hostile-check"]
    place = item["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert place["region"] == {"startLine": 3}
    assert unquote(place["artifactLocation"]["uri"]) == HOSTILE_FILE
    assert place["artifactLocation"]["uri"].startswith("modules/%3Aa%2Cb%25%0A")


@pytest.mark.parametrize(
    ("file", "uri", "has_base"),
    [("./a/../b c.tf", "b%20c.tf", True), ("/srv/x.tf", "file:///srv/x.tf", False), ("../up.tf", "../up.tf", False)],
)
def test_files_by_uri(file: str, uri: str, has_base: bool) -> None:
    run = run_of(with_findings([finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", "it is so", Origin(file, 1))]))
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == uri
    assert ("uriBaseId" in place) is has_base


def test_what_runs_in_a_cloud_is_named_by_its_address() -> None:
    (item,) = results(run_of(sample()), account="111122223333", outcome="fail")
    place = item["locations"][0]
    assert "physicalLocation" not in place
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "aws:111122223333/aws_rds_cluster.live"


def test_messages_hold_no_placeholder_and_no_link() -> None:
    address = 'aws_kms_key.k["[click](http://example.test) {0}"]'
    odd = finding("key-rotates", Outcome.FAIL, address, "it is so", Origin("a.tf", 1), Evidence("[x](1)", Origin("b.tf", 2)))
    (item,) = run_of(with_findings([odd]))["results"]
    assert item["message"]["text"] == 'aws_kms_key.k["[click] (http://example.test) {{0}}"]: it is so'
    assert item["relatedLocations"][0]["message"]["text"] == "[x] (1)"


def test_what_was_not_read_makes_the_run_unsuccessful_and_is_told() -> None:
    (invocation,) = run_of(sample())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 1
    texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert any(text.startswith("Not read: broken.tf does not parse") for text in texts)
    denied = "Listing of aws_db_instance in 111122223333 us-east-1 failed: access denied, needs rds:DescribeDBInstances."
    assert denied in texts
    assert run_of(clean())["invocations"][0]["executionSuccessful"] is True


def test_the_least_severe_are_left_out_of_too_many_and_the_run_says_so() -> None:
    run = run_of(with_findings([*many(4_990, "data-encrypted-at-rest", Outcome.FAIL), *many(30, "key-rotates", Outcome.FAIL)]))
    assert len(run["results"]) == 5_000
    assert len(results(run, severity="high")) == 4_990
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "20 results over the limit of 5,000 are left out."


def test_github_gets_unknown_as_a_warning_and_only_results_with_a_file() -> None:
    run = run_of(sample(), GITHUB)
    unknown = results(run, outcome="unknown")
    assert {(item["kind"], item["level"], *item["properties"]["tags"]) for item in unknown} == {("fail", "warning", "unknown")}
    assert all(item["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for item in run["results"])
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "4 results without a file are left out." in notes


@pytest.mark.parametrize(
    ("unit", "category"), [("infra/prod", "cloudaudit/gate/infra/prod/"), (".", "cloudaudit/gate/"), ("/srv/infra", "cloudaudit/gate/")]
)
def test_the_category_tells_uploads_apart_and_names_no_machine(unit: str, category: str) -> None:
    gap = Gap(Why.FAILED, "x", Origin())
    run = run_of(result_of("gate", [Inventory(unit, SourceKind.HCL, (), (gap,))], [], 0, CHECKS, 3, ()))
    assert run["automationDetails"]["id"] == category
