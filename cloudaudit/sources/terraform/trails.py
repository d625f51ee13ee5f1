"""What the values of records rest on that no reader takes: data sources and resources that hand on what their arguments are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Any

from cloudaudit.model import Record, Unknown
from cloudaudit.model.names import block_of

_MOST = 1_000  # blocks
_PLAIN = (str, int, float, NoneType)

Rests = Mapping[str, tuple[str, ...] | None]


def trails(records: Iterable[Record], onward: Callable[[str], Iterable[str] | None]) -> Rests:
    """For each address that unknown values refer to and that is none of the records: the addresses that `onward` says it rests on.

    Only what is referred to is followed: a configuration declares far more that no reader takes. None: it is not told, past a limit
    say, and may rest on anything.
    """
    records = list(records)
    taken = {block_of(record.address) for record in records}
    found: dict[str, tuple[str, ...] | None] = {}
    blocks: set[str] = set()
    pending = deque(dict.fromkeys(reference for record in records for reference in referred_to(record.values)))
    while pending:
        reference = pending.popleft()
        block = block_of(reference)
        if reference in found or block in taken:
            continue
        blocks.add(block)
        behind = onward(reference) if len(blocks) <= _MOST else None
        found[reference] = None if behind is None else tuple(behind)
        pending.extend(found[reference] or ())
    return {reference: behind for reference, behind in found.items() if behind != ()}


def referred_to(value: Any) -> Iterator[str]:
    """The addresses that the unknown parts of a value refer to."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, Unknown):
            yield from current.references
        elif isinstance(current, dict):
            pending.extend(part for part in current.values() if not isinstance(part, _PLAIN))
        elif isinstance(current, list | tuple):
            pending.extend(part for part in current if not isinstance(part, _PLAIN))
