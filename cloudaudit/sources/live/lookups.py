"""Reads that answer for many items at once, and for each of them alone where that cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cloudaudit.model import Why
from cloudaudit.sources.live.drafts import TWICE, Draft, absent, absorb, attempt, fail, origins
from cloudaudit.sources.live.reading import answered, whole
from cloudaudit.sources.live.shape import elements, evaluate, pick
from cloudaudit.sources.live.table import Detail, Lookup
from cloudaudit.sources.live.transport import CallError, Page, Transport


def read_lookup(lookup: Lookup, drafts: Sequence[Draft], transport: Transport, region: str) -> Mapping[str, Any] | CallError:
    """The elements of a lookup's answer by their key, for these drafts. One that the cloud rejects does not fail the others."""
    keys = sorted({key for made in drafts if (key := key_of(lookup, made)) is not None})
    answer = attempt(lookup.call, partial(_looked_up, lookup, keys, transport, region))
    if len(keys) > 1 and lookup.ids and isinstance(answer, CallError) and answer.why is Why.FAILED and answer.code:
        singly = {key: attempt(lookup.call, partial(_looked_up, lookup, [key], transport, region)) for key in keys}
        return {key: one if isinstance(one, CallError) else one.get(key) for key, one in singly.items()}
    return answer


def _looked_up(lookup: Lookup, keys: list[str], transport: Transport, region: str) -> dict[str, Any]:
    arguments = {**lookup.args, lookup.ids: keys} if lookup.ids else lookup.args
    answer = whole(transport.pages(lookup.call, arguments, region), lookup.call)
    found: dict[str, Any] = {}
    for element in elements(answer, lookup.each):
        key = str(pick(element, lookup.key))
        same = key not in found or found[key] == element
        found[key] = element if same else CallError(Why.TRUNCATED, lookup.call, message=TWICE)
    return found


def read_singly(detail: Detail, made: Draft, transport: Transport) -> Page | CallError | None:
    """What tells of one item what a lookup tells of many."""
    return attempt(detail.call, partial(answered, detail, made.item, transport, made.place))


def key_of(lookup: Lookup, made: Draft) -> str | None:
    """What an item is looked up by; None if it is not."""
    when = lookup.when
    if when is not None and attempt(lookup.call, lambda: when({**made.item, **made.values, **made.observed})) is False:
        return None
    key = attempt(lookup.call, lambda: evaluate(lookup.match, made.item))
    return key if isinstance(key, str) and key else None


def tell(lookup: Lookup, made: Draft, answer: Mapping[str, Any] | CallError) -> None:
    """Gives a draft its part of a lookup's answer."""
    key = key_of(lookup, made)
    part = answer if isinstance(answer, CallError) else answer.get(key or "")
    if key is None:
        absent(made, lookup)
    elif isinstance(part, CallError):
        fail(made, lookup, part)
    elif part is not None:
        absorb(made, lookup.call, part, lookup)
    elif lookup.ids:
        fail(made, lookup, CallError(Why.TRUNCATED, lookup.call, message="it was asked for and not answered"))
    else:
        absent(made, lookup)
        origins(made, lookup, lookup.call)
