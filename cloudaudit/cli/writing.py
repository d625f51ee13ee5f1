"""Reports to their places. A former report stands until the new one is whole, and one place that fails costs no other."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cloudaudit.cli.output import Unwritable, show
from cloudaudit.opener import written_through

if TYPE_CHECKING:
    from cloudaudit.report.options import Options
    from cloudaudit.report.result import Result

SarifProfile = Literal["strict", "github"]
STANDARD_OUTPUT = "-"


class Unwritten(click.ClickException):
    """A report that could not be written."""

    exit_code = 2

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"{target}: cannot be written: {reason}")


class Place:
    """A file that a report is to replace: written beside it, and renamed once it is whole. A device or a pipe is written to as it is.

    Links are followed here: in a repository `refused` has seen to them.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._path = Path(os.path.realpath(target))
        self._beside: Path | None = None
        self._in_place = self._path.exists() and not self._path.is_file()
        if self._in_place:
            return
        beside = self._path.with_name(f".{self._path.name[:100]}.{secrets.token_hex(4)}.part")
        try:
            beside.open("x").close()
            self._beside = beside
            if self._path.exists():
                beside.chmod(self._path.stat().st_mode & 0o777)
        except OSError as error:
            if not os.access(self._path, os.W_OK):
                raise Unwritten(target, error.strerror or "the system refused") from None
            self._in_place = True  # a file may be written to in a folder that takes no other

    def fill(self, pieces: Iterable[str]) -> None:
        """Writes the report. Raises Unwritten; then what was there before stands."""
        try:
            if self._beside is None:
                _poured(self._path, "".join(pieces))
                return
            with self._beside.open("w", encoding="utf-8") as stream:
                stream.writelines(pieces)
                stream.flush()
                os.fsync(stream.fileno())
            self._renamed(self._beside)
        except OSError as error:
            stands = "" if self._in_place or not self._path.exists() else "; the former one stands"
            raise Unwritten(self._target, f"{error.strerror or 'the system refused'}{stands}") from None

    def _renamed(self, beside: Path) -> None:
        try:
            beside.replace(self._path)
        except OSError as error:
            if error.errno != errno.EBUSY:  # a mounted file cannot be replaced
                raise
            self._in_place = True
            _poured(self._path, beside.read_text(encoding="utf-8"))

    def leave(self) -> None:
        """Nothing is left beside the report."""
        if self._beside is not None:
            with suppress(OSError):
                self._beside.unlink(missing_ok=True)


def _poured(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)


def refused(target: str, audited: Iterable[Path] = ()) -> str:
    """Why a report cannot go to a file, as far as that shows without a trace; empty if it can."""
    path = Path(target)
    if written_through(path, audited):
        return f"{target}: a link, or no file, in what may be audited: remove it, or write elsewhere"
    folder = Path(os.path.realpath(target)).parent
    if path.is_dir():
        reason = errno.EISDIR
    elif not folder.is_dir():
        reason = errno.ENOTDIR if folder.exists() else errno.ENOENT
    elif not os.access(path if path.exists() else folder, os.W_OK):
        reason = errno.EACCES
    else:
        return ""
    return f"{target}: cannot be written: {os.strerror(reason)}"


@contextmanager
def opened(formats: Sequence[tuple[str, str]]) -> Iterator[Mapping[str, Place]]:
    """The files of the reports, opened before the work that they tell of. Raises Unwritten."""
    places: dict[str, Place] = {}
    try:
        for _, target in formats:
            if target != STANDARD_OUTPUT:
                places[target] = Place(target)
        yield places
    finally:
        for place in places.values():
            place.leave()


def write(
    result: Result,
    formats: Sequence[tuple[str, str]],
    places: Mapping[str, Place],
    *,
    verbose: bool,
    color: str,
    sarif_profile: SarifProfile = "strict",
) -> int:
    """Every report to its place, files first. The exit code: the result's own, unless that is clean and a report could not be written."""
    from cloudaudit.report.formats import chunks

    failed = 0
    for name, target in sorted(formats, key=lambda pair: pair[1] == STANDARD_OUTPUT):
        on_terminal = target == STANDARD_OUTPUT and sys.stdout.isatty()
        options = _options(verbose=verbose, color=color, sarif_profile=sarif_profile, on_terminal=on_terminal)
        pieces = chunks(name, result, options)
        try:
            if target == STANDARD_OUTPUT:
                _said(pieces)
            else:
                places[target].fill(pieces)
        except (Unwritten, Unwritable) as error:
            show(error)
            failed = error.exit_code
    return result.exit_code or failed


def _said(pieces: Iterable[str]) -> None:
    for piece in pieces:
        click.echo(piece, nl=False, color=True)
    sys.stdout.flush()


def _options(*, verbose: bool, color: str, sarif_profile: SarifProfile, on_terminal: bool) -> Options:
    import shutil

    from cloudaudit.report.options import Options

    forced = color == "always" or (color == "auto" and bool(os.environ.get("FORCE_COLOR")))
    wished = color == "auto" and on_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if on_terminal else 100
    encoding = (sys.stdout.encoding or "ascii").lower()
    unicode = encoding.startswith("utf")
    return Options(width=width, color=forced or wished, verbose=verbose, unicode=unicode, sarif_profile=sarif_profile)
