"""Hostile trees: each ends in bounded time and memory, with one gap for each thing that was not read, and nothing is run."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.against.test_gate import PROVIDER, committed, volume, write
from tests.against.test_revision import git
from tests.cli.console import SCRIPT, document, run

GOOD = PROVIDER + volume("v", "true")


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "x.tf")


def fifos_everywhere(folder: Path) -> None:
    (folder / ".terraform" / "modules").mkdir(parents=True)
    names = ("a.tf.json", "terraform.tfvars", "x.auto.tfvars", ".terraform.lock.hcl", "terragrunt.hcl", "cloudaudit-waivers.toml")
    for name in (*names, "cloudaudit.toml", ".terraform/modules/modules.json", "main.tofu", "m.tfstack.hcl"):
        os.mkfifo(folder / name)


def devices(folder: Path) -> None:
    for number, target in enumerate(("/dev/zero", "/dev/random", "/dev/stdin", "/dev/tty", "/proc/kmsg")):
        (folder / f"x{number}.tf").symlink_to(target)


def loops(folder: Path) -> None:
    (folder / "self.tf").symlink_to("self.tf")
    (folder / "loop").symlink_to(".")
    (folder / "up").symlink_to("..")
    (folder / "main2.tf").write_text('module "m" {\n  source = "./loop/loop/loop"\n}\n')


def sparse(folder: Path) -> None:
    for name in ("huge.tf", "huge.tf.json", "terraform.tfvars", "cloudaudit-waivers.toml", ".terraform.lock.hcl"):
        with (folder / name).open("wb") as stream:
            stream.truncate(2**30)


def names(folder: Path) -> None:
    for name in (
        "new\nline.tf",
        "\x1b[31mred.tf",
        "::error file=x::y.tf",
        "<script>.tf",
        "=cmd().tf",
        b"\xff\xfe.tf".decode(errors="surrogateescape"),
    ):
        (folder / name).write_text("broken {")


def files_named_as_folders(folder: Path) -> None:
    (folder / "main.tf.json").mkdir()
    (folder / ".terraform").write_text("x")
    (folder / "cloudaudit-waivers.toml").mkdir()
    (folder / "terragrunt.hcl").mkdir()


def read_of_files(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "out").symlink_to("/etc/passwd")
    calls = [f'{call}("{path}")' for call in ("file", "filebase64", "filemd5") for path in ("pipe", "out", "/dev/zero", "../x")]
    reads = "".join(f"  l{number} = try({call}, null)\n" for number, call in enumerate(calls))
    tags = "".join(f"    t{number} = local.l{number}\n" for number in range(len(calls)))
    extra = f'resource "aws_ebs_volume" "w" {{\n  encrypted = true\n  tags = {{\n{tags}  }}\n}}\n'
    (folder / "read.tf").write_text(f"locals {{\n{reads}}}\n{extra}")


TREES: list[Callable[[Path], None]] = [fifo, fifos_everywhere, devices, loops, sparse, names, files_named_as_folders, read_of_files]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.__name__)
def test_a_hostile_tree_ends_soon_and_is_told(tmp_path: Path, tree: Callable[[Path], None]) -> None:
    committed(tmp_path / "r", GOOD)
    tree(tmp_path / "r")
    limit = 1_500_000_000  # of address space: an unbounded read ends here
    for arguments in (("gate", "."), ("gate", ".", "--against", "HEAD")):
        started = time.process_time()
        done = subprocess.run(
            [*SCRIPT, *arguments],
            cwd=tmp_path / "r",
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
        assert done.returncode == (0 if tree is read_of_files else 3), done.stdout[-500:]
        assert b"root:" not in done.stdout
        assert b"Traceback" not in done.stderr + done.stdout
        assert time.process_time() - started < 30


def test_each_thing_that_is_not_read_is_one_gap(tmp_path: Path) -> None:
    committed(tmp_path / "r", GOOD)
    devices(tmp_path / "r")
    whats = [gap["what"] for gap in document("gate", ".", cwd=tmp_path / "r")["gaps"]]
    assert sorted(whats) == [f"x{number}.tf lies outside the audited folder" for number in range(5)]


def test_many_foreign_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    for number in range(200):
        (folder / f"d{number}").mkdir()
        for inner in range(50):
            (folder / f"d{number}" / f"f{inner}.txt").touch()
    assert document("gate", ".", "--check", "data-encrypted-at-rest", cwd=folder)["gate"]["exit_code"] == 0


def test_a_folder_deeper_than_a_path_may_be_is_looked_through(tmp_path: Path) -> None:
    committed(tmp_path / "r", GOOD)
    here = os.open(tmp_path / "r", os.O_RDONLY)
    for _ in range(120):
        os.mkdir("d" * 40, dir_fd=here)
        below = os.open("d" * 40, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    result = document("gate", ".", "--check", "data-encrypted-at-rest", cwd=tmp_path / "r")
    assert result["gate"]["exit_code"] in {0, 3}
    subprocess.run(["rm", "-rf", str(tmp_path / "r")], check=True)


TRAPS = {
    "core.fsmonitor": "touch {trap}",
    "core.sshCommand": "touch {trap}",
    "core.pager": "touch {trap}",
    "core.editor": "touch {trap}",
    "core.askPass": "touch {trap}",
    "core.alternateRefsCommand": "touch {trap}",
    "core.hooksPath": "hooks",
    "diff.external": "touch {trap}",
    "diff.x.textconv": "touch {trap}",
    "filter.x.smudge": "touch {trap}",
    "filter.x.process": "touch {trap}",
    "gpg.program": "touch {trap}",
    "credential.helper": "!touch {trap}",
    "alias.rev-parse": "!touch {trap}",
    "remote.origin.promisor": "true",
    "uploadpack.packObjectsHook": "touch {trap}",
    "include.path": "/dev/zero",
}


@pytest.mark.parametrize("key", TRAPS)
def test_nothing_that_a_repository_configures_is_run(tmp_path: Path, key: str) -> None:
    folder, trap = tmp_path / "r", tmp_path / "trapped"
    committed(folder, GOOD)
    (folder / ".gitattributes").write_text("*.tf filter=x diff=x\n")
    (folder / "hooks").mkdir()
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        (folder / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (folder / "hooks" / hook).chmod(0o755)
    git(folder, "config", key, TRAPS[key].format(trap=trap))
    done = run("gate", ".", "--check", "data-encrypted-at-rest", "--against", "HEAD", cwd=folder)
    assert done.returncode in {0, 2}
    assert not trap.exists()


def test_replaced_objects_and_grafts_do_not_change_the_base(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    first = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    committed(folder, PROVIDER + volume("v", "false"))
    git(folder, "replace", first, "HEAD")
    assert run("gate", ".", "--check", "data-encrypted-at-rest", "--against", first, cwd=folder).returncode == 1


def test_links_of_a_revision_are_not_written_out(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    (folder / "modules").symlink_to("/etc")
    (folder / "x.tf").symlink_to("/dev/zero")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "links")
    assert run("gate", ".", "--against", "HEAD", cwd=folder).returncode in {0, 3}


def test_a_file_that_changes_its_case_is_another_file(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    write(folder, volume("w", "false"), "Main.tf")
    assert run("gate", ".", "--against", "HEAD", cwd=folder).returncode == 1


def piped(folder: Path, name: str) -> list[str]:
    path = folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return [name]


NAMED = {
    "a plan": lambda folder: piped(folder, "plan.json"),
    "values": lambda folder: [".", "--var-file", *piped(folder, "prod.tfvars")],
    "values of an environment": lambda folder: [".", "--each-var-file", *piped(folder, "prod.tfvars")],
    "waivers": lambda folder: [".", "--waivers", *piped(folder, "w.toml")],
    "a policy": lambda folder: [".", "--config", *piped(folder, "c.toml")],
    "a baseline": lambda folder: [".", "--against", "HEAD", "--baseline", *piped(folder, "b.json")],
}


@pytest.mark.parametrize("what", NAMED)
def test_what_the_caller_names_in_a_repository_is_not_waited_for(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    arguments = NAMED[what](folder)
    done = run("gate", *arguments, "--check", "data-encrypted-at-rest", cwd=folder)
    assert done.returncode in {2, 3}
    assert "is not a regular file" in done.stdout + done.stderr or "is not in HEAD" in done.stderr


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "../outside.tfvars"])
def test_a_named_file_that_is_a_link_out_of_its_repository_is_not_read(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    write(tmp_path, 'x = "secret"\n', "outside.tfvars")
    (folder / "prod.tfvars").symlink_to(target)
    done = run("gate", ".", "--var-file", "prod.tfvars", cwd=folder)
    assert (done.returncode, "prod.tfvars lies outside the audited folder" in done.stdout) == (3, True)


def test_the_output_of_another_program_is_read_from_outside_a_repository(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    script = 'exec 9< <(printf \'{"format_version":"1.2","planned_values":{}}\'); "$@" gate /dev/fd/9'
    done = subprocess.run(["bash", "-c", script, "bash", *SCRIPT], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "nothing was found to audit" in done.stdout) == (3, True), done.stdout + done.stderr


@pytest.mark.parametrize("unpacked", [False, True], ids=["repository", "archive"])
def test_a_report_is_not_written_through_a_committed_link(tmp_path: Path, unpacked: bool) -> None:
    folder = tmp_path / "r"
    committed(folder, GOOD)
    if unpacked:
        shutil.rmtree(folder / ".git")
    (folder / "result.json").symlink_to("../victim")
    (folder / "out").symlink_to("..")
    (folder / "hooks").symlink_to(".git/hooks")
    for target in ("result.json", "out/victim", *(() if unpacked else ("hooks/victim", ".git/victim"))):
        done = run("gate", ".", "--format", f"json={target}", cwd=folder)
        assert (done.returncode, f"{target}: a link, or no file" in done.stderr) == (2, True)
    assert [path for path in tmp_path.rglob("victim") if path.exists()] == []
    assert run("gate", ".", "--format", "json=new.json", cwd=folder).returncode != 2
    (tmp_path / "latest.json").symlink_to("of-today.json")  # of the caller: no part of what is audited
    assert run("gate", ".", "--format", "json=../latest.json", cwd=folder).returncode != 2
    # Without a repository, the working directory stands for one.
    assert (run("gate", "r", "--format", "json=latest.json", cwd=tmp_path).returncode == 2) is unpacked
