"""The scan of an AWS account: whose credentials these are, which regions there are, then every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

import cloudaudit_aws
from cloudaudit.model import ANY_TYPE, Collection, Coverage, CoverageStatus, Gap, Origin, SourceKind, Why
from cloudaudit.sources.live.crew import before
from cloudaudit.sources.live.drafts import Account, attempt
from cloudaudit.sources.live.needs import ALL, Asked, Needs, Per, asked
from cloudaudit.sources.live.permissions import calls as operations
from cloudaudit.sources.live.permissions import policy_document
from cloudaudit.sources.live.table import Listing, tables
from cloudaudit.sources.live.transport import CallError, Deadline, Page
from cloudaudit_aws import looked_at
from cloudaudit_aws.actions import actions
from cloudaudit_aws.api import Aws, Patience
from cloudaudit_aws.credentials import ROLE, NoCredentials, ProviderFailed, SdkMissing, opened, renewal, session_of, wish
from cloudaudit_aws.errors import INVALID
from cloudaudit_aws.looked_at import FIRST, REGIONS, anywhere, first_page, well_formed
from cloudaudit_aws.sdk_members import lacking
from cloudaudit_aws.unlisted import unlisted

IDENTITY = "sts:GetCallerIdentity"


class ScanOptions(msgspec.Struct, frozen=True):
    """What to scan, as whom, and how patiently.

    Without `regions`, every region that the account has enabled; those that are not `expected` are said to be unused. Buckets are
    listed wherever they are.
    `emulated` is for an emulator at `endpoint_url`: throw-away credentials sign the calls, real ones are never looked for.
    """

    regions: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    emulated: bool = False
    workers: int = 32
    deadline_seconds: float = 900.0
    max_attempts: int = 8


def listings() -> tuple[Listing, ...]:
    """Every table of this package."""
    return tables(cloudaudit_aws)


def permissions() -> dict[str, Any]:
    """The least-privilege IAM policy for a scan, generated from the tables."""
    return policy_document((*operations(listings()), IDENTITY, REGIONS), actions)


def rows(needs: Needs = ALL) -> tuple[Asked, ...]:
    """Every operation that a scan makes for what is needed, and how often."""
    first = (Asked(call, Per.ACCOUNT, "", "") for call in (IDENTITY, REGIONS))
    return (*first, *asked(listings(), needs))


def scan(
    options: ScanOptions,
    needs: Needs = ALL,
    *,
    calls: Counter[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    deadline: Deadline | None = None,
) -> Iterator[Collection]:
    """The account that the credentials belong to. `calls` is filled with the number of HTTP requests by operation.

    `deadline` stands in the place of `options.deadline_seconds` for a caller who may have to end the scan. What was read stands.

    Raises:
        NoCredentials: nothing says which to use, or no SDK is here that could. Those that cannot be had or AWS refuses are a gap.
        UnknownRegion: `options.regions` names one that AWS does not have. See `looked_at`.
    """
    from cloudaudit.sources.live.engine import collect

    well_formed(options.regions)
    deadline = deadline or Deadline(options.deadline_seconds)
    counted: Counter[str] = Counter() if calls is None else calls
    connected = attempt(IDENTITY, lambda: _connected(options, counted, deadline), but=NoCredentials)
    if isinstance(connected, CallError):
        yield _unreachable(connected)
        return
    aws, number, partition, home = connected
    _well_described(aws.session, needs)
    asked = tuple(dict.fromkeys(options.regions))
    found = looked_at.regions(aws, asked, options.expected, home, partition, emulated=options.emulated)
    account = Account("aws", number, found.home, found.looked_at, partition, Origin(call=IDENTITY), found.unused)
    read = partial(collect, needs=needs, workers=options.workers, progress=progress, deadline=deadline)
    collection = read(listings(), aws, account)
    yield msgspec.structs.replace(
        collection,
        gaps=(*looked_at.gaps(found, account.unit, listings()), *collection.gaps),
        coverage=(
            *looked_at.coverage(found, account.unit, account.id),
            unlisted(listings(), account.unit, account.id),
            *collection.coverage,
        ),
        told=looked_at.told(found, collection.records),
    )


def _well_described(session: Any, needs: Needs) -> None:
    """Raises SdkMissing if the SDK is older than what it is asked for: it would drop that from every answer."""
    unknown = lacking(session, needs.run(listings()))
    if unknown:
        raise SdkMissing(f"the installed boto3 is too old to tell {unknown[0]}: pip install --upgrade 'cloudaudit[aws]'")


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
    named = (*options.regions, *looked_at.real(session, options.expected), FIRST)
    home = session.get_config_variable("region") or named[0]
    places = tuple(dict.fromkeys((home, *named)))
    try:
        if options.role_arn is not None:
            args = wish(options.role_arn, options.external_id)
            answer, _ = anywhere(aws, ROLE, places, partial(first_page, aws, ROLE, args))
            aws = aws.as_role(session_of(answer, session.profile))
        answer, place = anywhere(aws, IDENTITY, places, partial(first_page, aws, IDENTITY, {}))
    except CallError as error:
        if error.code in INVALID and error.regional:  # no region takes them
            error.message, error.remedy = f"AWS does not accept the credentials ({error.code})", renewal(aws.session)
        if error.operation == ROLE:
            error.message = f"the role {options.role_arn} cannot be assumed{f': {error.message}' if error.message else ''}"
        raise
    return aws, *_identity(answer), place


def _identity(answer: Page) -> tuple[str, str]:
    number, arn = answer.get("Account"), str(answer.get("Arn")).split(":")
    if not isinstance(number, str) or len(arn) < 6:
        raise CallError(Why.FAILED, IDENTITY, message="the answer names no account")
    return number, arn[1]


def _unreachable(error: CallError) -> Collection:
    """AWS cannot even tell whose account this is: one gap that may hide everything."""
    remedy = error.remedy or "scan again once AWS can be reached"
    what = f"the account cannot be read: {error.operation}: {error.message}" if error.message else str(error)
    gap = Gap(error.why, what, Origin(call=IDENTITY), remedy, "aws", detail=error.detail)
    row = Coverage("aws", ANY_TYPE, CoverageStatus.FAILED, 0, why=error.why, detail=error.detail)
    return Collection("aws", SourceKind.LIVE, (), (gap,), (row,))
