"""One read at a time: a listing's items, an item's details. Whatever goes wrong becomes data here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from cloudaudit.model import Why
from cloudaudit.sources.live.drafts import Draft, arguments, attempt, tell_detail
from cloudaudit.sources.live.shape import Item, Malformed, elements, find, render
from cloudaudit.sources.live.table import Detail, Listing
from cloudaudit.sources.live.transport import CallError, Page, Transport

MAX_PAGES = 10_000
"""A listing that goes on for longer is cut, and says so."""


class Listed:
    """What a listing brought, and what ended it early, if anything did."""

    __slots__ = ("elements", "error", "pages")

    def __init__(self) -> None:
        self.elements: list[Any] = []
        self.pages = 0
        self.error: CallError | None = None

    def until(self, error: CallError) -> Listed:
        """What has come so far, while another thread still waits for the rest: that may come later, and counts no more."""
        cut = Listed()
        cut.pages, cut.elements, cut.error = self.pages, list(self.elements), error
        return cut


def read_listing(listing: Listing, transport: Transport, context: Item, region: str, listed: Listed) -> Listed:
    """The elements of all pages, in `listed` as they come; the pages before an error stand.

    Where there is nothing, a cloud sends an empty list.
    """

    def read() -> None:
        last: Page = {}
        for page in transport.pages(listing.call, arguments(listing.args, context), region):
            if listed.pages == MAX_PAGES:
                raise CallError(Why.TRUNCATED, listing.call, message=f"more than {MAX_PAGES} pages")
            listed.elements += elements(page, listing.each)
            listed.pages += 1
            last = page
        _ended(last, listing)
        if listing.filled and not listed.elements:
            raise CallError(Why.TRUNCATED, listing.call, message=f"{listing.each} is empty")

    result = attempt(listing.call, read)
    listed.error = result if isinstance(result, CallError) else None
    return listed


def read_details(made: Draft, transport: Transport) -> None:
    """All details of one item, in order. A detail that fails makes its attributes Unknown and leaves the others alone.

    An item is gone if every detail that it has says so: one that answers proves that the others are wrong. Those that nobody needs
    are asked before it is dropped: which checks were chosen decides what is judged, never what is there.
    """
    context = dict(made.item)
    answers: list[tuple[Detail, Page | CallError | None]] = []
    for detail in made.details:
        answer = attempt(detail.call, partial(answered, detail, context, transport, made.place))
        answers.append((detail, answer))
        if isinstance(answer, Mapping):
            context[detail.call.rpartition(":")[2]] = answer
        tell_detail(detail, made, answer)
    if any(_is_gone(*one) for one in answers) and not any(_is_there(*one) for one in answers):
        others = (detail for detail in made.listing.details if detail not in made.details)
        told = ((other, attempt(other.call, partial(answered, other, context, transport, made.place))) for other in others)
        made.gone = not any(_is_there(*one) for one in told)


def _is_gone(detail: Detail, answer: Page | CallError | None) -> bool:
    return isinstance(answer, CallError) and answer.code in detail.gone


def _is_there(detail: Detail, answer: Page | CallError | None) -> bool:
    return answer is not None and not _is_gone(detail, answer)


def answered(detail: Detail, context: Item, transport: Transport, region: str) -> Page | None:
    """The whole answer of a detail; None if it is not asked for this item. Raises CallError, Malformed."""
    if detail.when is not None and not detail.when(context):
        return None
    answer = whole(transport.pages(detail.call, arguments(detail.args, context), region), detail.call)
    if not answer:
        raise CallError(Why.TRUNCATED, detail.call, message="the answer is empty")
    _ended(answer, detail)
    for path, template in detail.holds.items():
        expected = render(template, context)
        told = find(answer, path)
        if expected not in (told if isinstance(told, list) else [told]):
            raise CallError(Why.TRUNCATED, detail.call, message=f"{path} does not hold what was asked for")
    for path, template in detail.names.items():
        named = find(answer, path)
        if named is not None and render(template, context) not in (named, str(named).rpartition("/")[2]):
            raise CallError(Why.TRUNCATED, detail.call, message=f"{path} is not that of what was asked for")
    return answer


def _ended(last: Page, table: Listing | Detail) -> None:
    if table.more and find(last, table.more) not in (None, False):
        raise CallError(Why.TRUNCATED, table.call, message="the last page says that more follow")


def whole(pages: Iterable[Page], operation: str) -> Page:
    """All pages as one, their lists joined. Raises CallError."""
    answer: dict[str, Any] = {}
    for number, page in enumerate(pages):
        if not isinstance(page, Mapping):
            raise Malformed("the answer is not a mapping")
        if number == MAX_PAGES:
            raise CallError(Why.TRUNCATED, operation, message=f"more than {MAX_PAGES} pages")
        for name, value in page.items():
            before = answer.get(name)
            answer[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return answer
