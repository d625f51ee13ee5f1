"""The engine of live reads: runs the tables of one account side by side and accounts for every call.

One thread keeps all state and decides what is asked next; the others only ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from cloudaudit.model import Collection, Gap, Origin, SourceKind, Why
from cloudaudit.sources.live.ledger import Ledger, gaps
from cloudaudit.sources.live.reading import (
    Account,
    Draft,
    Listed,
    attempt,
    draft,
    key_of,
    read_details,
    read_listing,
    read_lookup,
    tell,
)
from cloudaudit.sources.live.shape import elements
from cloudaudit.sources.live.table import Listing, Lookup, Reach, within
from cloudaudit.sources.live.transport import CallError, Transport

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many reads are done and how many are known of."""

WORKERS = 32


class Interrupted(KeyboardInterrupt):
    """A person stopped the scan. `collection` holds what was read until then, marked as incomplete."""

    def __init__(self, collection: Collection) -> None:
        super().__init__()
        self.collection = collection


def everything(_type: str) -> bool:
    """Every type is wanted."""
    return True


def collect(
    listings: Iterable[Listing],
    transport: Transport,
    account: Account,
    *,
    wanted: Callable[[str], bool] = everything,
    workers: int = WORKERS,
    progress: Progress | None = None,
) -> Collection:
    """All that the tables say of an account. What could not be read is Unknown, a gap and a coverage row, never an exception.

    A table is run if its type is wanted, or if a wanted one is nested in it.

    Raises:
        Interrupted: on Ctrl-C, with what was read until then.
    """
    run = _Run(tuple(listings), transport, account, wanted, workers, progress)
    try:
        run.read()
    except KeyboardInterrupt:
        transport.stop()
        stopped = Gap(Why.NOT_COLLECTED, "the scan was interrupted", Origin(), "scan again", account.unit)
        raise Interrupted(run.collection((stopped,))) from None
    finally:
        run.pool.shutdown(wait=False, cancel_futures=True)
    return run.collection()


class _Run:
    def __init__(
        self,
        listings: tuple[Listing, ...],
        transport: Transport,
        account: Account,
        wanted: Callable[[str], bool],
        workers: int,
        progress: Progress | None,
    ) -> None:
        self.listings = tuple(one for one in listings if any(wanted(inner.type) for inner in within(one, listings)))
        self.transport = transport
        self.account = account
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="cloudaudit")
        self.answers: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.progress = progress
        self.done = self.known = 0
        self.ledgers: dict[tuple[Listing, str], Ledger] = {}

    def read(self) -> None:
        for listing in self.listings:
            if listing.per is None:
                regions = (self.account.home,) if listing.reach is Reach.GLOBAL else self.account.regions
                for region in regions:
                    self.open(listing, region, None)
                    self.ask(self.ledgers[listing, region], None)
        self.drain()
        for ledger in self.ledgers.values():
            for lookup in ledger.listing.lookups:
                self.look_up(lookup, ledger)
        self.drain()

    def open(self, listing: Listing, region: str, parent: Ledger | None) -> None:
        types = tuple(dict.fromkeys(inner.type for inner in within(listing, self.listings)))
        ledger = self.ledgers[listing, region] = Ledger(listing, region, types, parent)
        for child in self.nested(listing):
            self.open(child, region, ledger)

    def nested(self, listing: Listing) -> Iterator[Listing]:
        return (child for child in self.listings if child.per is listing)

    def ask(self, ledger: Ledger, parent: Draft | None) -> None:
        ledger.unsettled += 1
        context = self.context(ledger.place, parent)
        self.submit(partial(read_listing, ledger.listing, self.transport, context, ledger.place), partial(self.take, ledger, parent))

    def context(self, region: str, parent: Draft | None) -> dict[str, Any]:
        place = {"partition": self.account.partition, "account": self.account.id, "region": region}
        return {**place, "parent": parent.item} if parent else place

    def take(self, ledger: Ledger, parent: Draft | None, listed: Listed) -> None:
        ledger.settle(listed, parent)
        for element in listed.elements:
            self.meet(ledger, parent, element)

    def meet(self, ledger: Ledger, parent: Draft | None, element: Any) -> None:
        listing = ledger.listing
        kind = attempt(listing.asked, partial(listing.kind, element)) if listing.kind else listing.type
        if isinstance(kind, str) and kind != listing.type:
            ledger.others.update((kind,) if kind else ())
            return
        made = kind if isinstance(kind, CallError) else draft(listing, element, self.context(ledger.place, parent), ledger.place)
        if isinstance(made, CallError):
            ledger.lose(made, parent)
        elif made.id not in ledger.drafts:
            ledger.drafts[made.id] = made
            if listing.details:
                self.submit(partial(read_details, made, self.transport), lambda _: None)
            for child in self.nested(listing):
                self.descend(self.ledgers[child, ledger.place], made)

    def descend(self, ledger: Ledger, parent: Draft) -> None:
        listing = ledger.listing
        applies = attempt(listing.asked, partial(listing.when, parent.item)) if listing.when else True
        if applies is not True:
            if isinstance(applies, CallError):
                ledger.lose(applies, parent)
        elif listing.call:
            self.ask(ledger, parent)
        else:
            inside = attempt(listing.asked, partial(elements, parent.item, listing.each))
            if isinstance(inside, CallError):
                ledger.lose(inside, parent)
                return
            for element in inside:
                self.meet(ledger, parent, element)

    def look_up(self, lookup: Lookup, ledger: Ledger) -> None:
        asked: list[Draft] = []
        for made in ledger.drafts.values():
            if key_of(lookup, made) is None:
                tell(lookup, made, {})
            else:
                asked.append(made)
        size = lookup.size if lookup.ids else max(len(asked), 1)
        for start in range(0, len(asked), size):
            batch = asked[start : start + size]
            self.submit(partial(read_lookup, lookup, batch, self.transport, ledger.place), partial(_tell_all, lookup, batch))

    def submit(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        self.known += 1
        self.pool.submit(work).add_done_callback(lambda future: self.answers.put(lambda: then(future.result())))

    def drain(self) -> None:
        while self.done < self.known:
            self.answers.get()()
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.known)

    def collection(self, more: Sequence[Gap] = ()) -> Collection:
        account = self.account
        records = [made.record(account) for ledger in self.ledgers.values() for made in ledger.drafts.values()]
        rows = [row for ledger in self.ledgers.values() for row in ledger.coverage(account)]
        return Collection(
            account.unit,
            SourceKind.LIVE,
            sorted(records, key=lambda record: (record.type, record.address)),
            sorted((*gaps(self.ledgers.values(), account.unit), *more), key=lambda gap: (gap.what, gap.types)),
            sorted(rows, key=lambda row: (row.type, row.region or "")),
            listed=frozenset(kind for listing in self.listings for kind in (listing.type, *listing.tells)),
        )


def _tell_all(lookup: Lookup, batch: Sequence[Draft], answer: Any) -> None:
    for made in batch:
        tell(lookup, made, answer)
