"""The live scan and the demo as a user runs them, against an emulator on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudaudit_aws.demo import serving
from tests.cli.console import outcomes, run

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving() as url:
        yield url


def test_a_scan_finds_what_is_wrong_and_says_how_it_knows(endpoint: str, tmp_path: Path) -> None:
    done = run("scan", "aws", "--endpoint-url", endpoint, "-f", "json", cwd=tmp_path, **CREDENTIALS)
    assert (done.returncode, done.stderr) == (1, "")
    result = json.loads(done.stdout)
    found = outcomes(result)
    assert found["arn:aws:s3:::acme-logs-overseas", "data-in-allowed-jurisdiction"] == "fail"
    assert found["arn:aws:s3:::acme-web-assets", "transport-encrypted"] == "fail"
    assert "pass" in found.values()
    calls = {item["call"] for finding in result["findings"] for item in finding["evidence"]}
    assert {"s3:GetBucketPolicy", "rds:DescribeDBInstances", "ec2:DescribeSecurityGroups"} <= calls
    assert {row["status"] for row in result["coverage"] if row["type"] != "*"} == {"complete"}
    (unlisted,) = [row for row in result["coverage"] if row["type"] == "*"]
    assert unlisted["status"] == "skipped"
    assert "aws_dynamodb_table" in unlisted["detail"]
    assert result["run"]["calls"] > 100


def test_a_scan_of_some_regions_names_the_others_and_is_no_gap(endpoint: str, tmp_path: Path) -> None:
    arguments = ["scan", "aws", "--endpoint-url", endpoint, "--region", "eu-central-1", "-f", "json=r.json", "-f", "text"]
    done = run(*arguments, cwd=tmp_path, **CREDENTIALS)
    result = json.loads((tmp_path / "r.json").read_text())
    assert outcomes(result)["arn:aws:s3:::acme-logs-overseas", "data-in-allowed-jurisdiction"] == "fail"
    assert not result["gaps"]
    assert not any("gap" in reason for reason in result["gate"]["reasons"])
    (left_out,) = result["accepted"]
    assert "by --region" in left_out["what"]
    assert "us-east-1" in left_out["what"]
    assert "Left out" in done.stdout
    wrong = run("scan", "aws", "--endpoint-url", endpoint, "--region", "eu-mars-1", cwd=tmp_path, **CREDENTIALS)
    assert wrong.returncode == 2
    assert "eu-mars-1" in wrong.stderr


def test_an_endpoint_that_does_not_answer_is_no_clean_account(tmp_path: Path) -> None:
    arguments = ["scan", "aws", "--endpoint-url", "http://audit:p@hunter2@127.0.0.1:9", "--deadline", "2", "-f", "json"]
    done = run(*arguments, cwd=tmp_path, **CREDENTIALS)
    assert done.returncode == 3
    assert ("hunter2" in done.stdout + done.stderr, "127.0.0.1:9" in done.stdout) == (False, True)
    result = json.loads(done.stdout)
    assert {finding["outcome"] for finding in result["findings"]} == {"unknown"}
    assert any("sts:GetCallerIdentity" in gap["what"] for gap in result["gaps"])


def test_the_demo_needs_neither_credentials_nor_network(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("aws:123456789012", "main.tf:", "FAIL", "UNKNOWN", "Exit code 1"):
        assert part in done.stdout


def test_a_line_break_that_was_copied_with_the_credentials_is_told(tmp_path: Path) -> None:
    done = run("scan", "aws", "-f", "json", cwd=tmp_path, **CREDENTIALS | {"AWS_SESSION_TOKEN": "token\n"})
    (gap,) = json.loads(done.stdout)["gaps"]
    assert (done.returncode, gap["remedy"]) == (3, "set the credentials anew, without it")
    assert "the credentials of the credential provider env hold a space or a line break" in gap["what"]
    assert "token" not in gap["what"]


def test_a_role_that_is_none_is_a_matter_of_the_call(tmp_path: Path) -> None:
    done = run("scan", "aws", "--role-arn", "auditor", cwd=tmp_path, **CREDENTIALS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--role-arn: expected the ARN of a role" in done.stderr
