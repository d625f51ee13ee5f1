"""Which values count: the last on the command line, one set for each environment, never one that nobody declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.against.test_gate import committed, write
from tests.cli.console import document, outcomes, run
from tests.trust.test_folders import put

CHECK = "data-encrypted-at-rest"
ROOT = """variable "encrypted" {
  type = bool
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  encrypted         = var.encrypted
}
"""


def code(folder: Path, *arguments: str) -> int:
    return run("gate", ".", "--check", CHECK, *arguments, cwd=folder).returncode


def test_a_variable_that_no_root_declares_is_refused_as_terraform_does(tmp_path: Path) -> None:
    put(tmp_path, {"main.tf": ROOT})
    done = run("gate", ".", "--var", "encrypted=true", "--var", "encripted=false", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--var encripted: no audited root declares this variable: did you mean encrypted?" in done.stderr


def test_a_variable_that_one_of_several_roots_declares_is_taken(tmp_path: Path) -> None:
    put(tmp_path, {"a/main.tf": ROOT, "b/main.tf": ROOT.replace("encrypted", "crypted").replace("crypted  ", "encrypted  ")})
    assert code(tmp_path, "--var", "encrypted=true", "--var", "crypted=true") == 0


def test_a_file_that_sets_what_no_root_declares_is_a_gap(tmp_path: Path) -> None:
    put(tmp_path, {"main.tf": ROOT, "prod.tfvars": "encrypted = true\nencripted = false\n"})
    result = document("gate", ".", "--check", CHECK, "--var-file", "prod.tfvars", cwd=tmp_path)
    (gap,) = result["gaps"]
    assert (result["gate"]["exit_code"], gap["what"], gap["remedy"]) == (
        3,
        "prod.tfvars sets encripted, which no audited root declares",
        "remove it: did you mean encrypted?",
    )


@pytest.mark.parametrize("glob", ["envs/*.tfvars", "envs/prod.tfvars", "*/*.tfvars"])
def test_one_root_is_judged_once_for_each_environment(tmp_path: Path, glob: str) -> None:
    put(tmp_path, {"infra/main.tf": ROOT, "infra/envs/prod.tfvars": "encrypted = false\n", "infra/envs/dev.tfvars": "encrypted = true\n"})
    result = document("gate", "infra", "--check", CHECK, "--each-var-file", glob, cwd=tmp_path)
    found = {item["resource"]["unit"]: item["outcome"] for item in result["findings"]}
    both = {"infra//envs/dev.tfvars": "pass", "infra//envs/prod.tfvars": "fail"}
    assert (result["gate"]["exit_code"], found) == (1, both if "*" in glob else {"infra//envs/prod.tfvars": "fail"})


def test_files_of_the_working_directory_serve_roots_that_have_none(tmp_path: Path) -> None:
    put(tmp_path, {"infra/main.tf": ROOT, "envs/prod.tfvars": "encrypted = false\n"})
    for glob in ("envs/*.tfvars", str(tmp_path / "envs/*.tfvars")):
        result = document("gate", "infra", "--check", CHECK, "--each-var-file", glob, cwd=tmp_path)
        assert result["units"] == ["infra//envs/prod.tfvars"]


def test_the_policy_names_the_environments_too(tmp_path: Path) -> None:
    put(tmp_path, {"r/main.tf": ROOT, "r/envs/prod.tfvars": "encrypted = false\n", "policy.toml": "[gate]\nvariants = ['envs/*.tfvars']\n"})
    assert code(tmp_path / "r", "--config", "../policy.toml") == 1


def test_an_environment_is_compared_with_itself(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, ROOT)
    put(folder, {"envs/prod.tfvars": "encrypted = true\n", "envs/dev.tfvars": "encrypted = false\n"})
    committed(folder, ROOT)
    arguments = ("--each-var-file", "envs/*.tfvars", "--against", "HEAD")
    assert code(folder, *arguments) == 0
    write(folder, "encrypted = false\n", "envs/prod.tfvars")
    assert code(folder, *arguments) == 1


def test_values_that_nothing_loads_are_named_where_one_is_missing(tmp_path: Path) -> None:
    put(tmp_path, {"main.tf": ROOT, "envs/prod.tfvars": "encrypted = false\n", "terraform.tfvars": ""})
    done = run("gate", ".", "--check", CHECK, cwd=tmp_path)
    assert done.returncode == 3
    assert "no value is given (main.tf:1; not loaded: envs/prod.tfvars)" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("variables", "outcome"), [({"AWS_REGION": "us-east-1"}, "fail"), ({"AWS_DEFAULT_REGION": "eu-west-1"}, "pass"), ({}, "unknown")]
)
def test_the_callers_region_is_that_of_a_provider_without_one(tmp_path: Path, variables: dict[str, str], outcome: str) -> None:
    put(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'})
    result = document("gate", ".", "--check", "data-in-allowed-jurisdiction", cwd=tmp_path, **variables)
    assert outcomes(result)["aws_s3_bucket.b", "data-in-allowed-jurisdiction"] == outcome
    said = [item["fact"] for finding in result["findings"] for item in finding["evidence"]]
    assert not variables or any(f"({name} of the caller's environment)" in fact for fact in said for name in variables)


def test_a_region_that_is_set_goes_before_the_callers(tmp_path: Path) -> None:
    put(tmp_path, {"main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'})
    result = document("gate", ".", "--check", "data-in-allowed-jurisdiction", cwd=tmp_path, AWS_REGION="us-east-1")
    assert outcomes(result)["aws_s3_bucket.b", "data-in-allowed-jurisdiction"] == "pass"
