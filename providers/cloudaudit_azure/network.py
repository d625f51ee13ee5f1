"""Network security groups and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cloudaudit.model import Attr, Block, Doubt, Ingress, Known, Peer, Record, Related, Rule, Unknown, Why, both, first_unknown, reader
from cloudaudit.model.names import identifiers

_GROUP = "azurerm_network_security_group"
_RULE = "azurerm_network_security_rule"
_GROUP_NAME = "network_security_group_name"

_IPV4, _IPV6 = Peer(cidr="0.0.0.0/0"), Peer(cidr="::/0")
_BOTH_FAMILIES = (_IPV4, _IPV6)
_APPLICATION_GROUP = Peer(name="application security group")
_WORLD = {"*", "any", "internet"}  # of both address families
_EVERY_DESTINATION = {*_WORLD, "virtualnetwork", _IPV4.cidr, _IPV6.cidr}
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_LAST_PRIORITY = 65_500  # that of Azure's own last rule


@reader(_GROUP, related=(_RULE,))
def security_group(record: Record, related: Related) -> tuple[Ingress]:
    """A group: its rules and those of separate resources, by priority. What no rule lets in stays out.

    Azure's own rules let in only the virtual network and load balancers (source: Microsoft, network security groups).
    """
    parts: list[Attr[Iterable[Rule]]] = [related.lasting(_inline(record), record, "security_rule", (_RULE, _GROUP_NAME))]
    found = related.companions(record, _RULE, _GROUP_NAME)
    parts.extend(_split(other, record) for other in found.records)
    if found.doubt is not None:
        parts.append(found.doubt.bare)
    return (Ingress.of(parts),)


@reader(_RULE, related=(_GROUP,))
def security_rule(record: Record, related: Related) -> tuple[Ingress | None]:
    """A rule is judged with its group, among the others of it; alone only if the group is not at hand."""
    return (None if _judged_with_group(record, related) else Ingress.of([Known(_rules(record.body), record.origin)]),)


def _inline(record: Record) -> Attr[Iterable[Rule]]:
    """The blocks of a group. A plan leaves them to the cloud if there are none: Azure adds none that lets the world in."""
    blocks = record.blocks("security_rule")
    if isinstance(blocks, Unknown):
        return Known(()) if blocks.why is Why.UNSET else blocks.bare
    return Known((rule for block in blocks.value for rule in _rules(block)), blocks.origin)


def _split(rule: Record, group: Record) -> Attr[Iterable[Rule]]:
    """The rules of a separate resource that carries a group's name: a name is unique within its resource group only."""
    same = _same_resource_group(rule, group)
    if same == Known(value=False):
        return Known(())
    if isinstance(same, Unknown):
        return same.bare
    return Known(_rules(rule.body, rule.presence), rule.origin)


def _judged_with_group(record: Record, related: Related) -> bool:
    name = record.text(_GROUP_NAME)
    group = related.target(name, _GROUP)
    if isinstance(group, Unknown):
        # Several groups have the name: each takes the rule or not, by resource group.
        return isinstance(name, Known) and group.why is Why.UNSUPPORTED and not related.live
    if group.value is None or _same_resource_group(record, group.value) == Known(value=False):
        return False
    return isinstance(name, Unknown) or name.value in identifiers(group.value)


def _same_resource_group(one: Record, other: Record) -> Attr[bool]:
    first, second = (record.text("resource_group_name").or_else(_no_resource_group(record)) for record in (one, other))
    if isinstance(first, Unknown) and first.same_text(second):
        return Known(value=True, origin=first.origin)  # the same text of the same parts
    return both(first, second, lambda a, b: a.lower() == b.lower())


def _no_resource_group(record: Record) -> Doubt:
    return Unknown(Why.UNSUPPORTED, f"{record.address} names no resource group", record.origin)


def _rules(block: Block, presence: Doubt | None = None) -> Iterator[Rule]:
    """One rule for each range of ports and source; none if the rule is about traffic that goes out.

    Of a rule that may not apply it is unknown whether it allows; of a deny, whom it speaks of.
    """
    inbound = block.text("direction").then(_inbound)
    if inbound == Known(value=False):
        return
    allow, sources = block.text("access").then(_allows), _sources(block, _BOTH_FAMILIES)
    doubt = first_unknown(presence, inbound)
    if allow == Known(value=False):
        families = block.text("destination_address_prefix").map(_families)
        doubt = first_unknown(doubt, _narrowed(block))
        denied = families if doubt is None else doubt
        sources = [denied.bare] if isinstance(denied, Unknown) else _sources(block, denied.value)
    elif doubt is not None:
        allow = doubt.bare
    protocol = block.text("protocol").then(_protocol)
    priority = block.number("priority").then(_priority)
    for first, last in _spans(block):
        yield from (Rule(protocol, first, last, source, allow, priority) for source in sources)


def _inbound(direction: str | None) -> Attr[bool]:
    word = (direction or "").lower()
    return Known(word == "inbound") if word in {"inbound", "outbound"} else Unknown(Why.UNSUPPORTED, f'the direction is "{word}"')


def _allows(access: str | None) -> Attr[bool]:
    word = (access or "").lower()
    return Known(word == "allow") if word in {"allow", "deny"} else Unknown(Why.UNSUPPORTED, f'the access is "{word}"')


def _protocol(name: str | None) -> Attr[str]:
    return Known("any" if name == "*" else name.lower()) if name else Unknown(Why.UNSUPPORTED, "a rule names no protocol")


def _priority(number: float | None) -> Attr[int]:
    if number is None or not 0 <= number <= _LAST_PRIORITY:
        return Unknown(Why.UNSUPPORTED, "a rule has no priority that counts")
    return Known(int(number))


def _narrowed(block: Block) -> Doubt | None:
    """Why a deny may leave a way in: it holds for some destinations or some source ports only."""
    destination = block.text("destination_address_prefix").map(lambda prefix: (prefix or "").lower() in _EVERY_DESTINATION)
    ports = both(block.text("source_port_range"), block.strings("source_port_ranges"), lambda one, many: one in {None, "*"} and not many)
    for attr, what in ((destination, "destinations"), (ports, "source ports")):
        if isinstance(attr, Unknown):
            return attr.bare
        if not attr.value:
            return Unknown(Why.UNSUPPORTED, f"a rule denies for some {what} only", attr.origin)
    return None


def _sources(block: Block, worlds: tuple[Peer, ...]) -> list[Attr[Peer]]:
    """Where the traffic comes from; `worlds` is what a name of the world stands for."""
    one, many = block.text("source_address_prefix"), block.strings("source_address_prefixes")
    sources: list[Attr[Peer]] = [] if one == Known(None) else _peers(one.map(lambda prefix: prefix or ""), worlds)
    if isinstance(many, Unknown):
        sources.append(many.bare)
    else:
        sources.extend(peer for prefix in many.value if prefix for peer in _peers(Known(prefix, many.origin), worlds))
    if _names_a_group(block.at("source_application_security_group_ids")):
        sources.append(Known(_APPLICATION_GROUP))
    return sources or [Unknown(Why.UNSUPPORTED, "a rule names no source", block.origin)]


def _families(destination: str | None) -> tuple[Peer, ...]:
    """The whole world in each address family that a deny is about: traffic to an IPv4 address comes from one."""
    prefix = destination or ""
    if ":" in prefix:
        return (_IPV6,)
    return (_IPV4,) if prefix[:1].isdigit() else _BOTH_FAMILIES


def _peers(prefix: Attr[str], worlds: tuple[Peer, ...]) -> list[Attr[Peer]]:
    """Who a prefix speaks of: a name of the world is a peer in each family, all else is one."""
    peers = [prefix.map(partial(_peer, world=world)) for world in worlds]
    return peers[:1] if all(peer == peers[0] for peer in peers) else peers


def _names_a_group(attr: Attr[Any]) -> bool:
    """Whichever group it is, known or not, it is not the world."""
    if isinstance(attr, Unknown):
        return attr.why is not Why.UNSET
    return attr.value not in (None, "", [], ())


def _peer(prefix: str, world: Peer) -> Peer:
    """An address range, or a service tag ("VirtualNetwork"): a tag has neither slash nor colon and begins with a letter."""
    if prefix.lower() in _WORLD:
        return world
    return Peer(cidr=prefix) if "/" in prefix or ":" in prefix or prefix[:1].isdigit() else Peer(name=prefix)


def _spans(block: Block) -> list[tuple[Attr[int], Attr[int]]]:
    """First and last port of each range that a rule is about."""
    one, many = block.text("destination_port_range"), block.strings("destination_port_ranges")
    single = (one.then(lambda text: _port(text, 1)), one.then(lambda text: _port(text, 2)))
    spans: list[tuple[Attr[int], Attr[int]]] = [] if one == Known(None) else [single]
    if isinstance(many, Unknown):
        spans.append((many.bare, many.bare))
    else:
        spans.extend((_port(text, 1), _port(text, 2)) for text in many.value)
    missing: Doubt = Unknown(Why.UNSUPPORTED, "a rule names no destination port", block.origin)
    return spans or [(missing, missing)]


def _port(text: str | None, end: int) -> Attr[int]:
    if text == "*":
        return Known(0 if end == 1 else 65535)
    match = _PORTS.fullmatch(text or "")
    if match is None:
        return Unknown(Why.UNSUPPORTED, f'"{text}" is no range of ports')
    return Known(int(match[end] or match[1]))
