"""The gate as a user meets it: exit codes, messages, what it trusts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.console import document, outcomes, run

GOOD = """
provider "aws" {
  region = "eu-central-1"
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = true
}
"""
BAD = GOOD.replace("true", "false")
OPEN = 'variable "on" {\n  type = bool\n}\n' + GOOD.replace("= true", "= var.on")


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.tf").write_text(text, encoding="utf-8")
    return folder


def test_exit_0_when_all_is_well(tmp_path: Path) -> None:
    done = run("gate", ".", cwd=put(tmp_path, main=GOOD))
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 failed, 0 unknown" in done.stdout


def test_exit_1_when_something_fails_and_the_text_says_where_why_and_how_to_mend_it(tmp_path: Path) -> None:
    done = run("gate", ".", cwd=put(tmp_path, main=BAD))
    assert done.returncode == 1
    for part in ("FAIL", "main.tf:5", "aws_ebs_volume.v", "data is not encrypted", "fix: turn on encryption"):
        assert part in done.stdout


def test_exit_3_when_a_verdict_is_unknown_and_the_text_says_what_to_pass(tmp_path: Path) -> None:
    done = run("gate", ".", cwd=put(tmp_path, main=OPEN))
    assert done.returncode == 3
    assert "var.on has no default" in done.stdout
    assert "--var on=VALUE" in done.stdout


def test_a_variable_on_the_command_line_in_the_environment_or_in_a_file_solves_it(tmp_path: Path) -> None:
    put(tmp_path, main=OPEN)
    assert run("gate", ".", "--var", "on=true", cwd=tmp_path).returncode == 0
    assert run("gate", ".", "--var", "on=false", cwd=tmp_path).returncode == 1
    assert run("gate", ".", cwd=tmp_path, TF_VAR_on="true").returncode == 0
    (tmp_path / "x.tfvars").write_text("on = true\n", encoding="utf-8")
    assert run("gate", ".", "--var-file", "x.tfvars", cwd=tmp_path).returncode == 0


def test_failed_wins_over_incomplete_and_the_document_names_all_reasons(tmp_path: Path) -> None:
    result = document("gate", ".", cwd=put(tmp_path, main=BAD, broken='resource "aws_s3_bucket" {'))
    assert result["gate"]["exit_code"] == 1
    assert len(result["gate"]["reasons"]) >= 2


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("empty", None, 3, "no Terraform configuration"),
        ("x.bin", b"\x00\xff\xfe" * 500, 3, "not a Terraform plan, state or configuration"),
        ("plan.json", b"{", 3, "plan.json"),
        ("state.json", b'{"version": 3, "modules": []}', 3, "version 3"),
        ("empty.json", b"", 3, "empty.json"),
        ("missing", b"", 2, "no such file or folder"),
        ("tf.plan", b"PK\x03\x04" + b"\x00" * 64, 3, "terraform show -json"),
    ],
)
def test_what_cannot_be_audited_is_said_in_plain_words(tmp_path: Path, name: str, content: bytes | None, code: int, says: str) -> None:
    if content is None:
        (tmp_path / name).mkdir()
    elif name != "missing":
        (tmp_path / name).write_bytes(content)
    done = run("gate", name, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stdout + done.stderr


def test_a_broken_file_among_good_ones_is_a_gap_with_its_line_and_the_rest_is_judged(tmp_path: Path) -> None:
    result = document(
        "gate", ".", cwd=put(tmp_path, main=GOOD, broken='locals {\n  a = 1\n}\nresource "aws_s3_bucket" "b" {\n  bucket = \n')
    )
    assert result["gate"]["exit_code"] == 3
    (gap,) = result["gaps"]
    assert "broken.tf" in json.dumps(gap)
    assert outcomes(result)["aws_ebs_volume.v", "data-encrypted-at-rest"] == "pass"


def test_a_plan_with_everything_unknown_is_incomplete(tmp_path: Path) -> None:
    unknown = {"encrypted": True, "availability_zone": True, "kms_key_id": True, "arn": True, "id": True}
    change = {"actions": ["create"], "before": None, "after": {}, "after_unknown": unknown}
    resource = {"address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v", "change": change}
    (tmp_path / "plan.json").write_text(json.dumps({"format_version": "1.2", "resource_changes": [resource]}), encoding="utf-8")
    result = document("gate", "plan.json", cwd=tmp_path)
    assert result["gate"]["exit_code"] == 3
    assert outcomes(result)["aws_ebs_volume.v", "data-encrypted-at-rest"] == "unknown"


def test_only_json_stands_on_standard_output_and_formats_go_to_files(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    done = run("gate", ".", "--format", "json", "-f", "sarif=out.sarif", "-f", "text=out.txt", cwd=tmp_path)
    assert json.loads(done.stdout)["schema"] == 1
    assert json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert "FAIL" in (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert run("gate", ".", "-f", "json", "-f", "sarif", cwd=tmp_path).returncode == 2
    assert run("gate", ".", "-f", "json=no/such/folder.json", cwd=tmp_path).returncode == 2


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    put(tmp_path, main=BAD + OPEN.replace('"v"', '"w"').replace('provider "aws" {\n  region = "eu-central-1"\n}\n', ""))
    first, second = (run("gate", ".", "--format", "json", cwd=tmp_path, PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert first == second


def test_the_severity_that_fails_and_the_number_of_unknowns_are_the_callers(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    assert run("gate", ".", "--fail-on", "critical", cwd=tmp_path).returncode == 0
    assert run("gate", ".", "--fail-on", "never", cwd=tmp_path).returncode == 0
    put(tmp_path, main=OPEN)
    assert run("gate", ".", "--max-unknown", "5", cwd=tmp_path).returncode == 0


def test_checks_can_be_chosen_and_a_name_that_is_none_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, main=BAD)
    assert run("gate", ".", "--check", "data-in-*", cwd=tmp_path).returncode == 0
    assert run("gate", ".", "--skip-check", "data-encrypted-at-rest", cwd=tmp_path).returncode == 0
    done = run("gate", ".", "--check", "data-encripted", cwd=tmp_path)
    assert done.returncode == 2
    assert "no check is called" in done.stderr


def test_what_is_audited_cannot_loosen_the_policy(tmp_path: Path) -> None:
    put(tmp_path, main=GOOD.replace("eu-central-1", "us-east-1"))
    (tmp_path / ".git").mkdir()
    (tmp_path / "cloudaudit.toml").write_text('[residency]\nallow = ["EU", "US"]\n', encoding="utf-8")
    refused = run("gate", ".", cwd=tmp_path)
    assert refused.returncode == 1
    assert "cloudaudit.toml" in refused.stderr
    assert run("gate", ".", "--trust-repo-config", cwd=tmp_path).returncode == 0
    assert run("gate", ".", "--config", "cloudaudit.toml", cwd=tmp_path).returncode == 0
    assert run("gate", ".", cwd=tmp_path, CLOUDAUDIT_CONFIG="cloudaudit.toml").returncode == 0


def test_nothing_in_what_is_audited_is_imported(tmp_path: Path) -> None:
    """The console script does not put the working directory on the path, so packages that lie there are not ours."""
    script = Path(sys.executable).with_name("cloudaudit")
    if not script.exists():
        pytest.skip("the console script is not installed beside this interpreter")
    put(tmp_path, main=GOOD)
    for package in ("cloudaudit_checks", "cloudaudit_aws", "click"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    done = subprocess.run([str(script), "gate", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "0 failed, 0 unknown" in done.stdout


def test_a_wrong_configuration_is_a_usage_error_with_file_and_key(tmp_path: Path) -> None:
    put(tmp_path, main=GOOD)
    (tmp_path / "own.toml").write_text("[backup]\nmin_days = 30\n", encoding="utf-8")
    done = run("gate", ".", "--config", "own.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "own.toml: backup.min_days is not a key: did you mean min-days?" in done.stderr


def test_two_folders_in_one_run_are_two_units(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        put(tmp_path / name, main=BAD)
    result = document("gate", "one", "two", cwd=tmp_path)
    fingerprints = [finding["fingerprint"] for finding in result["findings"]]
    assert len(set(fingerprints)) == len(fingerprints)


def test_text_from_the_audited_input_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    put(tmp_path, main='resource "aws_ebs_volume" "v" {\n  availability_zone = "x\\u001b[31m\\u0007"\n  encrypted = false\n}\n')
    done = run("gate", ".", "--color", "never", cwd=tmp_path)
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_a_root_that_several_paths_lead_to_is_judged_once(tmp_path: Path) -> None:
    for name, text in (("a", BAD), ("m", 'module "x" {\n  source = "../a"\n}\n')):
        (tmp_path / name).mkdir()
        put(tmp_path / name, main=text)
    once, twice = (document("gate", *paths, cwd=tmp_path) for paths in (["."], ["a", ".", "a/main.tf", "./a/../a"]))
    assert len({item["fingerprint"] for item in twice["findings"]}) == len(twice["findings"])
    assert {item["fingerprint"] for item in once["findings"]} <= {item["fingerprint"] for item in twice["findings"]}
    assert len(twice["ledger"]) == len({(line["place"], line["role"]) for line in twice["ledger"]})


def test_values_with_which_nothing_is_judged_are_named(tmp_path: Path) -> None:
    put(tmp_path, main=OPEN.replace("type = bool", "default = true"))
    for folder in ("envs", "other", ".hidden"):
        (tmp_path / folder).mkdir()
    put(tmp_path / "other", main=GOOD)  # a root of its own
    for name in ("envs/prod.tfvars", "other/x.tfvars", ".hidden/y.tfvars", "z.tfvars.json", "terraform.tfvars", "a.auto.tfvars"):
        (tmp_path / name).write_text("{}" if name.endswith("json") else "", encoding="utf-8")
    done = run("gate", ".", cwd=tmp_path)
    assert done.returncode == 0
    said = done.stdout.split("\n")
    assert said[2] == "NOTE  2 roots have values with which nothing is judged: --var-file FILE, or --each-var-file GLOB"
    assert said[3:5] == ["  . has z.tfvars.json, envs/prod.tfvars", "  other has x.tfvars"]
    for decided in (("--var-file", "envs/prod.tfvars"), ("--each-var-file", "envs/*.tfvars")):
        assert "NOTE" not in run("gate", ".", *decided, cwd=tmp_path).stdout


def test_all_is_well_only_where_everything_was_read(tmp_path: Path) -> None:
    assert run("gate", ".", cwd=put(tmp_path, main=GOOD)).stdout.endswith("Exit code 0: all well\n")
    put(tmp_path, more='resource "aws_redshift_cluster" "r" {\n  encrypted = false\n}\n')
    done = run("gate", ".", cwd=tmp_path)
    assert done.stdout.endswith("Exit code 0: nothing wrong in what was read; 1 resource has no reader\n")
