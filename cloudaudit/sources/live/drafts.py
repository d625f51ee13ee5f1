"""Records in the making: what a table says of an item in Terraform's words, and what becomes of it where a read falls short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import Doubt, Known, Origin, Record, Scope, Unknown, Why
from cloudaudit.sources.live.shape import Item, Malformed, Odd, Source, evaluate, render, understood
from cloudaudit.sources.live.table import Detail, Listing, Lookup
from cloudaudit.sources.live.transport import CallError, Page

T = TypeVar("T")

TWICE = "it tells of one twice, and differently"

_UNTOLD: Doubt = Unknown(Why.NOT_COLLECTED, "a live scan does not read {}")


class Account(msgspec.Struct, frozen=True):
    """The account that is read: global calls go to `home`, regional ones to each of `regions`.

    Somebody has decided that some of those are `unused`: a listing that the organisation refuses there is no gap that counts.
    """

    provider: str
    id: str
    home: str
    regions: tuple[str, ...]
    partition: str = ""
    origin: Origin = Origin()
    unused: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of work: "aws:123456789012"."""
        return f"{self.provider}:{self.id}"


class Draft:
    """A record in the making. Only one thread works on a draft at a time. `gone`: the cloud says that it is there no more.

    `details` are those of its listing that are to be read. `contested` are the names of what its listing tells in several ways.
    """

    __slots__ = ("contested", "details", "errors", "gone", "id", "item", "listing", "observed", "origins", "region", "values")

    def __init__(self, listing: Listing, item: Item, region: str) -> None:
        self.listing = listing
        self.item = item
        self.region = region
        self.id = render(listing.id, item)
        self.values: dict[str, Any] = {}
        self.observed: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self.errors: list[CallError] = []
        self.details = listing.details
        self.contested: frozenset[str] = frozenset()
        self.gone = False

    @property
    def place(self) -> str:
        """The region to ask for this item's details."""
        return self.known_place or self.region

    @property
    def known_place(self) -> str | None:
        """The region that this item is in; None where that is to be told, and was not."""
        if not self.listing.region:
            return self.region
        own = self.values.get(self.listing.region)
        return own if isinstance(own, str) and own else None

    def until(self, missed: Callable[[str], CallError]) -> Draft:
        """The draft as it is, while another thread still waits for some of its details: what that has not told stays Unknown.

        A detail sets where its values were read after the values themselves; so one without that is not taken for told.
        """
        cut = Draft(self.listing, self.item, self.region)
        cut.details, cut.contested = self.details, self.contested
        cut.origins, cut.errors = dict(self.origins), list(self.errors)
        cut.values, cut.observed, cut.gone = dict(self.values), dict(self.observed), self.gone
        for detail in self.details:
            has = (target.get(name) for target, sources in _fed(cut, detail) for name in sources)
            awaited = any(value is None or isinstance(value, Unknown) for value in has)  # else the listing told it all
            if awaited and not cut.origins.keys() >= {*detail.values, *detail.observed}:
                error = missed(detail.call)
                cut.errors.append(error)
                for target, sources in _fed(cut, detail):
                    told = self.listing.values if target is cut.values else self.listing.observed
                    target.update({name: error.unknown for name in sources if name not in told})
        return cut

    def record(self, account: Account) -> Record:
        origin = Origin(call=self.listing.asked)
        values = self._agreed(self.values)
        region: Known[str | None] | Unknown[Any] = Known(self.region, origin)
        if self.listing.region:
            own = values.get(self.listing.region)
            region = own if isinstance(own, Unknown) else Known(own, self.origins.get(self.listing.region, origin))
        return Record(
            self.listing.type,
            self.id,
            self.id,
            Scope(account.provider, self._owner(account, origin), region, account.partition or None),
            values,
            origin,
            observed=self._agreed(self.observed),
            origins=self.origins,
            unit=account.unit,
            report=True,
            untold=_UNTOLD,
            bystander=self.listing.named is not None,
        )

    def _owner(self, account: Account, origin: Origin) -> Known[str | None] | Unknown[Any]:
        """The account that it belongs to: the one that is read, unless the answer or its name says another."""
        path = "owner" if self.listing.named is not None else self.listing.owner
        if not path:
            return Known(account.id, account.origin)
        told = self.item.get(path)
        if isinstance(told, str) and told:
            return Known(told, origin)
        return Unknown(Why.NOT_COLLECTED, f"{origin.call} does not tell whose it is", origin)

    def met_again(self, other: Draft) -> None:
        """The listing tells of it once more: pages that shift while they are read do. What differs is not known.

        Nor is what was asked about one of the two, and would not be about the other. Another thread may be reading its details: these
        are left alone.
        """
        first, again = (Draft(self.listing, made.item, made.region) for made in (self, other))
        for made in (first, again):
            absorb(made, self.listing.asked, made.item, self.listing)
        differ = {name for name in self.listing.values if first.values[name] != again.values[name]}
        differ |= {name for name in self.listing.observed if first.observed[name] != again.observed[name]}
        apart = [read for read in self.listing.reads if _question(read, self.item) != _question(read, other.item)]
        self._contest(differ | {name for read in apart for name in (*read.values, *read.observed)})

    def met_as_another(self) -> None:
        """The listing tells of it as of another type, too: nothing of it is known."""
        self._contest({*self.listing.values, *self.listing.observed, *self.values, *self.observed})

    def _contest(self, names: set[str]) -> None:
        if names - self.contested:
            self.contested |= names
            self.errors.append(CallError(Why.TRUNCATED, self.listing.asked, message=TWICE))

    def _agreed(self, told: dict[str, Any]) -> dict[str, Any]:
        """What is told, where the listing does not contradict itself."""
        doubt = CallError(Why.TRUNCATED, self.listing.asked, message=TWICE).unknown
        return {name: doubt if name in self.contested else value for name, value in told.items()} if self.contested else told


def arguments(args: Mapping[str, Any], context: Item) -> dict[str, Any]:
    """The arguments of a call, with their templates filled in."""
    return {name: render(value, context) if isinstance(value, str) else value for name, value in args.items()}


def _question(read: Detail | Lookup, item: Item) -> tuple[str, ...]:
    """What a read asks of an item, and whether, as far as the item alone tells."""
    when = read.when if isinstance(read, Detail) else None
    asked = partial(evaluate, read.match, item) if isinstance(read, Lookup) else partial(arguments, read.args, item)
    return repr(attempt(read.call, asked)), repr(attempt(read.call, partial(when, item)) if when is not None else True)


def attempt(operation: str, work: Callable[[], T], *, but: tuple[type[Exception], ...] | type[Exception] = ()) -> T | CallError:
    """The result of work on hostile input, or what went wrong. An error of our own costs only what it was working on.

    Raises:
        Exception: one of these, which are the caller's.
    """
    try:
        return work()
    except but:
        raise
    except CallError as error:
        return error
    except Malformed as error:
        return CallError(Why.UNSUPPORTED, operation, message=str(error))
    except Exception as error:  # noqa: BLE001  (the seam: one odd answer or faulty table must not lose the scan)
        return CallError(Why.CRASHED, operation, message=type(error).__name__)


def draft(listing: Listing, element: Any, context: Item, region: str, needed: Callable[[Detail | Lookup], bool]) -> Draft | CallError:
    """The draft of an element, with all that the listing itself tells; an error where it cannot even be named.

    Of its details, those that are `needed` are to be read.
    """
    made = attempt(listing.asked, lambda: Draft(listing, _joined(element, context), region))
    if isinstance(made, CallError):
        return made
    absorb(made, listing.asked, made.item, listing)
    made.details = tuple(filter(needed, listing.details))
    for read in listing.reads:
        why = "before the scan ended" if needed(read) else "for nothing that is judged rests on it"
        unread: Doubt = Unknown(Why.NOT_COLLECTED, f"{read.call} was not asked {why}", Origin(call=read.call))
        for target, sources in _fed(made, read):
            target.update({name: unread for name in sources if target.get(name) is None})
    return made


def kind_of(listing: Listing, element: Any, context: Item) -> str | CallError:
    """The type that an element really is; an error where that cannot be told, or it is of another item than the one asked about."""

    def kind() -> str:
        item = _joined(element, context) if listing.own is not None else element
        if listing.own is not None and not listing.own(item):
            raise CallError(Why.TRUNCATED, listing.asked, message="it tells of another one than was asked about")
        return listing.kind(element) if listing.kind is not None else listing.type

    return attempt(listing.asked, kind)


def _joined(element: Any, context: Item) -> Item:
    if not isinstance(element, Mapping):
        raise Malformed("an element is not a mapping")
    return {**element, **context}


def id_of(listing: Listing, element: Any, context: Item) -> str | None:
    """By what id an element would go, of whatever type it is; None if it cannot be named."""
    found = attempt(listing.asked, lambda: render(listing.id, _joined(element, context)))
    return found if isinstance(found, str) else None


def tell_detail(detail: Detail, made: Draft, answer: Page | CallError | None) -> None:
    """Gives a draft what one detail brought."""
    if answer is None:
        absent(made, detail)
    elif not isinstance(answer, CallError):
        absorb(made, detail.call, answer, detail)
    elif answer.code in detail.absent:
        absent(made, detail)
        origins(made, detail, detail.call)
    else:
        fail(made, detail, answer)


def absorb(made: Draft, operation: str, item: Item, table: Listing | Detail | Lookup) -> None:
    """Gives a draft what an item says in the words of a table."""
    for target, sources in _fed(made, table):
        for name, source in sources.items():
            value = attempt(operation, partial(understood, source, item))
            target[name] = _taken(value, operation, made.errors)
    if table is not made.listing:
        origins(made, table, operation)


def _taken(value: Any, operation: str, errors: list[CallError]) -> Any:
    """A value in which all that is not understood is Unknown. Why is added to the errors."""
    if isinstance(value, Odd):
        value = CallError(Why.UNSUPPORTED, operation, message=value.cause)
    if isinstance(value, CallError):
        errors.append(value)
        return value.unknown
    if isinstance(value, Mapping):
        return {name: _taken(part, operation, errors) for name, part in value.items()}
    return [_taken(part, operation, errors) for part in value] if isinstance(value, list) else value


def _fed(made: Draft, table: Listing | Detail | Lookup) -> tuple[tuple[dict[str, Any], Mapping[str, Source]], ...]:
    return (made.values, table.values), (made.observed, table.observed)


def origins(made: Draft, table: Listing | Detail | Lookup, operation: str) -> None:
    """Says where the draft was told what the table tells."""
    made.origins |= dict.fromkeys((*table.values, *table.observed), Origin(call=operation))


def absent(made: Draft, table: Detail | Lookup) -> None:
    """A read that says nothing leaves alone what the listing itself has told."""
    own = (made.listing.values, made.listing.observed)
    for (target, sources), told in zip(_fed(made, table), own, strict=True):
        target.update({name: None for name in sources if name not in told})


def fail(made: Draft, table: Detail | Lookup, error: CallError) -> None:
    """Makes all that the table tells Unknown, and keeps why."""
    made.errors.append(error)
    for target, sources in _fed(made, table):
        target.update(dict.fromkeys(sources, error.unknown))
    origins(made, table, error.operation)
