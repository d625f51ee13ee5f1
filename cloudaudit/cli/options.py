"""Options that several commands share, and what they become."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cloudaudit.cli.output import note
from cloudaudit.cli.writing import STANDARD_OUTPUT, Place, SarifProfile, opened, refused, write
from cloudaudit.opener import written_through

if TYPE_CHECKING:
    from cloudaudit.policy import Check, EffectivePolicy
    from cloudaudit.report.result import Result


class AuditOptions(NamedTuple):
    """What every audit can be told: what to check, by which policy and waivers, when it is not clean, and how to report it."""

    formats: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    fail_on: str | None
    max_unknown: int | None
    config: Path | None
    waivers: tuple[Path, ...]
    today: date
    verbose: bool
    color: str
    sarif_profile: SarifProfile

    def policy(self, discovered: Path | None) -> EffectivePolicy:
        """The policy that the caller names, else the discovered one, with the command line's values on top."""
        return effective_policy(explicit_config(self.config) or discovered, self.fail_on, self.max_unknown)

    def checks(self) -> list[Check]:
        """The checks that are to run."""
        return selected_checks(self.only, self.skip)

    def report(self, result: Result, places: Mapping[str, Place] | None = None, *, audited: Iterable[Path] = ()) -> int:
        """Write every report, none by a link of what is audited; the exit code. `places` are files that have been opened."""
        targets = parsed_formats(self.formats)
        write_to = partial(write, result, targets, verbose=self.verbose, color=self.color, sarif_profile=self.sarif_profile)
        if places is not None:
            return write_to(places)
        trees = list(audited)
        for target in (target for _, target in targets if target != STANDARD_OUTPUT):
            if written_through(Path(target), trees):
                raise click.UsageError(refused(target, trees))
        with opened(targets) as late:
            return write_to(late)


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date:
    return (value or datetime.now(UTC)).date()


today_option = click.option("--today", type=click.DateTime(["%Y-%m-%d"]), hidden=True, callback=_day)
"""The day by which waivers are judged, in UTC; for tests."""

_OPTIONS = (
    click.option("-f", "--format", "formats", multiple=True, metavar="FORMAT[=FILE]", help="Report format; repeatable."),
    click.option("--check", "only", multiple=True, metavar="GLOB", help="Run only these checks; repeatable."),
    click.option("--skip-check", "skip", multiple=True, metavar="GLOB", help="Leave these checks out; repeatable."),
    click.option("--fail-on", type=click.Choice(["low", "medium", "high", "critical", "never"]), help="Severity that exits with 1."),
    click.option("--max-unknown", type=click.IntRange(min=0), help="UNKNOWN verdicts allowed before the exit code is 3."),
    click.option("-c", "--config", type=click.Path(path_type=Path), help="Configuration file (cloudaudit.toml)."),
    click.option("--waivers", multiple=True, type=click.Path(path_type=Path), help="A file of waivers; repeatable."),
    today_option,
    click.option("-v", "--verbose", is_flag=True, help="List every finding, PASS too."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour of the text report."),
    click.option(
        "--sarif-profile", type=click.Choice(["strict", "github"]), default="strict", help="SARIF by its standard, or as GitHub shows it."
    ),
)


def audit_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of every audit, as its one argument `audit`."""

    @wraps(function)
    def command(**values: Any) -> int:
        audit = AuditOptions(**{name: values.pop(name) for name in AuditOptions._fields})
        _checked(parsed_formats(audit.formats))
        return function(**values, audit=audit)

    wrapped: Callable[..., int] = command
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _checked(targets: Iterable[tuple[str, str]]) -> None:
    """A place that takes no report is told before the work, not after it."""
    for _, target in targets:
        reason = refused(target) if target != STANDARD_OUTPUT else ""
        if reason:
            raise click.UsageError(reason)


def explicit_config(config: Path | None) -> Path | None:
    """The configuration file that the caller names, by `--config` or CLOUDAUDIT_CONFIG."""
    named = os.environ.get("CLOUDAUDIT_CONFIG")
    return config or (Path(named) if named else None)


def effective_policy(path: Path | None, fail_on: str | None = None, max_unknown: int | None = None) -> EffectivePolicy:
    """The policy of a configuration file, or the built-in one, with the command line's values on top."""
    import msgspec

    from cloudaudit.policy.load import PolicyError, load

    try:
        effective = load(path)
    except PolicyError as error:
        raise click.UsageError(str(error)) from None
    for warning in effective.weaker:
        note(f"cloudaudit: {path}: {warning}")
    gate, origins = effective.policy.gate, dict(effective.origins)
    if fail_on is not None:
        gate, origins["gate.fail-on"] = msgspec.structs.replace(gate, fail_on=fail_on), "--fail-on"
    if max_unknown is not None:
        gate, origins["gate.max-unknown"] = msgspec.structs.replace(gate, max_unknown=max_unknown), "--max-unknown"
    return msgspec.structs.replace(effective, policy=msgspec.structs.replace(effective.policy, gate=gate), origins=origins)


def selected_checks(only: tuple[str, ...], skip: tuple[str, ...]) -> list[Check]:
    """The checks that the globs leave. A glob that matches none is a usage error: it would silently check nothing."""
    from cloudaudit.plugins import checks

    known = checks()
    for pattern in (*only, *skip):
        if not any(fnmatchcase(check.id, pattern) for check in known):
            raise click.UsageError(f'no check is called "{pattern}": see `cloudaudit checks`')
    chosen = [check for check in known if not only or any(fnmatchcase(check.id, pattern) for pattern in only)]
    return [check for check in chosen if not any(fnmatchcase(check.id, pattern) for pattern in skip)]


def parsed_formats(formats: tuple[str, ...]) -> list[tuple[str, str]]:
    """`(format, file)` pairs; file `-` is standard output. Each place takes one format."""
    from cloudaudit.report.formats import names

    pairs = []
    for text in formats or ("text",):
        name, _, target = text.partition("=")
        if name not in names():
            raise click.UsageError(f'"{name}" is not a format: expected one of {", ".join(names())}')
        pairs.append((name, target or STANDARD_OUTPUT))
    places = [target if target == STANDARD_OUTPUT else os.path.realpath(target) for _, target in pairs]
    for place, (_, target) in zip(places, pairs, strict=True):
        if places.count(place) > 1:
            named = "standard output" if target == STANDARD_OUTPUT else target
            raise click.UsageError(f"only one format can go to {named}: give the others a file of their own, as in json=result.json")
    return pairs


def progress(message: str) -> None:
    """A word on what is going on, for a person at a terminal only."""
    if sys.stderr.isatty():
        note(message)
