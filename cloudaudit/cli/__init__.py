"""The command line. Each command is a module of this package, imported when it is run."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module

import click

from cloudaudit import __version__
from cloudaudit.cli.ending import as_interrupt
from cloudaudit.cli.output import note, show, watched

_ALLOCATIONS = 100_000
"""Before the garbage collector looks for cycles: an audit makes many objects and drops few (measured: 10 % less CPU)."""

_INTERRUPTED = 130

_COMMANDS = {
    "gate": "Audit Terraform: configurations, plans and states.",
    "scan": "Audit what runs in a cloud.",
    "checks": "List the checks.",
    "explain": "Explain a check, or a finding of a JSON result.",
    "waive": "Write down who answers for a finding, why and until when.",
    "policy": "Print the effective policy and where each value comes from.",
    "permissions": "Print the least permissions that a scan needs.",
    "demo": "Audit a made-up estate, without credentials or network.",
}


class _Lazy(click.Group):
    """Commands by module name; `--help` reads the table above and imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"cloudaudit.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], _COMMANDS, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cloudaudit", message="%(prog)s %(version)s")
def cli() -> None:
    """Audit clouds and Terraform against the company's security policy.

    Exit codes: 0 nothing wrong, 1 a finding failed, 2 usage, 3 evidence incomplete, 70 internal error, 130 interrupted.
    """


def main() -> None:
    """Run, and turn whatever happens into one line and the exit code that it means."""
    gc.set_threshold(_ALLOCATIONS)
    sys.stdout = watched()
    as_interrupt()
    try:
        code = _ran(_run)
        if code != _INTERRUPTED:  # what takes no more would be waited for again
            code = _ran(sys.stdout.flush) or code
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        os._exit(code)  # Python would wait for the threads, and a silent server can keep those for long
    sys.exit(code)


def _run() -> int:
    return int(cli.main(standalone_mode=False) or 0)


def _ran(work: Callable[[], int | None]) -> int:
    try:
        return work() or 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        show(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the second Ctrl-C has nothing left to end
        note("cloudaudit: interrupted")
        return _INTERRUPTED
    except Exception as error:
        if os.environ.get("CLOUDAUDIT_DEBUG"):
            raise
        note(f"cloudaudit: internal error: {type(error).__name__}: {error}. CLOUDAUDIT_DEBUG=1 shows where.")
        return 70
