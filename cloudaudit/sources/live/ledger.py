"""What came of each listing in each place: coverage, and gaps for all that went wrong. Nothing stays silent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cloudaudit.model import Coverage, CoverageStatus, Gap, Origin, Why
from cloudaudit.sources.live.drafts import Account, Draft
from cloudaudit.sources.live.reading import Listed
from cloudaudit.sources.live.table import Listing, Reach
from cloudaudit.sources.live.transport import CallError, ScanEnded

_VERBS = {
    Why.DENIED: "was refused",
    Why.THROTTLED: "was throttled",
    Why.FAILED: "did not answer",
    Why.TRUNCATED: "answered incompletely",
    Why.UNSUPPORTED: "answered in an unexpected shape",
    Why.CRASHED: "met an error of cloudaudit itself",
}
_REMEDIES = {
    Why.THROTTLED: "scan again with fewer workers, or at another time",
    Why.FAILED: "scan again once the service can be reached",
    Why.TRUNCATED: "scan again",
    Why.UNSUPPORTED: "report the operation and what it answers, so that a table can learn it",
    Why.CRASHED: "report it with the operation's name",
}


_UNUSED = "nothing is used there, by decision"


class Trouble(msgspec.Struct, frozen=True):
    """One thing that went wrong in a region ("" for the whole account).

    `types` are what it may hide; `concerned` is the id of the one resource that it is about. What is `nested` in a listing that
    failed as a whole, or in an element that cannot be named, belongs to resources that were not seen either. Of a listing that
    failed `midway` some were seen.
    """

    error: CallError
    region: str
    types: tuple[str, ...]
    nested: tuple[str, ...] = ()
    subject: str = ""
    concerned: str = ""
    midway: bool = False


class Ledger:
    """One listing in one place: what it brought and what it missed. `types` are its own and those nested in it.

    It is `asked_in` another region first where it tells more there. `apart` are the ids of what it tells of as of other types.
    """

    def __init__(
        self, listing: Listing, region: str, types: tuple[str, ...], parent: Ledger | None = None, asked_in: str | None = None
    ) -> None:
        self.listing = listing
        self.place = region
        self.asked_in = asked_in or region
        self.region = "" if listing.reach is Reach.GLOBAL else region
        self.types = types
        self.parent = parent
        self.tried: set[str] = set()
        self.pages = 0
        self.drafts: dict[str, Draft] = {}
        self.others: Counter[str] = Counter()
        self.apart: set[str | None] = set()
        self.troubles: list[Trouble] = []

    def settle(self, listed: Listed, about: Draft | None) -> None:
        """The listing, or the part of it that belongs to one item of another listing, has come or failed."""
        self.pages += listed.pages
        if listed.error is None:
            return
        if about is None:
            self.troubles.append(self._trouble(listed.error, midway=listed.pages > 0))
        else:
            self.troubles.append(Trouble(listed.error, self.region, self.types, (), about.listing.type, about.id))

    def lose(self, error: CallError, about: Draft | None) -> None:
        """An element cannot even be named, or is another one's."""
        self.troubles.append(self._trouble(error, self.listing.type, about.id if about else ""))

    def _trouble(self, error: CallError, subject: str = "", concerned: str = "", *, midway: bool = False) -> Trouble:
        own, *nested = self.types
        return Trouble(error, self.region, (own,), tuple(nested), subject, concerned, midway)

    @property
    def found(self) -> list[Draft]:
        """The items that are there, as far as is known."""
        return [made for made in self.drafts.values() if not made.gone]

    @property
    def status(self) -> CoverageStatus:
        """How complete the listing is; whatever its items' details say."""
        above = self.parent.status if self.parent else CoverageStatus.COMPLETE
        if self.drafts and not self.found:
            return CoverageStatus.PARTIAL
        if above is CoverageStatus.FAILED or not self.troubles:
            return above
        return CoverageStatus.PARTIAL if self.pages or self.drafts else CoverageStatus.FAILED

    @property
    def cause(self) -> CallError | None:
        if self.troubles:
            return min((trouble.error for trouble in self.troubles), key=lambda error: (error.why, error.detail))
        return self.parent.cause if self.parent else None

    def decided(self, account: Account) -> bool:
        """Whether it was not read because of a decision."""
        above = self.parent.decided(account) if self.parent and not self.troubles else bool(self.troubles)
        return above and all(_decided(trouble, account) for trouble in self.troubles)

    def coverage(self, account: Account) -> Iterator[Coverage]:
        """The rows of this listing. A selective one cannot claim to be complete: it has a row only where it fell short.

        What is named is no listing of the account: what became of it is told by those that name it.
        """
        if self.listing.named is not None:
            return
        found, gone = len(self.found), len(self.drafts) - len(self.found)
        told = f"{gone} {'was' if gone == 1 else 'were'} listed and gone when asked about" if gone else ""
        row = Coverage(account.unit, self.listing.type, self.status, found, account.id, self.region or None, detail=told)
        if row.status is CoverageStatus.FAILED and self.decided(account):
            yield msgspec.structs.replace(row, status=CoverageStatus.SKIPPED, why=Why.NOT_COLLECTED, detail=_UNUSED)
        elif self.cause is not None:
            yield msgspec.structs.replace(row, why=self.cause.why, detail=self.cause.detail)
        elif told or not self.listing.selective:
            yield row
        for kind, count in self.others.items():
            detail = f"{self.listing.asked} shows them, no table reads them"
            yield Coverage(account.unit, kind, CoverageStatus.SKIPPED, count, account.id, row.region, Why.NOT_COLLECTED, detail)

    def all_troubles(self) -> Iterator[Trouble]:
        """What went wrong with the listing and with the details of its items. That all are gone proves that something is wrong."""
        yield from self.troubles
        if self.listing.named is not None:
            yield from (trouble for trouble in self._of_details() if trouble.error.why is not Why.DENIED)
            return
        if self.drafts and not self.found:
            error = CallError(Why.TRUNCATED, self.listing.asked, message="all that it lists is gone when asked about")
            yield Trouble(error, self.region, self.types[:1], self.types[1:])
        yield from self._of_details()

    def _of_details(self) -> Iterator[Trouble]:
        for made in self.found:
            for error in made.errors:
                yield Trouble(error, made.place, (self.listing.type,), (), self.listing.type, made.id)


def _decided(trouble: Trouble, account: Account) -> bool:
    """Whether the organisation refuses a whole listing where somebody says that nothing is used. Any other refusal proves nothing."""
    return trouble.error.decreed and trouble.region in account.unused and not trouble.concerned and not trouble.midway


def gaps(ledgers: Iterable[Ledger], account: Account) -> Iterator[Gap]:
    """One gap per cause, however many resources and regions it concerns.

    What the scan did not wait for is one; so are regions where nothing at all could be read, for one reason.
    """
    every, unit = list(ledgers), account.unit
    dark = _dark(every)
    alike: defaultdict[tuple[object, ...], list[Trouble]] = defaultdict(list)
    late: defaultdict[bool, list[Trouble]] = defaultdict(list)
    whole: defaultdict[tuple[object, ...], list[Trouble]] = defaultdict(list)
    for trouble in (trouble for ledger in every for trouble in ledger.all_troubles()):
        error, decided = trouble.error, _decided(trouble, account)
        if isinstance(error, ScanEnded):
            late[bool(trouble.concerned)].append(trouble)
        elif dark.get(trouble.region) == _cause(error):
            whole[_cause(error), bool(trouble.concerned), decided].append(trouble)
        else:
            said = error.message if error.why is Why.DENIED else error.code
            alike[error.operation, error.why, said, trouble.types, trouble.subject, decided].append(trouble)
    yield from (_settled(_gap(troubles, unit), troubles, account) for troubles in alike.values())
    yield from (_missed(troubles, unit) for troubles in late.values())
    yield from (_settled(_nothing(troubles, unit), troubles, account) for troubles in whole.values())


def _settled(gap: Gap, troubles: Sequence[Trouble], account: Account) -> Gap:
    """The gap, which does not count if all of it lies where a decision says that nothing is used."""
    if not _decided(troubles[0], account):  # those that are alike are alike in this
        return gap
    return msgspec.structs.replace(gap, why=Why.NOT_COLLECTED, what=f"{gap.what} ({_UNUSED})", remedy="", decided=True)


def _cause(error: CallError) -> tuple[Why, str]:
    """What refuses, or fails, whichever operation it is: a network that is silent is no server's error."""
    said = {Why.DENIED: error.message, Why.FAILED: error.code}
    return error.why, said.get(error.why, "")


def _dark(ledgers: Sequence[Ledger]) -> dict[str, tuple[Why, str]]:
    """The regions where every listing failed for one reason, with that reason."""
    found: dict[str, tuple[Why, str]] = {}
    roots: defaultdict[str, list[Ledger]] = defaultdict(list)
    for ledger in ledgers:
        if ledger.parent is None and ledger.region and ledger.listing.named is None:
            roots[ledger.region].append(ledger)
    for region, listings in roots.items():
        failed = all(ledger.status is CoverageStatus.FAILED for ledger in listings)
        errors = [trouble.error for ledger in listings for trouble in ledger.troubles]
        causes = {_cause(error) for error in errors}
        if failed and len(listings) > 1 and len(causes) == 1 and not any(isinstance(error, ScanEnded) for error in errors):
            found[region] = causes.pop()
    return found


def _nothing(troubles: list[Trouble], unit: str) -> Gap:
    """Regions where nothing at all could be read: no listing, or no detail of what was listed elsewhere."""
    first = min(troubles, key=lambda trouble: trouble.error.operation).error
    operations = sorted({trouble.error.operation for trouble in troubles})
    regions = ", ".join(sorted({trouble.region for trouble in troubles}))
    types = tuple(sorted({kind for trouble in troubles for kind in trouble.types}))
    known = tuple(sorted({trouble.concerned for trouble in troubles} - {""}))
    subject = f" of {len(known)} {', '.join(types)}" if known else ""
    verb = _VERBS.get(first.why, "was not asked").replace("was ", "were ", 1)
    said = f": {first.message}" if first.message else ""
    what = f"nothing{subject} could be read in {regions}: {len(operations)} operations {verb}{said}: {', '.join(operations)}"
    needed = ", ".join(sorted({trouble.error.permission for trouble in troubles}))
    remedy = _remedy(first).replace(first.permission, needed) if first.permission else _remedy(first)
    nested = _nested(troubles, types)
    return Gap(first.why, what, Origin(call=first.operation), remedy, unit, types, known, f"every call in {regions}{said}", nested=nested)


def _missed(troubles: list[Trouble], unit: str) -> Gap:
    """What was asked for, or would have been, when the scan ended: resources of any of these types, or details of these resources."""
    error = min((trouble.error for trouble in troubles), key=lambda error: error.operation)
    counts = Counter(trouble.error.operation for trouble in troubles)
    asked = ", ".join(f"{operation} ({_times(count)})" for operation, count in sorted(counts.items()))
    types = tuple(sorted({kind for trouble in troubles for kind in trouble.types}))
    known = tuple(sorted({trouble.concerned for trouble in troubles} - {""}))
    what = f"{error.message} before these had answered: {asked}"
    nested = _nested(troubles, types)
    return Gap(error.why, what, Origin(call=error.operation), error.remedy, unit, types, known, error.message, nested=nested)


def _nested(troubles: Iterable[Trouble], types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({kind for trouble in troubles for kind in trouble.nested}.difference(types)))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _gap(troubles: list[Trouble], unit: str) -> Gap:
    first = min(troubles, key=lambda trouble: (trouble.error.detail, trouble.region))
    error = first.error
    regions = sorted({trouble.region for trouble in troubles} - {""})
    what = f"{error.operation} {_VERBS.get(error.why, 'was not asked')}{_in(regions)}"
    if first.subject:
        named = {trouble.concerned for trouble in troubles} - {""}
        what += f" for {len(named) + sum(not trouble.concerned for trouble in troubles)} {first.subject}"
    if error.message:
        what += f": {error.message}"
    references = {trouble.concerned for trouble in troubles}
    known = tuple(sorted(references)) if "" not in references else ()
    return Gap(error.why, what, Origin(call=error.operation), _remedy(error), unit, first.types, known, error.detail, nested=first.nested)


def _remedy(error: CallError) -> str:
    return error.remedy or _REMEDIES.get(error.why, f"allow {error.permission}" if error.permission else "")


def _in(regions: Sequence[str]) -> str:
    return f" in {', '.join(regions)}" if regions else ""
