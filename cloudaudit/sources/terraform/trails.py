"""What the values of records rest on that no reader takes: data sources and resources that hand on what their arguments are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cloudaudit.model import Record, Unknown
from cloudaudit.model.names import block_of

_MOST = 1_000


def trails(records: Iterable[Record], onward: Callable[[str], Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    """For each address that unknown values refer to and that is none of the records: the addresses that `onward` says it rests on.

    Only what is referred to is followed: a configuration declares far more that no reader takes. Past a limit the rest is not told.
    """
    records = list(records)
    taken = {block_of(record.address) for record in records}
    found: dict[str, tuple[str, ...]] = {}
    pending = deque(dict.fromkeys(reference for record in records for reference in _references(record.values)))
    while pending and len(found) < _MOST:
        reference = pending.popleft()
        if reference not in found and block_of(reference) not in taken:
            found[reference] = tuple(onward(reference))
            pending.extend(found[reference])
    return {reference: behind for reference, behind in found.items() if behind}


def _references(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, str):
            continue
        if isinstance(current, Unknown):
            yield from current.references
        elif isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, list | tuple):
            pending.extend(current)
