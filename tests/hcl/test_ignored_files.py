"""What .gitignore says of a path, as git itself says it. Generated: rules of every form beside paths that they may be about."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from cloudaudit.sources.terraform.hcl.ignored_files import IgnoredFiles
from tests.laws.sampling import seed

_RULES = (
    "a", "flag", "x.tf", "*.txt", "*", "**", "fl?g", "[ab]", "[!a]", "[^a]", "fla[a-g]", "a b", "\\*", "#x", "[[:alpha:]]*", "*a*", "f*g",
    "\\!a", "[a", "a]", "{a,b}", "\\a", "A", ".", "..", "[]a]", "[a-]", "[\\]a]", "fo[o", "[[:digit:]]", "[[:nope:]]", "[[:punct:]]",
    "[z-a]", "[a/b]", "\\[a]", "[]-a]", "[a!]",
)  # fmt: skip
_NAMES = (
    "a",
    "b",
    "flag",
    "x.tf",
    "b.txt",
    "a b",
    "*",
    "#x",
    "ag",
    "c",
    "A",
    "!a",
    "a]",
    "[a",
    "{a,b}",
    "dg",
    "-",
    "]",
    "1",
    "fo[o",
    "/b]",
)


def _rule(random: Random) -> str:
    text = "/".join(random.choice(_RULES) for _ in range(random.choice((1, 1, 2, 3))))
    before = random.choice(("", "", "", "!")) + random.choice(("", "", "", "/"))
    return before + text + random.choice(("", "", "", "/", " ", "\\ "))


@pytest.mark.parametrize("number", range(6))
def test_what_git_ignores_is_ignored(tmp_path: Path, number: int) -> None:
    """No more is promised: of a rule that is out of the ordinary, any file may be meant."""
    random = Random(f"{seed()} {number}")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for trial in range(40):
        folder = tmp_path / str(trial)
        folder.mkdir()
        rules = [_rule(random) for _ in range(random.choice((1, 1, 2, 3)))]
        (folder / ".gitignore").write_text("\n".join(rules) + "\n", encoding="utf-8")
        paths = {f"{trial}/" + "/".join(random.choice(_NAMES) for _ in range(random.choice((1, 2, 3)))) for _ in range(12)}
        command = ["git", "-c", "core.ignorecase=false", "-C", str(tmp_path), "check-ignore", "--no-index", "-z", "--stdin"]
        told = subprocess.run(command, input="\0".join(paths).encode(), capture_output=True, check=False).stdout.decode()
        ignored = IgnoredFiles(tmp_path.resolve())
        missed = [path for path in told.split("\0") if path and tmp_path.resolve() / path not in ignored]
        assert not missed, rules
