"""VPC: networks, subnets, peerings and security groups."""

from __future__ import annotations

from collections.abc import Iterable

from cloudaudit.model import (
    Attr,
    Block,
    Ingress,
    Known,
    Peer,
    Peering,
    Placement,
    Record,
    Related,
    Rule,
    Segment,
    Unknown,
    Why,
    gather,
    reader,
)
from cloudaudit_aws.regions import placement

_ENDED = {"deleted", "deleting", "expired", "failed", "rejected"}
_PROTOCOLS = {"-1": "any", "all": "any", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_NETWORKS = ("aws_vpc", "aws_default_vpc")
_SPLIT_RULES = (
    ("aws_security_group_rule", "security_group_id"),
    ("aws_vpc_security_group_ingress_rule", "security_group_id"),
)


@reader("aws_subnet", "aws_default_subnet", related=_NETWORKS)
def subnet(record: Record, related: Related) -> tuple[Segment, Placement]:
    """A subnet stands in its VPC's environment."""
    return _segment(record, related), placement(record)


@reader("aws_vpc_peering_connection", related=_NETWORKS)
def peering(record: Record, related: Related) -> tuple[Peering]:
    """A peering joins two VPCs, as long as it is not rejected, expired or deleted."""
    requester, accepter = (_environment(record.text(name), related) for name in ("vpc_id", "peer_vpc_id"))
    status = record.text("accept_status")
    return (Peering(requester, accepter, status.map(lambda word: word not in _ENDED)),)


@reader(
    "aws_security_group",
    "aws_default_security_group",
    related=(*(kind for kind, _ in _SPLIT_RULES), *_NETWORKS, "aws_vpc_security_group_egress_rule"),
)
def security_group(record: Record, related: Related) -> tuple[Ingress, Segment]:
    """A group lets in the union of its own rules and those of separate rule resources."""
    rules: list[Attr[tuple[Rule, ...]]] = []
    split = False
    for kind, by in _SPLIT_RULES:
        found = related.companions(record, kind, by)
        split = split or bool(found.records)
        if found.doubt is not None:
            rules.append(found.doubt)
        rules.extend(_split_rule(other) for other in found.records)
    rules.append(_inline(record, split=split))
    return Ingress(_union(rules)), _segment(record, related)


def _inline(record: Record, *, split: bool) -> Attr[tuple[Rule, ...]]:
    blocks = record.blocks("ingress")
    if isinstance(blocks, Unknown):
        # Terraform's documentation forbids rule resources beside inline rules: where the one is used, the other is not.
        return Known(()) if blocks.why is Why.UNSET and split else blocks
    return Known(tuple(_rule(block, _inline_sources(block)) for block in blocks.value), blocks.origin)


def _union(parts: Iterable[Attr[tuple[Rule, ...]]]) -> Attr[tuple[Rule, ...]]:
    """All rules; an unknown part becomes a rule of which nothing is known, so that what is known still counts."""
    rules: list[Rule] = []
    origin = None
    for part in parts:
        if isinstance(part, Unknown):
            rules.append(Rule(part, part, part, part))
        else:
            origin = origin or part.origin
            rules.extend(part.value)
    return Known(tuple(rules), origin)


def _split_rule(record: Record) -> Attr[tuple[Rule, ...]]:
    body = record.body
    if record.type == "aws_vpc_security_group_ingress_rule":
        return Known((_rule(body, _single_source(body), protocol="ip_protocol"),), record.origin)
    direction = record.text("type")
    if isinstance(direction, Unknown):
        return direction
    return Known((_rule(body, _inline_sources(body)),) if direction.value == "ingress" else (), record.origin)


def _rule(block: Block, sources: Attr[tuple[Peer, ...]], protocol: str = "protocol") -> Rule:
    name = block.text(protocol).map(lambda word: _PROTOCOLS.get((word or "any").lower(), (word or "any").lower()))
    if name == Known("any"):
        return Rule(name, Known(0), Known(65535), sources)
    return Rule(name, _port(block, "from_port", 0), _port(block, "to_port", 65535), sources)


def _port(block: Block, name: str, unset: int) -> Attr[int]:
    return block.number(name).map(lambda value: unset if value is None or value < 0 else int(value))


def _inline_sources(block: Block) -> Attr[tuple[Peer, ...]]:
    parts: list[Attr[tuple[Peer, ...]]] = [
        *(_cidrs(block.strings(name)) for name in ("cidr_blocks", "ipv6_cidr_blocks")),
        _peers_by_name(block.strings("security_groups")),
        block.strings("prefix_list_ids").map(lambda texts: tuple(Peer(name=text, opaque=True) for text in texts)),
    ]
    return _joined(parts)


def _single_source(block: Block) -> Attr[tuple[Peer, ...]]:
    parts: list[Attr[tuple[Peer, ...]]] = [
        *(_cidrs(block.text(name).map(lambda text: (text,) if text else ())) for name in ("cidr_ipv4", "cidr_ipv6")),
        block.text("prefix_list_id").map(lambda text: (Peer(name=text, opaque=True),) if text else ()),
    ]
    return _joined(parts)


def _cidrs(texts: Attr[tuple[str, ...]]) -> Attr[tuple[Peer, ...]]:
    return texts.map(lambda cidrs: tuple(Peer(cidr=cidr) for cidr in cidrs))


def _joined(parts: list[Attr[tuple[Peer, ...]]]) -> Attr[tuple[Peer, ...]]:
    return gather(parts).map(lambda peers: tuple(peer for part in peers for peer in part))


def _peers_by_name(names: Attr[tuple[str, ...]]) -> Attr[tuple[Peer, ...]]:
    """Other groups are named, not addressed: whichever they are, they are not the world."""
    return Known(()) if isinstance(names, Unknown) else names.map(lambda texts: tuple(Peer(name=text) for text in texts))


def _segment(record: Record, related: Related) -> Segment:
    return Segment(_environment(record.text("vpc_id"), related))


def _environment(reference: Attr[str | None], related: Related) -> Attr[str | None]:
    return related.target(reference, *_NETWORKS).then(lambda network: related.environment(network) if network is not None else Known(None))
