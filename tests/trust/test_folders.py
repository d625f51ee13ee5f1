"""What is audited never depends on the audited: which folders are roots, and what is told of everything else that lies beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudaudit.cli import cli
from tests.against.test_gate import committed
from tests.against.test_revision import git
from tests.cli.console import document, outcomes, run
from tests.verdicts.conftest import judged

VOLUME = (
    'resource "aws_ebs_volume" "v" {\n  availability_zone = "eu-central-1a"\n  encrypted = var.e\n}\nvariable "e" {\n  default = false\n}\n'
)
GOOD = 'provider "aws" {\n  region = "eu-central-1"\n}\n' + VOLUME.replace("default = false", "default = true").replace('"v"', '"good"')
CALL = 'module "m" {\n  source = "../prod"\n  e = true\n}\n'
NONE = 'module "m" {\n  source = "../prod"\n  count = 0\n}\n'
KEY = ("aws_ebs_volume.v", "data-encrypted-at-rest")


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


EVIDENCE = {
    "a backend": {"prod/backend.tf": 'terraform {\n  backend "s3" {}\n}\n'},
    "a cloud block": {"prod/backend.tf": "terraform {\n  cloud {}\n}\n"},
    "a provider configuration": {"prod/provider.tf": 'provider "aws" {\n  region = "eu-central-1"\n}\n'},
    "a lock file": {"prod/.terraform.lock.hcl": ""},
    "values": {"prod/terraform.tfvars": "e = false\n"},
    "values by another name": {"prod/live.tfvars": "e = false\n"},
    "a state": {"prod/terraform.tfstate": "{}"},
}


@pytest.mark.parametrize("call", [CALL, NONE], ids=["called", "called by none"])
@pytest.mark.parametrize("evidence", EVIDENCE)
def test_what_is_applied_by_itself_stays_a_root_whoever_calls_it(tmp_path: Path, evidence: str, call: str) -> None:
    put(tmp_path, {"prod/main.tf": VOLUME, **EVIDENCE[evidence]})
    assert document("gate", ".", cwd=tmp_path)["gate"]["exit_code"] == 1
    put(tmp_path, {"tests/fixture/main.tf": call.replace("../prod", "../../prod")})
    result = document("gate", ".", cwd=tmp_path)
    assert (result["gate"]["exit_code"], outcomes(result)[KEY]) == (1, "fail")


def test_a_folder_that_was_a_root_stays_one_in_a_change(tmp_path: Path) -> None:
    repository = tmp_path / "r"
    committed(repository, "# nothing\n")
    put(repository, {"prod/main.tf": VOLUME.replace("default = false", "default = true")})
    committed(repository)
    put(repository, {"prod/main.tf": VOLUME, "new/main.tf": NONE})
    result = document("gate", ".", "--against", "HEAD", cwd=repository)
    assert (result["gate"]["exit_code"], outcomes(result)[KEY]) == (1, "fail")


def test_a_module_of_which_nothing_is_evaluated_is_a_gap(tmp_path: Path) -> None:
    put(tmp_path, {"prod/main.tf": VOLUME, "new/main.tf": GOOD + NONE})
    result = document("gate", ".", cwd=tmp_path)
    assert result["gate"]["exit_code"] == 3
    assert [gap["what"] for gap in result["gaps"]] == ["prod is not audited: it is called, but no instance of it is evaluated"]
    assert {line["place"]: line["role"] for line in result["ledger"]} == {"new": "root", "prod": "gap"}


TOLD = {
    "x.tofu": ('resource "a" "b" {}\n', "gap"),
    "main.tofu": ("terraform {\n  encryption {}\n}\n", "aside"),
    "terragrunt.hcl": ("inputs = {\n  e = false\n}\n", "gap"),
    "./terragrunt.hcl": ('generate "provider" {\n  path = "p.tf"\n}\n', "gap"),
    "live/terragrunt.hcl": ('terraform {\n  source = "../modules/x"\n}\n', "gap"),
    "other/terragrunt.hcl": ("inputs = {}\n", "aside"),
    "../r/terragrunt.hcl": ('include "root" {\n  path = "x"\n}\n', "gap"),
    ".//terragrunt.hcl": ('locals {\n  a = 1\n}\nremote_state {\n  backend = "s3"\n}\nprevent_destroy = true\n', "aside"),
    "../r/./terragrunt.hcl": ('terraform {\n  extra_arguments "x" {}\n}\n', "gap"),
    "x/terragrunt.stack.hcl": ('unit "x" {\n  source = "y"\n}\n', "gap"),
    "x/terragrunt.hcl.json": ('{"terraform": {"source": "y"}}', "gap"),
    "broken/terragrunt.hcl": ("inputs = {", "gap"),
    "main.tfcomponent.hcl": ('component "c" {\n  source = "./x"\n}\n', "gap"),
    "main.tfstack.hcl": ('component "c" {\n  source = "./x"\n}\n', "gap"),
    "vars.tfcomponent.hcl": ('variable "c" {\n  type = string\n}\n', "aside"),
    ".hidden/main.tf": (VOLUME, "gap"),
    ".hidden/deep/er/main.tf": (VOLUME, "gap"),
    "node_modules/x/main.tf": (VOLUME, "gap"),
    "node_modules/x/index.js": ("x", "aside"),
    ".github/workflows/x.yml": ("x", None),
    ".terraform/modules/x/main.tf": (VOLUME, "aside"),
    "tests/main.tftest.hcl": ('run "x" {\n  command = apply\n}\n', "aside"),
    "README.md": ("x", None),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_not_read_is_told_by_its_weight(tmp_path: Path, name: str) -> None:
    text, role = TOLD[name]
    folder = put(tmp_path / "r", {"main.tf": GOOD, name: text})
    result = document("gate", ".", "--check", "data-encrypted-at-rest", cwd=folder)
    assert result["gate"]["exit_code"] == (3 if role == "gap" else 0)
    told = [line["role"] for line in result["ledger"] if line["place"] != "."]
    assert told == ([role] if (role and not name.endswith(".tofu")) or name == "main.tofu" else [])


def test_a_link_to_a_folder_is_told_unless_it_is_read_where_it_lies(tmp_path: Path) -> None:
    folder = put(tmp_path / "r", {"main.tf": GOOD, "shared/main.tf": GOOD})
    (folder / "link").symlink_to("shared")
    put(tmp_path, {"outside/main.tf": VOLUME, "empty/x": ""})
    (folder / "none").symlink_to("../empty")
    assert run("gate", ".", "--check", "data-encrypted-at-rest", cwd=folder).returncode == 0
    (folder / "prod").symlink_to("../outside")
    result = document("gate", ".", "--check", "data-encrypted-at-rest", cwd=folder)
    assert (result["gate"]["exit_code"], result["gaps"][0]["what"]) == (3, "prod: a link to a folder with Terraform files is not followed")


def test_the_policy_accepts_gaps_by_path_and_for_a_time(tmp_path: Path) -> None:
    folder = put(tmp_path / "r", {"main.tf": GOOD, "live/a/terragrunt.hcl": "inputs = {", "broken.tf": ""})
    accept = '[[gaps.accept]]\npath = "live/*"\nreason = "run by another gate"\nowner = "platform"\nexpires = 2031-01-31\n'
    put(tmp_path, {"policy.toml": accept})
    arguments = ("gate", ".", "--check", "data-encrypted-at-rest", "--config", "../policy.toml")
    done = run(*arguments, "--today", "2031-01-01", cwd=folder)
    assert (done.returncode, "Gaps      1 accepted by the policy" in done.stdout) == (0, True)
    late = document(*arguments, "--today", "2031-02-01", cwd=folder)
    assert late["gate"]["exit_code"] == 3
    assert "the policy's acceptance of live/* does not count: it expired on 2031-01-31" in [gap["what"] for gap in late["gaps"]]
    put(folder, {"live/broken.tf": "resource {"})  # a file that does not parse is no kind of file
    assert run(*arguments, "--today", "2031-01-01", cwd=folder).returncode == 3


FOLDERS = st.sampled_from(["a", "b", "c/d", "modules/m"])
PIECES = st.sampled_from(
    [
        VOLUME,
        GOOD,
        VOLUME.replace("false", "true"),
        *(f'module "{name}" {{\n  source = "{source}"\n{extra}}}\n'
          for name, source in (("x", "../a"), ("y", "../../a"), ("z", "../modules/m"), ("w", "../../b"))
          for extra in ("", "  e = true\n", "  count = 0\n")),
        'terraform {\n  backend "s3" {}\n}\n',
        "broken {",
    ]
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.dictionaries(FOLDERS, PIECES, min_size=1), name=st.sampled_from(["new", "tests/fixture", "zz/top"]), added=PIECES)
def test_adding_a_folder_never_improves_what_is_applied_by_itself(
    tmp_path_factory: pytest.TempPathFactory, before: Mapping[str, str], name: str, added: str
) -> None:
    """Of folders with evidence of being applied. Of others a caller decides, unless a base tells that they were roots."""
    top = tmp_path_factory.mktemp("law")
    put(top, {f"{folder}/main.tf": text for folder, text in before.items()} | {f"{folder}/terraform.tfvars": "" for folder in before})
    old = _by_folder(top)
    put(top, {f"{name}/main.tf": added})
    new = _by_folder(top)
    rank = {"fail": 0, "unknown": 1, "pass": 2, "not_applicable": 2}
    for key, outcome in old.items():
        assert key in new
        assert rank[new[key]] <= rank[outcome], key


def _by_folder(top: Path) -> dict[tuple[str, str, str], str]:
    result = json.loads(CliRunner().invoke(cli, ["gate", str(top), "--format", "json"], standalone_mode=False).stdout)
    return {(item["resource"]["unit"], item["resource"]["address"], item["check"]): item["outcome"] for item in result["findings"]}


def test_a_law_that_ignored_evidence_would_be_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a root is what nobody calls, as it was."""
    put(tmp_path, {"prod/main.tf": VOLUME, "prod/terraform.tfvars": "", "new/main.tf": CALL})
    assert judged(tmp_path).outcomes[KEY] == "fail"
    monkeypatch.setattr("cloudaudit.sources.terraform.hcl.roots._evidence", lambda *_: "")
    assert KEY not in judged(tmp_path).outcomes


@pytest.mark.parametrize("place", [".terraform/prod", ".terraform/modules/x", ".ci/.terraform/prod", ".ci/prod"])
def test_what_is_committed_out_of_sight_is_told_and_so_is_what_is_added_to_it(tmp_path: Path, place: str) -> None:
    """Terraform can be applied there too. Without a commit, `.terraform` holds what `terraform init` fetched."""
    repository = tmp_path / "r"
    committed(repository, GOOD)
    put(repository, {f"{place}/main.tf": VOLUME})
    assert document("gate", ".", cwd=repository)["gate"]["exit_code"] == (0 if ".terraform" in place else 3)
    git(repository, "add", "-Af", ".")
    assert document("gate", ".", "--against", "HEAD", cwd=repository)["gate"]["exit_code"] == 3
    git(repository, "commit", "-qm", "hidden")
    assert document("gate", ".", cwd=repository)["gate"]["exit_code"] == 3
    assert document("gate", ".", "--against", "HEAD", cwd=repository)["gate"]["exit_code"] == 0
    put(repository, {f"{place}/more.tf": VOLUME.replace('"v"', '"w"')})
    git(repository, "add", "-Af", ".")
    assert document("gate", ".", "--against", "HEAD", cwd=repository)["gate"]["exit_code"] == 3


def test_what_a_sparse_checkout_leaves_out_is_told(tmp_path: Path) -> None:
    repository = tmp_path / "r"
    committed(repository, GOOD)
    put(repository, {"prod/deep/main.tf": VOLUME, "prod/deep/x.tfvars": "e = true\n", "docs/x.md": "x", "test/main.tf": GOOD})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "more")
    git(repository, "sparse-checkout", "set", "test")
    result = document("gate", ".", cwd=repository)
    assert result["gate"]["exit_code"] == 3
    assert [gap["what"] for gap in result["gaps"]] == ["prod: it is committed, and not in the working tree (a sparse checkout)"]
    assert document("gate", "test", cwd=repository)["gate"]["exit_code"] == 0


def test_a_submodule_that_is_not_checked_out_is_told(tmp_path: Path) -> None:
    repository = tmp_path / "r"
    committed(tmp_path / "up", VOLUME)
    committed(repository, GOOD)
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../up", "prod")
    git(repository, "commit", "-qm", "submodule")
    assert document("gate", ".", cwd=repository)["gate"]["exit_code"] == 1
    git(tmp_path, "clone", "-q", "r", "c")
    result = document("gate", ".", cwd=tmp_path / "c")
    assert (result["gate"]["exit_code"], [gap["what"] for gap in result["gaps"]]) == (3, ["prod: a submodule that is not checked out"])
    git(tmp_path / "c", "commit", "--allow-empty", "-qm", "nothing")
    assert run("gate", ".", "--check", KEY[1], "--against", "origin/main", cwd=tmp_path / "c").returncode == 0  # it was not here then
    git(tmp_path / "c", "update-index", "--cacheinfo", f"160000,{'1' * 40},prod")
    assert run("gate", ".", "--check", KEY[1], "--against", "origin/main", cwd=tmp_path / "c").returncode == 3  # and holds something else
