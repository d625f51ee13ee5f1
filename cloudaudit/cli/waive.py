"""`cloudaudit waive`: write down who answers for a finding, why and until when."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudaudit.cli.options import effective_policy, explicit_config, today_option
from cloudaudit.cli.output import note
from cloudaudit.opener import UnreadableError, named, written_through

if TYPE_CHECKING:
    from cloudaudit.policy import Policy
    from cloudaudit.policy.waiver import Waiver
    from cloudaudit.report.document import FindingItem

_BYTES = 10_000_000  # of a file of waivers
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("waive")
@click.argument("fingerprint")
@click.option("--from", "result", type=click.Path(path_type=Path), required=True, help="The JSON result that holds the finding.")
@click.option("--reason", required=True, help="Why the breach is accepted.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--ticket", required=True, help="Where it is tracked.")
@click.option("--until", type=_DAY, required=True, metavar="DATE", help="The last day on which the waiver counts.")
@click.option(
    "--file", "target", type=click.Path(path_type=Path), default="cloudaudit-waivers.toml", show_default=True, help="The file to append to."
)
@click.option("--accept-unknown", is_flag=True, help="Waive an UNKNOWN too: nobody knows whether it fails.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Configuration file (cloudaudit.toml).")
@today_option
def command(
    fingerprint: str,
    result: Path,
    reason: str,
    owner: str,
    ticket: str,
    until: datetime,
    target: Path,
    config: Path | None,
    today: date,
    *,
    accept_unknown: bool,
) -> int:
    """Append a waiver of one finding to a file. What the policy would refuse is refused here."""
    from cloudaudit.cli.results import finding as found
    from cloudaudit.cli.waivers import known_forbidden
    from cloudaudit.model import Origin, extent
    from cloudaudit.policy.load import find
    from cloudaudit.policy.waiver import Waiver
    from cloudaudit.report.text import printable

    policy = effective_policy(explicit_config(config) or find(Path.cwd())).policy
    known_forbidden(policy)
    finding = found(result, fingerprint)
    waiver = Waiver(
        " ".join(owner.split()),
        " ".join(ticket.split()),
        until.date(),
        " ".join(reason.split()),
        Origin(str(target)),
        in_repository=False,
        check=finding.check,
        resource=finding.resource.address,
        fingerprint=finding.fingerprint,
        unit=finding.resource.unit,
        accept_unknown=accept_unknown,
        extent=extent(finding.extent) if finding.extent else None,
    )
    _refuse(waiver, finding, policy, today)
    line = _append(target, waiver, today)
    click.echo(printable(f"{target}:{line}: {finding.check} for {finding.resource.address} is waived until {waiver.expires}"))
    if policy.waivers.in_repository == "never":
        note("cloudaudit: the policy honours no waivers of what is audited: name the file with --waivers")
    return 0


def _refuse(waiver: Waiver, finding: FindingItem, policy: Policy, today: date) -> None:
    """Raise a usage error for what could not count."""
    from cloudaudit.model import Outcome
    from cloudaudit.plugins import checks
    from cloudaudit.policy.waiver import checks_named, objection
    from cloudaudit.report.text import printable

    if finding.outcome is Outcome.WAIVED and finding.waiver is not None:
        known = finding.waiver
        raise click.UsageError(printable(f"it is waived until {known.expires} already: see {known.file}:{known.line}"))
    if finding.outcome is Outcome.UNKNOWN and not waiver.accept_unknown:
        raise click.UsageError("it is UNKNOWN: resolve that, or waive it as such with --accept-unknown")
    if finding.outcome not in {Outcome.FAIL, Outcome.UNKNOWN}:
        raise click.UsageError(f"it is {finding.outcome.value.upper()}: there is nothing to waive")
    severities = {check.id: check.severity for check in checks()}
    refused = objection(waiver, checks_named(waiver, severities, {}), severities, policy.waivers, today)
    if refused is not None:
        raise click.UsageError(printable(f"{refused.what}: {refused.remedy}"))


def _append(path: Path, waiver: Waiver, today: date) -> int:
    """Append a waiver to a file whose bytes stay, and give its line. What would not read back is not written."""
    import msgspec

    from cloudaudit.policy.waiver_text import Source, read_toml, written

    source = Source(str(path))
    try:
        before = named(path, _BYTES) if path.exists() else b""
        former = read_toml(before, source)
        _tell_former([one for one in former.waivers if one.fingerprint == waiver.fingerprint], waiver, today)
        added = written(waiver, before)
        after = read_toml(before + added, source)
        last = msgspec.structs.replace(after.waivers[-1], origin=waiver.origin) if after.waivers else None
        if len(after.waivers) != len(former.waivers) + 1 or last != waiver:
            why = after.problems[-1].what if after.problems else "the entry would not read back"
            raise click.UsageError(f"{path}: nothing was written: {why}")
        if written_through(path, [Path.cwd()]):
            raise click.UsageError(f"{path}: nothing was written: it is a link, or no file")
        with path.open("ab") as stream:
            stream.write(added)
    except UnreadableError as error:
        raise click.UsageError(f"{path} {error.reason}") from None
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return (before + added).count(b"\n") - added.strip().count(b"\n")


def _tell_former(waivers: list[Waiver], waiver: Waiver, today: date) -> None:
    from cloudaudit.model import Extent

    for known in waivers:
        if known.expires >= today and (waiver.extent or Extent()) != (known.extent or Extent()):
            note(f"cloudaudit: {known.origin}: the former waiver of the finding accepts another extent: remove it")
            continue
        if known.expires >= today:
            raise click.UsageError(f"{known.origin}: the finding is waived until {known.expires} already")
        note(f"cloudaudit: {known.origin}: the former waiver of the finding expired on {known.expires}: remove it")
