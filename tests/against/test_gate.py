"""`gate --against`: what got worse blocks, what was bad before is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.against.test_revision import git
from tests.cli.console import document, run

PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\n'


def volume(name: str, encrypted: str) -> str:
    return f'resource "aws_ebs_volume" "{name}" {{\n  availability_zone = "eu-central-1a"\n  encrypted = {encrypted}\n}}\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "main.tf").write_text(PROVIDER + volume("old", "false") + volume("fine", "true"), encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def write(folder: Path, text: str, name: str = "main.tf") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_what_failed_before_is_listed_and_does_not_block(repository: Path) -> None:
    assert run("gate", ".", cwd=repository).returncode == 1
    done = run("gate", ".", "--against", "HEAD", cwd=repository)
    assert done.returncode == 0
    assert "BEFORE" in done.stdout
    assert "aws_ebs_volume.old" in done.stdout
    assert run("gate", ".", "--against", "HEAD", "--all", cwd=repository).returncode == 1


@pytest.mark.parametrize(
    ("text", "code", "before"),
    [
        (volume("old", "false") + volume("fine", "false"), 1, "pass"),
        (volume("old", "false") + volume("fine", "true") + volume("new", "false"), 1, "absent"),
        (volume("old", "false") + volume("fine", "var.x") + 'variable "x" {\n  type = bool\n}\n', 3, "pass"),
        (volume("old", "false") + volume("fine", "true") + volume("new", "true"), 0, None),
        (volume("old", "var.x") + volume("fine", "true") + 'variable "x" {\n  type = bool\n}\n', 1, None),
        (volume("fine", "true"), 0, None),
    ],
)
def test_only_what_got_worse_blocks(repository: Path, text: str, code: int, before: str | None) -> None:
    write(repository, PROVIDER + text)
    result = document("gate", ".", "--against", "HEAD", "--check", "data-encrypted-at-rest", cwd=repository)
    assert result["gate"]["exit_code"] == code
    bad = [finding for finding in result["findings"] if finding["outcome"] in {"fail", "unknown"} and finding["before"] != "fail"]
    assert {finding["before"] for finding in bad} == ({before} if before else set())


def test_moved_lines_and_renamed_files_are_the_same_finding(repository: Path) -> None:
    (repository / "main.tf").unlink()
    write(repository, "# a comment\n\n" + volume("fine", "true") + volume("old", "false"), "volumes.tf")
    write(repository, PROVIDER, "provider.tf")
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 0


def test_a_resource_that_a_moved_block_renames_is_the_same(repository: Path) -> None:
    renamed = PROVIDER + volume("renamed", "false") + volume("fine", "true")
    write(repository, renamed)
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 1
    write(repository, renamed + "moved {\n  from = aws_ebs_volume.old\n  to   = aws_ebs_volume.renamed\n}\n")
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 0


def test_a_resource_that_moves_into_a_module_is_the_same(repository: Path) -> None:
    (repository / "modules" / "store").mkdir(parents=True)
    write(repository / "modules" / "store", volume("old", "false"))
    call = 'module "store" {\n  source = "./modules/store"\n}\n'
    write(repository, PROVIDER + volume("fine", "true") + call)
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 1
    moved = "moved {\n  from = aws_ebs_volume.old\n  to   = module.store.aws_ebs_volume.old\n}\n"
    write(repository, PROVIDER + volume("fine", "true") + call + moved)
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 0


def test_a_gap_that_was_there_does_not_block_and_a_new_one_does(repository: Path) -> None:
    write(repository, "resource {", "broken.tf")
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 3
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "broken")
    assert run("gate", ".", "--against", "HEAD", cwd=repository).returncode == 0


def test_a_former_result_serves_as_well_as_a_revision(repository: Path) -> None:
    run("gate", ".", "-f", "json=../former.json", cwd=repository)
    assert run("gate", ".", "--baseline", "../former.json", cwd=repository).returncode == 0
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    assert run("gate", ".", "--baseline", "../former.json", cwd=repository).returncode == 1


def test_a_sub_folder_is_compared_with_itself(repository: Path) -> None:
    (repository / "infra").mkdir()
    write(repository / "infra", PROVIDER + volume("inner", "false"))
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    assert run("gate", "infra", "--against", "HEAD", cwd=repository).returncode == 0
    assert run("gate", "infra", "--against", "HEAD~1", cwd=repository).returncode == 1
    assert run("gate", ".", "--against", "HEAD", cwd=repository / "infra").returncode == 0


@pytest.mark.parametrize("name", ["no-such-revision", "broken.json", "--help"])
def test_what_cannot_be_compared_with_is_a_usage_error(repository: Path, name: str) -> None:
    (repository / "broken.json").write_text("{", encoding="utf-8")
    done = run("gate", ".", f"--against={name}", cwd=repository)
    assert done.returncode == 2
    assert name in done.stderr


def test_sarif_tells_new_from_unchanged(repository: Path) -> None:
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    done = run("gate", ".", "--against", "HEAD", "-f", "sarif", cwd=repository)
    states = {item["message"]["text"].split(":")[0]: item["baselineState"] for item in json.loads(done.stdout)["runs"][0]["results"]}
    assert states == {"aws_ebs_volume.old": "unchanged", "aws_ebs_volume.fine": "updated"}


WAIVER = """[[waiver]]
check = "data-encrypted-at-rest"
resource = "aws_ebs_volume.old"
reason = "holds public data only"
owner = "platform"
ticket = "OPS-1"
expires = 2026-12-31
"""


def test_a_waiver_that_is_taken_away_makes_it_worse(repository: Path) -> None:
    write(repository, WAIVER, "cloudaudit-waivers.toml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "waived")
    day = ["--today", "2026-11-20"]
    assert run("gate", ".", *day, "--repository-waivers", cwd=repository).returncode == 0
    (repository / "cloudaudit-waivers.toml").unlink()
    assert run("gate", ".", *day, "--against", "HEAD", cwd=repository).returncode == 1
    assert run("gate", ".", *day, "--against", "HEAD~1", cwd=repository).returncode == 0


def committed(folder: Path, text: str = "", name: str = "main.tf", message: str = "more") -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main")
    write(folder, text, name)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)


def code(*arguments: str, cwd: Path) -> int:
    return run("gate", *arguments, cwd=cwd).returncode


def test_two_repositories_of_a_run_are_told_apart(tmp_path: Path) -> None:
    committed(tmp_path / "r1", PROVIDER + volume("a", "false"))
    committed(tmp_path / "r2", PROVIDER + volume("a", "true"))
    (tmp_path / "cwd").mkdir()
    both = ["../r1", "../r2", "--against", "HEAD"]
    assert code(*both, cwd=tmp_path / "cwd") == 0
    write(tmp_path / "r2", PROVIDER + volume("a", "false"))
    assert code(*both, cwd=tmp_path / "cwd") == 1
    assert document("gate", *both, cwd=tmp_path / "cwd")["units"] == ["r1", "r2"]
    assert document("gate", "../r1", cwd=tmp_path / "cwd")["units"] == ["."]


def test_inputs_of_one_name_outside_of_git_are_told_apart(tmp_path: Path) -> None:
    for name, encrypted in (("a", "false"), ("b", "true")):
        (tmp_path / name / "infra").mkdir(parents=True)
        write(tmp_path / name / "infra", PROVIDER + volume("v", encrypted))
    (tmp_path / "cwd").mkdir()
    both = ["../a/infra", "../b/infra"]
    run("gate", *both, "-f", "json=former.json", cwd=tmp_path / "cwd")
    write(tmp_path / "b" / "infra", PROVIDER + volume("v", "false"))
    result = document("gate", *both, "--baseline", "former.json", cwd=tmp_path / "cwd")
    assert (result["gate"]["exit_code"], result["units"]) == (1, ["a/infra", "b/infra"])


def test_a_file_of_variables_is_that_of_the_revision(repository: Path, tmp_path: Path) -> None:
    committed(repository, PROVIDER + volume("v", "var.x") + 'variable "x" {\n  type = bool\n}\n')
    committed(repository, "x = true\n", "prod.tfvars")
    arguments = [".", "--var-file", "prod.tfvars", "--against", "HEAD"]
    assert code(*arguments, cwd=repository) == 0
    write(repository, "x = false\n", "prod.tfvars")
    assert code(*arguments, cwd=repository) == 1
    assert code(*arguments[:-1], "HEAD~1", cwd=repository) == 1
    write(tmp_path, "x = false\n", "outside.tfvars")
    assert code(".", "--var-file", "../outside.tfvars", "--against", "HEAD", cwd=repository) == 0


def test_a_named_file_of_waivers_is_that_of_the_revision(repository: Path) -> None:
    committed(repository, WAIVER, "accepted.toml")
    arguments = [".", "--today", "2026-11-20", "--waivers", "accepted.toml", "--against", "HEAD"]
    assert code(*arguments, cwd=repository) == 0
    write(repository, "", "accepted.toml")
    assert code(*arguments, cwd=repository) == 1


def test_a_folder_beside_the_repository_is_read(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    write(tmp_path / "beside", PROVIDER + volume("v", "true"))
    assert code("../beside", cwd=repository) == 0


def moved(old: str, new: str) -> str:
    return f"moved {{\n  from = {old}\n  to   = {new}\n}}\n"


OLD, B, C = "aws_ebs_volume.old", "aws_ebs_volume.b", "aws_ebs_volume.c"


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        (volume("old", "false") + volume("b", "false") + moved(OLD, B), 1),
        (volume("b", "false") + volume("c", "false") + moved(OLD, B) + moved(OLD, C), 1),
        (volume("c", "false") + moved(OLD, B) + moved(B, C), 0),
        (volume("b", "false") + moved(OLD, B) + moved(B, OLD), 0),
        (volume("c", "false") + moved(B, C) + moved(C, B), 1),
        (volume("old", "false\n  count = 1"), 0),
        (volume("old", "false\n  count = 2"), 1),
    ],
)
def test_a_former_finding_excuses_the_one_resource_that_it_was_of(repository: Path, text: str, exit_code: int) -> None:
    write(repository, PROVIDER + volume("fine", "true") + text)
    assert code(".", "--against", "HEAD", cwd=repository) == exit_code


def test_moves_of_a_module_and_inside_it_are_followed_together(tmp_path: Path) -> None:
    call = 'module "{}" {{\n  source = "./modules/store"\n}}\n'
    (tmp_path / "r" / "modules" / "store").mkdir(parents=True)
    write(tmp_path / "r" / "modules" / "store", volume("a", "false\n  count = 1"))
    git(tmp_path / "r", "init", "-q", "-b", "main")
    committed(tmp_path / "r", PROVIDER + call.format("m"))
    write(tmp_path / "r" / "modules" / "store", volume("b", "false") + moved("aws_ebs_volume.a[0]", B))
    write(tmp_path / "r", PROVIDER + call.format("n") + moved("module.m", "module.n"))
    assert code(".", "--against", "HEAD", cwd=tmp_path / "r") == 0


@pytest.mark.parametrize(
    ("name", "broken", "worse"),
    [
        ("broken.tf", "resource {", volume("hidden", "false") + "resource {"),
        ("plan.json", '{"planned_values": {', '{"planned_values": {{'),
        ("plan.json", '{"a": 1}', '{"a": 2}'),
    ],
)
def test_a_gap_that_was_there_hides_nothing_new(repository: Path, name: str, broken: str, worse: str) -> None:
    committed(repository, broken, name)
    paths = [".", *([name] if name == "plan.json" else [])]
    run("gate", *paths, "-f", "json=../former.json", cwd=repository)
    for option, earlier in (("--against", "HEAD"), ("--baseline", "../former.json")):
        write(repository, broken, name)
        done = run("gate", *paths, option, earlier, cwd=repository)
        assert done.returncode == 0
        assert f"Exit code 0: nothing got worse than {Path(earlier).name}; " in done.stdout
        assert "1 gap were there before" in done.stdout
        write(repository, worse, name)
        assert code(*paths, option, earlier, cwd=repository) == 3


def fetched(folder: Path, version: str, encrypted: str) -> None:
    (folder / ".terraform" / "modules" / "store").mkdir(parents=True, exist_ok=True)
    entry = {"Key": "store", "Source": "registry.terraform.io/a/store/aws", "Version": version, "Dir": ".terraform/modules/store"}
    write(folder / ".terraform" / "modules", json.dumps({"Modules": [{"Key": "", "Source": "", "Dir": "."}, entry]}), "modules.json")
    write(folder / ".terraform" / "modules" / "store", volume("v", encrypted))


def test_a_fetched_module_is_the_same_then_where_its_call_is(repository: Path) -> None:
    call = 'module "store" {{\n  source  = "a/store/aws"\n  version = "{}"\n}}\n'
    committed(repository, ".terraform\n", ".gitignore")
    committed(repository, PROVIDER + call.format("~> 3.0"))
    fetched(repository, "3.5.0", "false")
    assert code(".", "--against", "HEAD", cwd=repository) == 0
    write(repository, PROVIDER + call.format("~> 4.0"))
    fetched(repository, "4.1.0", "false")
    assert code(".", "--against", "HEAD", cwd=repository) == 1


def test_modules_that_the_repository_holds_itself_are_not_read(repository: Path) -> None:
    committed(repository, PROVIDER + volume("w", "true") + 'module "store" {\n  source = "a/store/aws"\n}\n')
    fetched(repository, "3.5.0", "true")
    assert code(".", "--check", "data-encrypted-at-rest", cwd=repository) == 0
    git(repository, "add", ".")
    result = document("gate", ".", cwd=repository)
    held = ".terraform: what is committed where `terraform init` fetches to is not looked through"
    assert result["gate"]["exit_code"] == 3
    assert [gap["what"] for gap in result["gaps"]] == [held, 'module "store" is not here: a/store/aws']
    git(repository, "commit", "-qm", "held")
    assert code(".", "--against", "HEAD", cwd=repository) == 0
