"""The scripts of the shipped files, run as their runners would, and the commands of the page."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.against.test_revision import git
from tests.integrations.shipped import (
    ACTION,
    BAD,
    GOOD,
    HOOKS,
    OPEN,
    PAGE,
    ROOT,
    SCRIPT,
    TEMPLATE,
    checkout,
    documents,
    execute,
    needs_script,
)

pytestmark = needs_script


class Action:
    """The gate step of the composite action in a made-up runner."""

    def __init__(self, folder: Path, main: str) -> None:
        self.checkout = checkout(folder / "checkout", main)
        self.temp = folder / "temp"
        (self.temp / "cloudaudit").mkdir(parents=True)
        (self.temp / "cloudaudit/bin").symlink_to(SCRIPT.parent)
        self.output, self.summary = folder / "output", folder / "summary"

    def run(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        action = documents(ACTION)[0]
        step = next(step for step in action["runs"]["steps"] if step.get("id") == "gate")
        values = {name: about["default"] for name, about in action["inputs"].items()}
        runner = {name: value for name, value in inputs.items() if name.isupper()}
        values |= {name.replace("_", "-"): value for name, value in inputs.items() if name not in runner}
        named = {variable: re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text) for variable, text in step["env"].items()}
        variables = {variable: values[match[1]] for variable, match in named.items() if match is not None}
        assert len(variables) == len(action["inputs"])
        files = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": self.output, "GITHUB_STEP_SUMMARY": self.summary}
        variables |= {name: str(path) for name, path in files.items()} | runner
        bash = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")
        return execute(*bash, step["run"], cwd=self.checkout, **variables)

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text(encoding="utf-8").splitlines())


def levels(path: Path) -> set[tuple[str, str]]:
    (run,) = json.loads(path.read_text(encoding="utf-8"))["runs"]
    return {(result["kind"], result["level"]) for result in run["results"]}


@pytest.mark.parametrize(("main", "code"), [(GOOD, 0), (BAD, 1), (OPEN, 3)])
def test_the_action_reports_in_four_ways_and_ends_as_the_gate_does(tmp_path: Path, main: str, code: int) -> None:
    action = Action(tmp_path, main)
    done = action.run()
    assert done.returncode == code, done.stderr
    assert all(line.startswith("::") for line in done.stdout.splitlines())
    assert ("infra/main.tf" in done.stdout) is (code != 0)
    assert action.summary.read_text(encoding="utf-8").strip()
    assert action.outputs() == {"exit-code": str(code), "sarif-file": str(action.temp / "cloudaudit.sarif")}


def test_the_action_writes_sarif_as_github_shows_it_and_the_gate_as_the_standard_says(tmp_path: Path) -> None:
    action = Action(tmp_path, OPEN)
    action.run(sarif_file="result.sarif")
    assert ("fail", "warning") in levels(action.checkout / "result.sarif")
    execute("cloudaudit", "gate", ".", "--format", "sarif=strict.sarif", cwd=action.checkout)
    assert ("open", "none") in levels(action.checkout / "strict.sarif")
    assert execute("cloudaudit", "gate", ".", "--sarif-profile", "other", cwd=action.checkout).returncode == 2


def test_the_inputs_of_the_action_reach_the_gate(tmp_path: Path) -> None:
    action = Action(tmp_path, BAD)
    assert action.run(fail_on="never").returncode == 0
    (action.checkout / "infra/main.tf").write_text(OPEN, encoding="utf-8")
    assert action.run(max_unknown="2").returncode == 0
    assert action.run(extra_args="--var\non=true\n").returncode == 0
    assert action.run(paths="infra\nelsewhere\n").returncode == 2
    (tmp_path / "policy.toml").write_text("[gate]\nmax-unknown = 2\n", encoding="utf-8")
    assert action.run(config=str(tmp_path / "policy.toml")).returncode == 0


@pytest.mark.parametrize("name", ["paths", "fail_on", "max_unknown", "config", "extra_args"])
def test_an_input_of_the_action_runs_nothing(tmp_path: Path, name: str) -> None:
    action = Action(tmp_path, BAD)
    done = action.run(**{name: '$(touch pwned) `touch pwned`; touch pwned "; touch pwned; "'})
    assert done.returncode == 2
    assert not (action.checkout / "pwned").exists()
    assert action.outputs() == {"exit-code": "2"}


def test_a_path_of_the_action_is_never_an_option(tmp_path: Path) -> None:
    action = Action(tmp_path, BAD)
    assert action.run(paths="--fail-on=never\ninfra").returncode == 2


def test_a_committed_link_does_not_lead_the_report_of_the_action_elsewhere(tmp_path: Path) -> None:
    action = Action(tmp_path, BAD)
    (action.checkout / "result.sarif").symlink_to(tmp_path / "victim")
    action.run(sarif_file="result.sarif")
    assert not (tmp_path / "victim").exists()
    assert (action.checkout / "result.sarif").is_file()


def gitlab_job(folder: Path, since: str = "", **inputs: str) -> subprocess.CompletedProcess[str]:
    """The job of the GitLab template, with a pip that installs nothing; `since` is where a merge request began."""
    spec, (*_, job) = documents(TEMPLATE)[0]["spec"]["inputs"], documents(TEMPLATE)[1].values()
    values = {name: about.get("default", "cloudaudit==0.1.0") for name, about in spec.items()}
    values |= {name.replace("_", "-"): value for name, value in inputs.items()}
    variables = {
        name: re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: values[match[1]], text) for name, text in job["variables"].items()
    }
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "pip").write_text('#!/bin/sh\ntest "$*" = "install --quiet --no-cache-dir cloudaudit==0.1.0"\n', encoding="utf-8")
    (programs / "pip").chmod(0o755)
    return execute(
        "sh", "-e", "-c", "\n".join(job["script"]), cwd=folder, path=str(programs), CI_MERGE_REQUEST_DIFF_BASE_SHA=since, **variables
    )


@pytest.mark.parametrize(("main", "code", "says"), [(GOOD, 0, "Exit code 0"), (BAD, 1, "aws_ebs_volume.v"), (OPEN, 3, "var.on")])
def test_the_gitlab_job_leaves_its_reports_and_ends_as_the_gate_does(tmp_path: Path, main: str, code: int, says: str) -> None:
    folder = checkout(tmp_path / "checkout", main)
    done = gitlab_job(folder)
    assert done.returncode == code, done.stderr
    assert says in done.stdout
    job: dict[str, Any] = documents(TEMPLATE)[1]["cloudaudit"]
    reports = job["artifacts"]["reports"]
    issues = json.loads((folder / reports["codequality"]).read_text(encoding="utf-8"))
    assert {issue["location"]["path"] for issue in issues} == ({"infra/main.tf"} if code else set())
    assert "<testsuite" in (folder / reports["junit"]).read_text(encoding="utf-8")
    assert job["artifacts"]["when"] == "always"


def test_the_inputs_of_the_gitlab_job_reach_the_gate_and_its_file_names_do_not(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", BAD)
    (folder / "data-*").write_text("", encoding="utf-8")
    (folder / "data-in-no-check").write_text("", encoding="utf-8")
    done = gitlab_job(folder, path="infra", extra_args="--check data-* --fail-on=critical")
    assert done.returncode == 0, done.stderr
    assert "aws_ebs_volume.v" in done.stdout


def test_committed_reports_are_not_taken_for_those_of_the_gitlab_job(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", BAD)
    (folder / "gl-code-quality-report.json").write_text("[]", encoding="utf-8")
    (folder / "cloudaudit-junit.xml").symlink_to(tmp_path / "victim")
    assert gitlab_job(folder, path="elsewhere").returncode == 2
    assert not (folder / "gl-code-quality-report.json").exists()
    assert not (tmp_path / "victim").exists()


def proposed(folder: Path) -> None:
    """A branch that was `origin/main` and then adds a failure with a waiver of its own."""
    (folder / ".git").rmdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    said = 'reason="cache" owner="platform" ticket="OPS-1" until=2026-12-31'
    (folder / "infra/main.tf").write_text(GOOD + f"# cloudaudit:waive data-encrypted-at-rest {said}\n" + BAD.replace('"v"', '"w"').lstrip())


def test_a_pull_request_cannot_waive_itself_and_what_is_merged_counts(tmp_path: Path) -> None:
    action = Action(tmp_path, GOOD)
    proposed(action.checkout)
    day = "--today\n2026-12-01\n--check\ndata-encrypted-at-rest"
    done = action.run(extra_args=day, against="origin/main")
    assert (done.returncode, "1 new waiver" in done.stdout) == (1, True)
    assert action.run(extra_args=day).returncode == 0  # on the default branch


def test_the_base_of_a_pull_request_is_taken_from_the_runner(tmp_path: Path) -> None:
    action = Action(tmp_path, GOOD)
    proposed(action.checkout)
    assert action.run(GITHUB_BASE_REF="main").returncode == 1
    assert action.run(GITHUB_BASE_REF="elsewhere").returncode == 2


def test_a_merge_request_cannot_waive_itself(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", GOOD)
    proposed(folder)
    day = "--today=2026-12-01 --check=data-encrypted-at-rest"
    done = gitlab_job(folder, since="origin/main", extra_args=day)
    assert (done.returncode, "1 new waiver" in done.stdout) == (1, True)
    assert gitlab_job(folder, extra_args=day).returncode == 0


@pytest.mark.parametrize(("main", "code"), [(GOOD, 0), (BAD, 1)])
def test_the_hook_audits_the_repository_that_it_runs_in(tmp_path: Path, main: str, code: int) -> None:
    (hook,) = documents(HOOKS)[0]
    done = execute(*shlex.split(hook["entry"]), *hook["args"], cwd=checkout(tmp_path / "checkout", main))
    assert done.returncode == code, done.stderr


COMMANDS = re.findall(r"<!-- exits (\d+) -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_has_commands_to_run() -> None:
    assert {int(code) for code, _ in COMMANDS} == {0, 1}


@pytest.mark.parametrize(("code", "commands"), COMMANDS)
def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path, code: str, commands: str) -> None:
    shutil.copytree(ROOT / "terraform-fixtures", tmp_path / "infrastructure")
    done = execute("sh", "-e", "-c", commands, cwd=tmp_path)
    assert done.returncode == int(code), done.stdout + done.stderr
    assert all((tmp_path / file).stat().st_size for file in re.findall(r"--format \w+=(\S+)", commands))
