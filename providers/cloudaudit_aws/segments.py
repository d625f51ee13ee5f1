"""The networks that resources stand in, and which environments these hold."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from cloudaudit.model import Attr, Known, Record, Related, Segment, Unknown, Why

NETWORKS = ("aws_vpc", "aws_default_vpc")
GROUPS = ("aws_security_group", "aws_default_security_group")
MEMBERS = ("aws_subnet", "aws_default_subnet", *GROUPS)
_NEIGHBOURS: WeakKeyDictionary[Related, dict[str, tuple[Attr[str | None], ...]]] = WeakKeyDictionary()
"""Of each network, found once: every resource in it asks."""


def segment(record: Record, related: Related) -> Segment:
    network = _network(record, related)
    environment = network.then(lambda found: related.environment(found) if found is not None else Known(None))
    if not isinstance(network, Known) or network.value is None or environment != Known(None):
        return Segment(environment)
    return Segment(environment, Known(_neighbours(network.value, related)))


def _network(record: Record, related: Related) -> Attr[Record | None]:
    """The network that a resource stands in: without a word of it, the default one of its account and region, if that is declared.

    Source: EC2 API, CreateSecurityGroup.VpcId, CreateDefaultSubnet.
    """
    reference = record.text("vpc_id")
    if reference != Known(None) or record.report:
        return related.target(reference, *NETWORKS)
    default = related.only("aws_default_vpc", record)
    return Known(None) if isinstance(default, Unknown) and default.why is Why.ELSEWHERE else default


def _stands_in(record: Record, default: Record) -> bool:
    return not record.report and record.text("vpc_id") == Known(None) and record.scope.shares_place(default.scope) is True


def _neighbours(network: Record, related: Related) -> tuple[Attr[str | None], ...]:
    """The environments that what stands in a network says for certain, each once, and one that is not known."""
    cached = _NEIGHBOURS.setdefault(related, {})
    if network.address not in cached:
        members = [member for kind in MEMBERS for member in related.companions(network, kind, "vpc_id", optional=True).records]
        if network.type == "aws_default_vpc":
            members += [one for kind in MEMBERS for one in related.every(kind) if one not in members and _stands_in(one, network)]
        told = [related.environment(member) for member in members if member.presence is None]
        known = {one.value: one for one in told if isinstance(one, Known) and one.value is not None}
        unknown = next((one for one in told if isinstance(one, Unknown)), None)
        cached[network.address] = (*(known[name] for name in sorted(known)), *([unknown] if unknown is not None else []))
    return cached[network.address]


def environment(reference: Attr[str | None], related: Related) -> Attr[str | None]:
    return related.target(reference, *NETWORKS).then(lambda network: related.environment(network) if network is not None else Known(None))
