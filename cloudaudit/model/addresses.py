"""Address ranges: who gets through an ordered filter, and whether that is the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from ipaddress import IPv6Network, ip_network
from itertools import pairwise

Span = tuple[int, int]  # first and last address, as numbers
Claim = tuple[float, int, int, bool]  # order, first and last address, whether it lets in: the first in order decides

BITS = {4: 32, 6: 128}
_WORLD_BITS = 7  # 0.0.0.0/1 and 128.0.0.0/1 are the world in two halves; no one company holds a public /7
_SHARE = 8  # nor an eighth of all addresses, in however many pieces


@lru_cache(maxsize=4096)
def span(cidr: str) -> tuple[int, Span] | None:
    """The address family (4 or 6) and the addresses of a range; None if it is none."""
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        return None
    return network.version, (int(network.network_address), int(network.broadcast_address))


def everything(version: int) -> Span:
    """All addresses of a family."""
    return 0, (1 << BITS[version]) - 1


def let_in(claims: Sequence[Claim]) -> list[Span]:
    """The addresses that a filter lets in, in order and joined: of each address the first claim in order decides, and none is a no."""
    starts = sorted(claims, key=lambda claim: claim[1])
    edges = sorted({edge for _, first, last, _ in claims for edge in (first, last + 1)})
    active: list[tuple[float, int, int, bool]] = []  # order, 0 for a deny, last address, whether it lets in
    found: list[Span] = []
    position = 0
    for begin, end in pairwise(edges):
        while position < len(starts) and starts[position][1] <= begin:
            order, _, last, allow = starts[position]
            heappush(active, (order, int(allow), last, allow))
            position += 1
        while active and active[0][2] < begin:
            heappop(active)
        if active and active[0][3]:
            if found and found[-1][1] == begin - 1:
                found[-1] = found[-1][0], end - 1
            else:
                found.append((begin, end - 1))
    return found


def may_be_world(claims: Iterable[Claim], version: int) -> bool:
    """Whether what some claims let in is large enough to be the world: most filters are not, and need no closer look."""
    return sum(last - first + 1 for _, first, last, allow in claims if allow) >= 1 << (BITS[version] - _WORLD_BITS)


def is_world(spans: Iterable[Span], version: int) -> bool:
    """Whether some addresses are the world in all but name: a whole public block larger than a /8, or an eighth of all addresses."""
    known = list(spans)
    bits = BITS[version]
    if sum(last - first + 1 for first, last in known) >= 1 << bits >> (_SHARE.bit_length() - 1):
        return True
    size = 1 << (bits - _WORLD_BITS)
    return any(
        version == 4 or not IPv6Network((start, _WORLD_BITS)).is_private
        for first, last in known
        for start in range(-(-first // size) * size, last - size + 2, size)
    )
