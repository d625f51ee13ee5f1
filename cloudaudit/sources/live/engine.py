"""The engine of live reads: runs the tables of one account side by side and accounts for every call.

One thread keeps all state and decides what is asked next; the others only ask. When the scan ends, it goes on with what they have
brought until then, and everything else is accounted for as missed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from cloudaudit.model import Collection, SourceKind
from cloudaudit.sources.live.crew import Crew
from cloudaudit.sources.live.drafts import Account, Draft, attempt, draft, id_of, kind_of, tell_detail
from cloudaudit.sources.live.ledger import Ledger, gaps
from cloudaudit.sources.live.lookups import key_of, read_lookup, read_singly, tell
from cloudaudit.sources.live.names import names
from cloudaudit.sources.live.needs import ALL, Needs
from cloudaudit.sources.live.reading import Listed, read_details, read_listing
from cloudaudit.sources.live.shape import elements
from cloudaudit.sources.live.table import Listing, Lookup, Named, Reach, within
from cloudaudit.sources.live.transport import CallError, Deadline, ScanEnded, Transport

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many reads are done and how many are known of."""

WORKERS = 32


def collect(
    listings: Iterable[Listing],
    transport: Transport,
    account: Account,
    *,
    needs: Needs = ALL,
    workers: int = WORKERS,
    progress: Progress | None = None,
    deadline: Deadline | None = None,
) -> Collection:
    """All that the tables say of an account. What could not be read is Unknown, a gap and a coverage row, never an exception.

    What nobody needs is not asked. At the deadline, or when a person ends the scan, what was read stands.
    """
    run = _Run(tuple(listings), transport, account, needs, progress, deadline or Deadline(), workers)
    try:
        run.read()
    finally:
        run.deadline.stop()
        run.crew.leave()
    return run.collection()


class _Run:
    def __init__(
        self,
        listings: tuple[Listing, ...],
        transport: Transport,
        account: Account,
        needs: Needs,
        progress: Progress | None,
        deadline: Deadline,
        workers: int,
    ) -> None:
        self.listings = needs.run(listings)
        self.needs = needs
        self.transport = transport
        self.account = account
        self.deadline = deadline
        self.crew = Crew(workers, deadline)
        self.open_reads: dict[int, tuple[Callable[[Any], None], Callable[[], None]]] = {}
        self.progress = progress
        self.done = self.known = 0
        self.ended = False
        self.ledgers: dict[tuple[Listing, str], Ledger] = {}

    def read(self) -> None:
        for listing in self.listings:
            if listing.per is None and listing.named is None:
                for region in (self.account.home,) if listing.reach is Reach.GLOBAL else self.account.regions:
                    self.open(listing, region, None)
                    self.ask(self.ledgers[listing, region], None)
        self.drain()
        for listing in self.listings:
            if listing.named is not None:
                self.name(listing, listing.named)
        for ledger in self.ledgers.values():
            for lookup in filter(self.needs.read, ledger.listing.lookups):
                self.look_up(lookup, ledger)
        self.drain()

    def open(self, listing: Listing, region: str, parent: Ledger | None) -> None:
        types = tuple(dict.fromkeys(inner.type for inner in within(listing, self.listings)))
        ledger = self.ledgers[listing, region] = Ledger(listing, region, types, parent, listing.home.get(self.account.partition, region))
        for child in self.nested(listing):
            self.open(child, region, ledger)

    def nested(self, listing: Listing) -> Iterator[Listing]:
        return (child for child in self.listings if child.per is listing)

    def name(self, listing: Listing, named: Named) -> None:
        """Asks about what the resources that were found name."""
        for name in list(names(named, (made for ledger in self.ledgers.values() for made in ledger.found), self.account)):
            if (listing, name["place"]) not in self.ledgers:
                self.open(listing, name["place"], None)
            self.meet(self.ledgers[listing, name["place"]], None, name)

    def ask(self, ledger: Ledger, parent: Draft | None) -> None:
        listed = Listed()
        context = self.context(ledger.asked_in, parent)
        self.submit(
            partial(read_listing, ledger.listing, self.transport, context, ledger.asked_in, listed),
            partial(self.take, ledger, parent),
            lambda: self.take(ledger, parent, listed.until(self.deadline.missed(ledger.listing.call))),
        )

    def context(self, region: str, parent: Draft | None) -> dict[str, Any]:
        place = {"partition": self.account.partition, "account": self.account.id, "region": region}
        return {**place, "parent": parent.item} if parent else place

    def take(self, ledger: Ledger, parent: Draft | None, listed: Listed) -> None:
        place = self.elsewhere(ledger, listed)
        if place is not None:
            ledger.asked_in = place
            self.ask(ledger, parent)
            return
        ledger.settle(listed, parent)
        for element in listed.elements:
            self.meet(ledger, parent, element)

    def elsewhere(self, ledger: Ledger, listed: Listed) -> str | None:
        """Where else to ask for what is of no region: at home, and where a region as such refuses, in another one."""
        ledger.tried.add(ledger.asked_in)
        if listed.error is None or listed.pages or ledger.listing.reach is not Reach.GLOBAL:
            return None
        others = self.account.regions if listed.error.regional else ()
        return next((place for place in (ledger.place, *others) if place not in ledger.tried), None)

    def meet(self, ledger: Ledger, parent: Draft | None, element: Any) -> None:
        listing = ledger.listing
        context = self.context(ledger.asked_in, parent)
        kind = kind_of(listing, element, context)
        if isinstance(kind, str) and kind != listing.type:
            self.pass_by(ledger, kind, id_of(listing, element, context))
            return
        made = kind if isinstance(kind, CallError) else draft(listing, element, context, ledger.asked_in, self.needs.read)
        if isinstance(made, CallError):
            ledger.lose(made, parent)
        elif made.id in ledger.drafts:
            ledger.drafts[made.id].met_again(made)
        else:
            ledger.drafts[made.id] = made
            if made.id in ledger.apart:
                made.met_as_another()
            if made.details:
                self.submit(partial(read_details, made, self.transport), lambda _: None, partial(self.cut, ledger, made))
            for child in self.nested(listing):
                self.descend(self.ledgers[child, ledger.place], made)

    def pass_by(self, ledger: Ledger, kind: str, name: str | None) -> None:
        """What is of another type is counted. Told as of this type, too, it is neither for certain."""
        ledger.others.update((kind,) if kind else ())
        ledger.apart.add(name)
        if name in ledger.drafts:
            ledger.drafts[name].met_as_another()

    def cut(self, ledger: Ledger, made: Draft) -> None:
        """From now on the draft is out of reach of the thread that may still be reading its details."""
        ledger.drafts[made.id] = made.until(self.deadline.missed)

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
        asked: defaultdict[str | None, list[Draft]] = defaultdict(list)
        for made in ledger.found:
            if key_of(lookup, made) is None:
                tell(lookup, made, {})
            else:
                asked[made.known_place if lookup.singly else made.place].append(made)
        for place, drafts in asked.items():
            if place is None or (len(drafts) == 1 and lookup.singly):
                self.singly(lookup, drafts)
                continue
            size = lookup.size if lookup.ids else len(drafts)
            for start in range(0, len(drafts), size):
                batch = drafts[start : start + size]
                work = partial(read_lookup, lookup, batch, self.transport, place)
                self.bring(lookup.call, work, partial(self.told, lookup, batch))

    def told(self, lookup: Lookup, batch: Sequence[Draft], answer: Any) -> None:
        """What was looked up has come. If it has not, it may be told of one after the other."""
        if isinstance(answer, CallError) and not isinstance(answer, ScanEnded) and lookup.singly:
            self.singly(lookup, batch)
            return
        for made in batch:
            tell(lookup, made, answer)

    def singly(self, lookup: Lookup, drafts: Iterable[Draft]) -> None:
        detail = lookup.singly
        assert detail is not None
        for made in drafts:
            self.bring(detail.call, partial(read_singly, detail, made, self.transport), partial(tell_detail, detail, made))

    def bring(self, call: str, work: Callable[[], Any], take: Callable[[Any], None]) -> None:
        """Has an operation asked, and takes what it brings, or that it was missed."""
        self.submit(work, take, lambda: take(self.deadline.missed(call)))

    def submit(self, work: Callable[[], T], then: Callable[[T], None], missed: Callable[[], None]) -> None:
        """Has something read. `then` takes what it brings; if the scan ends before, `missed` accounts for it."""
        self.known += 1
        if self.ended:
            missed()
        else:
            self.open_reads[self.crew.start(work)] = (then, missed)

    def drain(self) -> None:
        while self.open_reads and not self.ended:
            brought = self.crew.next()
            if brought is None:
                self.end()
                return
            number, value = brought
            self.open_reads.pop(number)[0](value)
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.known)

    def end(self) -> None:
        """Nothing is waited for any more; what was asked for is accounted for, and what would have followed from it."""
        self.ended = True
        self.deadline.stop()
        for _, missed in self.open_reads.values():
            missed()
        self.open_reads.clear()

    def collection(self) -> Collection:
        account = self.account
        records = [made.record(account) for ledger in self.ledgers.values() for made in ledger.found]
        rows = [row for ledger in self.ledgers.values() for row in ledger.coverage(account)]
        unread: Counter[str] = sum((ledger.others for ledger in self.ledgers.values()), Counter())
        return Collection(
            account.unit,
            SourceKind.LIVE,
            sorted(records, key=lambda record: (record.type, record.address)),
            sorted(gaps(self.ledgers.values(), account), key=lambda gap: (gap.what, gap.types)),
            sorted(rows, key=lambda row: (row.type, row.region or "")),
            unread=unread,
            listed=frozenset(kind for listing in self.listings for kind in (listing.type, *listing.tells)),
        )
