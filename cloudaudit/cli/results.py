"""Results of earlier runs, as the caller names them: the JSON that `--format json=FILE` wrote."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from cloudaudit.opener import UnreadableError, named
from cloudaudit.report.document import Document, FindingItem

_LIMIT = 500_000_000  # bytes


def result(path: Path) -> Document:
    """A result. Raises click.UsageError."""
    try:
        return decoded(named(path, _LIMIT), str(path))
    except UnreadableError as error:
        raise click.UsageError(f"{path} {error.reason}") from None


def decoded(data: bytes, name: str) -> Document:
    """A result from its bytes. Raises click.UsageError."""
    try:
        return msgspec.json.decode(data, type=Document)
    except (msgspec.DecodeError, RecursionError):
        raise click.UsageError(f"{name}: not a JSON result of this version of cloudaudit: make it again") from None


def finding(path: Path, fingerprint: str) -> FindingItem:
    """The one finding of a result whose fingerprint begins so. Raises click.UsageError."""
    found = [item for item in result(path).findings if item.fingerprint.startswith(fingerprint)]
    if len(found) != 1:
        raise click.UsageError(f'{path}: {"no" if not found else "more than one"} finding begins with "{fingerprint}"')
    return found[0]
