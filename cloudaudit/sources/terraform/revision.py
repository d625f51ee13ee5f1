"""Which commit a revision means, and where a change left it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from cloudaudit.sources.terraform.git import RevisionError, ask, is_repository, one_line

_NO_SUCH = ("Needed a single revision", "unknown revision", "not a git repository", "bad revision")
_SUFFIX = re.compile(r"[~^:]|@\{")  # no ref has these in its name
_OBJECT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_ABBREVIATED = re.compile(r"(?:.*-g)?[0-9a-fA-F]{4,}")  # also as `git describe` writes it
_OF_GIT = re.compile(r"[A-Z_]*HEAD|@")  # git keeps these beside its refs
_ROOMS = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


class Bases(msgspec.Struct, frozen=True):
    """What a change is set beside: the commit where it left a revision, and the one where that revision stands now."""

    left: str
    tip: str


def bases_of(repository: Path, revision: str) -> Bases | None:
    """Where the present commit left a revision, their merge base, and the revision itself. None: the repository has no such revision.

    Raises RevisionError with git's own words where it refuses, or where the history that is here does not reach that far.
    """
    if not is_repository(repository) or not _is_clear(repository, revision):
        return None
    tip = _commit(repository, revision)
    if tip is None:
        return None
    head = _commit(repository, "HEAD")
    if head is None:
        return Bases(tip, tip)  # nothing is committed yet
    found = ask(repository, "merge-base", "--all", tip, head)
    if found.returncode == 0:
        return Bases(_only(found.stdout.decode().split(), revision), tip)
    if ask(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        here = ask(repository, "rev-list", "--count", head).stdout.decode().strip() or "few"
        raise RevisionError(
            f"the clone is shallow (its history ends after {here} commits) and does not reach where HEAD left {revision}: "
            "fetch more (git fetch --unshallow, fetch-depth: 0, GIT_DEPTH: 0)"
        )
    raise RevisionError(f"{revision} and HEAD have no common ancestor: {one_line(found.stderr) or 'their histories are unrelated'}")


def _only(bases: list[str], revision: str) -> str:
    """The merge base. Raises RevisionError if there are several: set beside one, what a change undoes of another would go unseen."""
    if len(bases) > 1:
        named = " and ".join(base[:12] for base in bases)
        raise RevisionError(
            f"where HEAD left {revision} cannot be determined: they were merged into each other and have several merge bases ({named}): "
            f"merge {revision} into HEAD first, or give one commit"
        )
    return bases[0]


def _commit(repository: Path, text: str) -> str | None:
    """The commit that a text names. Raises RevisionError where git refuses to look."""
    found = ask(repository, "rev-parse", "--verify", "--end-of-options", f"{text}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    words = one_line(found.stderr)
    if not words or any(known in words for known in _NO_SUCH):
        return None
    raise RevisionError(f"git cannot read {repository}: {words}")


def _is_clear(repository: Path, text: str) -> bool:
    """Whether a text can name one thing only. Raises RevisionError if it could name two.

    Whoever may push a tag or a branch could name it like what the caller means: a branch, the beginning of an object's name. Git would
    take the one or the other. What is searched by the words of commits (`:/fix`) names whatever was written last.
    """
    name = _SUFFIX.split(text, maxsplit=1)[0]
    if not name:
        return text.startswith("@{")  # of the present branch
    if name.startswith("-"):
        return False
    if _OBJECT.fullmatch(name):
        return True
    whole = name.startswith("refs/")
    refs = [name] if whole else [room.format(name) for room in _ROOMS]
    listed = ask(repository, "for-each-ref", "--format=%(refname)", *refs).stdout.decode(errors="replace").split()
    same = [ref for ref in refs if ref in listed]
    if whole:
        return same == refs
    also = "the beginning of an object's name" if _ABBREVIATED.fullmatch(name) else "what git calls so" if _OF_GIT.fullmatch(name) else ""
    if len(same) > 1 or (same and also):
        named = " and ".join([*same, also] if also else same)
        raise RevisionError(f'"{name}" is ambiguous: it names {named}: give the whole name, as in {same[0]}')
    return True
