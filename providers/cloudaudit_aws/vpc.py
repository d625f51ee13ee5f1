"""VPC: networks, subnets, peerings and security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from cloudaudit.model import (
    NOBODY,
    Attr,
    Block,
    Doubt,
    Ingress,
    Known,
    Peer,
    Peering,
    Record,
    Related,
    Rule,
    Segment,
    Unknown,
    Why,
    first_unknown,
    reader,
)
from cloudaudit.sources.live.shape import Is, Item, Maybe, Tags, Text, pick
from cloudaudit.sources.live.table import Listing
from cloudaudit_aws import cloudformation, prefix_lists, segments
from cloudaudit_aws.group_rules import WITH_PORTS, Permissions
from cloudaudit_aws.words import meaning

_TAGS = Maybe(Tags("Tags"))


def _tags(item: Item) -> Any:
    """The tags of what may be shared by another account: they are told to that account alone.

    Source: VPC User Guide, share your VPC subnets with other accounts.
    """
    if pick(item, "OwnerId") == item["account"]:
        return _TAGS(item)
    return Unknown(
        Why.NOT_COLLECTED, f"tags of what the account {item['OwnerId']} shares; [environments] accounts can name its environment"
    )


_VPC_ARN = "arn:{partition}:ec2:{region}:{OwnerId}:vpc/{VpcId}"
_PEERING_ARN = "arn:{partition}:ec2:{region}:{account}:vpc-peering-connection/{VpcPeeringConnectionId}"
_GROUP_ARN = "arn:{partition}:ec2:{region}:{OwnerId}:security-group/{GroupId}"

VPCS = Listing(
    "aws_vpc",
    tells=("aws_default_vpc",),
    call="ec2:DescribeVpcs",
    args={"MaxResults": 1000},
    each="Vpcs",
    id=_VPC_ARN,
    owner="OwnerId",
    values={"id": "VpcId", "arn": Text(_VPC_ARN), "cidr_block": Maybe("CidrBlock"), "owner_id": "OwnerId", "tags": _tags},
    observed={"is_default": Maybe("IsDefault"), "cidr_blocks": Maybe("CidrBlockAssociationSet[].CidrBlock")},
)

SUBNETS = Listing(
    "aws_subnet",
    tells=("aws_default_subnet",),
    call="ec2:DescribeSubnets",
    args={"MaxResults": 1000},
    each="Subnets",
    id="{SubnetArn}",
    owner="OwnerId",
    values={
        "id": "SubnetId",
        "arn": "SubnetArn",
        "vpc_id": "VpcId",
        "cidr_block": Maybe("CidrBlock"),
        "availability_zone": Maybe("AvailabilityZone"),
        "map_public_ip_on_launch": Maybe("MapPublicIpOnLaunch"),
        "owner_id": "OwnerId",
        "tags": _tags,
    },
    observed={"is_default": Maybe("DefaultForAz")},
)

_ACTIVE = Is("Status.Code", "active")  # one that has ended may name its networks no more

PEERINGS = Listing(
    "aws_vpc_peering_connection",
    call="ec2:DescribeVpcPeeringConnections",
    args={"MaxResults": 1000},
    each="VpcPeeringConnections",
    id=_PEERING_ARN,
    values={
        "id": "VpcPeeringConnectionId",
        "vpc_id": Maybe("RequesterVpcInfo.VpcId", unless=_ACTIVE),
        "peer_vpc_id": Maybe("AccepterVpcInfo.VpcId", unless=_ACTIVE),
        "peer_owner_id": Maybe("AccepterVpcInfo.OwnerId"),
        "peer_region": Maybe("AccepterVpcInfo.Region"),
        "accept_status": "Status.Code",
        "tags": _TAGS,
    },
    observed={"owner_id": Maybe("RequesterVpcInfo.OwnerId"), "region": Maybe("RequesterVpcInfo.Region")},
)

SECURITY_GROUPS = Listing(
    "aws_security_group",
    tells=(
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "awscc_ec2_security_group_ingress",
    ),
    call="ec2:DescribeSecurityGroups",
    args={"MaxResults": 1000},
    each="SecurityGroups",
    id=_GROUP_ARN,
    owner="OwnerId",
    values={
        "id": "GroupId",
        "arn": Text(_GROUP_ARN),
        "name": "GroupName",
        "description": Maybe("Description"),
        "vpc_id": "VpcId",
        "owner_id": "OwnerId",
        "ingress": Permissions("IpPermissions"),
        "egress": Permissions("IpPermissionsEgress"),
        "tags": _tags,
    },
)


class _Shape(msgspec.Struct, frozen=True):
    """How a kind of rule names its protocol and its peers."""

    protocol: str
    ranges: tuple[str, ...]
    prefix_lists: str
    groups: tuple[str, ...]
    of: tuple[str, ...] = ("security_group_id",)  # by what it names its group


_INLINE = _Shape("protocol", ("cidr_blocks", "ipv6_cidr_blocks"), "prefix_list_ids", ("security_groups", "self"))
_SPLIT = {
    "aws_security_group_rule": _Shape(
        "protocol", ("cidr_blocks", "ipv6_cidr_blocks"), "prefix_list_ids", ("source_security_group_id", "self")
    ),
    "aws_vpc_security_group_ingress_rule": _Shape(
        "ip_protocol", ("cidr_ipv4", "cidr_ipv6"), "prefix_list_id", ("referenced_security_group_id",)
    ),
    "awscc_ec2_security_group_ingress": _Shape(
        "ip_protocol",
        ("cidr_ip", "cidr_ipv_6"),
        "source_prefix_list_id",
        ("source_security_group_id", "source_security_group_name"),
        ("group_id", "group_name"),
    ),
}

_JOINS = {"active": True} | dict.fromkeys(("deleted", "deleting", "expired", "failed", "rejected"), False)
_TO_COME = ("initiating-request", "pending-acceptance", "provisioning")
"""Source: EC2 API, VpcPeeringConnectionStateReason."""

_PROTOCOLS = {str(number): str(number) for number in range(256)} | dict.fromkeys(("-1", "all"), "any")
_PROTOCOLS |= {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"} | {name: name for name in WITH_PORTS}
_NETWORKS = ("aws_vpc", "aws_default_vpc")
_ALLOWED: Attr[bool] = Known(value=True)
_GROUP = Peer(name="security group")
_SPLIT_RULES = tuple(_SPLIT)


@reader("aws_subnet", "aws_default_subnet", related=(*segments.NETWORKS, *segments.MEMBERS))
def subnet(record: Record, related: Related) -> tuple[Segment]:
    """A subnet stands in its VPC's environment. It holds no data: AWS makes default ones in every region."""
    return (segments.segment(record, related),)


@reader("aws_vpc_peering_connection", related=segments.NETWORKS)
def peering(record: Record, related: Related) -> tuple[Peering]:
    """A peering joins two VPCs once it is active, until it is rejected, expired or deleted.

    One that nobody has accepted yet carries nothing. Of a configuration, and of a state, which may have been written before that,
    it is judged as what it is to be. The network of another account, which nothing here shows, has that account's environment.
    """
    requester = _end(record.text("vpc_id"), record.seen("owner_id"), related)
    accepter = _end(record.text("peer_vpc_id"), record.text("peer_owner_id"), related)
    words = _JOINS | dict.fromkeys(_TO_COME, not related.live)
    status = record.text("accept_status").then(lambda word: meaning(word, words, "the status") if word else Known(value=True))
    return (Peering(requester, accepter, status),)


def _end(network: Attr[str | None], owner: Attr[str | None], related: Related) -> Attr[str | None]:
    by_account = related.environment_of_account(owner) if isinstance(owner, Known) else owner
    return by_account if isinstance(by_account, Known) and by_account.value is not None else segments.environment(network, related)


@reader(*segments.GROUPS, related=(*_SPLIT_RULES, *segments.NETWORKS, *cloudformation.TYPES, *prefix_lists.RELATED))
def security_group(record: Record, related: Related) -> tuple[Ingress, Segment]:
    """A group lets in the union of its own rules and those of separate rule resources."""
    links = [(kind, by) for kind, shape in _SPLIT.items() for by in shape.of]
    parts: list[Attr[tuple[Rule, ...]]] = [related.lasting(_inline(record, related), record, "ingress", *links)]
    for kind, by in links:
        found = related.companions(record, kind, by, optional=len(_SPLIT[kind].of) > 1, singly=True)
        if found.hidden is not None:
            parts.append(found.hidden)
        parts.extend(_split_rule(other, related) for other in found.records)
        parts.extend(_split_rule(other, related, doubt) for other, doubt in found.perhaps)
    doubt = cloudformation.ruled(record, related)
    if doubt is not None:
        parts.append(doubt)
    return Ingress.of(parts, _ALLOWED), segments.segment(record, related)


@reader(*_SPLIT_RULES, related=(*segments.GROUPS, *prefix_lists.RELATED))
def security_group_rule(record: Record, related: Related) -> tuple[Ingress | None]:
    """A rule is judged with its group; alone where the group is not at hand. What goes out lets nothing in."""
    groups = [related.target(record.text(by), *segments.GROUPS) for by in _SPLIT[record.type].of]
    rules = _split_rule(record, related)
    if any(isinstance(group, Known) and group.value is not None for group in groups) or rules == Known(()):
        return (None,)
    return (Ingress.of([rules], _ALLOWED),)


def _inline(record: Record, related: Related) -> Attr[tuple[Rule, ...]]:
    """The rules of the group itself. Those that a plan leaves to the cloud are none: AWS lets nothing in.

    A dynamic block over something unknown stands in a plan as one rule of unknowns, not as an attribute that is left out.
    """
    blocks = record.blocks("ingress")
    if isinstance(blocks, Unknown):
        return Known(()) if blocks.why is Why.UNSET else blocks.bare
    return Known(tuple(rule for block in blocks.value for rule in _rules(block, _INLINE, related)), blocks.origin)


def _split_rule(record: Record, related: Related, perhaps: Doubt | None = None) -> Attr[tuple[Rule, ...]]:
    """The rules of a separate resource; `perhaps` says why it may be of another group."""
    direction: Attr[str | None] = record.text("type") if record.type == "aws_security_group_rule" else Known("ingress")
    if direction == Known("egress"):
        return Known((), record.origin)
    if isinstance(direction, Known) and direction.value != "ingress":
        return Unknown(Why.UNSUPPORTED, "a rule says neither ingress nor egress", direction.origin)
    doubt = first_unknown(record.presence, perhaps, direction)
    return Known(_rules(record.body, _SPLIT[record.type], related, doubt), record.origin)


def _rules(block: Block, shape: _Shape, related: Related, presence: Doubt | None = None) -> tuple[Rule, ...]:
    """One rule per peer, and one for each list of peers that is unknown."""
    name = block.text(shape.protocol).then(lambda word: meaning((word or "-1").lower(), _PROTOCOLS, "the protocol"))
    ports: tuple[Attr[int], Attr[int]] = (_port(block, "from_port", 0), _port(block, "to_port", 65535))
    if name == Known("any"):
        ports = (Known(0), Known(65535))
    elif isinstance(name, Unknown) and _may_be_all(ports, shape):
        first, last = ports
        ports = (
            name.then(lambda word: Known(0) if word == "any" else first),
            name.then(lambda word: Known(65535) if word == "any" else last),
        )
    applies = _ALLOWED if presence is None else presence.bare
    return tuple(Rule(name, *ports, source, _ALLOWED, applies=applies) for source in _sources(block, shape, related))


def _may_be_all(ports: Iterable[Attr[int]], shape: _Shape) -> bool:
    """Whether a rule of these ports may be for every protocol: the API ignores ports beside that, but Terraform wants 0 and 0.

    Source: Terraform, aws_security_group and aws_security_group_rule, protocol; EC2 API, IpPermission.IpProtocol.
    """
    return shape.protocol == "ip_protocol" or all(isinstance(port, Unknown) or port.value == 0 for port in ports)


def _port(block: Block, name: str, unset: int) -> Attr[int]:
    return block.number(name).map(lambda value: unset if value is None or value < 0 else int(value))


def _sources(block: Block, shape: _Shape, related: Related) -> Iterator[Attr[Peer]]:
    for attribute in shape.ranges:
        yield from _peers(block.elements(attribute), _range)
    lists = block.elements(shape.prefix_lists)
    yield from _peers(lists, lambda text: Peer(name=text, opaque=True))
    names = lists.value if isinstance(lists, Known) else (block.text(shape.prefix_lists),)
    yield from _peers(Known(tuple(cidr for name in names for cidr in prefix_lists.declared(name, related))), _range)
    if any(_names_a_group(block.at(attribute)) for attribute in shape.groups):
        yield Known(_GROUP)


def _range(text: str) -> Peer:
    return Peer(cidr=text)


def _peers(texts: Attr[tuple[Attr[str | None], ...]], peer: Callable[[str], Peer]) -> Iterable[Attr[Peer]]:
    if isinstance(texts, Unknown):
        return (texts.bare,)
    return [text.map(lambda name: peer(name) if name is not None else NOBODY) for text in texts.value]


def _names_a_group(attr: Attr[Any]) -> bool:
    """Whichever group it is, known or not, it is not the world."""
    if isinstance(attr, Unknown):
        return attr.why is not Why.UNSET
    return attr.value not in (None, False, "", [], ())
