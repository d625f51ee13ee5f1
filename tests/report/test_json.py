"""The JSON result: its schema, the promised keys, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from cloudaudit.model import Origin, Outcome
from cloudaudit.report.document import Document
from cloudaudit.report.formats import render
from cloudaudit.report.result import Result
from tests.report.sample import HOSTILE, HOSTILE_ADDRESS, HOSTILE_FILE, clean, finding, sample, with_findings

SCHEMA = json.loads((Path(__file__).parents[2] / "cloudaudit" / "report" / "schema.json").read_text())


def parsed(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render("json", result))
    return document


@pytest.mark.parametrize("result", [sample(), sample(started="2031-05-01T02:03:04Z", calls=3), clean(), with_findings([])])
def test_it_is_valid_by_the_published_schema(result: Result) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(parsed(result))
    assert not validator.is_valid({**parsed(result), "schema": 2})


def test_it_reads_back_as_typed_data() -> None:
    document = msgspec.json.decode(render("json", sample()), type=Document)
    assert [item.outcome for item in document.findings] == [item.outcome for item in sample().findings]


def test_the_promised_keys() -> None:
    document = parsed(sample())
    assert {"schema", "findings", "gaps", "coverage", "summary", "gate"} <= document.keys()
    first = document["findings"][0]
    assert first["outcome"] == "fail"
    assert first["control"] == "network_segmentation"
    assert first["origin"] == {"file": "network.tf", "line": 31}
    assert {"type", "address", "id", "provider", "account", "region"} <= first["resource"].keys()
    assert first["evidence"][0] == {
        "fact": "ingress.from_port: 22",
        "file": "network.tf",
        "line": 34,
        "call": None,
        "attribute": "ingress.from_port",
        "unknown": None,
    }
    assert document["gate"]["exit_code"] == 1
    assert len(document["gate"]["reasons"]) == 3


def test_what_runs_in_a_cloud_has_no_file_but_a_call() -> None:
    live = next(item for item in parsed(sample())["findings"] if item["resource"]["address"] == "aws_rds_cluster.live")
    assert live["origin"] is None
    assert live["evidence"][0]["call"] == "rds:DescribeDBClusters"
    assert (live["resource"]["account"], live["resource"]["region"]) == ("111122223333", "eu-west-1")


def test_an_unknown_fact_says_why() -> None:
    unknown = next(item for item in parsed(sample())["findings"] if item["resource"]["address"] == "aws_ebs_volume.scratch")
    assert unknown["evidence"][0]["unknown"] == {"why": "unresolved", "detail": "var.encrypt has no value"}


def test_the_summary_counts() -> None:
    summary = parsed(sample())["summary"]
    assert summary["outcomes"] == {"fail": 7, "unknown": 5, "pass": 1, "not_applicable": 1, "waived": 1}
    assert summary["severities"] == {"low": 1, "medium": 1, "high": 4, "critical": 1}
    assert summary["controls"]["key_management"] == {"fail": 0, "unknown": 2, "pass": 0, "not_applicable": 1, "waived": 0}
    assert summary["census"] == {"declared": 14, "evaluated": 9, "unknown": 1, "absent": 1, "not_read": 3, "instances": 12}
    assert summary["unread_types"] == {"aws_iam_role": 2, "aws_lambda_function": 40, "aws_sqs_queue": 1}
    assert summary["coverage"] == {"complete": 1, "partial": 1, "failed": 1, "skipped": 1}
    assert (summary["findings"], summary["resources"], summary["gaps"]) == (15, 16, 4)


def test_hostile_text_arrives_as_it_is_and_is_harmless_on_a_terminal() -> None:
    item = next(item for item in parsed(sample())["findings"] if item["check"] == "hostile-check")
    assert (item["reason"], item["resource"]["address"], item["origin"]["file"]) == (HOSTILE, HOSTILE_ADDRESS, HOSTILE_FILE)
    assert render("json", sample()).replace("\n", "").isprintable()


def test_a_file_name_that_is_not_utf8_does_not_stop_the_report() -> None:
    odd = finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", "größer", Origin("caf\udce9.tf", 1))
    item = parsed(with_findings([odd]))["findings"][0]
    assert item["origin"]["file"] == "caf\ufffd.tf"
    assert item["reason"] == "größer"
