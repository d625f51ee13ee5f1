"""The earlier audit that the gate compares with: the commit where a change left a revision, a JSON result, or both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import click
import msgspec

from cloudaudit.against import Former, former
from cloudaudit.cli.assess import Audited
from cloudaudit.cli.places import Tree, inside, then
from cloudaudit.cli.results import decoded, result
from cloudaudit.model import Finding, Outcome, extent
from cloudaudit.opener import UnreadableError, content
from cloudaudit.report.document import Document
from cloudaudit.sources.terraform.git import RevisionError
from cloudaudit.sources.terraform.revision import Bases, bases_of
from cloudaudit.sources.terraform.revision_modules import lend_modules
from cloudaudit.sources.terraform.written import write_out

_RESULT = 500_000_000  # bytes


class Base(msgspec.Struct, frozen=True):
    """What is audited as it stood before a change: nothing that the change adds can excuse it.

    It is compared with `trees`, the commit where it left the revision. What may excuse is read where the revision stands now: by
    leaving it at an old commit a change would bring back what was revoked since.
    """

    revision: str
    trees: Sequence[Tree]
    tips: Callable[[], Sequence[Tree]]  # written out when they are first needed

    def path(self, named: Path) -> Path | None:
        """Where a file is read that the caller names: as the revision has it, if it lies in what is audited. None: it is not there."""
        return then(named, self.tips()) if inside(named, (tree.base for tree in self.trees)) else named

    def within(self, place: Path) -> Path | None:
        """The folder that a file of the revision must not lead out of. None: it is of no revision."""
        return next((tree.at for tree in self.tips() if place.is_relative_to(tree.at)), None)


@contextmanager
def base(revision: str, repositories: Sequence[Path]) -> Iterator[Base]:
    """The repositories as they were, for as long as they are needed. Raises click.UsageError."""
    with tempfile.TemporaryDirectory(prefix="cloudaudit-") as scratch:
        place = Path(scratch).resolve()
        commits = _commits(revision, repositories)
        left = {repository: found.left if found is not None else None for repository, found in commits.items()}
        tips = {repository: found.tip if found is not None else None for repository, found in commits.items()}
        trees = _written_out(left, place / f"{place.name}-left")
        for tree in trees:
            lend_modules(tree.base, tree.at)
        yield Base(revision, trees, cache(lambda: trees if tips == left else _written_out(tips, place / f"{place.name}-tip")))


def _commits(revision: str, repositories: Sequence[Path]) -> dict[Path, Bases | None]:
    """What lies in a repository without such a revision was not there; one at least has to have it."""
    try:
        commits = {place: bases_of(place, revision) for place in repositories}
    except RevisionError as error:
        raise click.UsageError(str(error)) from None
    if not any(commits.values()):
        hint = ": a result of an earlier run is given with --baseline" if Path(revision).is_file() else ""
        raise click.UsageError(f'"{revision}" is not a revision of {repositories[0]}{hint}')
    return commits


def _written_out(commits: Mapping[Path, str | None], scratch: Path) -> list[Tree]:
    """No link of a repository can know the name of the folder, and a link back by the repository's own name leads where it led."""
    trees = [Tree(place, scratch / str(number) / place.name) for number, place in enumerate(commits)]
    for tree in trees:
        tree.at.mkdir(parents=True, exist_ok=True)
        commit = commits[tree.base]
        if commit is not None:
            try:
                write_out(tree.base, commit, tree.at)
            except RevisionError as error:
                raise click.UsageError(str(error)) from None
    return trees


def of_audit(revision: str, found: Audited, findings: Iterable[Finding]) -> Former:
    """The audit of the base, with what was waived then."""
    failures = [finding for finding in found.findings if finding.outcome is Outcome.FAIL]  # those too that were waived: nothing mends them
    bad = frozenset((one.subject.unit, one.subject.address) for one in found.findings if one.outcome in {Outcome.FAIL, Outcome.UNKNOWN})
    incomplete = {gap.unit for gap in found.gaps}
    whole = frozenset() if "" in incomplete else frozenset(part.unit for part in found.inventories) - incomplete
    return msgspec.structs.replace(
        former(revision, findings, found.gaps),
        revision=True,
        failures=failures,
        unseen=found.unseen,
        declared=found.declared,
        whole=whole,
        places=found.places,
        bad=bad,
        uncounted=frozenset(one.fingerprint for one in found.findings if (one.subject.unit, one.subject.address) in found.uncounted),
    )


def of_baseline(path: Path, audited: Iterable[Path], began: Base | None) -> Former:
    """A JSON result. One that lies in what is audited is read as it was in the base: the change could have written it."""
    if inside(path, audited) is None:
        return _of_document(path.name, result(path))
    if began is None:
        raise click.UsageError(f"{path} lies in what is audited, which could have written it: keep it outside, or give --against REVISION")
    place = began.path(path)
    if place is None:
        raise click.UsageError(f"{path} is not in {began.revision}: keep it outside what is audited, or commit it there first")
    try:
        return _of_document(path.name, decoded(content(place, _RESULT, within=began.within(place)), str(path)))
    except UnreadableError as error:
        raise click.UsageError(f"{path} of {began.revision} {error.reason}") from None


def _of_document(label: str, document: Document) -> Former:
    outcomes = {finding.fingerprint: finding.outcome for finding in document.findings}
    extents = {finding.fingerprint: extent(finding.extent) for finding in document.findings}
    units = {finding.fingerprint: finding.resource.unit for finding in document.findings}
    return Former(label, outcomes, extents, frozenset((gap.unit, gap.what, gap.content) for gap in document.gaps), units=units)
