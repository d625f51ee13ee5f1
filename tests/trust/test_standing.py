"""What may excuse has to stand in the revision still, and covers what it covered: not what a change puts under its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.against.test_gate import PROVIDER, committed, volume, write
from tests.against.test_revision import git
from tests.cli.console import document, run
from tests.trust.test_change import CHECK, DAY, ENTRY, SAID

COMMENT = f"# cloudaudit:waive {CHECK} {SAID}\n"
OPTIONS = (*DAY, "--check", CHECK, "--against", "main")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """On main a volume by entry and one by comment are waived; a branch begins there."""
    folder = tmp_path / "repository"
    committed(folder, PROVIDER + volume("new", "false") + COMMENT + volume("old", "false"))
    committed(folder, ENTRY, "cloudaudit-waivers.toml")
    git(folder, "branch", "feature")
    return folder


def outcomes(repository: Path, *more: str) -> tuple[int, dict[str, str]]:
    result = document("gate", ".", *OPTIONS, *more, cwd=repository)
    return result["gate"]["exit_code"], {item["resource"]["address"]: item["outcome"] for item in result["findings"]}


def test_a_waiver_that_was_revoked_since_the_branch_began_does_not_count(repository: Path) -> None:
    committed(repository, PROVIDER + "\n\n" + volume("new", "false") + COMMENT + volume("old", "false"), message="another line")
    git(repository, "checkout", "-q", "feature")
    assert outcomes(repository) == (0, {"aws_ebs_volume.new": "waived", "aws_ebs_volume.old": "waived"})
    git(repository, "checkout", "-q", "main")
    committed(repository, PROVIDER + volume("new", "false") + volume("old", "true"), message="mended, and the comment revoked")
    git(repository, "checkout", "-q", "feature")
    assert outcomes(repository) == (0, {"aws_ebs_volume.new": "waived", "aws_ebs_volume.old": "fail"})  # it was there, and is no news
    git(repository, "checkout", "-q", "main")
    git(repository, "rm", "-q", "cloudaudit-waivers.toml")
    git(repository, "commit", "-qm", "revoked")
    git(repository, "checkout", "-q", "feature")
    assert outcomes(repository) == (0, {"aws_ebs_volume.new": "fail", "aws_ebs_volume.old": "fail"})


GROWN = {
    "another root": (PROVIDER + volume("new", "false"), "other/main.tf", "volume.new"),
    "more instances": (PROVIDER + volume("new", "false") + COMMENT + volume("old", "false\n  count = 2"), "main.tf", "volume.old[*]"),
    "what did not fail": (PROVIDER + volume("fine", "false"), "more.tf", "volume.fine"),
}


@pytest.mark.parametrize("way", GROWN)
def test_a_waiver_of_the_base_covers_what_it_covered(repository: Path, way: str) -> None:
    if way == "what did not fail":
        committed(repository, ENTRY + ENTRY.replace("volume.new", "volume.f*"), "cloudaudit-waivers.toml")
    committed(repository, PROVIDER + volume("fine", "true"), "more.tf")
    (repository / "other").mkdir()
    text, name, grown = GROWN[way]
    write(repository, text, name)
    result = document("gate", ".", *OPTIONS, cwd=repository)
    (reason,) = [item["reason"] for item in result["findings"] if item["outcome"] == "fail"]
    assert (result["gate"]["exit_code"], reason.endswith("covers what it covered before the change")) == (1, True)
    assert run("gate", ".", *OPTIONS, "--allow-new-waivers", cwd=repository).returncode == 0
    outside = repository.parent / "waivers.toml"
    outside.write_text(ENTRY.replace("volume.new", grown))
    assert run("gate", ".", *OPTIONS, "--waivers", str(outside), cwd=repository).returncode == 0  # the caller's own word


def test_what_was_waived_stays_so_under_another_name(repository: Path) -> None:
    move = "moved {\n  from = aws_ebs_volume.old\n  to = aws_ebs_volume.later\n}\n"
    write(repository, PROVIDER + volume("new", "false") + move + COMMENT + volume("later", "false"))
    assert outcomes(repository, "--allow-new-waivers")[0] == 0
    write(repository, PROVIDER + volume("new", "false") + COMMENT + volume("old", "false\n  count = 1"))
    assert outcomes(repository) == (0, {"aws_ebs_volume.new": "waived", "aws_ebs_volume.old[0]": "waived"})


@pytest.mark.parametrize("where", ["around the working directory", "named"])
def test_configuration_is_what_the_revision_says_now(repository: Path, where: str) -> None:
    options = ("--trust-repo-config",) if where != "named" else ("--config", "cloudaudit.toml")
    committed(repository, "[gate]\nfail-on = 'never'\n", "cloudaudit.toml")
    git(repository, "checkout", "-qB", "feature")
    git(repository, "checkout", "-q", "main")
    committed(repository, "[gate]\nfail-on = 'low'\n", "cloudaudit.toml")
    git(repository, "checkout", "-q", "feature")
    committed(repository, PROVIDER + volume("worse", "false"), "more.tf")
    (repository / "cloudaudit.toml").unlink()
    if where == "named":
        (repository / "cloudaudit.toml").symlink_to("/dev/null")
    assert run("gate", ".", *OPTIONS, *options, cwd=repository).returncode == 1


def test_configuration_that_leads_out_of_the_revision_is_refused(repository: Path) -> None:
    (repository.parent / "loose.toml").write_text("[gate]\nfail-on = 'never'\n")
    (repository / "cloudaudit.toml").symlink_to("../loose.toml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "link")
    done = run("gate", ".", *OPTIONS, "--trust-repo-config", cwd=repository)
    assert (done.returncode, "cloudaudit.toml of main leads out of it" in done.stderr) == (2, True)
