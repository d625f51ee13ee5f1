"""VPC firewall rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cloudaudit.model import NOBODY, Attr, Block, Ingress, Known, Peer, Record, Related, Rule, Unknown, Why, first_unknown, reader

_EVERYWHERE = Peer(cidr="0.0.0.0/0")
_TAGGED = Peer(name="tag or service account")
_PROTOCOLS = {"all": "any", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_DEFAULT_PRIORITY = 1000
_LAST_PRIORITY = 65_535


@reader("google_compute_firewall")
def firewall(record: Record, _related: Related) -> tuple[Ingress]:
    """A firewall rule, judged alone: which instances it is for, and what other rules of its network say, does not excuse it.

    Unset, the direction is INGRESS, the priority 1000, the sources everywhere (source: Compute Engine API, firewalls).
    """
    disabled, egress = record.flag("disabled"), record.text("direction").then(_egress)
    if disabled == Known(value=True) or egress == Known(value=True):
        return (Ingress(Known((), record.origin)),)
    doubt = first_unknown(disabled, egress)
    sources = _sources(record)
    if doubt is None:
        return (Ingress.of([_rules(record, "allow", sources, Known(value=True)), _rules(record, "deny", sources, Known(value=False))]),)
    # Of a rule that may not apply it is unknown whether it allows; of a deny, whom it speaks of.
    unsure = doubt.bare
    return (Ingress.of([_rules(record, "allow", sources, unsure), _rules(record, "deny", [unsure], Known(value=False))]),)


def _egress(direction: str | None) -> Attr[bool]:
    word = (direction or "INGRESS").upper()
    return Known(word == "EGRESS") if word in {"INGRESS", "EGRESS"} else Unknown(Why.UNSUPPORTED, f'the direction is "{word}"')


def _rules(record: Record, name: str, sources: list[Attr[Peer]], allow: Attr[bool]) -> Attr[Iterable[Rule]]:
    """One rule for each range of ports and source. Blocks that are unknown are one rule about these sources."""
    priority = record.number("priority").then(_priority)
    blocks = record.blocks(name)
    if isinstance(blocks, Unknown):
        reason = blocks.bare
        return Known([Rule(reason, reason, reason, source, allow, priority) for source in sources])
    return Known((rule for block in blocks.value for rule in _expanded(block, sources, allow, priority)), blocks.origin)


def _expanded(block: Block, sources: list[Attr[Peer]], allow: Attr[bool], priority: Attr[int]) -> Iterator[Rule]:
    protocol = block.text("protocol").then(_protocol)
    for first, last in _spans(block):
        yield from (Rule(protocol, first, last, source, allow, priority) for source in sources)


def _protocol(name: str | None) -> Attr[str]:
    word = (name or "").lower()
    return Known(_PROTOCOLS.get(word, word)) if word else Unknown(Why.UNSUPPORTED, "a rule names no protocol")


def _priority(number: float | None) -> Attr[int]:
    if number is None:
        return Known(_DEFAULT_PRIORITY)
    return Known(int(number)) if 0 <= number <= _LAST_PRIORITY else Unknown(Why.UNSUPPORTED, "a rule has no priority that counts")


def _sources(record: Record) -> list[Attr[Peer]]:
    """Ranges, tags and service accounts add up: without any the source is the world. Whichever machines carry a tag, they are not it."""
    ranges = record.elements("source_ranges")
    named = [_names_somebody(record.elements(name)) for name in ("source_tags", "source_service_accounts")]
    sources: list[Attr[Peer]] = []
    if isinstance(ranges, Unknown):
        sources.append(ranges.bare)
    else:
        told = [cidr for cidr in ranges.value if cidr != Known("")]
        alone = Known(value=True) not in named and all(isinstance(cidr, Unknown) for cidr in told)
        sources.extend(cidr.map(lambda text: Peer(cidr=text) if text else _EVERYWHERE if alone else NOBODY) for cidr in told)
    if Known(value=True) in named:
        sources.append(Known(_TAGGED))
    elif not sources:
        doubt = first_unknown(*named)
        sources.append(Known(_EVERYWHERE, ranges.origin) if doubt is None else doubt.bare)
    return sources


def _names_somebody(names: Attr[tuple[Attr[str | None], ...]]) -> Attr[bool]:
    """Whether a list names machines: an empty name means none, and what only the cloud makes is not empty."""
    if isinstance(names, Unknown):
        return names.bare
    doubt = first_unknown(*names.value)
    told = any(name.why is Why.COMPUTED if isinstance(name, Unknown) else name.value for name in names.value)
    return Known(told, names.origin) if told or doubt is None else doubt


def _spans(block: Block) -> list[tuple[Attr[int], Attr[int]]]:
    """First and last port of each range; every port where none is named."""
    ports = block.elements("ports")
    if isinstance(ports, Unknown):
        return [(ports.bare, ports.bare)]
    ends = [(span.then(lambda text: _port(text, 1)), span.then(lambda text: _port(text, 2))) for span in ports.value]
    return ends or [(Known(0), Known(65535))]


def _port(text: str | None, end: int) -> Attr[int]:
    match = _PORTS.fullmatch(text or "")
    return Known(int(match[end] or match[1])) if match else Unknown(Why.UNSUPPORTED, f'"{text}" is no range of ports')
