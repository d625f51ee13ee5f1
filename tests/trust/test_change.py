"""What a change adds cannot excuse the change: waivers, baselines, configuration, file names, and values that are moved out of sight."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.against.test_gate import PROVIDER, committed, volume, write
from tests.against.test_revision import git
from tests.cli.console import document, run

DAY = ("--today", "2031-01-01")
CHECK = "data-encrypted-at-rest"
SAID = 'reason="cache" owner="platform" ticket="OPS-1" until=2031-01-31'
ENTRY = f"""[[waiver]]
check = "{CHECK}"
resource = "aws_ebs_volume.new"
reason = "cache"
owner = "platform"
ticket = "OPS-1"
expires = 2031-01-31
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one old failure, on a branch that left main."""
    folder = tmp_path / "repository"
    committed(folder, PROVIDER + volume("old", "false") + volume("fine", "true"))
    git(folder, "checkout", "-qb", "feature")
    return folder


def code(repository: Path, *arguments: str) -> int:
    return run("gate", ".", *DAY, *arguments, cwd=repository).returncode


def test_a_repository_is_adopted_without_blocking_and_a_regression_blocks(repository: Path) -> None:
    assert code(repository) == 1
    assert code(repository, "--against", "main") == 0
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    assert code(repository, "--against", "main") == 1
    write(repository, PROVIDER + volume("old", "true") + volume("fine", "true"))
    result = document("gate", ".", "--against", "main", cwd=repository)
    assert (result["gate"]["exit_code"], {item["before"] for item in result["findings"] if item["check"] == CHECK}) == (0, {"fail", "pass"})
    done = run("gate", ".", "--check", CHECK, "--against", "main", cwd=repository)
    assert "FIXED  1 failure of main" in done.stdout
    assert "Since     main: 0 worse, 0 as before, 1 fixed" in done.stdout
    write(repository, PROVIDER + volume("fine", "true"))
    assert "1 fixed" in run("gate", ".", "--check", CHECK, "--against", "main", cwd=repository).stdout


WAIVED = {
    "an entry": lambda folder: write(folder, ENTRY, "cloudaudit-waivers.toml"),
    "a comment": lambda folder: write(
        folder, PROVIDER + volume("old", "false") + volume("fine", "true") + f"# cloudaudit:waive {CHECK} {SAID}\n" + volume("new", "false")
    ),
}


@pytest.mark.parametrize("form", WAIVED)
def test_a_waiver_that_the_change_adds_does_not_count_and_comes_first(repository: Path, form: str) -> None:
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "true") + volume("new", "false"))
    WAIVED[form](repository)
    done = run("gate", ".", *DAY, "--against", "main", cwd=repository)
    assert done.returncode == 1
    assert done.stdout.split("\n")[2] == "NOTE  1 new waiver, not counted: --allow-new-waivers lets them count"
    allowed = document("gate", ".", *DAY, "--against", "main", "--allow-new-waivers", cwd=repository)
    assert (allowed["gate"]["exit_code"], [notice["kind"] for notice in allowed["notices"]]) == (0, ["new-waiver"])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "waived")
    git(repository, "checkout", "-qB", "main")
    git(repository, "checkout", "-qb", "later")
    settled = document("gate", ".", *DAY, "--against", "main", cwd=repository)
    assert (settled["gate"]["exit_code"], settled["notices"], settled["summary"]["outcomes"]["waived"]) == (0, [], 1)


def test_each_format_tells_a_new_waiver(repository: Path) -> None:
    WAIVED["a comment"](repository)
    formats = ["github", "markdown", "sarif", "junit", "codequality"]
    arguments = [argument for name in formats for argument in ("--format", f"{name}=../{name}")]
    run("gate", ".", *DAY, "--against", "main", *arguments, cwd=repository)
    told = {name: (repository.parent / name).read_text() for name in formats}
    assert told["github"].startswith("::warning file=main.tf,line=")
    assert "### 1 new waiver, not counted" in told["markdown"].replace("\\", "")
    assert json.loads(told["sarif"])["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["descriptor"] == {"id": "new-waiver"}
    assert 'classname="new-waiver"' in told["junit"]
    assert json.loads(told["codequality"])[0]["check_name"] == "new-waiver"


def test_waivers_of_what_is_audited_need_a_base_or_the_callers_word(repository: Path) -> None:
    write(repository, PROVIDER + volume("new", "false"))
    write(repository, ENTRY, "cloudaudit-waivers.toml")
    result = document("gate", ".", *DAY, cwd=repository)
    assert (result["gate"]["exit_code"], [notice["kind"] for notice in result["notices"]]) == (1, ["waiver-aside"])
    assert code(repository, "--repository-waivers") == 0
    policy = repository.parent / "policy.toml"
    policy.write_text("[waivers]\nin-repository = 'always'\n")
    assert code(repository, "--config", str(policy)) == 0
    assert code(repository, "--waivers", "cloudaudit-waivers.toml") == 0  # the caller's own word
    assert code(repository, "--waivers", "cloudaudit-waivers.toml", "--against", "main") == 1  # which a change could have written
    outside = repository.parent / "waivers.toml"
    outside.write_text(ENTRY)
    assert code(repository, "--waivers", str(outside), "--against", "main") == 0


def test_a_waiver_that_the_change_widens_or_prolongs_counts_as_it_was(repository: Path) -> None:
    write(repository, PROVIDER + volume("new", "false"))
    write(repository, ENTRY.replace("2031-01-31", "2030-12-31"), "cloudaudit-waivers.toml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "waived")
    git(repository, "checkout", "-qB", "main")
    write(repository, ENTRY, "cloudaudit-waivers.toml")  # it had expired: the failure was there, and is still
    prolonged = document("gate", ".", *DAY, "--against", "main", cwd=repository)
    assert (prolonged["gate"]["exit_code"], len(prolonged["notices"])) == (0, 1)
    assert prolonged["summary"]["outcomes"]["waived"] == 0
    write(repository, ENTRY.replace("aws_ebs_volume.new", "aws_ebs_volume.*"), "cloudaudit-waivers.toml")
    write(repository, PROVIDER + volume("new", "false") + volume("worse", "false"))
    assert code(repository, "--against", "main") == 1


HIDDEN = {
    "a variable without a value": PROVIDER + volume("old", "var.x") + 'variable "x" {}\n',
    "a value that others may change": PROVIDER + volume("old", "true\n  lifecycle {\n    ignore_changes = [encrypted]\n  }"),
    "a type that nothing reads": PROVIDER + 'resource "awscc_ec2_volume" "old" {\n  encrypted = false\n}\n',
    "a file that does not parse": PROVIDER + "broken {\n",
    "a module that is not here": PROVIDER + 'module "old" {\n  source = "a/store/aws"\n}\n',
    "an instance that is not known": PROVIDER
    + volume("old", "var.x\n  for_each = toset(var.names)")
    + 'variable "x" {}\nvariable "names" {}\n',
    "another name, and a variable": PROVIDER + volume("renamed", "var.x") + 'variable "x" {}\n',
    "another type by another name": PROVIDER + 'resource "aws_fsx_openzfs_volume" "other" {\n  name = "x"\n}\n',
}


@pytest.mark.parametrize("way", HIDDEN)
def test_a_failure_that_the_change_hides_blocks(repository: Path, way: str) -> None:
    write(repository, HIDDEN[way] + volume("fine", "true"))
    result = document("gate", ".", "--check", CHECK, "--against", "main", cwd=repository)
    assert (result["gate"]["exit_code"], result["gate"]["reasons"][0]) == (1, "1 failure of main hidden by the change")


def test_a_failure_that_is_deleted_or_mended_is_not_hidden(repository: Path) -> None:
    write(repository, PROVIDER + volume("fine", "true") + 'resource "aws_lambda_function" "other" {\n  function_name = "x"\n}\n')
    assert code(repository, "--check", CHECK, "--against", "main") == 0


GROUP = 'resource "aws_security_group" "g" {{\n  name = "g"\n{rules}}}\n'
OPEN = '  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n'
SERVER = 'resource "azurerm_mssql_server" "s" {{\n  location = "westeurope"\n{more}}}\n'
LEFT_OUT = [
    (GROUP.format(rules=OPEN), GROUP.format(rules=""), 1),
    (GROUP.format(rules=OPEN), GROUP.format(rules="  ingress = []\n"), 0),
    (GROUP.format(rules=OPEN), GROUP.format(rules=OPEN.replace("0.0.0.0/0", "10.0.0.0/8")), 0),
    (GROUP.format(rules=OPEN), "", 0),
    (volume("v", "false"), volume("v", "null"), 1),
    (SERVER.format(more='  minimum_tls_version = "1.0"\n'), SERVER.format(more=""), 0),  # it has a default, which Terraform sets
]


@pytest.mark.parametrize(("before", "after", "expected"), LEFT_OUT)
def test_what_is_left_out_and_keeps_what_it_has_does_not_mend(tmp_path: Path, before: str, after: str, expected: int) -> None:
    folder = tmp_path / "r"
    committed(folder, PROVIDER + volume("fine", "true") + before)
    write(folder, PROVIDER + volume("fine", "true") + after)
    checks = ("--check", CHECK, "--check", "sensitive-ports-*", "--check", "tls-minimum-version")
    assert run("gate", ".", "--against", "HEAD", *checks, cwd=folder).returncode == expected


def test_a_root_that_moves_out_of_sight_is_hidden(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "prod").mkdir()
    write(repository / "prod", PROVIDER + volume("old", "false"))
    committed(repository, "")
    git(repository, "checkout", "-qB", "feature")
    (repository / "prod").rename(repository / ".prod")
    result = document("gate", ".", "--check", CHECK, "--against", "main", cwd=repository)
    assert (result["gate"]["exit_code"], [notice["kind"] for notice in result["notices"]]) == (1, ["hidden"])


def test_a_tag_that_is_called_like_the_base_is_refused(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    git(repository, "commit", "-qam", "worse")
    assert code(repository, "--against", "origin/main") == 1
    git(repository, "tag", "origin/main")
    done = run("gate", ".", "--against", "origin/main", cwd=repository)
    assert (done.returncode, "it names refs/tags/origin/main and refs/remotes/origin/main" in done.stderr) == (2, True)
    assert code(repository, "--against", "refs/remotes/origin/main") == 1


@pytest.mark.parametrize(("way", "to"), [("named", "lab"), ("entered", "../other"), ("file", ".")])
def test_a_link_in_the_place_of_what_is_audited_is_not_what_was_there(repository: Path, way: str, to: str) -> None:
    other = repository.parent / "other"
    committed(other, PROVIDER + volume("fine", "false"))
    git(repository, "checkout", "-q", "main")
    for name, encrypted in (("lab", "false"), ("prod", "true"), (".", "false")):
        (repository / name).mkdir(exist_ok=True)
        committed(repository, PROVIDER + volume("fine", encrypted), f"{name}/main.tf")
    git(repository, "checkout", "-qb", "later")
    assert run("gate", "prod", "--check", CHECK, "--against", "main", cwd=repository).returncode == 0
    (repository / "prod" / "main.tf").unlink()
    (repository / "prod").rmdir()
    (repository / "prod").symlink_to(to)
    folder = repository / "prod" if way == "entered" else repository
    path = {"named": "prod", "entered": ".", "file": "prod/main.tf"}[way]
    done = run("gate", path, "--check", CHECK, "--against", "main", cwd=folder, PWD=str(folder))
    assert done.returncode == 1


def test_no_file_name_shadows_a_revision(repository: Path) -> None:
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    run("gate", ".", "-f", "json=main", cwd=repository)
    assert code(repository, "--against", "main") == 1


def test_a_baseline_that_the_change_could_have_written_is_refused(repository: Path) -> None:
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    run("gate", ".", "-f", "json=baseline.json", cwd=repository)
    done = run("gate", ".", "--baseline", "baseline.json", cwd=repository)
    assert (done.returncode, "keep it outside, or give --against" in done.stderr) == (2, True)
    done = run("gate", ".", "--baseline", "baseline.json", "--against", "main", cwd=repository)
    assert (done.returncode, "is not in main" in done.stderr) == (2, True)
    link = repository.parent / "link.json"
    link.symlink_to(repository / "baseline.json")
    assert code(repository, "--baseline", str(link)) == 2


def test_a_baseline_of_the_repository_is_that_of_the_base(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    run("gate", ".", "-f", "json=baseline.json", cwd=repository)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "baseline")
    git(repository, "checkout", "-qb", "second")
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    run("gate", ".", "-f", "json=baseline.json", cwd=repository)
    assert code(repository, "--baseline", "baseline.json", "--against", "main") == 1


def test_a_baseline_does_not_excuse_what_is_fixed_since(repository: Path) -> None:
    run("gate", ".", "-f", "json=../old.json", cwd=repository)
    git(repository, "checkout", "-q", "main")
    committed(repository, PROVIDER + volume("old", "true") + volume("fine", "true"), message="mended")
    git(repository, "checkout", "-qB", "feature")
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "true"))
    assert code(repository, "--baseline", "../old.json") == 0
    assert code(repository, "--baseline", "../old.json", "--against", "main") == 1


def test_the_configuration_of_a_repository_is_that_of_the_base(repository: Path) -> None:
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    write(repository, "[gate]\nfail-on = 'never'\n", "cloudaudit.toml")
    assert code(repository, "--against", "main", "--trust-repo-config") == 1
    assert code(repository, "--against", "main", "--config", "cloudaudit.toml") == 2
    assert code(repository, "--trust-repo-config") != 1


def test_a_branch_is_compared_with_where_it_left_main(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    committed(repository, PROVIDER + volume("old", "true") + volume("fine", "true"), message="main mends what was old")
    git(repository, "checkout", "-q", "feature")
    assert code(repository, "--against", "main") == 0


def test_a_shallow_clone_says_what_is_missing(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "main")
    committed(repository, PROVIDER + volume("old", "true"), message="two")
    git(repository, "checkout", "-q", "feature")
    committed(repository, PROVIDER + volume("old", "false") + volume("more", "true"), message="three")
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{repository}", "shallow")
    done = run("gate", ".", "--against", "origin/main", cwd=tmp_path / "shallow")
    assert (done.returncode, "the clone is shallow (its history ends after 1 commits)" in done.stderr) == (2, True)


def test_a_partial_clone_says_what_is_missing(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(repository, "checkout", "-q", "main")
    committed(repository, PROVIDER + volume("old", "true"), message="two")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repository}", "partial")
    done = run("gate", ".", "--against", "origin/feature", cwd=tmp_path / "partial")
    assert (done.returncode, "a shallow or partial clone lacks it: fetch it" in done.stderr) == (2, True)


def test_unrelated_histories_and_git_s_own_refusals_reach_the_user(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-qm", "unrelated")
    done = run("gate", ".", "--against", "main", cwd=repository)
    assert (done.returncode, "main and HEAD have no common ancestor" in done.stderr) == (2, True)
    (repository / ".git" / "config").write_text("[core\n")
    done = run("gate", ".", "--against", "main", cwd=repository)
    assert (done.returncode, "bad config" in done.stderr) == (2, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a checkout another owner")
def test_a_checkout_of_another_owner_is_read(repository: Path) -> None:
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    assert code(repository, "--against", "main") == 0


@pytest.mark.parametrize("arguments", [("--allow-new-waivers",), ("--repository-waivers", "--against", "main")])
def test_options_that_mean_nothing_together_are_a_usage_error(repository: Path, arguments: tuple[str, ...]) -> None:
    assert code(repository, *arguments) == 2


@pytest.mark.parametrize("moved", [False, True], ids=["in place", "in another folder"])
def test_a_change_cannot_have_a_secret_of_the_caller_shown(repository: Path, moved: bool) -> None:
    """Whether a variable is sensitive is for what stood there before to say."""
    git(repository, "checkout", "-q", "main")
    marked = 'variable "db" {\n  sensitive = true\n}\n'
    committed(repository, marked + PROVIDER + volume("fine", "true"))
    git(repository, "checkout", "-qB", "feature")
    place = repository / ("new" if moved else ".")
    place.mkdir(exist_ok=True)
    write(place, 'variable "db" {}\nprovider "aws" {\n  region = var.db\n}\n' + volume("fine", "true"))
    for form in ("json", "csv"):
        done = run("gate", ".", "--against", "main", "-f", form, cwd=repository, TF_VAR_db="hunter2hunter2")
        assert (done.returncode, "hunter2" in done.stdout + done.stderr) == (0, False)


def test_a_root_that_is_deleted_with_a_failure_is_not_mended(tmp_path: Path) -> None:
    """It destroys nothing. One without a failure leaves none out of sight."""
    repository = tmp_path / "r"
    committed(repository, PROVIDER + volume("fine", "true"))
    for name, encrypted in (("bad", "false"), ("good", "true")):
        (repository / name).mkdir()
        write(repository / name, PROVIDER + volume("v", encrypted))
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "roots")
    git(repository, "rm", "-rq", "good")
    assert code(repository, "--against", "HEAD") == 0
    git(repository, "rm", "-rq", "bad")
    done = run("gate", ".", "--check", CHECK, "--against", "HEAD", cwd=repository)
    assert (done.returncode, "FIXED" in done.stdout) == (3, False)
    assert "bad of HEAD is gone with 1 failure: nothing of it is destroyed by that" in done.stdout
    accepted = '[[gaps.accept]]\npath = "bad"\nreason = "destroyed"\nowner = "o"\nexpires = 2031-01-31\n'
    (tmp_path / "own.toml").write_text(accepted, encoding="utf-8")
    result = document("gate", ".", *DAY, "--against", "HEAD", "--config", "../own.toml", cwd=repository)
    assert (result["gate"]["exit_code"], len(result["accepted"])) == (0, 1)


@pytest.mark.parametrize("to", ["", "envs/eu/prod.tfvars"])
def test_an_environment_that_is_not_judged_any_more_is_told(tmp_path: Path, to: str) -> None:
    repository = tmp_path / "r"
    committed(repository, PROVIDER + 'variable "e" {}\n' + volume("v", "var.e"))
    (repository / "envs" / "eu").mkdir(parents=True)
    for name in ("prod", "test"):
        write(repository, "e = true\n", f"envs/{name}.tfvars")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "environments")
    prod = repository / "envs" / "prod.tfvars"
    prod.rename(repository / to) if to else prod.unlink()
    arguments = ("--each-var-file", "envs/*.tfvars", "--against", "HEAD")
    result = document("gate", ".", *arguments, cwd=repository)
    (gap,) = result["gaps"]
    assert (result["gate"]["exit_code"], gap["what"].split(":")[0]) == (3, ".//envs/prod.tfvars of HEAD is gone")
