"""What an ordered filter lets in from the world, in three values."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf

import msgspec

from cloudaudit.model.addresses import BITS, Claim, Span, everything, is_world, let_in, may_be_world, span
from cloudaudit.model.attr import Attr, Doubt, Known, Unknown, Why, first_unknown
from cloudaudit.model.facets import Peer, Rule

EITHER = "tcp or udp"
_YES, _NO = Known(value=True), Known(value=False)
_TCP, _UDP = frozenset({"any", "tcp"}), frozenset({"any", "udp"})
# A deny of one protocol leaves the other open, so each is asked alone. A rule that is for one of the two, nobody knows which,
# answers neither question, but opens the port all the same: hence the third.
_QUESTIONS = {"tcp": _TCP, "udp": _UDP, EITHER: _TCP | _UDP}

_Near = tuple[Rule, list[int]]
_Reached = tuple[Attr[bool], str]
_Placed = tuple[Rule, list[int], tuple[Span, ...]]


class Answer(msgspec.Struct, frozen=True):
    """Whether the world reaches a port by a protocol ("tcp", "udp", or one of the two, nobody knows which) in an address family."""

    port: int
    version: int
    protocol: str
    reached: Attr[bool]
    share: str = ""  # "from first byte 0-127": the addresses that reach it for certain, if these are not all


def open_to_world(rules: tuple[Rule, ...], ports: Sequence[int]) -> list[Answer]:
    """Whether the world reaches each of some sorted ports, as far as a rule speaks of it; in order."""
    near = list(_near(rules, ports))
    families = {version: [(rule, about, spans) for rule, about in near if (spans := _spans(rule.source, version))] for version in BITS}
    asked = [
        (version, name, _reached(placed, version, names))
        for version, placed in families.items()
        for name, names in (_QUESTIONS.items() if placed else ())
    ]
    answers = [Answer(port, version, name, *reached) for version, name, found in asked for port, reached in found]
    return sorted(answers, key=lambda answer: (answer.port, answer.version, answer.protocol))


def _near(rules: tuple[Rule, ...], ports: Sequence[int]) -> Iterator[_Near]:
    """The rules that may be about any of some sorted ports, and about which. Most are about none: they cost no more than this."""
    for rule in rules:
        first, last = rule.from_port, rule.to_port
        if isinstance(first, Known) and isinstance(last, Known):
            touched = list(ports[bisect_left(ports, first.value) : bisect_right(ports, last.value)])
        else:
            touched = [port for port in ports if _NO not in _bounds(rule, port)]
        if touched:
            yield rule, touched


def _bounds(rule: Rule, port: int) -> tuple[Attr[bool], Attr[bool]]:
    return rule.from_port.map(lambda number: number <= port), rule.to_port.map(lambda number: port <= number)


def _reached(placed: list[_Placed], version: int, names: frozenset[str]) -> Iterator[tuple[int, _Reached]]:
    """Whether the world reaches each port by some protocols: the first rule that matches an address decides, and none lets nobody in.

    What is not known of a rule is taken for the least, and for the most, that it may let in: if both say the same, that is so.
    """
    suspects = [(suspect, ports) for rule, ports, spans in placed if (suspect := _suspect(rule, spans, names)) is not None]
    by_port: dict[int, list[_Suspect]] = defaultdict(list)
    for suspect, ports in suspects:
        for port, about in zip(ports, suspect.at_each(ports), strict=True):
            by_port[port].append(about)
    answers: dict[tuple[_Suspect, ...], _Reached] = {}
    for port, suspected in by_port.items():
        key = tuple(suspected)
        if key not in answers:
            answers[key] = _answer(key, version)
        yield port, answers[key]


def _answer(suspects: tuple[_Suspect, ...], version: int) -> _Reached:
    most = [claim for suspect in suspects for claim in suspect.most]
    if not may_be_world(most, version) or not is_world(let_in(most), version):
        return _NO, ""
    surely = let_in([claim for suspect in suspects for claim in suspect.least])
    if is_world(surely, version):
        return _YES, _share(surely, version)
    return next(suspect.doubt for suspect in suspects if suspect.doubt is not None), ""


def _share(spans: list[Span], version: int) -> str:
    if spans == [everything(version)]:
        return ""
    shift = BITS[version] - 8
    return f"from first byte {','.join(f'{first >> shift}-{last >> shift}' for first, last in spans)}"


class _Suspect(msgspec.Struct, frozen=True):
    """A rule that may be about the world: what it claims at least and at most, and why the two differ."""

    rule: Rule
    claims: tuple[Claim, ...]  # all that it may claim
    least: tuple[Claim, ...]
    most: tuple[Claim, ...]
    doubt: Doubt | None

    def __hash__(self) -> int:
        return id(self.rule)

    def at_each(self, ports: Sequence[int]) -> list[_Suspect]:
        """The same for each of some ports, of which it may not be known whether the rule is about them: of none where nothing is."""
        ends = (self.rule.from_port, self.rule.to_port)
        doubts = [end for end in ends if isinstance(end, Unknown)]
        if not doubts:
            return [self] * len(ports)
        for doubt in doubts:
            if not doubt.possible:
                return [_of(self.rule, doubt.bare, self.claims, matches=False)] * len(ports)
        return [self._at(port) for port in ports]

    def _at(self, port: int) -> _Suspect:
        doubt = first_unknown(*_bounds(self.rule, port))
        return self if doubt is None else _of(self.rule, doubt, self.claims, matches=False)


def _suspect(rule: Rule, spans: tuple[Span, ...], names: frozenset[str]) -> _Suspect | None:
    speaks = rule.protocol.map(lambda name: name in names)
    if _NO in (speaks, rule.applies):
        return None
    match = first_unknown(speaks, rule.source.then(_ranged), rule.applies)
    doubt = first_unknown(match, rule.allow, rule.priority)
    order = rule.priority.value if isinstance(rule.priority, Known) else 0
    claims = tuple((order, first, last, rule.allow != _NO) for first, last in spans)
    return _Suspect(rule, claims, claims, claims, None) if doubt is None else _of(rule, doubt, claims, matches=match is None)


def _of(rule: Rule, doubt: Doubt, claims: tuple[Claim, ...], *, matches: bool) -> _Suspect:
    """Of a rule in doubt: an allow lets in least where it comes last, and nobody where it may not match; a deny most in these cases.

    One of both kinds does either.
    """
    first, last = _orders(rule.priority)
    early_deny, early_allow = (tuple((first, low, high, allow) for _, low, high, _ in claims) for allow in (False, True))
    late = tuple((last, low, high, rule.allow == _YES) for _, low, high, _ in claims) if matches else ()
    return _Suspect(rule, claims, late if rule.allow == _YES else early_deny, late if rule.allow == _NO else early_allow, doubt)


def _orders(priority: Attr[int]) -> tuple[float, float]:
    """The first and the last place in order that a rule can have."""
    places = (priority.value,) if isinstance(priority, Known) else priority.possible
    return (min(places), max(places)) if places else (-inf, inf)


def _spans(source: Attr[Peer], version: int) -> tuple[Span, ...]:
    """The addresses that a rule may be about in a family: all of them where that is not known."""
    if isinstance(source, Unknown):
        peers = source.possible
        return tuple(found for peer in peers for found in _spans(Known(peer), version)) if peers else (everything(version),)
    peer = source.value
    if peer.cidr is None:
        return (everything(version),) if peer.opaque else ()
    found = span(peer.cidr)
    if found is None:
        return (everything(version),)
    return (found[1],) if found[0] == version else ()


def _ranged(peer: Peer) -> Attr[str]:
    """The address range of a peer, if it says one: the members of other groups are none of the world."""
    if peer.opaque or (peer.cidr is not None and span(peer.cidr) is None):
        return Unknown(Why.UNSUPPORTED, f"the addresses of {peer.name or peer.cidr} were not read")
    return Known(peer.cidr or "")
