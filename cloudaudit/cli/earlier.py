"""The earlier audit that `gate --against` compares with: a JSON result, or a git revision audited now."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import msgspec

from cloudaudit.against import Former, former
from cloudaudit.cli.assess import audited
from cloudaudit.cli.waivers import Waivers, waived
from cloudaudit.model import Collection
from cloudaudit.policy import Check, Policy
from cloudaudit.report.document import Document
from cloudaudit.sources.terraform.revision import RevisionError, write_out

_LIMIT = 500_000_000  # bytes of a JSON result
Read = Callable[[Path, Sequence[Path]], Iterable[Collection]]
"""Reads paths inside a root folder."""


Heed = Callable[[Path, Sequence[Path]], Waivers]
"""The waivers that counted there."""


def earlier(
    against: str, repository: Path, paths: Sequence[Path], read: Read, heed: Heed, checks: Sequence[Check], policy: Policy
) -> Former:
    """What an earlier audit found, with what was waived then. A file goes before a revision of the same name. Raises click.UsageError."""
    if Path(against).is_file():
        return _of_result(Path(against))
    with tempfile.TemporaryDirectory(prefix="cloudaudit-") as scratch:
        root = Path(scratch).resolve()
        try:
            write_out(repository, against, root)
        except RevisionError as error:
            raise click.UsageError(str(error)) from None
        places = (root / path.resolve().relative_to(repository) for path in paths if path.resolve().is_relative_to(repository))
        inside = [path for path in places if path.exists()]
        found = audited(read(root, inside), checks, policy)
        findings, _ = waived(found.findings, list(found.inventories), found.comments, heed(root, inside), checks, policy)
        return former(against, findings, found.gaps)


def _of_result(path: Path) -> Former:
    try:
        if path.stat().st_size > _LIMIT:
            raise click.UsageError(f"{path}: larger than {_LIMIT // 1_000_000} MB")
        document = msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, RecursionError):
        raise click.UsageError(f"{path}: not a JSON result of cloudaudit") from None
    outcomes = {finding.fingerprint: finding.outcome for finding in document.findings}
    return Former(path.name, outcomes, frozenset((gap.unit, gap.what) for gap in document.gaps))
