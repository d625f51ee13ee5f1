"""The scan of an AWS account: whose credentials these are, which regions there are, then every table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

import cloudaudit_aws
from cloudaudit.model import Collection, Coverage, CoverageStatus, Gap, Origin, SourceKind, Why
from cloudaudit.sources.live.crew import before
from cloudaudit.sources.live.permissions import calls as operations
from cloudaudit.sources.live.permissions import policy_document
from cloudaudit.sources.live.reading import Account, attempt
from cloudaudit.sources.live.shape import elements, find, render
from cloudaudit.sources.live.table import Listing, Reach, tables
from cloudaudit.sources.live.transport import CallError, Deadline, Page
from cloudaudit_aws.actions import actions
from cloudaudit_aws.api import Aws, Patience
from cloudaudit_aws.credentials import ROLE, ProviderFailed, opened, renewal, session_of, wish

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
    deadline: Deadline | None = None,
) -> Iterator[Collection]:
    """The account that the credentials belong to. `calls` is filled with the number of HTTP requests by operation.

    `deadline` stands in the place of `options.deadline_seconds` for a caller who may have to end the scan. What was read stands.

    Raises:
        NoCredentials: nothing says which to use. Those that cannot be had or that AWS refuses are a gap.
        UnknownRegion: `options.regions` names one that AWS does not have.
    """
    from cloudaudit.sources.live.engine import collect, everything

    _well_formed(options.regions)
    deadline = deadline or Deadline(options.deadline_seconds)
    try:
        aws, number, partition, home = _connected(options, Counter() if calls is None else calls, deadline)
    except CallError as error:
        yield _unreachable(error)
        return
    regions = _regions(aws, options.regions, home)
    account = Account("aws", number, home, regions.looked_at, partition, Origin(call=IDENTITY))
    read = partial(collect, wanted=wanted or everything, workers=options.workers, progress=progress, deadline=deadline)
    collection = read(listings(), aws, account)
    yield msgspec.structs.replace(
        collection,
        gaps=(*_gaps(regions, account.unit), *collection.gaps),
        coverage=(*_coverage(regions, account.unit, account.id), *collection.coverage),
    )


def _connected(options: ScanOptions, calls: Counter[str], deadline: Deadline) -> tuple[Aws, str, str, str]:
    """The transport, the account and its partition, and the region where what is not of a region is asked.

    Raises:
        NoCredentials: nothing says which to use.
        CallError: they cannot be had, or AWS does not take them.
    """
    try:
        session = before(deadline, IDENTITY, partial(opened, options.profile, emulated=options.emulated))
    except ProviderFailed as failed:
        raise CallError(Why.DENIED, IDENTITY, message=str(failed), remedy=failed.remedy) from None
    patience = Patience(attempts=options.max_attempts)
    aws = Aws(session, endpoint_url=options.endpoint_url, patience=patience, workers=options.workers, calls=calls, deadline=deadline)
    home = session.get_config_variable("region") or (options.regions or (_FIRST_REGION,))[0]
    places = tuple(dict.fromkeys((home, *options.regions, _FIRST_REGION)))
    try:
        if options.role_arn is not None:
            answer, _ = _anywhere(aws, ROLE, wish(options.role_arn, options.external_id), places)
            aws = aws.as_role(session_of(answer))
        answer, place = _anywhere(aws, IDENTITY, {}, places)
    except CallError as error:
        if error.regional:  # not of a region: no region takes them
            error.message, error.remedy = f"AWS does not accept the credentials ({error.code})", renewal(aws.session)
        if error.operation == ROLE:
            error.message = f"the role {options.role_arn} cannot be assumed{f': {error.message}' if error.message else ''}"
        raise
    return aws, *_identity(answer), place


def _anywhere(aws: Aws, call: str, args: Mapping[str, Any], places: Iterable[str]) -> tuple[Page, str]:
    """The first page of an answer, and the region that gave it: another one where a region as such refuses."""
    refused: CallError | None = None
    for place in places:
        try:
            return before(aws.deadline, call, lambda place=place: next(aws.pages(call, args, place))), place  # type: ignore[misc]
        except CallError as error:
            if not error.regional:
                raise
            refused = refused or error
    assert refused is not None
    raise refused


def _identity(answer: Page) -> tuple[str, str]:
    number, arn = answer.get("Account"), str(answer.get("Arn")).split(":")
    if not isinstance(number, str) or len(arn) < 6:
        raise CallError(Why.FAILED, IDENTITY, message="the answer names no account")
    return number, arn[1]


def _well_formed(names: Iterable[str]) -> None:
    for name in names:
        if not _REGION.fullmatch(name):
            raise UnknownRegion(f'"{name}" is not the name of an AWS region')


def _regions(aws: Aws, asked: tuple[str, ...], home: str) -> Regions:
    told = attempt(REGIONS, partial(before, aws.deadline, REGIONS, partial(_told, aws, home)))
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
    what = f"the account cannot be read: {error.operation}: {error.message}" if error.message else str(error)
    gap = Gap(error.why, what, Origin(call=IDENTITY), remedy, "aws", detail=error.detail)
    row = Coverage("aws", ANY_TYPE, CoverageStatus.FAILED, 0, why=error.why, detail=error.detail)
    return Collection("aws", SourceKind.LIVE, (), (gap,), (row,))
