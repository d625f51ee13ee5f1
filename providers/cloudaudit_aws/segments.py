"""The networks that resources stand in, and which environments these hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from weakref import WeakKeyDictionary

from cloudaudit.model import Attr, Doubt, Known, Record, Related, Segment, Unknown, Why
from cloudaudit.model.identification import another_place
from cloudaudit.model.links import Counts

NETWORKS = ("aws_vpc", "aws_default_vpc")
GROUPS = ("aws_security_group", "aws_default_security_group")
MEMBERS = ("aws_subnet", "aws_default_subnet", *GROUPS)
_TOLD: WeakKeyDictionary[Related, dict[str, Attr[str | None]]] = WeakKeyDictionary()
_NEIGHBOURS: WeakKeyDictionary[Related, dict[str, tuple[Attr[str | None], ...]]] = WeakKeyDictionary()
"""Of each network, found once: every resource in it asks."""


def segment(record: Record, related: Related) -> Segment:
    network = _network(record, related)
    environment = network.then(lambda found: related.environment(found) if found is not None else Known(None))
    if not isinstance(network, Known):
        return Segment(environment if environment != Known(None) else network.bare)
    if environment != Known(None):
        return Segment(environment)
    if network.value is not None:
        return Segment(environment, Known(_neighbours(network.value, related)))
    return Segment(environment, Known(_in_default(record, related) if _names_none(record) else ()))


def _network(record: Record, related: Related) -> Attr[Record | None]:
    """The network that a resource stands in: without a word of it, the default one of its account and region, if that is declared.

    Source: EC2 API, CreateSecurityGroup.VpcId, CreateDefaultSubnet.
    """
    reference = record.text("vpc_id")
    if reference != Known(None) or record.report:
        return related.target(reference, *NETWORKS)
    default = related.only("aws_default_vpc", record, rivals=False)
    return Known(None) if isinstance(default, Unknown) and default.why is Why.ELSEWHERE else default


def _names_none(record: Record) -> bool:
    return not record.report and record.text("vpc_id") == Known(None)


def _neighbours(network: Record, related: Related) -> tuple[Attr[str | None], ...]:
    """The environments of what stands in a network, or may stand there, each once."""
    cached = _NEIGHBOURS.setdefault(related, {})
    if network.address not in cached:
        told = _told(related)
        hidden = _standing(network, related, lambda _: False)
        found = [_one(env, _standing(network, related, lambda one, env=env: told.get(one.address) == env)) for env in _distinct(told)]  # type: ignore[misc]
        cached[network.address] = tuple(one for one in (*found, *hidden) if one is not None)
    return cached[network.address]


def _standing(network: Record, related: Related, among: Counts) -> list[Doubt | None]:
    """For each resource that stands in a network or may, why that is not certain; None if it is."""
    members = [related.companions(network, kind, "vpc_id", optional=True, among=among) for kind in MEMBERS]
    found = [_doubt(record) for one in members for record in one.records]
    if network.type == "aws_default_vpc":
        found += [doubt for one in _members(related) if among(one) and _names_none(one) for doubt in _there(one, network)]
    return [*found, *(one.doubt for one in members if one.doubt is not None)]


def _in_default(record: Record, related: Related) -> tuple[Attr[str | None], ...]:
    """The same for the default network of a record's account and region, which is not declared: any that is not may be it."""
    told = _told(related)
    found: dict[Attr[str | None], list[Doubt | None]] = {env: [] for env in _distinct(told)}
    for member in (member for member in _members(related) if member.address in told):
        network = Known(None) if _names_none(member) else related.target(member.text("vpc_id"), *NETWORKS)
        if isinstance(network, Unknown):
            found[told[member.address]].extend([network.bare] if _there(member, record) else [])
        elif network.value is None:
            found[told[member.address]].extend(_there(member, record))
    return tuple(one for env, doubts in found.items() if (one := _one(env, doubts)) is not None)


def _there(member: Record, other: Record) -> list[Doubt | None]:
    """Whether a resource is in the account and region of another one: why that is not certain, None if it is, nothing if it is not."""
    shared = member.scope.shares_place(other.scope)
    if shared is None:
        return [another_place(member, member.origin)]
    return [_doubt(member)] if shared else []


def _doubt(record: Record) -> Doubt | None:
    return record.presence.bare if record.presence is not None else None


def _one(env: Attr[str | None], doubts: list[Doubt | None]) -> Attr[str | None] | None:
    """An environment that some resources of a network say, by why it is not certain that each is there."""
    if not doubts or None in doubts:
        return env if doubts else None
    doubt = doubts[0]
    assert doubt is not None
    possible = (None, env.value) if isinstance(env, Known) else ()
    return Unknown(doubt.why, doubt.detail, doubt.origin, doubt.references, possible)


def _told(related: Related) -> dict[str, Attr[str | None]]:
    """What each resource that may stand in a network says of its environment, if it says anything."""
    if related not in _TOLD:
        told = {member.address: related.environment(member) for member in _members(related)}
        _TOLD[related] = {address: env for address, env in told.items() if env != Known(None)}
    return _TOLD[related]


def _distinct(told: Mapping[str, Attr[str | None]]) -> list[Attr[str | None]]:
    return sorted(dict.fromkeys(told.values()), key=lambda env: (env.value or "",) if isinstance(env, Known) else ("\uffff", env.detail))


def _members(related: Related) -> Iterator[Record]:
    return (member for kind in MEMBERS for member in related.every(kind))


def environment(reference: Attr[str | None], related: Related) -> Attr[str | None]:
    return related.target(reference, *NETWORKS).then(lambda network: related.environment(network) if network is not None else Known(None))
