"""Files that git is told to ignore: one that is not there may be made by whoever applies this, before Terraform runs.

The rules are read of the files themselves, so that a revision that is written out has the same. Source: gitignore(5).
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

import msgspec

from cloudaudit.opener import UnreadableError, content

_NAME = ".gitignore"
_BYTES = 300_000
_RULES = 5_000
_STARS, _DEEP = 3, 2
_PIECE = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?(?:\[:\w+:\]|[^\]/])*\]|\\.|[^*?\[\\/]+|.", re.DOTALL)
_UNUSUAL = re.compile(r"(?<!\\)\[[!^]?\]?(?:\[:\w+:\]|[^\]\\/])*[\\/]")  # a class that quotes, or that holds what parts names
_MANY = re.compile(r"\*+")
_CLASS = re.compile(r"\[:(\w+):\]")
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_BLANKS = re.compile(r"(?<!\\) +$")  # a blank at the end counts where it is quoted


class Rule(msgspec.Struct, frozen=True):
    """A line of such a file."""

    names: re.Pattern[str]
    ignores: bool
    folders: bool  # fits folders only


_ANY = Rule(re.compile(".*", re.DOTALL), ignores=True, folders=False)


class IgnoredFiles:
    """What the rules of a tree say of a path in it."""

    def __init__(self, boundary: Path) -> None:
        self._boundary = boundary
        self._rules: dict[Path, tuple[Rule, ...]] = {}

    def __contains__(self, path: Path) -> bool:
        """Whether a file that is not there would be ignored, by itself or with a folder around it."""
        if not path.is_relative_to(self._boundary):
            return False
        around = [place for place in path.parents if place.is_relative_to(self._boundary) and place != self._boundary]
        return any(self._is_ignored(place, folder=place != path) for place in (*reversed(around), path))

    def _is_ignored(self, path: Path, *, folder: bool) -> bool:
        for place in path.parents:  # the nearest rules count first, and of these the last
            if not place.is_relative_to(self._boundary):
                break
            name = path.relative_to(place).as_posix()
            for rule in reversed(self._of(place)):
                if (folder or not rule.folders) and rule.names.fullmatch(name):
                    return rule.ignores
        return False

    def _of(self, folder: Path) -> tuple[Rule, ...]:
        if folder not in self._rules:
            try:
                lines = content(folder / _NAME, _BYTES, within=self._boundary).decode("utf-8-sig", errors="replace").splitlines()
            except (OSError, UnreadableError):
                lines = ["*"] if os.path.lexists(folder / _NAME) else []  # what it says is not known: it may be about any file
            rules = tuple(rule for line in lines[:_RULES] if (rule := _rule(line)) is not None)
            self._rules[folder] = rules if len(lines) <= _RULES else (_ANY,)
        return self._rules[folder]


@lru_cache(maxsize=4096)
def _rule(line: str) -> Rule | None:
    text = _BLANKS.sub("", line)
    if not text or text.startswith("#"):
        return None
    ignores = not text.startswith("!")
    text = text if ignores else text[1:]
    folders, text = text.endswith("/"), text.rstrip("/")
    if len(_MANY.findall(text)) > _STARS or text.count("**") > _DEEP:
        return _ANY  # which of them it fits could take long
    if _UNUSUAL.search(text) or not _CLASSES.keys() >= {*_CLASS.findall(text)}:
        return _ANY
    anywhere = "" if "/" in text else "(?:.*/)?"
    try:
        return Rule(re.compile(anywhere + "".join(map(_pattern, _PIECE.findall(text.lstrip("/")))), re.DOTALL), ignores, folders)
    except re.error:
        return None


def _set(piece: str) -> str:
    """`[…]` as Python writes it."""
    inner = piece[1:-1]
    negated = inner[:1] in {"!", "^"}
    told = _CLASS.sub(lambda found: f"\0{found[1]}\0", inner[1:] if negated else inner).replace("\\", "\\\\")
    quoted = re.sub(r"([\[\]^&~|])", r"\\\1", told)
    return f"[{'^/' if negated else ''}" + re.sub("\0(\\w+)\0", lambda found: _CLASSES[found[1]], quoted) + "]"


def _pattern(piece: str) -> str:
    if piece in {"/**/", "**/"}:
        return "/(?:.*/)?" if piece[0] == "/" else "(?:.*/)?"
    if piece == "/**":
        return "/.+"
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and len(piece) > 1:
        return _set(piece)
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
