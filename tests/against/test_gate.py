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
        (volume("old", "var.x") + volume("fine", "true") + 'variable "x" {\n  type = bool\n}\n', 0, None),
        (volume("fine", "true"), 0, None),
    ],
)
def test_only_what_got_worse_blocks(repository: Path, text: str, code: int, before: str | None) -> None:
    write(repository, PROVIDER + text)
    result = document("gate", ".", "--against", "HEAD", cwd=repository)
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
    run("gate", ".", "-f", "json=former.json", cwd=repository)
    assert run("gate", ".", "--against", "former.json", cwd=repository).returncode == 0
    write(repository, PROVIDER + volume("old", "false") + volume("fine", "false"))
    assert run("gate", ".", "--against", "former.json", cwd=repository).returncode == 1


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
    assert run("gate", ".", *day, cwd=repository).returncode == 0
    (repository / "cloudaudit-waivers.toml").unlink()
    assert run("gate", ".", *day, "--against", "HEAD", cwd=repository).returncode == 1
    assert run("gate", ".", *day, "--against", "HEAD~1", cwd=repository).returncode == 0
