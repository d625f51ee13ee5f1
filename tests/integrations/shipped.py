"""The files that pipelines include, and the console script that they call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).with_name("cloudaudit")
needs_script = pytest.mark.skipif(not SCRIPT.exists(), reason="the console script is not installed beside this interpreter")

ACTION = ROOT / "action.yml"
CONTAINER = ROOT / "Containerfile"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
TEMPLATE = ROOT / "ci/gitlab/cloudaudit.gitlab-ci.yml"
PAGE = ROOT / "docs/ci.md"
GITHUB_EXAMPLE = ROOT / "docs/example-pipelines/github-workflow.yml"
GITLAB_EXAMPLE = ROOT / "docs/example-pipelines/gitlab-ci.yml"
HOOK_EXAMPLE = ROOT / "docs/example-pipelines/pre-commit-config.yaml"
YAML_FILES = (ACTION, HOOKS, TEMPLATE, GITHUB_EXAMPLE, GITLAB_EXAMPLE, HOOK_EXAMPLE)

VOLUME = """
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = VALUE
}
"""
BAD = VOLUME.replace("VALUE", "false")
GOOD = 'provider "aws" {\n  region = "eu-central-1"\n}\n' + VOLUME.replace("VALUE", "true")
OPEN = 'variable "on" {}\n' + GOOD.replace("true", "var.on")


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def checkout(folder: Path, main: str) -> Path:
    """A git repository with a Terraform root in `infra/`."""
    (folder / ".git").mkdir(parents=True)
    (folder / "infra").mkdir()
    (folder / "infra/main.tf").write_text(main, encoding="utf-8")
    return folder


def execute(*command: str, cwd: Path, path: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a pipeline would: the console script on the PATH, nothing of ours in the environment."""
    foreign = ("CLOUDAUDIT_", "TF_VAR_", "PYTHON", "XDG_", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    settings = {**kept, "PATH": os.pathsep.join(filter(None, (path, str(SCRIPT.parent), os.environ["PATH"])))}
    settings |= {"HOME": str(cwd / "no-home"), "NO_COLOR": "1", **variables}
    done = subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr
    return done
