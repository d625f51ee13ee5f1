"""The earlier audit that the gate compares with: the commit where a change left a revision, a JSON result, or both."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from cloudaudit.against import Former, former
from cloudaudit.cli.assess import Audited
from cloudaudit.cli.places import Tree, inside, then
from cloudaudit.cli.results import decoded, result
from cloudaudit.model import Finding, extent
from cloudaudit.opener import UnreadableError, content
from cloudaudit.report.document import Document
from cloudaudit.sources.terraform.git import RevisionError
from cloudaudit.sources.terraform.revision import bases_of
from cloudaudit.sources.terraform.revision_modules import lend_modules
from cloudaudit.sources.terraform.written import write_out

_RESULT = 500_000_000  # bytes


class Base(msgspec.Struct, frozen=True):
    """What is audited as it stood where the change began: nothing that the change adds can excuse it."""

    revision: str
    trees: Sequence[Tree]

    def path(self, named: Path) -> Path | None:
        """Where a file is read that the caller names: as it was, if it lies in what is audited. None: it was not there."""
        return then(named, self.trees)


@contextmanager
def base(revision: str | None, repositories: Sequence[Path]) -> Iterator[Base | None]:
    """The repositories as they were, for as long as they are needed. Raises click.UsageError."""
    if revision is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cloudaudit-") as scratch:
        yield Base(revision, _written_out(revision, repositories, Path(scratch).resolve()))


def _written_out(revision: str, repositories: Sequence[Path], scratch: Path) -> list[Tree]:
    """What lies in a repository without such a revision was not there; one at least has to have it."""
    try:
        commits = {place: bases for place in repositories if (bases := bases_of(place, revision)) is not None}
        if not commits:
            hint = ": a result of an earlier run is given with --baseline" if Path(revision).is_file() else ""
            raise click.UsageError(f'"{revision}" is not a revision of {repositories[0]}{hint}')
        # No link of a repository can know the name of the folder, and a link back by the repository's own name leads where it led.
        trees = [Tree(place, scratch / f"{scratch.name}-{number}" / place.name) for number, place in enumerate(repositories)]
        for tree in trees:
            tree.at.mkdir(parents=True, exist_ok=True)
            if tree.base in commits:
                write_out(tree.base, commits[tree.base].left, tree.at)
                lend_modules(tree.base, tree.at)
    except RevisionError as error:
        raise click.UsageError(str(error)) from None
    return trees


def of_audit(revision: str, found: Audited, findings: Iterable[Finding]) -> Former:
    """The audit of the base, with what was waived then."""
    return msgspec.structs.replace(former(revision, findings, found.gaps), revision=True, unread=found.unread, declared=found.declared)


def of_baseline(path: Path, audited: Iterable[Path], began: Base | None) -> Former:
    """A JSON result. One that lies in what is audited is read as it was in the base: the change could have written it."""
    if inside(path, audited) is None:
        return _of_document(path.name, result(path))
    if began is None:
        raise click.UsageError(f"{path} lies in what is audited, which could have written it: keep it outside, or give --against REVISION")
    place = began.path(path)
    if place is None:
        raise click.UsageError(f"{path} is not in {began.revision}: keep it outside what is audited, or commit it there first")
    tree = next(tree.at for tree in began.trees if place.is_relative_to(tree.at))
    try:
        return _of_document(path.name, decoded(content(place, _RESULT, within=tree), str(path)))
    except UnreadableError as error:
        raise click.UsageError(f"{path} of {began.revision} {error.reason}") from None


def _of_document(label: str, document: Document) -> Former:
    outcomes = {finding.fingerprint: finding.outcome for finding in document.findings}
    extents = {finding.fingerprint: extent(finding.extent) for finding in document.findings}
    return Former(label, outcomes, extents, frozenset((gap.unit, gap.what, gap.content) for gap in document.gaps))
