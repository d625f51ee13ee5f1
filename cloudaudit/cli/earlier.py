"""The earlier audit that `gate --against` compares with: a JSON result, or a git revision audited now."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from cloudaudit.against import Former, former
from cloudaudit.cli.assess import audited
from cloudaudit.cli.places import Tree
from cloudaudit.cli.results import result
from cloudaudit.cli.waivers import Waivers, waived
from cloudaudit.model import Collection, extent
from cloudaudit.policy import Check, Policy
from cloudaudit.sources.terraform.revision import RevisionError, is_revision, write_out
from cloudaudit.sources.terraform.revision_modules import lend_modules

Read = Callable[[Sequence[Tree]], Iterable[Collection]]
"""Reads what is audited as it was in some trees."""


Heed = Callable[[Sequence[Tree]], Waivers]
"""The waivers that counted there."""


def earlier(against: str, repositories: Sequence[Path], read: Read, heed: Heed, checks: Sequence[Check], policy: Policy) -> Former:
    """What an earlier audit found, with what was waived then. A file goes before a revision of the same name. Raises click.UsageError."""
    if Path(against).is_file():
        return _of_result(Path(against))
    with tempfile.TemporaryDirectory(prefix="cloudaudit-") as scratch:
        trees = _written_out(against, repositories, Path(scratch).resolve())
        found = audited(read(trees), checks, policy)
        findings, _ = waived(found.findings, list(found.inventories), found.comments, heed(trees), checks, policy)
        return former(against, findings, found.gaps)


def _written_out(revision: str, repositories: Sequence[Path], scratch: Path) -> list[Tree]:
    """The repositories as they were. What lies in one without such a revision was not there; one at least has to have it."""
    try:
        having = [base for base in repositories if is_revision(base, revision)] or repositories[:1]
        trees = [Tree(base, scratch / str(number)) for number, base in enumerate(having)]
        for tree in trees:
            write_out(tree.base, revision, tree.at)
            lend_modules(tree.base, tree.at)
    except RevisionError as error:
        raise click.UsageError(str(error)) from None
    return trees


def _of_result(path: Path) -> Former:
    document = result(path)
    outcomes = {finding.fingerprint: finding.outcome for finding in document.findings}
    extents = {finding.fingerprint: extent(finding.extent) for finding in document.findings}
    return Former(path.name, outcomes, extents, frozenset((gap.unit, gap.what, gap.content) for gap in document.gaps))
