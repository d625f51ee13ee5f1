"""What the shipped files say: they parse, they name what exists, and they pin what they use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from cloudaudit.cli import cli
from cloudaudit.report.formats import names
from tests.integrations.shipped import (
    ACTION,
    CONTAINER,
    GITHUB_EXAMPLE,
    GITLAB_EXAMPLE,
    HOOK_EXAMPLE,
    HOOKS,
    PAGE,
    ROOT,
    TEMPLATE,
    YAML_FILES,
    documents,
)

OTHER_PROGRAMS = {
    "pip": {"--quiet", "--no-cache-dir"},
    "podman": {"--tag", "--rm", "--network", "--read-only", "--volume"},
    "apt-get": {"--yes", "--no-install-recommends"},
    "useradd": {"--uid", "--create-home"},
    "COPY": {"--from"},
}
EVERY_FILE = (*YAML_FILES, CONTAINER, PAGE)


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_it_is_yaml(path: Path) -> None:
    assert all(documents(path))


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.name)
def test_every_option_and_format_that_it_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    options = r"(?<![\w-])--[a-z][a-z-]*"
    known = set(re.findall(options, CliRunner().invoke(cli, ["gate", "--help"]).output))
    assert set(re.findall(options, text)) <= known.union(*OTHER_PROGRAMS.values())
    assert set(re.findall(r'--format "?([a-z]+)', text)) <= set(names())


def test_the_hook_calls_the_console_script_and_gives_it_no_file_names() -> None:
    (hook,) = documents(HOOKS)[0]
    assert (hook["id"], hook["name"], hook["language"]) == ("cloudaudit-gate", "cloudaudit gate", "python")
    assert hook["entry"].split()[0] in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert hook["pass_filenames"] is False
    assert hook["args"] == [".", "--repository-waivers"]


@pytest.mark.parametrize(
    ("name", "concerns"),
    [("main.tf", True), ("a/b.tf.json", True), ("x.auto.tfvars", True), ("x.tfvars.json", True), ("x.tfstate", False), ("a.tf.md", False)],
)
def test_the_hook_runs_when_terraform_changes(name: str, *, concerns: bool) -> None:
    (hook,) = documents(HOOKS)[0]
    assert bool(re.search(hook["files"], name)) is concerns


def test_the_examples_give_what_the_files_take() -> None:
    spec, jobs = documents(TEMPLATE)
    example = documents(GITLAB_EXAMPLE)[0]
    given, inputs = example["include"][0]["inputs"], spec["spec"]["inputs"]
    assert {name for name, about in inputs.items() if "default" not in about} <= given.keys() <= inputs.keys()
    assert example["include"][0]["file"] == f"/{TEMPLATE.relative_to(ROOT)}"
    assert example.keys() - {"include"} <= jobs.keys()
    action = documents(ACTION)[0]
    steps = documents(GITHUB_EXAMPLE)[0]["jobs"]["gate"]["steps"]
    assert next(step for step in steps if step.get("id") == "gate")["with"].keys() <= action["inputs"].keys()
    assert set(re.findall(r"steps\.gate\.outputs\.([\w-]+)", str(steps) + PAGE.read_text(encoding="utf-8"))) <= action["outputs"].keys()
    (hook,) = documents(HOOKS)[0]
    assert documents(HOOK_EXAMPLE)[0]["repos"][0]["hooks"][0]["id"] == hook["id"]


@pytest.mark.parametrize("path", [ACTION, GITHUB_EXAMPLE], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert all(re.search(r"@[0-9a-f]{40}$", name) for name in used)


def test_no_input_is_written_into_a_script() -> None:
    """The expression would be replaced before the shell parses the script: the input could be any command."""
    scripts = [step["run"] for step in documents(ACTION)[0]["runs"]["steps"] if "run" in step]
    scripts += [line for job in documents(TEMPLATE)[1].values() for line in job["script"]]
    assert scripts
    assert not [script for script in scripts if "${{" in script or "$[[" in script]


@pytest.mark.parametrize("path", [ACTION, TEMPLATE, HOOKS, GITLAB_EXAMPLE, GITHUB_EXAMPLE], ids=lambda path: path.name)
def test_nothing_is_imported_from_the_checkout(path: Path) -> None:
    """`python -m` puts the working directory first on the path."""
    steps = re.sub(r"(?m)^\s*#.*$", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"(?i)\bpython[\d.]*\"?\s+-m\b", steps)


def instructions() -> list[tuple[str, str]]:
    lines = (line for line in CONTAINER.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_container_is_pinned_and_does_not_run_as_root() -> None:
    said = instructions()
    images = [rest.split()[0] for name, rest in said if name == "FROM"]
    assert len(set(images)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", images[0])
    last = dict(said)
    assert int(last["USER"]) > 0
    assert last["WORKDIR"] == "/work"
    assert json.loads(last["ENTRYPOINT"]) == ["cloudaudit"]


def test_the_wheel_builds_from_what_the_container_copies(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            *files, _ = rest.split()
            for file in files:
                (copytree if (ROOT / file).is_dir() else copy)(ROOT / file, source / file)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packages = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {"cloudaudit", "cloudaudit_aws", "cloudaudit_azure", "cloudaudit_gcp", "cloudaudit_checks"} <= packages


def test_the_yaml_of_the_page_parses() -> None:
    blocks: list[Any] = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)]
    assert all(blocks)


def test_the_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert not [link for link in links if not (PAGE.parent / link).exists()]
