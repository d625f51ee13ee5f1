"""What lies in the audited repository runs nothing and changes nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.integrations.shipped import BAD, GOOD, OPEN, ROOT, checkout, execute, needs_script

PACKAGES = ("cloudaudit", "cloudaudit_aws", "cloudaudit_checks", "click", "msgspec", "tree_sitter", "tree_sitter_hcl", "evil")
MODULES = ("sitecustomize", "usercustomize", "json", "tomllib", "conftest")
LOOSE = '[gate]\nfail-on = "never"\nmax-unknown = 10000\n[residency]\nallow = ["EU", "US"]\n'
FILES = {
    "cloudaudit.toml": LOOSE,
    "infra/cloudaudit.toml": LOOSE,
    ".cloudaudit/config.toml": LOOSE,
    ".cloudaudit/cloudaudit.toml": LOOSE,
    ".config/cloudaudit/config.toml": LOOSE,
    "cloudaudit/config.toml": LOOSE,
    "pyproject.toml": '[tool.cloudaudit.gate]\nfail-on = "never"\n',
    "setup.cfg": "[cloudaudit]\nfail-on = never\n",
    ".env": "CLOUDAUDIT_CONFIG=cloudaudit.toml\n",
    "evil.pth": "import evil\n",
    "evil-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
    "evil-1.0.dist-info/entry_points.txt": "[cloudaudit.checks]\nbaseline = evil\n[cloudaudit.providers]\naws = evil\n",
}


def plant(folder: Path) -> None:
    """Everything that a repository could hope we import or obey, in each folder that a run could start in."""
    trap = f"open({str(folder / 'RAN')!r}, 'a').close()\nraise SystemExit(0)\n"
    for place in (folder, folder / "infra"):
        for name in PACKAGES:
            (place / name).mkdir()
            (place / name / "__init__.py").write_text(trap, encoding="utf-8")
        for name in MODULES:
            (place / f"{name}.py").write_text(trap, encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_the_trap_works(tmp_path: Path) -> None:
    """`python -m` in such a repository runs what lies there: what the console script is safe from."""
    plant(checkout(tmp_path / "checkout", BAD))
    execute(sys.executable, "-m", "click", cwd=tmp_path / "checkout")
    assert (tmp_path / "checkout/RAN").exists()


@needs_script
@pytest.mark.parametrize(("main", "code"), [(BAD, 1), (BAD.replace("eu-central", "us-east"), 1), (OPEN, 3)])
@pytest.mark.parametrize(("start", "path"), [(".", "."), (".", "infra"), ("infra", "."), ("infra", "main.tf")])
def test_a_hostile_repository_changes_nothing(tmp_path: Path, main: str, code: int, start: str, path: str) -> None:
    folder = checkout(tmp_path / "checkout", main)
    before = execute("cloudaudit", "gate", path, "--format", "json", cwd=folder / start)
    assert before.returncode == code, before.stderr
    plant(folder)
    after = execute("cloudaudit", "gate", path, "--format", "json", cwd=folder / start)
    assert (after.returncode, after.stdout) == (before.returncode, before.stdout)
    assert not (folder / "RAN").exists()


@needs_script
def test_the_caller_can_trust_it(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", BAD)
    plant(folder)
    assert execute("cloudaudit", "gate", "infra", "--trust-repo-config", cwd=folder).returncode == 0


@needs_script
@pytest.mark.parametrize("start", [".", "infra"])
@pytest.mark.parametrize("marker", [None, ".git", "infra/.git"])
def test_no_configuration_around_what_is_audited_is_used(tmp_path: Path, start: str, marker: str | None) -> None:
    """An archive has no `.git`; a submodule has one of its own."""
    folder = checkout(tmp_path / "checkout", BAD)
    (folder / ".git").rmdir()
    if marker is not None:
        (folder / marker).mkdir()
    (folder / "cloudaudit.toml").write_text(LOOSE, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    plan = shutil.copy(ROOT / "terraform-fixtures/aws/ebs/plan.json", tmp_path / "elsewhere")
    for path in (folder / "infra", plan):
        assert execute("cloudaudit", "gate", str(path), cwd=folder / start).returncode == 1


@needs_script
def test_a_committed_configuration_does_not_displace_the_users_own(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout", GOOD)
    (tmp_path / "cloudaudit").mkdir()
    (tmp_path / "cloudaudit/config.toml").write_text('[residency]\nallow = ["FR"]\n', encoding="utf-8")
    for text in (None, "", LOOSE):
        if text is not None:
            (folder / "cloudaudit.toml").write_text(text, encoding="utf-8")
        assert execute("cloudaudit", "gate", ".", cwd=folder, XDG_CONFIG_HOME=str(tmp_path)).returncode == 1
