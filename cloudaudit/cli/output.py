"""The standard streams: output that tells its own failures from all others (a full disk, a reader that has gone), and messages.

Messages leave here alone. What they quote may have been named by whoever wrote what is audited. One that cannot be written is
lost, and nothing else with it: the terminal may be closed, the disk full.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import click


class Unwritable(click.ClickException):
    """Standard output takes no more."""

    exit_code = 2

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written: {error.strerror}")

    def show(self, file: Any = None) -> None:
        """One line."""
        _to_nowhere()
        super().show(file)


class ReaderGone(Unwritable):
    """What reads standard output has ended, as `head` does: nothing is wrong, so nothing is said."""

    exit_code = 141

    def show(self, file: Any = None) -> None:  # noqa: ARG002
        """Nothing."""
        _to_nowhere()


def _to_nowhere() -> None:
    """What is left in the buffer would be tried again as Python ends, with a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Output:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise _failure(error) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise _failure(error) from None


def _failure(error: OSError) -> Unwritable:
    return ReaderGone(error) if isinstance(error, BrokenPipeError) else Unwritable(error)


def watched() -> TextIO:
    """Standard output, watched. One that was closed (`>&-`) takes no text; it does not matter if none is written to it."""
    stream = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    return cast("TextIO", _Output(stream))


def note(message: str) -> None:
    """A line on standard error, made printable."""
    from cloudaudit.report.text import printable

    with suppress(OSError):
        click.echo(printable(message), err=True)


def show(error: click.ClickException) -> None:
    """What stops the program, on standard error, made printable."""
    from cloudaudit.report.text import printable

    if not isinstance(error, Unwritable):
        said = printable(error.format_message())
        error = click.UsageError(said, error.ctx) if isinstance(error, click.UsageError) else click.ClickException(said)
    with suppress(OSError):
        error.show()
