"""EC2's permissions of a security group, as Terraform shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cloudaudit.sources.live.shape import Item, Malformed, Maybe, Odd, elements, find, pick, understood


class Permissions(msgspec.Struct, frozen=True):
    """EC2's permissions as Terraform shows them: one block for all peers of a port range that share a description.

    What is not understood stands in a block of its own, so that it hides no peer beside it.
    """

    path: str

    def __call__(self, group: Item) -> list[Any]:
        return [block for permission in elements(group, self.path) for block in _permission(permission, group)]


_PEERS = (
    ("IpRanges", "CidrIp", "cidr_blocks"),
    ("Ipv6Ranges", "CidrIpv6", "ipv6_cidr_blocks"),
    ("PrefixListIds", "PrefixListId", "prefix_list_ids"),
    ("UserIdGroupPairs", "GroupId", "security_groups"),
)
WITH_PORTS = ("tcp", "udp", "icmp", "icmpv6")
"""Protocols whose permissions show ports, or an ICMP type. Source: EC2 API, IpPermission.FromPort."""


def _ported(permission: Item) -> bool:
    return pick(permission, "IpProtocol") in WITH_PORTS


_FROM, _TO = Maybe("FromPort", unless=_ported), Maybe("ToPort", unless=_ported)


def _permission(permission: Any, group: Item) -> Iterable[Any]:
    if not isinstance(permission, Mapping):
        return [Odd("a permission is missing or has another shape")]
    every = find(permission, "IpProtocol") == "-1"
    rule = {
        "protocol": understood("IpProtocol", permission),
        "from_port": 0 if every else understood(_FROM, permission),
        "to_port": 0 if every else understood(_TO, permission),
    }
    blocks: dict[str, dict[str, Any]] = {}
    odd: list[dict[str, Any]] = []
    for path, field, attribute in _PEERS:
        for peer in _peers_at(permission, path):
            name = understood(field, peer) if isinstance(peer, Mapping) else peer
            if isinstance(name, Odd):
                odd.append({**rule, attribute: name})
                continue
            description = str(peer.get("Description") or "")
            block = blocks.setdefault(description, {**rule, **_no_peers(), "description": description})
            if attribute == "security_groups" and name == group.get("GroupId"):
                block["self"] = True
            else:
                block[attribute].append(_owned(name, peer, group))
    return [*blocks.values(), *odd]


def _no_peers() -> dict[str, Any]:
    return {**{attribute: [] for _, _, attribute in _PEERS}, "self": False}


def _peers_at(permission: Item, path: str) -> list[Any]:
    """The peers at a path, or what is odd about them."""
    try:
        return [peer if isinstance(peer, Mapping) else Odd(f"an element of {path} is missing") for peer in elements(permission, path)]
    except Malformed as error:
        return [Odd(str(error))]


def _owned(name: str, peer: Item, group: Item) -> str:
    owner = find(peer, "UserId")
    return f"{owner}/{name}" if owner and owner != group.get("OwnerId") else name
