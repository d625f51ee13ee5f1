"""`cloudaudit scan`: audit what runs in a cloud."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudaudit.cli.options import AuditOptions, audit_options, parsed_formats, progress
from cloudaudit.cli.output import note

if TYPE_CHECKING:
    from cloudaudit.cli.waivers import Waivers
    from cloudaudit.policy import Check, Policy
    from cloudaudit.report.result import Result
    from cloudaudit.sources.live.transport import Deadline
    from cloudaudit_aws.scan import ScanOptions


_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/\S+")


@click.group("scan")
def command() -> None:
    """Audit what runs in a cloud. Reads only; `cloudaudit permissions` prints what it needs."""


@command.command("aws", short_help="Audit an AWS account.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="Look at this region only; repeatable.")
@click.option("--profile", help="Profile of the AWS configuration.")
@click.option("--role-arn", help="Role to assume.")
@click.option("--external-id", help="External id for the role.")
@click.option("--endpoint-url", help="Another endpoint for every service, such as an emulator.")
@click.option("--workers", type=click.IntRange(1, 256), default=32, show_default=True, help="Calls under way at once.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=1),
    default=900,
    show_default=True,
    metavar="SECONDS",
    help="The scan ends then, with what it has read.",
)
@audit_options
def aws(
    regions: tuple[str, ...],
    profile: str | None,
    role_arn: str | None,
    external_id: str | None,
    endpoint_url: str | None,
    workers: int,
    deadline: float,
    audit: AuditOptions,
) -> int:
    """Audit the AWS account that the credentials belong to, in every enabled region."""
    from cloudaudit.cli.ending import asked_to_end, terminal_kept
    from cloudaudit.cli.waivers import callers, with_own
    from cloudaudit.cli.writing import opened
    from cloudaudit.policy.load import find
    from cloudaudit.sources.live.transport import Deadline

    policy = audit.policy(find(Path.cwd())).policy
    heeded = with_own(callers(audit.waivers, audit.today, policy))
    options = _options(regions, policy.aws.regions, profile, role_arn, external_id, endpoint_url, workers, deadline)
    checks = audit.checks()
    ends = Deadline(deadline)
    with opened(parsed_formats(audit.formats)) as places, terminal_kept(), asked_to_end(ends.interrupt, lambda: ends.left <= 0):
        return audit.report(scanned(options, checks, policy, heeded, ends), places)


def _options(
    regions: tuple[str, ...],
    expected: tuple[str, ...],
    profile: str | None,
    role_arn: str | None,
    external_id: str | None,
    endpoint_url: str | None,
    workers: int,
    deadline: float,
) -> ScanOptions:
    if role_arn is not None and not _ROLE.fullmatch(role_arn):
        raise click.UsageError("--role-arn: expected the ARN of a role, as in arn:aws:iam::123456789012:role/NAME")
    try:
        from cloudaudit_aws.scan import ScanOptions
    except ImportError:
        raise click.UsageError("reading AWS needs boto3: pip install 'cloudaudit[aws]'") from None
    return ScanOptions(
        regions=regions,
        expected=expected,
        profile=profile,
        role_arn=role_arn,
        external_id=external_id,
        endpoint_url=endpoint_url,
        workers=workers,
        deadline_seconds=deadline,
    )


def scanned(
    options: ScanOptions, checks: list[Check], policy: Policy, waivers: Waivers | None = None, deadline: Deadline | None = None
) -> Result:
    """Scan and audit. What keeps the scan from beginning is a usage error; one that is ended before its time has what it read."""
    from collections import Counter

    import msgspec

    from cloudaudit import plugins
    from cloudaudit.cli.assess import assess
    from cloudaudit.exit_code import ExitCode
    from cloudaudit_aws.credentials import NoCredentials
    from cloudaudit_aws.looked_at import UnknownRegion
    from cloudaudit_aws.scan import scan

    calls: Counter[str] = Counter()
    read = scan(options, plugins.needs_of(checks), calls=calls, progress=_told, deadline=deadline)
    try:
        result = assess("scan", read, checks, policy, waivers)
    except (NoCredentials, UnknownRegion) as error:
        raise click.UsageError(str(error)) from None
    if deadline is not None and deadline.interrupted:
        note("cloudaudit: interrupted; what was read until then is reported")
        reasons = ["interrupted", *result.reasons]
        result = msgspec.structs.replace(result, exit_code=int(ExitCode.INTERRUPTED), reasons=reasons)
    return msgspec.structs.replace(result, calls=calls.total())


def _told(done: int, known: int) -> None:
    if done % 100 == 0:
        progress(f"{done} of {known} reads done")
