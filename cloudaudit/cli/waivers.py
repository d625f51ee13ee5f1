"""Where the waivers of a run come from, and which day it is."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cloudaudit import opener
from cloudaudit.cli.places import inside

if TYPE_CHECKING:
    from cloudaudit.model import Comment, Finding, Gap, Inventory
    from cloudaudit.policy import Check, Policy
    from cloudaudit.policy.waiver import Waiver
    from cloudaudit.policy.waiver_base import Heeded
    from cloudaudit.policy.waiver_text import Read, Source


class Waivers(msgspec.Struct, frozen=True):
    """The files of waivers that a run heeds, the day by which they are judged, and whether those of what is audited count."""

    today: date
    files: tuple[tuple[Path, Source], ...] = ()
    repositories_count: bool = True  # where no change is judged
    base: Sequence[Waiver] | None = None  # those that stood there before the change that is judged
    covered: frozenset[str] = frozenset()  # the findings of the base that were waived there
    new_count: bool = False  # those that the change adds


class Waived(msgspec.Struct, frozen=True):
    """Findings with waivers applied, what is wrong with these, and those that do not count though they are there."""

    findings: list[Finding]
    problems: Sequence[Gap] = ()
    aside: Sequence[Waiver] = ()


def callers(paths: Iterable[Path], today: date, policy: Policy, judged: Sequence[Path] = ()) -> Waivers:
    """The files that the caller names. One that is not there is a usage error, and so is a rule that forbids nothing.

    One that lies in a repository whose change is judged is that repository's word, whoever names it.
    """
    from cloudaudit.policy.waiver_text import Source

    known_forbidden(policy)
    named = []
    for path in paths:
        if not path.exists():
            raise click.UsageError(f"{path}: no such file")
        around = inside(path, judged)
        folder = None if around is None else around[0].as_posix()
        named.append((path, Source(str(path), in_repository=around is not None, tree=folder, boundary=folder)))
    return Waivers(today, tuple(named))


def with_own(waivers: Waivers) -> Waivers:
    """And the nearest file from the working directory up to its git root: where nothing lies there that is audited."""
    from cloudaudit.policy.waiver_text import Source

    folder = Path.cwd()
    top = opener.repository(folder) or folder
    found = nearest(folder, top)
    if found is None or any(path.resolve() == found.resolve() for path, _ in waivers.files):
        return waivers
    shown = found.relative_to(folder).as_posix() if found.is_relative_to(folder) else found.as_posix()
    return msgspec.structs.replace(waivers, files=(*waivers.files, (found, Source(shown))))


def with_repositories(
    waivers: Waivers, audited: Iterable[tuple[Path, Path]], shown: Callable[[Path], str], named: Path | None = None
) -> Waivers:
    """And those that lie in what is audited: for each path and its repository, the nearest from the one up to the other.

    `named` is the repository by which findings are named, where that is another than the one that is read.
    """
    from cloudaudit.policy.waiver_text import Source

    files = {path.resolve(): (path, source) for path, source in waivers.files}
    for path, repository in audited:
        resolved = path.resolve()
        found = nearest(resolved if resolved.is_dir() else resolved.parent, repository)
        if found is not None:
            files.setdefault(
                found.resolve(),
                (found, Source(shown(found), in_repository=True, tree=(named or repository).as_posix(), boundary=repository.as_posix())),
            )
    return msgspec.structs.replace(waivers, files=tuple(files.values()))


def nearest(folder: Path, top: Path) -> Path | None:
    """The file of waivers of the nearest folder, up to the topmost one that counts."""
    from cloudaudit.policy.waiver_text import FILE

    for around in (folder, *folder.parents):
        if (around / FILE).exists():
            return around / FILE
        if around == top:
            break
    return None


def waived(
    findings: list[Finding],
    inventories: Sequence[Inventory],
    comments: Sequence[Comment],
    waivers: Waivers,
    ran: Sequence[Check],
    policy: Policy,
    bound: frozenset[str] | None = None,
) -> Waived:
    """The findings of a run with its waivers applied. Those of what is audited cover the `bound` findings alone, where that is given."""
    read = _read(waivers, comments)
    heeded = _heeded(read.waivers, waivers, policy)
    if not heeded.counting:
        return Waived(findings, read.problems, heeded.aside)
    from cloudaudit.model import CoverageStatus
    from cloudaudit.plugins import checks
    from cloudaudit.policy.waiving import Audited, apply

    units: dict[str, bool] = {}
    for part in inventories:
        complete = not part.gaps and all(row.status is CoverageStatus.COMPLETE for row in part.coverage)
        if part.unit:
            units[part.unit] = complete and units.get(part.unit, True)
        units.update((gap.unit, False) for gap in part.gaps)
    severities = {check.id: check.severity for check in (*checks(), *ran)}
    audited = Audited(severities, frozenset(check.id for check in ran), units, Path.cwd().as_posix())
    covered, problems = apply(findings, heeded.counting, policy.waivers, waivers.today, audited, heeded.former, bound)
    return Waived(covered, [*read.problems, *problems], heeded.aside)


def _heeded(present: Sequence[Waiver], waivers: Waivers, policy: Policy) -> Heeded:
    from cloudaudit.policy.waiver_base import as_in_base, without_base

    if waivers.base is not None:
        return as_in_base(present, waivers.base, new_count=waivers.new_count)
    # What the policy never allows is not set aside: it is told as a problem.
    return without_base(present, repositories_count=waivers.repositories_count or policy.waivers.in_repository != "base")


def read_all(waivers: Waivers, comments: Sequence[Comment]) -> Sequence[Waiver]:
    """Every waiver of the files and comments that can be read."""
    return _read(waivers, comments).waivers


def _read(waivers: Waivers, comments: Sequence[Comment]) -> Read:
    from cloudaudit.policy.waiver_text import Read, read_comments

    if not waivers.files and not comments:
        return Read()
    parts = [_file(path, source) for path, source in waivers.files]
    # A module that several roots call brings its comments with each.
    parts.append(read_comments(list(dict.fromkeys(comments))))
    return Read(tuple(one for part in parts for one in part.waivers), tuple(one for part in parts for one in part.problems))


def _file(path: Path, source: Source) -> Read:
    from cloudaudit.policy.waiver_text import read_file, refused

    if source.boundary is not None and not path.resolve().is_relative_to(source.boundary):
        return refused(source, "lies outside the audited repository")
    return read_file(path, source)


def known_forbidden(policy: Policy) -> None:
    """A pattern of `forbid-checks` that no check agrees with is a usage error: it would silently forbid nothing."""
    if not policy.waivers.forbid_checks:
        return
    from cloudaudit.plugins import checks

    names = [check.id for check in checks()]
    for pattern in policy.waivers.forbid_checks:
        if not any(fnmatchcase(name, pattern) for name in names):
            close = difflib.get_close_matches(pattern, names, 1)
            hint = f"did you mean {close[0]}?" if close else "see `cloudaudit checks`"
            raise click.UsageError(f'waivers.forbid-checks has "{pattern}", and no check is called that: {hint}')
