"""What is asked, and how often at least: told by the tables and by what the chosen checks need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from cloudaudit.model import Facet
from cloudaudit.sources.live.shape import Condition
from cloudaudit.sources.live.table import Detail, Feeds, Listing, Lookup, Reach, within

Concerns = frozenset[type[Facet]]


class Needs(msgspec.Struct, frozen=True):
    """What is wanted: types of resources, and of these the facets that some check judges; None for all."""

    wants: Callable[[str], bool]
    facets: Concerns | None = None

    def read(self, table: Listing | Detail | Lookup) -> bool:
        """Whether anything that is wanted rests on what a table tells."""
        return self.facets is None or not table.feeds or not self.facets.isdisjoint(table.feeds)

    def run(self, listings: Iterable[Listing]) -> tuple[Listing, ...]:
        """The tables that are wanted themselves, or in which a wanted one is nested."""
        every = tuple(listings)
        return tuple(one for one in every if any(self.wants(inner.type) and self.read(inner) for inner in within(one, every)))


ALL = Needs(lambda _type: True)


class Per(StrEnum):
    """What an operation is asked once for; a page more for every so many."""

    ACCOUNT = "account"
    REGION = "region"
    RESOURCE = "resource"
    MANY = "many"


_NAMED = "it is named by a resource, and of another account or of a region that is not looked at"


class Asked(msgspec.Struct, frozen=True):
    """One operation: once per what it is asked, about resources of which type, and under which condition.

    `page` is how many resources one answer tells of. `tells` is the type that comes of it. What is `per` many of a region is
    asked by another call for one that is `alone` there. An answer about one resource may be
    `nameless`: it does not say which it is.
    """

    call: str
    per: Per
    type: str
    tells: str
    page: int = 1
    condition: str = ""
    feeds: Feeds = ()
    alone: str = ""
    nameless: bool = False


def asked(listings: Iterable[Listing], needs: Needs = ALL) -> tuple[Asked, ...]:
    """Every operation that the tables make for what is wanted, in the order of the tables; what two tables ask alike is one."""
    return tuple(dict.fromkeys(_asked(listings, needs)))


def _asked(listings: Iterable[Listing], needs: Needs) -> Iterator[Asked]:
    for listing in needs.run(listings):
        if listing.call and listing.per is None:
            per = Per.ACCOUNT if listing.reach is Reach.GLOBAL else Per.REGION
            yield Asked(listing.call, per, listing.type, listing.type, _page(listing.args), feeds=listing.feeds)
        elif listing.call and listing.per is not None:
            condition = _words(listing.when)
            nameless = listing.own is None
            yield Asked(listing.call, Per.RESOURCE, listing.per.type, listing.type, 1, condition, listing.feeds, nameless=nameless)
        for detail in filter(needs.read, listing.details):
            condition = _words(detail.when) if listing.named is None else _NAMED
            feeds = detail.feeds or listing.feeds
            yield Asked(detail.call, Per.RESOURCE, listing.type, listing.type, 1, condition, feeds, nameless=detail.nameless)
        for lookup in filter(needs.read, listing.lookups):
            yield _looked_up(lookup, listing)


def _looked_up(lookup: Lookup, listing: Listing) -> Asked:
    condition = _words(lookup.when)
    if not lookup.ids and isinstance(lookup.match, str) and lookup.singly is None:
        condition = f"it has {lookup.match}"
    page = lookup.size if lookup.ids else _page(lookup.args)
    alone, nameless = (lookup.singly.call, lookup.singly.nameless) if lookup.singly is not None else ("", False)
    return Asked(lookup.call, Per.MANY, listing.type, listing.type, page, condition, lookup.feeds, alone, nameless)


def _page(args: Mapping[str, object]) -> int:
    """How many an answer tells of at most: the one number among the arguments."""
    return next((value for value in args.values() if isinstance(value, int)), 1)


def _words(when: Condition | None) -> str:
    """A condition in words: what its docstring says that it tells."""
    found = re.match(r"Whether ([^.:]+)", when.__doc__ or "") if when is not None else None
    return found[1] if found is not None else ""


Amounts = Mapping[str, Mapping[str, int]]
"""How many resources of a type are in each region."""


class Estate(msgspec.Struct, frozen=True):
    """How much there is: resources by type and region.

    `fulfil` says of how many of a type, in each region, the condition of an operation holds; `named` how many of a type an answer
    for many tells of, where that is not all of them.
    """

    regions: tuple[str, ...]
    found: Amounts
    fulfil: Mapping[tuple[str, str], Mapping[str, int]] = {}
    named: Amounts = {}


def fewest(rows: Iterable[Asked], estate: Estate) -> Counter[str]:
    """The number of calls by operation. What belongs to one resource is taken to fit on one page."""
    calls: Counter[str] = Counter()
    for row in rows:
        amounts = estate.found.get(row.type, {}) if not row.condition else estate.fulfil.get((row.call, row.type), {})
        if row.per is Per.ACCOUNT:
            calls[row.call] += _pages(sum(amounts.values()), row.page)
        elif row.per is Per.REGION:
            calls[row.call] += sum(_pages(amounts.get(region, 0), row.page) for region in estate.regions)
        elif row.per is Per.RESOURCE:
            calls[row.call] += sum(amounts.values())
        else:
            named = estate.named.get(row.type, amounts) if row.alone else amounts
            for region, amount in amounts.items():
                if amount:
                    calls[row.alone if amount == 1 and row.alone else row.call] += _pages(named.get(region, 0), row.page)
    return +calls


def empty_region(rows: Iterable[Asked]) -> Counter[str]:
    """The calls that one more region costs in which there is nothing."""
    every = tuple(rows)
    return fewest(every, Estate(("one",), {})) - fewest(every, Estate((), {}))


def _pages(amount: int, page: int) -> int:
    return max(1, -(-amount // page))
