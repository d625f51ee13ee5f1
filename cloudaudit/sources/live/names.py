"""What resources name and no listing of the account brings: of another account, or of a region that is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudaudit.sources.live.drafts import Account, Draft
from cloudaudit.sources.live.table import Named


def names(named: Named, drafts: Iterable[Draft], account: Account) -> Iterator[dict[str, str]]:
    """The parts of each name that stands in one of the drafts, once, with the region to ask in."""
    every = tuple(drafts)
    seen = {made.id for made in every}
    for made in every:
        for path in named.by.get(made.listing.type, ()):
            for text in _texts(made.values, path.split(".")):
                parts = None if text in seen else named.pattern.fullmatch(text)
                seen.add(text)
                if parts is not None and _foreign(parts.groupdict(), account):
                    yield {"place": account.home, **parts.groupdict(), "name": text}


def _foreign(parts: Mapping[str, str | None], account: Account) -> bool:
    """Whether the listings of the account cannot tell of it. Of another partition, nothing here can."""
    if parts.get("of_partition") != account.partition:
        return False
    return parts.get("owner") != account.id or parts.get("place") not in account.regions


def _texts(value: Any, path: list[str]) -> Iterator[str]:
    """The texts at a path, in all blocks on the way."""
    if isinstance(value, list):
        for element in value:
            yield from _texts(element, path)
    elif path and isinstance(value, Mapping):
        yield from _texts(value.get(path[0]), path[1:])
    elif not path and isinstance(value, str):
        yield value


REGION = r"(?P<place>[a-z]{2,8}(?:-[a-z]+)+-\d{1,2})"
"""A region in a name: it becomes part of an address that is asked, so nothing else may stand there."""


def pattern(text: str) -> re.Pattern[str]:
    """The pattern of a name in which {partition}, {region} and {owner} stand for those parts."""
    parts = {"partition": r"(?P<of_partition>aws[a-z-]*)", "region": REGION, "owner": r"(?P<owner>\d{12})"}
    return re.compile(text.format_map(parts))
