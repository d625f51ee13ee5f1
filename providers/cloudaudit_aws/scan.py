"""The scan of an AWS account: whose credentials these are, which regions there are, then every table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

import cloudaudit_aws
from cloudaudit.model import Collection, Coverage, CoverageStatus, Gap, Origin, SourceKind, Why
from cloudaudit.sources.live.permissions import calls as operations
from cloudaudit.sources.live.permissions import policy_document
from cloudaudit.sources.live.reading import Account, attempt
from cloudaudit.sources.live.shape import elements, find, render
from cloudaudit.sources.live.table import Listing, Reach, tables
from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.actions import actions
from cloudaudit_aws.api import Aws, NoCredentials, Patience, assumed, opened

IDENTITY = "sts:GetCallerIdentity"
REGIONS = "ec2:DescribeRegions"
ANY_TYPE = "*"
"""The type of coverage rows that are about a whole region or account."""

_FIRST_REGION = "us-east-1"
_REGION = re.compile(r"[a-z]{2,8}(-[a-z]+)+-\d{1,2}")


class UnknownRegion(ValueError):  # noqa: N818  (the fact, which the command line makes a usage error)
    """A region was named that AWS does not have."""


class ScanOptions(msgspec.Struct, frozen=True):
    """What to scan, as whom, and how patiently.

    Without `regions`, every region that the account has enabled. Buckets are listed wherever they are.
    `emulated` is for an emulator at `endpoint_url`: throw-away credentials sign the calls, real ones are never looked for.
    """

    regions: tuple[str, ...] = ()
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    emulated: bool = False
    workers: int = 32
    deadline_seconds: float = 900.0
    max_attempts: int = 8


class Regions(msgspec.Struct, frozen=True):
    """The regions to look at, those that are left out, and why it is not known which there are."""

    looked_at: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    error: CallError | None = None


def listings() -> tuple[Listing, ...]:
    """Every table of this package."""
    return tables(cloudaudit_aws)


def permissions() -> dict[str, Any]:
    """The least-privilege IAM policy for a scan, generated from the tables."""
    return policy_document((*operations(listings()), IDENTITY, REGIONS), actions)


def scan(
    options: ScanOptions,
    wanted: Callable[[str], bool] | None = None,
    *,
    calls: Counter[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Collection]:
    """The account that the credentials belong to. `calls` is filled with the number of HTTP requests by operation.

    Raises:
        NoCredentials: there are none, or AWS does not accept them.
        UnknownRegion: `options.regions` names one that AWS does not have.
        Interrupted: on Ctrl-C, with what was read until then.
    """
    from cloudaudit.sources.live.engine import collect, everything

    aws, home = _connected(options, Counter() if calls is None else calls)
    try:
        number, partition = _identity(aws, home)
    except CallError as error:
        if error.why is Why.DENIED:
            raise NoCredentials(_unusable(error)) from None
        yield _unreachable(error)
        return
    regions = _regions(aws, options.regions, home)
    account = Account("aws", number, home, regions.looked_at, partition, Origin(call=IDENTITY))
    collection = collect(listings(), aws, account, wanted=wanted or everything, workers=options.workers, progress=progress)
    yield msgspec.structs.replace(
        collection,
        gaps=(*_gaps(regions, account.unit), *collection.gaps),
        coverage=(*_coverage(regions, account.unit, account.id), *collection.coverage),
    )


def _unusable(error: CallError) -> str:
    """Why nobody is known to ask. Only an error with a code comes from AWS; others come from what should provide credentials."""
    return f"AWS does not accept the credentials: {error.message or error.code}" if error.code else error.message


def _connected(options: ScanOptions, calls: Counter[str]) -> tuple[Aws, str]:
    patience = Patience(attempts=options.max_attempts, deadline=options.deadline_seconds)
    session = opened(options.profile, emulated=options.emulated)
    home = session.get_config_variable("region") or (options.regions or (_FIRST_REGION,))[0]
    aws = Aws(session, endpoint_url=options.endpoint_url, patience=patience, workers=options.workers, calls=calls)
    if options.role_arn is None:
        return aws, home
    session = assumed(aws, options.role_arn, options.external_id, home)
    return Aws(session, endpoint_url=options.endpoint_url, patience=patience, workers=options.workers, calls=calls), home


def _identity(aws: Aws, home: str) -> tuple[str, str]:
    answer = next(aws.pages(IDENTITY, {}, home))
    number, arn = answer.get("Account"), str(answer.get("Arn")).split(":")
    if not isinstance(number, str) or len(arn) < 6:
        raise CallError(Why.FAILED, IDENTITY, message="the answer names no account")
    return number, arn[1]


def _regions(aws: Aws, asked: tuple[str, ...], home: str) -> Regions:
    for name in asked:
        if not _REGION.fullmatch(name):
            raise UnknownRegion(f'"{name}" is not the name of an AWS region')
    told = attempt(REGIONS, partial(_told, aws, home))
    if isinstance(told, CallError):
        return Regions(tuple(dict.fromkeys(asked)) or (home,), error=told)
    known, enabled = told
    for name in asked:
        if name not in known:
            raise UnknownRegion(f'"{name}" is not a region of AWS: expected one of {", ".join(sorted(known))}')
    looked_at = tuple(dict.fromkeys(asked)) or enabled
    return Regions(looked_at, tuple(name for name in enabled if name not in looked_at))


def _told(aws: Aws, home: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """All regions that there are, and those that the account has enabled."""
    states = {
        render("{RegionName}", region): find(region, "OptInStatus")
        for page in aws.pages(REGIONS, {"AllRegions": True}, home)
        for region in elements(page, "Regions")
    }
    enabled = tuple(sorted(name for name, state in states.items() if state != "not-opted-in"))
    if not enabled:
        raise CallError(Why.TRUNCATED, REGIONS, actions(REGIONS)[0], "it names no enabled region")
    return frozenset(states), enabled


def _gaps(regions: Regions, unit: str) -> Iterator[Gap]:
    """What may be missing: only what is listed by region, and nothing that belongs to a resource that was seen."""
    hidden = tuple(sorted(listing.type for listing in listings() if listing.reach is Reach.REGIONAL and listing.per is None))
    origin = Origin(call=REGIONS)
    if regions.error is not None:
        what = f"{regions.error}; looked at {', '.join(regions.looked_at)} alone"
        remedy = regions.error.remedy or "scan again, or name the regions with --region"
        yield Gap(regions.error.why, what, origin, remedy, unit, hidden, detail=regions.error.detail)
    if regions.left_out:
        count, names = len(regions.left_out), ", ".join(regions.left_out)
        what = f"{count} enabled region{' was' if count == 1 else 's were'} not looked at: {names}"
        yield Gap(Why.NOT_COLLECTED, what, origin, "scan without --region", unit, hidden)


def _coverage(regions: Regions, unit: str, account: str) -> Iterator[Coverage]:
    if regions.error is not None:
        yield Coverage(unit, ANY_TYPE, CoverageStatus.PARTIAL, 0, account, None, regions.error.why, regions.error.detail)
    for region in regions.left_out:
        yield Coverage(unit, ANY_TYPE, CoverageStatus.SKIPPED, 0, account, region, Why.NOT_COLLECTED, "left out by --region")


def _unreachable(error: CallError) -> Collection:
    """AWS cannot even tell whose account this is: one gap that may hide everything."""
    remedy = error.remedy or "scan again once AWS can be reached"
    gap = Gap(error.why, str(error), Origin(call=IDENTITY), remedy, "aws", detail=error.detail)
    row = Coverage("aws", ANY_TYPE, CoverageStatus.FAILED, 0, why=error.why, detail=error.detail)
    return Collection("aws", SourceKind.LIVE, (), (gap,), (row,))
