"""Network security groups and their rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cloudaudit.model import Attr, Block, Doubt, Ingress, Known, Peer, Record, Related, Rule, Unknown, Why, both, first_unknown, reader
from cloudaudit_azure import azapi, azapi_said
from cloudaudit_azure.identity import in_one_group

_GROUP = "azurerm_network_security_group"
_RULE = "azurerm_network_security_rule"
_GROUP_NAME = "network_security_group_name"

_IPV4, _IPV6 = Peer(cidr="0.0.0.0/0"), Peer(cidr="::/0")
_FAMILIES = (_IPV4, _IPV6)
_APPLICATION_GROUP = Peer(name="application security group")
_ANYBODY = {"*", "any"}
_ZEROS = {"0.0.0.0", "::"}  # noqa: S104  (an address in a rule, bound by nobody)
_OUTSIDE = "internet"  # all that lies outside of the network: as a source the world, as a destination none of its machines
_INSIDE = "virtualnetwork"
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_LAST_PRIORITY = 65_500  # that of Azure's own last rule


@reader(_GROUP, related=(_RULE, *azapi_said.TYPES))
@azapi.unless_changed
def security_group(record: Record, related: Related) -> tuple[Ingress]:
    """A group: its rules and those of separate resources, by priority. What no rule lets in stays out.

    Azure's own rules let in only the virtual network and load balancers (source: Microsoft, network security groups).
    """
    parts: list[Attr[Iterable[Rule]]] = [related.lasting(_inline(record), record, "security_rule", (_RULE, _GROUP_NAME))]
    found = related.companions(record, _RULE, _GROUP_NAME, namesakes=True, singly=True)
    parts.extend(_split(other, record) for other in found.records)
    parts.extend(_split(other, record, doubt) for other, doubt in found.perhaps)
    if found.hidden is not None:
        parts.append(found.hidden)
    return (Ingress.of(parts),)


@reader(_RULE, related=(_GROUP,))
def security_rule(record: Record, related: Related) -> tuple[Ingress | None]:
    """A rule is judged with its group, among the others of it; alone only if the group is not at hand."""
    groups = related.bearers(record.text(_GROUP_NAME), _GROUP)
    if any(in_one_group(record, group) != Known(value=False) for group in groups):
        return (None,)
    return (Ingress.of([Known(_rules(record.body), record.origin)]),)


def _inline(record: Record) -> Attr[Iterable[Rule]]:
    """The blocks of a group. A plan leaves them to the cloud if there are none: Azure adds none that lets the world in."""
    blocks = record.blocks("security_rule")
    if isinstance(blocks, Unknown):
        return Known(()) if blocks.why is Why.UNSET else blocks.bare
    return Known((rule for block in blocks.value for rule in _rules(block)), blocks.origin)


def _split(rule: Record, group: Record, perhaps: Doubt | None = None) -> Attr[Iterable[Rule]]:
    """The rules of a separate resource that carries a group's name; `perhaps` says why it may carry another."""
    same = in_one_group(rule, group)
    if same == Known(value=False):
        return Known(())
    return Known(_rules(rule.body, first_unknown(rule.presence, perhaps, same)), rule.origin)


def _rules(block: Block, presence: Doubt | None = None) -> Iterator[Rule]:
    """One rule for each range of ports, source and address family; none if the rule is about traffic that goes out.

    An allow counts whichever machine it is for: that of a deny may be another.
    """
    inbound = block.text("direction").then(_inbound)
    if inbound == Known(value=False):
        return
    allow, protocol = block.text("access").then(_allows), block.text("protocol").then(_protocol)
    priority = block.number("priority").then(_priority)
    spans = _spans(block)
    for family, narrowed in _kept_out(block) if allow == Known(value=False) else ((family, None) for family in _FAMILIES):
        doubt = first_unknown(presence, inbound, narrowed)
        applies: Attr[bool] = Known(value=True) if doubt is None else doubt
        for source in _sources(block, family):
            yield from (Rule(protocol, first, last, source, allow, priority, applies) for first, last in spans)


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


def _kept_out(block: Block) -> Iterator[tuple[Peer, Doubt | None]]:
    """The address families in which a deny holds, and why it may hold for some of their traffic only."""
    ports = both(block.text("source_port_range"), block.strings("source_port_ranges"), lambda one, many: _is_every_port(one, *many))
    for family in _FAMILIES:
        held = [prefix.map(partial(_is_held, family=family)) for prefix in _prefixes(block, "destination")]
        if _names_a_group(block.at("destination_application_security_group_ids")) or not held:
            held.append(Known(None))
        if all(attr == Known(value=False) for attr in held):
            continue
        everywhere: Attr[bool] = Known(value=True) if Known(value=True) in held else _some(held, "destinations", block)
        yield family, first_unknown(everywhere, _some([ports], "source ports", block))


def _some(held: list[Attr[Any]], what: str, block: Block) -> Attr[bool]:
    """That a deny holds for all of something, or why that is not known."""
    if all(attr == Known(value=True) for attr in held):
        return Known(value=True)
    doubt = first_unknown(*held)
    return doubt if doubt is not None else Unknown(Why.UNSUPPORTED, f"a rule denies for some {what} only", block.origin)


def _is_held(destination: str, family: Peer) -> bool | None:
    """Whether a destination is every machine of the network in an address family; None: some, or nobody knows."""
    word = destination.lower()
    if word in _ANYBODY or word in {_INSIDE, family.cidr}:
        return True
    if word == _OUTSIDE or (_family(word) or family) is not family:
        return False
    return None


def _is_every_port(*texts: str | None) -> bool:
    """Whether some ranges of ports are all of them; none told is no restriction."""
    told = [text for text in texts if text]
    reached = -1 if told else 65_535
    ends = ((_port(text, 1), _port(text, 2)) for text in told)
    for first, last in sorted((first.value, last.value) for first, last in ends if isinstance(first, Known) and isinstance(last, Known)):
        if first > reached + 1:
            break
        reached = max(reached, last)
    return reached >= 65_535


def _sources(block: Block, family: Peer) -> Iterator[Attr[Peer]]:
    """Where the traffic comes from, in an address family."""
    prefixes = _prefixes(block, "source")
    for prefix in prefixes:
        if not isinstance(prefix, Known) or (_family(prefix.value) or family) is family:
            yield prefix.then(partial(_peer, world=family))
    if _names_a_group(block.at("source_application_security_group_ids")):
        yield Known(_APPLICATION_GROUP)
    elif all(isinstance(prefix, Unknown) and "" in prefix.possible for prefix in prefixes):
        yield Unknown(Why.UNSUPPORTED, "a rule names no source", block.origin)


def _prefixes(block: Block, side: str) -> list[Attr[str]]:
    """The address prefixes and tags of one side of a rule, "source" or "destination"; an empty candidate is one that is not there."""
    one, many = block.text(f"{side}_address_prefix"), block.elements(f"{side}_address_prefixes")
    prefixes: list[Attr[str]] = [] if one == Known(None) else [one.map(lambda prefix: prefix or "")]
    if isinstance(many, Unknown):
        return [*prefixes, many.bare]
    return [*prefixes, *(prefix.map(lambda text: text or "") for prefix in many.value if prefix not in (Known(""), Known(None)))]


def _family(prefix: str) -> Peer | None:
    """The address family of a range; none of a service tag ("VirtualNetwork"), which has no digit in front, no colon and no slash."""
    if ":" in prefix:
        return _IPV6
    return _IPV4 if "/" in prefix or prefix[:1].isdigit() else None


def _names_a_group(attr: Attr[Any]) -> bool:
    """Whichever group it is, known or not, it is not the world."""
    if isinstance(attr, Unknown):
        return attr.why is not Why.UNSET
    return attr.value not in (None, "", [], ())


def _peer(prefix: str, world: Peer) -> Attr[Peer]:
    """Who a prefix speaks of in the address family of a world.

    No machine has the address of zeros. Written alone it may be meant for the world, and is counted so by the CIS Microsoft Azure
    Foundations Benchmark (RDP and SSH from the internet); what Azure makes of it Microsoft does not say.
    """
    if prefix in _ZEROS:
        return Unknown(Why.UNSUPPORTED, f'whether the source "{prefix}", without a length, is the world is not documented')
    if prefix.lower() in _ANYBODY or prefix.lower() == _OUTSIDE:
        return Known(world)
    return Known(Peer(cidr=prefix) if _family(prefix) is not None else Peer(name=prefix))


def _spans(block: Block) -> list[tuple[Attr[int], Attr[int]]]:
    """First and last port of each range that a rule is about."""
    one, many = block.text("destination_port_range"), block.elements("destination_port_ranges")
    single = (one.then(lambda text: _port(text, 1)), one.then(lambda text: _port(text, 2)))
    spans: list[tuple[Attr[int], Attr[int]]] = [] if one == Known(None) else [single]
    if isinstance(many, Unknown):
        spans.append((many.bare, many.bare))
    else:
        spans.extend((span.then(lambda text: _port(text, 1)), span.then(lambda text: _port(text, 2))) for span in many.value)
    missing: Doubt = Unknown(Why.UNSUPPORTED, "a rule names no destination port", block.origin)
    return spans or [(missing, missing)]


def _port(text: str | None, end: int) -> Attr[int]:
    if text == "*":
        return Known(0 if end == 1 else 65535)
    match = _PORTS.fullmatch(text or "")
    if match is None:
        return Unknown(Why.UNSUPPORTED, f'"{text}" is no range of ports')
    return Known(int(match[end] or match[1]))
