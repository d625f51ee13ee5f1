"""`cloudaudit waive`: what it writes, what it leaves alone, what it refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.cli.console import document, outcomes, run

TODAY = "2031-01-01"
CHECK = "data-encrypted-at-rest"
MAIN = """
provider "aws" {
  region = "eu-central-1"
}
variable "on" {}
resource "aws_ebs_volume" "v" {
  for_each          = toset(["a \\"b\\" [c] *"])
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = false
}
resource "aws_ebs_volume" "good" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = true
}
resource "aws_ebs_volume" "open" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = var.on
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(MAIN, encoding="utf-8")
    run("gate", ".", "-f", "json=result.json", cwd=tmp_path)
    return tmp_path


def fingerprint(folder: Path, outcome: str) -> str:
    findings = json.loads((folder / "result.json").read_text())["findings"]
    return next(str(item["fingerprint"]) for item in findings if (item["outcome"], item["check"]) == (outcome, CHECK))


def waive(folder: Path, which: str, *more: str, until: str = "2031-01-31", reason: str = "holds no data") -> tuple[int, str, str]:
    given = ("--from", "result.json", "--reason", reason, "--owner", "platform", "--ticket", "OPS-12", "--until", until)
    done = run("waive", which, *given, "--today", TODAY, *more, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def test_what_it_writes_waives_the_finding(folder: Path) -> None:
    code, out, _ = waive(folder, fingerprint(folder, "fail")[:10], reason='the "owner"\n said\x7f ü \\ so')
    assert code == 0
    assert out.startswith("cloudaudit-waivers.toml:1: data-encrypted-at-rest for aws_ebs_volume.v")
    (entry,) = tomllib.loads((folder / "cloudaudit-waivers.toml").read_text(encoding="utf-8"))["waiver"]
    assert entry["resource"] == 'aws_ebs_volume.v["a \\"b\\" [c] *"]'
    assert (entry["check"], entry["unit"], entry["reason"]) == (CHECK, ".", 'the "owner" said\x7f ü \\ so')
    result = document("gate", ".", "--repository-waivers", "--today", TODAY, cwd=folder)
    assert outcomes(result)[entry["resource"], CHECK] == "waived"
    assert result["gaps"] == []


@pytest.mark.parametrize(
    ("before", "line"),
    [(b"# ours\n", 3), (b"# no line break", 3), (b"# ours\r\n\r\n", 4), ("\ufeff# ö\n".encode(), 3)],
)
def test_the_rest_of_the_file_stays_byte_for_byte(folder: Path, before: bytes, line: int) -> None:
    path = folder / "own.toml"
    path.write_bytes(before)
    code, out, _ = waive(folder, fingerprint(folder, "fail"), "--file", "own.toml")
    assert code == 0
    after = path.read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in after[len(before) :]) is (b"\r\n" in before)
    assert out.startswith(f"own.toml:{line}: ")
    assert after.split(b"\n")[line - 1].rstrip() == b"[[waiver]]"


def test_an_unknown_needs_to_be_waived_as_such(folder: Path) -> None:
    which = fingerprint(folder, "unknown")
    code, _, error = waive(folder, which)
    assert (code, "--accept-unknown" in error) == (2, True)
    assert waive(folder, which, "--accept-unknown")[0] == 0
    assert outcomes(document("gate", ".", "--repository-waivers", "--today", TODAY, cwd=folder))["aws_ebs_volume.open", CHECK] == "waived"


@pytest.mark.parametrize(
    ("until", "policy", "told"),
    [
        ("2030-12-31", "", "it expired 1 day ago"),
        ("2031-04-02", "", "let it expire by 2031-04-01"),
        ("2031-01-31", "max-days = 7", "the policy allows 7"),
        ("2031-01-31", f"forbid-checks = ['{CHECK}']", "the policy forbids to waive"),
        ("2031-01-31", "forbid-severities = ['high']", "which is high"),
    ],
)
def test_what_the_policy_would_refuse_is_not_written(folder: Path, until: str, policy: str, told: str) -> None:
    (folder / "policy.toml").write_text(f"[waivers]\n{policy}\n", encoding="utf-8")
    code, _, error = waive(folder, fingerprint(folder, "fail"), "--config", "policy.toml", until=until)
    assert code == 2
    assert told in error
    assert not (folder / "cloudaudit-waivers.toml").exists()


def test_what_passes_or_is_waived_already_is_refused(folder: Path) -> None:
    assert "there is nothing to waive" in waive(folder, fingerprint(folder, "pass"))[2]
    which = fingerprint(folder, "fail")
    assert waive(folder, which)[0] == 0
    assert "waived until 2031-01-31 already" in waive(folder, which)[2]
    run("gate", ".", "--today", TODAY, "-f", "json=result.json", cwd=folder)
    assert "waived until 2031-01-31 already" in waive(folder, which)[2]


def test_a_renewal_names_the_former_entry(folder: Path) -> None:
    which = fingerprint(folder, "fail")
    assert waive(folder, which)[0] == 0
    done = run(
        "waive", which, "--from", "result.json", "--reason", "r", "--owner", "o", "--ticket", "t", "--until", "2031-04-01",
        "--today", "2031-02-10", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0
    assert "cloudaudit-waivers.toml:1: the former waiver of the finding expired on 2031-01-31: remove it" in done.stderr


@pytest.mark.parametrize("broken", [b"[[waiver]", b"waiver = []\n", b"x = 1\n", b"\xff", b"[waiver]\n"])
def test_a_file_that_would_not_read_back_is_not_touched(folder: Path, broken: bytes) -> None:
    path = folder / "cloudaudit-waivers.toml"
    path.write_bytes(broken)
    code, _, error = waive(folder, fingerprint(folder, "fail"))
    assert code == 2
    assert "nothing was written" in error
    assert path.read_bytes() == broken


@pytest.mark.parametrize(
    ("result", "told"), [(None, "cannot be read"), ("{}", "not a JSON result"), ("[" * 100_000, "not a JSON result"), ("", "not a JSON")]
)
def test_a_result_that_is_none_is_a_usage_error(folder: Path, result: str | None, told: str) -> None:
    which = fingerprint(folder, "fail")
    (folder / "result.json").unlink()
    if result is not None:
        (folder / "result.json").write_text(result, encoding="utf-8")
    code, _, error = waive(folder, which)
    assert (code, told in error) == (2, True)


def test_a_fingerprint_that_is_none_or_several_is_a_usage_error(folder: Path) -> None:
    assert "no finding begins with" in waive(folder, "zzzz")[2]
    assert "more than one finding begins with" in waive(folder, "")[2]


def test_it_says_where_a_file_in_the_repository_would_not_count(folder: Path) -> None:
    (folder / "policy.toml").write_text("[waivers]\nin-repository = 'never'\n", encoding="utf-8")
    code, _, error = waive(folder, fingerprint(folder, "fail"), "--config", "policy.toml")
    assert code == 0
    assert "name the file with --waivers" in error
