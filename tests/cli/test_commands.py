"""The other commands, start-up, and what it costs."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.console import ROOT, SCRIPT, run
from tests.cli.test_gate import BAD, put

HEAVY = (
    "boto3",
    "botocore",
    "duckdb",
    "rich",
    "jinja2",
    "azure",
    "google.auth",
    "moto",
    "tree_sitter",
    "cloudaudit_aws",
    "cloudaudit_checks",
)


WITNESS = """
import json, sys
sys.argv = ["cloudaudit", *sys.argv[1:]]
from cloudaudit.cli import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules_of(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a run of the command line has imported."""
    done = subprocess.run([sys.executable, "-c", WITNESS, *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    assert done.stdout
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_start_up_imports_nothing_heavy(option: str) -> None:
    assert modules_of(option, cwd=ROOT) & set(HEAVY) == set()


def cpu(line: list[str], cwd: Path) -> float:
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(line, cwd=cwd, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize(("option", "limit"), [("--version", 1.5), ("--help", 2.0)])
def test_start_up_is_within_its_budget_of_cpu(option: str, limit: float, tmp_path: Path) -> None:
    """Against the interpreter with click, the floor, taken in turn: how fast the machine is, and what else it does, must not decide."""
    floor = [sys.executable, "-c", "import click"]
    costs = [(cpu([*SCRIPT, option], tmp_path), cpu(floor, tmp_path)) for _ in range(7)]
    assert min(ours for ours, _ in costs) <= limit * min(floors for _, floors in costs)


def test_a_gate_over_aws_imports_no_other_provider_and_no_sdk(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    strangers = ("boto", "moto", "rich", "cloudaudit_azure.", "cloudaudit_gcp.")
    assert not [name for name in modules_of("gate", ".", "-f", "json", cwd=tmp_path) if name.startswith(strangers)]


@pytest.mark.parametrize("arguments", [["gate", "."], ["gate", ".", "-f", "json"], ["checks", "--format", "json"], ["--help"]])
@pytest.mark.parametrize(("place", "reason"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
def test_standard_output_that_cannot_be_written_is_no_bug_of_ours(arguments: list[str], place: str, reason: str, tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    line = ["sh", "-c", f'exec "$@" {place}', "sh", *SCRIPT, *arguments]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    code = 1 if "gate" in arguments else 2  # what was found stands, wherever it could be said
    assert (done.returncode, done.stderr) == (code, f"Error: standard output cannot be written: {reason}\n")


def test_standard_output_that_is_closed_does_not_matter_to_a_report_in_a_file(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    line = ["sh", "-c", 'exec "$@" >&-', "sh", *SCRIPT, "gate", ".", "-f", "json=result.json"]
    assert subprocess.run(line, cwd=tmp_path, check=False).returncode == 1
    assert json.loads((tmp_path / "result.json").read_text())["gate"]["exit_code"] == 1


def test_a_reader_that_has_gone_ends_the_run_without_a_word(tmp_path: Path) -> None:
    line = ["sh", "-c", '{ "$@"; echo $? >&2; } | true', "sh", *SCRIPT, "checks", "--format", "json"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == "141\n"


@pytest.mark.parametrize("targets", [("json=x", "sarif=x"), ("json=x", "text=./x"), ("json", "text"), ("json=-", "text")])
def test_two_reports_cannot_go_to_one_place(targets: tuple[str, str], tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    done = run("gate", ".", "-f", targets[0], "-f", targets[1], cwd=tmp_path)
    assert done.returncode == 2
    assert "only one format" in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_wrong_command_is_answered_with_the_nearest(tmp_path: Path) -> None:
    done = run("gat", cwd=tmp_path)
    assert done.returncode == 2
    assert "Did you mean gate?" in done.stderr


def test_every_check_can_be_explained(tmp_path: Path) -> None:
    listed = json.loads(run("checks", "--format", "json", cwd=tmp_path).stdout)
    assert len(listed) >= 12
    done = run("explain", listed[0]["id"], cwd=tmp_path)
    assert done.returncode == 0
    assert "Fix:" in done.stdout
    assert run("explain", "no-such-check", cwd=tmp_path).returncode == 2


def test_a_finding_can_be_explained_from_a_result(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    run("gate", ".", "-f", "json=result.json", cwd=tmp_path)
    findings = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["findings"]
    failed = next(finding for finding in findings if finding["outcome"] == "fail")
    done = run("explain", failed["fingerprint"], "--from", "result.json", cwd=tmp_path)
    assert done.returncode == 0
    for part in ("FAIL", failed["resource"]["address"], "What was read:", "main.tf"):
        assert part in done.stdout
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert run("explain", failed["fingerprint"], "--from", "broken.json", cwd=tmp_path).returncode == 2


def test_the_policy_tells_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "cloudaudit.toml").write_text("[backup]\nmax-days = 90\n", encoding="utf-8")
    lines = [line for line in run("policy", cwd=tmp_path).stdout.splitlines() if "-days" in line]
    assert any("max-days" in line and "= 90" in line and "cloudaudit.toml" in line for line in lines)
    assert any("min-days" in line and "= 30" in line and "built-in default" in line for line in lines)


def test_the_permissions_only_read(tmp_path: Path) -> None:
    policy = json.loads(run("permissions", "aws", cwd=tmp_path).stdout)
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert "s3:GetBucketPolicy" in actions
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in actions)


def test_a_scan_without_credentials_says_so(tmp_path: Path) -> None:
    done = run("scan", "aws", cwd=tmp_path)
    assert done.returncode == 2
    assert "no AWS credentials" in done.stderr
