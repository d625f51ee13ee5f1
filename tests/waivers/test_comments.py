"""Waivers that stand beside what they cover: which block a comment is about, and what is no comment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import document, outcomes, run

CHECK = "data-encrypted-at-rest"
WAIVE = f'cloudaudit:waive {CHECK} reason="holds no data" owner="platform" ticket="OPS-12" until=2031-01-31'
PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\n'


def volume(name: str = "v", inside: str = "", end: str = "") -> str:
    body = 'availability_zone = "eu-central-1a"\n  size = 8\n  encrypted = false'
    return f'resource "aws_ebs_volume" "{name}" {{{inside}\n  {body}\n}}{end}\n'


def gate(folder: Path, main: str, *arguments: str, **modules: str) -> dict[str, Any]:
    (folder / "main.tf").write_text(PROVIDER + main, encoding="utf-8")
    for name, text in modules.items():
        path = folder / f"{name.replace('__', '/')}.tf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return document("gate", ".", "--repository-waivers", "--today", "2031-01-01", *arguments, cwd=folder)


def waived(result: dict[str, Any]) -> set[str]:
    return {address for (address, _), outcome in outcomes(result).items() if outcome == "waived"}


def problems(result: dict[str, Any]) -> list[str]:
    return [gap["what"] for gap in result["gaps"]]


@pytest.mark.parametrize(
    "main",
    [
        f"# {WAIVE}\n{volume()}",
        f"// {WAIVE}\n{volume()}",
        f"/* {WAIVE} */\n{volume()}",
        "/*\n  " + WAIVE.replace(" owner", "\n  owner") + f"\n*/\n{volume()}",
        f"/* {WAIVE} */ {volume()}",
        f"##  {WAIVE}\n# what this is\n{volume()}",
        f"# what this is\n# {WAIVE}\n# and so on\n{volume()}",
        volume(inside=f"\n  # {WAIVE}"),
        volume(inside=f" # {WAIVE}"),
        volume(inside=f'\n  tags = {{\n    # {WAIVE}\n    a = "b"\n  }}'),
        volume(end=f" # {WAIVE}"),
        volume(end=f" # {WAIVE}") + volume("other").replace("false", "true"),
    ],
)
def test_a_comment_in_or_directly_above_a_resource_covers_it(tmp_path: Path, main: str) -> None:
    result = gate(tmp_path, main)
    assert (waived(result), problems(result)) == ({"aws_ebs_volume.v"}, [])
    assert result["gate"]["exit_code"] == 0


@pytest.mark.parametrize(
    "main",
    [
        volume(inside=f"\n  snapshot_id = <<EOT\n# {WAIVE}\nEOT"),
        volume(inside=f"\n  snapshot_id = <<-EOT\n    // {WAIVE}\n    /* {WAIVE} */\n  EOT"),
        volume(inside=f'\n  snapshot_id = "# {WAIVE.replace(chr(34), "")}"'),
        volume(inside=f'\n  snapshot_id = "/* {WAIVE.replace(chr(34), "")} */"'),
        f"locals {{\n  text = <<EOT\n# {WAIVE}\nEOT\n}}\n{volume()}",
        f"# see {WAIVE}\n{volume()}",
        f"# not{WAIVE}\n{volume()}",
    ],
)  # fmt: skip
def test_what_is_no_comment_waives_nothing_and_is_no_problem(tmp_path: Path, main: str) -> None:
    result = gate(tmp_path, main)
    assert (waived(result), problems(result)) == (set(), [])
    assert result["gate"]["exit_code"] == 1


@pytest.mark.parametrize(
    "main",
    [
        f"# {WAIVE}\n\n{volume()}",
        f"# {WAIVE}\nlocals {{}}\n{volume()}",
        f"{volume()}\n# {WAIVE}\n",
        f"locals {{\n  # {WAIVE}\n}}\n{volume()}",
        f"locals {{\n}} # {WAIVE}\n{volume()}",
        f'# {WAIVE}\ndata "aws_ebs_volume" "v" {{\n}}\n{volume()}',
        f'data "aws_ebs_volume" "v" {{\n  # {WAIVE}\n}}\n{volume()}',
    ],
)
def test_a_comment_beside_no_resource_waives_nothing_and_is_told(tmp_path: Path, main: str) -> None:
    result = gate(tmp_path, main)
    assert waived(result) == set()
    (problem,) = problems(result)
    assert "stands neither in a resource block nor directly above one" in problem


def test_a_comment_covers_its_own_block_and_check_alone(tmp_path: Path) -> None:
    both = f"# {WAIVE}\n{volume('v')}{volume('w')}"
    assert waived(gate(tmp_path, both)) == {"aws_ebs_volume.v"}
    other = gate(tmp_path, f"# {WAIVE.replace(CHECK, 'data-in-allowed-jurisdiction')}\n{volume()}")
    assert waived(other) == set()
    assert "is not needed" in problems(other)[0]


def test_several_comments_each_cover_a_check(tmp_path: Path) -> None:
    group = '\nresource "aws_security_group" "g" {\n  # {}\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n'
    group = (
        group.replace("{}", WAIVE.replace(CHECK, "sensitive-ports-closed-to-world") + ' extent="tcp IPv4 22"')
        + '    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
    )
    assert waived(gate(tmp_path, f"# {WAIVE}\n{volume()}{group}")) == {"aws_ebs_volume.v", "aws_security_group.g"}


CALLS = """
module "one" {
  source = "./m"
}
module "many" {
  source   = "./m"
  for_each = toset(["a.b[0]", "c"])
}
"""


def test_it_covers_every_instance_of_the_block_in_every_call_of_its_module(tmp_path: Path) -> None:
    counted = volume(inside="\n  count = 2")
    result = gate(tmp_path, CALLS, m__main=f"# {WAIVE}\n{counted}")
    assert len(waived(result)) == 6
    assert result["gate"]["exit_code"] == 0


def test_it_is_used_if_one_call_needs_it(tmp_path: Path) -> None:
    module = 'variable "on" {\n  default = true\n}\n' + f"# {WAIVE}\n" + volume().replace("false", "var.on")
    calls = CALLS.replace('"./m"', '"./m"\n  on = false', 1)
    result = gate(tmp_path, calls, m__main=module)
    assert (waived(result), problems(result)) == ({"module.one.aws_ebs_volume.v"}, [])


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0)])
def test_a_call_that_is_not_there_leaves_the_comment_to_the_others(tmp_path: Path, numbers: tuple[int, int]) -> None:
    calls = "".join(f'module "m{place}" {{\n  source = "./m"\n  count = {number}\n}}\n' for place, number in enumerate(numbers))
    assert len(waived(gate(tmp_path, calls, m__main=f"# {WAIVE}\n{volume()}"))) == 1


def test_a_mistake_in_a_shared_module_is_told_once(tmp_path: Path) -> None:
    root = PROVIDER + 'module "m" {\n  source = "../m"\n}\n'
    result = gate(tmp_path, "", m__main=f"# cloudaudit:waive\n{volume()}", one__main=root, two__main=root)
    assert problems(result) == ["a waiver is malformed: it names no check"]


def test_two_roots_that_call_one_module_share_its_comment(tmp_path: Path) -> None:
    module = 'variable "on" {}\n' + f"# {WAIVE}\n" + volume().replace("false", "var.on")
    root = PROVIDER + 'module "m" {\n  source = "../m"\n  on = false\n}\n'
    result = gate(tmp_path, "", m__main=module, one__main=root, two__main=root.replace("false", "true"))
    assert problems(result) == []
    assert {(item["resource"]["unit"]) for item in result["findings"] if item["outcome"] == "waived"} == {"one"}


@pytest.mark.parametrize("base", [True, False])
def test_override_files_keep_their_comments(tmp_path: Path, base: bool) -> None:
    above = f"# {WAIVE}\n"
    override = 'resource "aws_ebs_volume" "v" {\n  size = 9\n}\n'
    result = gate(tmp_path, (above if base else "") + volume(), override=("" if base else above) + override)
    assert (waived(result), problems(result)) == ({"aws_ebs_volume.v"}, [])


def test_a_block_that_is_not_there_this_time_is_no_problem(tmp_path: Path) -> None:
    main = 'variable "n" {}\n' + f"# {WAIVE}\n" + volume(inside="\n  count = var.n")
    assert problems(gate(tmp_path, main, "--var", "n=0")) == []
    assert waived(gate(tmp_path, main, "--var", "n=1")) == {"aws_ebs_volume.v[0]"}


def test_what_somebody_else_wrote_waives_nothing_here(tmp_path: Path) -> None:
    fetched = {"Modules": [{"Key": "m", "Source": "registry.terraform.io/x/m/aws", "Version": "1.0.0", "Dir": ".terraform/modules/m"}]}
    folder = tmp_path / ".terraform" / "modules"
    (folder / "m").mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps(fetched), encoding="utf-8")
    (folder / "m" / "main.tf").write_text(f"# {WAIVE}\n{volume()}", encoding="utf-8")
    result = gate(tmp_path, 'module "m" {\n  source  = "x/m/aws"\n  version = "1.0.0"\n}\n')
    assert outcomes(result)["module.m.aws_ebs_volume.v", CHECK] == "fail"
    assert problems(result) == []


def test_it_is_a_waiver_of_the_repository_and_told_in_the_source(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("[waivers]\nin-repository = 'never'\n", encoding="utf-8")
    refused = gate(tmp_path, f"# {WAIVE}\n{volume()}", "--config", "policy.toml")
    assert waived(refused) == set()
    assert "is not honoured" in problems(refused)[0]
    run("gate", ".", "--repository-waivers", "--today", "2031-01-01", "-f", "sarif=r.sarif", cwd=tmp_path)
    results = json.loads((tmp_path / "r.sarif").read_text())["runs"][0]["results"]
    (suppressed,) = [item["suppressions"][0] for item in results if "suppressions" in item]
    assert suppressed["kind"] == "inSource"
    assert suppressed["location"]["physicalLocation"]["region"] == {"startLine": 4}


def test_a_flood_of_comments_drops_the_file_and_says_so(tmp_path: Path) -> None:
    result = gate(tmp_path, f"# {WAIVE}\n" * 1001 + volume())
    assert result["gate"]["exit_code"] == 3
    assert any("has more than 1,000 comments to cloudaudit" in problem for problem in problems(result))


def test_a_mistake_in_a_comment_is_told_at_its_line(tmp_path: Path) -> None:
    result = gate(tmp_path, f"# {WAIVE.replace('waive', 'wave')}\n{volume()}")
    (gap,) = result["gaps"]
    assert 'the comment "cloudaudit:wave" means nothing' in gap["what"]
    assert (gap["file"], gap["line"], gap["remedy"]) == ("main.tf", 4, "did you mean cloudaudit:waive?")
