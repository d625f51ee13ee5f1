"""Which regions a scan looks at: all that the account has enabled, or those that somebody has decided on.

`--region` leaves regions out. The policy's `[aws] regions` says that the others are not used, and leaves none out: all are looked
at, and only a listing that the organisation itself refuses there is taken for decided. One service that refuses proves nothing
about another: AWS's own region deny leaves some open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import ANY_TYPE, Coverage, CoverageStatus, Gap, Known, Origin, Record, Why
from cloudaudit.sources.live.crew import before
from cloudaudit.sources.live.drafts import attempt
from cloudaudit.sources.live.shape import elements, find, render
from cloudaudit.sources.live.table import Listing, Reach, within
from cloudaudit.sources.live.transport import CallError, Page
from cloudaudit_aws.actions import actions
from cloudaudit_aws.api import Aws

REGIONS = "ec2:DescribeRegions"
FIRST = "us-east-1"
_NAME = re.compile(r"[a-z]{2,8}(-[a-z]+)+-\d{1,2}")

T = TypeVar("T")


class UnknownRegion(ValueError):  # noqa: N818  (the fact, which the command line makes a usage error)
    """A region was named that AWS does not have."""


class Regions(msgspec.Struct, frozen=True):
    """What becomes of each enabled region, and why it is not known which there are.

    `home` is where what belongs to no region is asked. Of those that are looked at, the policy says that some are `unused`.
    Of the `unheard` it says that they are used, and AWS does not name them; nor does it name the `unnamed`, which the SDK knows.
    """

    home: str
    looked_at: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    error: CallError | None = None
    unheard: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()


def well_formed(names: Iterable[str]) -> None:
    """Raises UnknownRegion for what cannot be the name of a region."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise UnknownRegion(f'"{name}" is not the name of an AWS region')


def anywhere(aws: Aws, call: str, places: Iterable[str], ask: Callable[[str], T]) -> tuple[T, str]:
    """What a call that is of no region gives, and the region that answered: where a region as such refuses, the next one is asked.

    Raises:
        CallError: that of the first region, if all refuse.
    """
    first: CallError | None = None
    for place in places:
        try:
            return before(aws.deadline, call, partial(ask, place)), place
        except CallError as error:
            if not error.regional:
                raise
            first = first or error
    assert first is not None
    raise first


def first_page(aws: Aws, call: str, args: Mapping[str, Any], place: str) -> Page:
    """The first page of an answer."""
    return next(aws.pages(call, args, place))


def regions(aws: Aws, asked: tuple[str, ...], expected: tuple[str, ...], home: str, partition: str, *, emulated: bool = False) -> Regions:
    """The regions that are `asked` for; else those that are enabled: those that are not `expected` are said to be unused.

    AWS names all that it has, enabled or not: what the SDK knows and it does not name was lost on the way. An emulator has what it has.

    Raises:
        UnknownRegion: AWS does not have one that is asked for.
    """
    named = dict.fromkeys((home, *asked, *real(aws.session, expected), FIRST))
    places = named if asked or expected else (*named, *aws.session.get_available_regions("ec2", partition_name=partition))
    told = attempt(REGIONS, lambda: anywhere(aws, REGIONS, places, partial(_told, aws)))
    if isinstance(told, CallError):
        return Regions(home, asked or expected or (home,), error=told)
    (known, enabled), home = told
    for name in asked:
        if name not in known:
            raise UnknownRegion(f'"{name}" is not a region of AWS: expected one of {", ".join(sorted(known))}')
    if asked:
        return Regions(home, asked, tuple(name for name in enabled if name not in asked))
    unheard = tuple(name for name in expected if name not in known and _of(aws, name) in {partition, ""})
    unused = tuple(name for name in enabled if expected and name not in expected)
    all_names = () if emulated else aws.session.get_available_regions("ec2", partition_name=partition)
    unnamed = tuple(name for name in sorted(all_names) if name not in known and name not in unheard)
    return Regions(home, enabled, unused=unused, unheard=unheard, unnamed=unnamed)


def _of(aws: Aws, name: str) -> str:
    """The partition of a region, by its name; empty if that tells none. A policy may name the regions of several."""
    told = attempt(REGIONS, lambda: str(aws.session.get_partition_for_region(name)))
    return told if isinstance(told, str) else ""


def real(session: Any, names: Iterable[str]) -> tuple[str, ...]:
    """Those that the SDK knows: a policy's author may have misspelt one, and nothing answers there."""
    known = {name for partition in session.get_available_partitions() for name in session.get_available_regions("ec2", partition)}
    return tuple(name for name in names if name in known)


def _told(aws: Aws, place: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """All regions that there are, and those that the account has enabled."""
    states = {
        render("{RegionName}", region): find(region, "OptInStatus")
        for page in aws.pages(REGIONS, {"AllRegions": True}, place)
        for region in elements(page, "Regions")
    }
    enabled = tuple(sorted(name for name, state in states.items() if state != "not-opted-in"))
    if not enabled:
        raise CallError(Why.TRUNCATED, REGIONS, actions(REGIONS)[0], "it names no enabled region")
    return frozenset(states), enabled


def hidden_types(listings: tuple[Listing, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a region that is not looked at may hide: what is listed by region, and what is nested in that."""
    roots = [one for one in listings if one.reach is Reach.REGIONAL and one.per is None and one.named is None]
    listed = {root.type for root in roots}
    return tuple(sorted(listed)), tuple(sorted({inner.type for root in roots for inner in within(root, listings)} - listed))


def gaps(found: Regions, unit: str, listings: tuple[Listing, ...]) -> Iterator[Gap]:
    """What may be missing, and what somebody has decided to leave out."""
    (hidden, nested), origin = hidden_types(listings), Origin(call=REGIONS)
    if found.error is not None:
        what = f"{found.error}; looked at {', '.join(found.looked_at)} alone"
        remedy = found.error.remedy or "scan again, or name the regions with --region"
        yield Gap(found.error.why, what, origin, remedy, unit, hidden, detail=found.error.detail, nested=nested)
    if found.unheard:
        what = f"{REGIONS} does not name {', '.join(found.unheard)}, which the policy names among its regions"
        remedy = "correct the policy's [aws] regions, or scan again"
        yield Gap(Why.TRUNCATED, what, origin, remedy, unit, hidden, nested=nested)
    if found.unnamed:
        what = f"{REGIONS} does not name {', '.join(found.unnamed)}: AWS has {'it' if len(found.unnamed) == 1 else 'them'}, used or not"
        yield Gap(Why.TRUNCATED, what, origin, "scan again, or name the regions with --region", unit, hidden, nested=nested)
    if found.left_out:
        what = f"{_enabled(found.left_out)}, by --region: {', '.join(found.left_out)}"
        yield Gap(Why.NOT_COLLECTED, what, origin, "scan without --region", unit, hidden, decided=True, nested=nested)


def _enabled(names: tuple[str, ...]) -> str:
    return f"{len(names)} enabled region{'' if len(names) == 1 else 's'}"


def coverage(found: Regions, unit: str, account: str) -> Iterator[Coverage]:
    """A row for each region that is not looked at."""
    if found.error is not None:
        yield Coverage(unit, ANY_TYPE, CoverageStatus.PARTIAL, 0, account, None, found.error.why, found.error.detail)
    for name in found.left_out:
        yield Coverage(unit, ANY_TYPE, CoverageStatus.SKIPPED, 0, account, name, Why.NOT_COLLECTED, "left out by --region")


def told(found: Regions, records: Iterable[Record]) -> tuple[str, ...]:
    """Where the policy says what is not so."""
    held = Counter(record.scope.region.value for record in records if isinstance(record.scope.region, Known))
    return tuple(f"{name} is not among the policy's regions, and holds {_times(held[name])}" for name in found.unused if held[name])


def _times(number: int) -> str:
    return f"{number} resource{'' if number == 1 else 's'}"
