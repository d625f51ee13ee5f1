"""Files that `terraform init -backend-config` may be given: which one it is, or how it is called, the repository does not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.hcl.files import Library, is_terraform
from cloudaudit.sources.terraform.hcl.read_by import BACKEND_ARGUMENTS

_BELOW = ("", "*/", "*/*/", "*/*/*/")
_BESIDE = ("*/", "*/*/")
_NAMED = ("*.tfbackend", "*.tfbackend.json", "*backend*.hcl", "*backend*.conf*", "*backend*.tfvars", "*backend*.json")
_BYTES = 20_000
_FILES = 1_000
_AROUND = 4  # folders around a root
_SET = re.compile(r"\s*(?:(?:#|//).*|(\"?)([\w-]+)\1\s*=\s*(\S.*)|(\w+)\s*\{.*)?")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HEREDOC = re.compile(r"<<-?(\w+)\s*$")
_OPENED, _CLOSED = re.compile(r"[{\[(]"), re.compile(r"[}\])]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|#.*')


def files_of_settings(root: Path, library: Library) -> list[Path]:
    """What is called as such files are, and what says nothing but arguments of backends, in a root and three folders below.

    So do files in folders around the root, and in folders beside these that hold no Terraform: `-backend-config=../env/prod.tfbackend`.
    """
    named = {path for below in _BELOW for name in _NAMED for path in root.glob(below + name)}
    others = [path for below in _BELOW for path in root.glob(f"{below}*") if path not in named]
    beside = list(islice(_beside(root, library), _FILES))
    found = [*named, *(path for path in (*islice(others, _FILES), *beside) if _says_settings(path, library))]
    found += [path for path in beside if any(map(path.match, _NAMED))]
    return sorted({path for path in found if library.is_applied(path.resolve())})


def _beside(root: Path, library: Library) -> Iterator[Path]:
    """Files around a root, and of folders there that hold no Terraform: those are of other roots."""
    around = [place for place in islice(root.parents, _AROUND) if place.is_relative_to(library.boundary)]
    for place in around:
        yield from sorted(path for path in place.glob("*") if path.is_file())
        for below in _BESIDE:
            folders = (path for path in sorted(place.glob(below)) if not (path.is_relative_to(root) or root.is_relative_to(path)))
            yield from (path for folder in folders for path in _files(folder, place))


def _files(folder: Path, around: Path) -> list[Path]:
    between = [folder, *(place for place in folder.parents if place.is_relative_to(around) and place != around)]
    if any(is_terraform(path.name) for place in between for path in place.glob("*")):
        return []
    return sorted(path for path in folder.glob("*") if path.is_file())


def _says_settings(path: Path, library: Library) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _BYTES:
            return False
        text = content(path, _BYTES, within=library.boundary).decode("utf-8-sig")
    except (OSError, UnreadableError, UnicodeDecodeError):
        return False
    names = list(_of_json(text) if text.lstrip().startswith("{") else _names(_COMMENT.sub("", text).splitlines()))
    return bool(names) and BACKEND_ARGUMENTS.issuperset(names)


def _of_json(text: str) -> Iterable[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return found if isinstance(found, dict) else ()


def _names(lines: list[str]) -> Iterator[str]:
    """What lines set, outside of maps, blocks and texts of several lines; the line itself, if it is another one."""
    depth, ending = 0, ""
    for line in lines:
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        found = _SET.fullmatch(line) if not depth else None
        if found is not None and (found[2] or found[4]):
            yield found[2] or found[4]
        elif found is None and not depth:
            yield line
        bare = _QUOTED.sub("", line)
        heredoc = _HEREDOC.search(bare)
        ending = heredoc[1] if heredoc else ""
        depth = max(0, depth + len(_OPENED.findall(bare)) - len(_CLOSED.findall(bare)))
