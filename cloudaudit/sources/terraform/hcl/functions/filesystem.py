"""Files of the audited folder. Nothing outside it is read, and its absence is not a fact about it."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.open import make_set
from cloudaudit.sources.terraform.hcl.values import to_dict, to_text

_GIT = ".git"
_WILDCARDS = 6
_PATTERN_LENGTH = 500
_MADE = re.compile(r"\.tfstate(\.|$)|\.?tfplan$|^errored\.tfstate$")
_CHOICE = re.compile(r"\{([^{},]*)[^{}]*\}")
_SOME = re.compile(r"\*+|\?|\[[^\]]*\]")
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|[^*?{\[]+|.", re.DOTALL)


def _inside(context: Context, name: str) -> Path | Unknown[Any]:
    path = context.root / name
    real = context.library.inside(path) if "\0" not in name and not name.startswith("~") else None
    return real or Unknown(Why.UNRESOLVED, f"{os.path.normpath(name)} lies outside the audited folder")


def _content(context: Context, value: Any) -> bytes | Unknown[Any]:
    name = to_text(value)
    path = _inside(context, name)
    if isinstance(path, Unknown):
        return path
    if not context.library.is_regular(path):
        if path in context.library.ignored:
            return _may_be_made(name)
        raise EvaluationError(f"there is no file {name}")
    if not context.library.is_applied(path):
        return _made_here(name)
    try:
        content = context.library.content(path)
    except FileError as error:
        return Unknown(Why.FAILED, f"{name} {error.reason}")
    context.budget.measure(len(content))
    return content


def _file(context: Context, value: Any) -> str | Unknown[Any]:
    content = _content(context, value)
    return content if isinstance(content, Unknown) else content.decode()


def _filebase64(context: Context, value: Any) -> str | Unknown[Any]:
    content = _content(context, value)
    return content if isinstance(content, Unknown) else base64.b64encode(content).decode()


def _file_hash(name: str, encode: bool) -> Callable[[Context, Any], str | Unknown[Any]]:
    def run(context: Context, value: Any) -> str | Unknown[Any]:
        content = _content(context, value)
        if isinstance(content, Unknown):
            return content
        digest = hashlib.new(name, content, usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encode else digest.hexdigest()

    return run


def _fileexists(context: Context, value: Any) -> bool | Unknown[Any]:
    name = to_text(value)
    path = _inside(context, name)
    if isinstance(path, Unknown):
        return path
    if _is_made_by_tools(context, path):
        return Unknown(Why.UNRESOLVED, f"{os.path.normpath(name)} is made where Terraform runs")
    there = context.library.is_regular(path)
    if not there and path in context.library.ignored:
        return _may_be_made(name)
    return _made_here(name) if there and not context.library.is_applied(path) else there


def _made_here(name: str) -> Unknown[Any]:
    """What lies in this checkout alone decides nothing: a build made it, an earlier job, or this very audit."""
    what = f"{os.path.normpath(name)} is not tracked by git: there may be another one, or none, where Terraform runs"
    return Unknown(Why.UNRESOLVED, f"{what} (git add it, or audit the plan)")


def _may_be_made(name: str) -> Unknown[Any]:
    """What git ignores is there for whoever makes it: that it is not here decides nothing."""
    return Unknown(Why.UNRESOLVED, f"{os.path.normpath(name)} is ignored by git: there may be one where Terraform runs (audit the plan)")


def _is_made_by_tools(context: Context, path: Path) -> bool:
    """Whether Terraform or git makes such a file: what the audit finds of it says nothing of the run that applies."""
    parts = path.relative_to(context.library.boundary).parts
    return not {".terraform", ".git"}.isdisjoint(parts) or bool(_MADE.search(path.name))


def _fileset(context: Context, folder: Any, pattern: Any) -> Any:
    base = _inside(context, to_text(folder))
    if isinstance(base, Unknown):
        return base
    if _is_made_by_tools(context, base):
        return Unknown(Why.UNRESOLVED, f"what {os.path.normpath(to_text(folder))} holds is made where Terraform runs")
    matches = _glob(to_text(pattern))
    found = [name for name in _files(base, context) if matches.fullmatch(name)]
    if any(_GIT in name.lower().split("/") for name in found):
        return Unknown(Why.UNRESOLVED, "fileset() finds what git keeps for itself, which differs from machine to machine")
    one = _SOME.sub("x", _CHOICE.sub(r"\1", to_text(pattern).replace("**/", "")))
    if base / one in context.library.ignored:
        return _may_be_made(os.path.join(to_text(folder), to_text(pattern)))  # noqa: PTH118
    here = next((name for name in found if not _is_applied(base / name, context)), None)
    return make_set(found, context.budget) if here is None else _made_here(os.path.join(to_text(folder), here))  # noqa: PTH118


def _is_applied(path: Path, context: Context) -> bool:
    real = context.library.inside(path)
    return real is not None and context.library.is_applied(real)


def _files(base: Path, context: Context) -> Iterator[str]:
    """The regular files below a folder, by their path from there."""
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(base / prefix) as entries:
                for entry in entries:
                    context.budget.spend(1)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(f"{prefix}{entry.name}/")
                    elif entry.is_file():
                        yield prefix + entry.name
        except OSError as error:
            if prefix or os.path.isdir(base):  # noqa: PTH112  (that of a path raises where a name is too long)
                raise EvaluationError(f"fileset() could not list a folder: {error.strerror}") from None


def _glob(pattern: str) -> re.Pattern[str]:
    """A glob with `**`, `{a,b}` and character classes, as one expression. Raises EvaluationError, BoundError."""
    if sum(pattern.count(mark) for mark in ("**", "*", "{")) > _WILDCARDS or len(pattern) > _PATTERN_LENGTH:
        raise BoundError("a file pattern that could take long")
    pieces: list[str] = []
    for piece in _GLOB.findall(pattern):
        if piece == "**/":
            pieces.append("(?:[^/]+/)*")
        elif piece == "**":
            pieces.append(".*")
        elif piece == "*":
            pieces.append("[^/]*")
        elif piece == "?":
            pieces.append("[^/]")
        elif piece[0] == "{" and len(piece) > 1:
            pieces.append("(?:" + "|".join(_glob(choice).pattern for choice in piece[1:-1].split(",")) + ")")
        elif piece == "[":
            raise EvaluationError("the file pattern is malformed")
        elif piece[0] == "[" and len(piece) > 1:
            pieces.append(piece.replace("\\", "\\\\").replace("[!", "[^"))
        else:
            pieces.append(re.escape(piece))
    try:
        return re.compile("".join(pieces))
    except re.error:
        raise EvaluationError("the file pattern is malformed") from None


def _templatefile(context: Context, value: Any, names: Any) -> Any:
    content = _file(context, value)
    return content if isinstance(content, Unknown) else context.render(content, to_dict(names))


def _abspath(_: Context, value: Any) -> str | Unknown[Any]:
    text = to_text(value)
    return os.path.normpath(text) if text.startswith("/") else Unknown(Why.UNRESOLVED, "abspath() depends on where Terraform runs")


def _basename(_: Context, value: Any) -> str:
    return os.path.basename(to_text(value).rstrip("/")) or ("/" if to_text(value) else ".")  # noqa: PTH119  (a text, not a file)


def _dirname(_: Context, value: Any) -> str:
    return os.path.normpath(os.path.dirname(to_text(value)) or ".")  # noqa: PTH120  (a text, not a file)


def _pathexpand(_: Context, value: Any) -> str | Unknown[Any]:
    text = to_text(value)
    return Unknown(Why.UNRESOLVED, "pathexpand() depends on the home of who runs it") if text.startswith("~") else text


_HASHES = ("md5", "sha1", "sha256", "sha512")
FILES: dict[str, Function] = {
    "abspath": fixed(_abspath),
    "basename": fixed(_basename),
    "dirname": fixed(_dirname),
    "file": fixed(_file),
    "filebase64": fixed(_filebase64),
    "fileexists": fixed(_fileexists),
    "fileset": fixed(_fileset, 2),
    "pathexpand": fixed(_pathexpand),
    "templatefile": fixed(_templatefile, 2, Needs.SHAPE),
    **{f"file{name}": fixed(_file_hash(name, encode=False)) for name in _HASHES},
    **{f"filebase64{name}": fixed(_file_hash(name, encode=True)) for name in ("sha256", "sha512")},
}
