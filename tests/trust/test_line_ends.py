"""The base of a change is what a checkout of it held, byte for byte: real git says what that is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudaudit.sources.terraform.written import write_out

CONTENTS = {
    "lines": b"a\nb\n",
    "mixed": b"a\r\nb\nc\r\n",
    "dos": b"a\r\nb\r\n",
    "mac": b"a\rb\n",
    "binary": b"a\0\nb\n",
    "odd": b"\x01\x02\n" + b"a" * 20 + b"\n",
    "end": b"a\nb\x1a",
    "last": b"a\nb",
    "empty": b"",
    "ident": b"$Id$ $Id: x$ $Id: a b c$ $Id: abc $ $Id:\n$ $Ids$ $Id:$ $Id",
    "many": b"x" * 1280 + b"\x01" * 9 + b"\n\n",
}
ATTRIBUTES = (
    "",
    "* text",
    "* text=auto",
    "* -text eol=crlf",
    "* eol=crlf",
    "* text eol=crlf",
    "* text=auto eol=crlf",
    "* text=auto eol=lf",
    "* text=input eol=crlf",
    "* crlf",
    "* -crlf",
    "* crlf=input",
    "* ident",
    "* ident eol=crlf",
    "* -ident text=auto",
    "* binary",
)
SETTINGS = ((), ("core.autocrlf=true",), ("core.autocrlf=input",), ("core.eol=crlf",), ("core.autocrlf=input", "core.eol=crlf"))


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True).stdout


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_base_is_what_a_checkout_holds(tmp_path: Path, settings: tuple[str, ...]) -> None:
    repository, out = tmp_path / "repository", tmp_path / "out"
    for number, attributes in enumerate(ATTRIBUTES):
        folder = repository / str(number)
        folder.mkdir(parents=True)
        (folder / ".gitattributes").write_text(attributes + "\n")
        for name, content in CONTENTS.items():
            (folder / name).write_bytes(content)
    _git(repository, "init", "-q")
    for path in sorted(repository.glob("[0-9]*/*")):  # kept as they are, whatever attributes say
        name = _git(repository, "hash-object", "-w", "--no-filters", str(path)).decode().strip()
        _git(repository, "update-index", "--add", "--cacheinfo", f"100644,{name},{path.relative_to(repository)}")
        path.unlink()
    _git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "base")
    for setting in settings:
        _git(repository, "config", *setting.split("="))
    _git(repository, "checkout-index", "-a", "-f")
    write_out(repository, "HEAD", out)
    checked_out = {path.relative_to(repository): path.read_bytes() for path in repository.glob("[0-9]*/*")}
    assert {path.relative_to(out): path.read_bytes() for path in out.glob("[0-9]*/*")} == checked_out
