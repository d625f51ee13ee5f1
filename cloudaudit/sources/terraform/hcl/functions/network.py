"""Address arithmetic over CIDR blocks."""

from __future__ import annotations

import ipaddress
from typing import Any, TypeAlias

from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, fixed
from cloudaudit.sources.terraform.hcl.values import to_number, to_text

_Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def _network(value: Any) -> _Network:
    """The network that a text writes. Raises EvaluationError."""
    text = to_text(value)
    address, slash, prefix = text.partition("/")
    if not slash or not prefix.isdigit() or len(prefix) > 3:
        raise EvaluationError("a CIDR block like 10.0.0.0/16 is needed")
    try:
        return ipaddress.ip_network(_plain(address) + "/" + prefix, strict=False)
    except ValueError:
        raise EvaluationError("a CIDR block like 10.0.0.0/16 is needed") from None


def _plain(address: str) -> str:
    """Terraform reads leading zeros of an IPv4 part as decimal."""
    return ".".join(str(int(part)) if part.isdigit() and len(part) <= 3 else part for part in address.split("."))


def _integer(value: Any) -> int:
    number = to_number(value)
    if not isinstance(number, int):
        raise EvaluationError("a whole number is needed")
    return number


def _cidrhost(_: Context, prefix: Any, number: Any) -> str:
    network = _network(prefix)
    place = _integer(number)
    size = network.num_addresses
    if not -size <= place < size:
        raise EvaluationError(f"the network has no host {place}")
    return str(network[place])


def _cidrnetmask(_: Context, prefix: Any) -> str:
    network = _network(prefix)
    if network.version != 4:
        raise EvaluationError("cidrnetmask() of an IPv6 block")
    return str(network.netmask)


def _subnet(network: _Network, bits: int, number: int) -> str:
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise EvaluationError(f"a /{network.prefixlen} network has no room for {bits} more bits")
    if not 0 <= number < 1 << bits:
        raise EvaluationError(f"{bits} more bits give no network {number}")
    start = int(network.network_address) + (number << (network.max_prefixlen - length))
    kind = ipaddress.IPv4Network if network.version == 4 else ipaddress.IPv6Network
    return str(kind((start, length)))


def _cidrsubnet(_: Context, prefix: Any, bits: Any, number: Any) -> str:
    network = _network(prefix)
    return _subnet(network, _integer(bits), _integer(number))


def _cidrsubnets(context: Context, prefix: Any, *bits: Any) -> list[str]:
    network = _network(prefix)
    context.budget.fits(len(bits))
    result: list[str] = []
    position = int(network.network_address)
    end = position + network.num_addresses
    kind = ipaddress.IPv4Network if network.version == 4 else ipaddress.IPv6Network
    for value in bits:
        added = _integer(value)
        length = network.prefixlen + added
        if added < 1 or length > network.max_prefixlen:
            raise EvaluationError(f"a /{network.prefixlen} network has no room for {added} more bits")
        size = 1 << (network.max_prefixlen - length)
        position = -(-position // size) * size
        if position + size > end:
            raise EvaluationError("the network has no room for so many")
        result.append(str(kind((position, length))))
        position += size
    return result


def _cidrcontains(_: Context, prefix: Any, inner: Any) -> bool:
    outer = _network(prefix)
    text = to_text(inner)
    try:
        other = _network(text) if "/" in text else ipaddress.ip_network(_plain(text))
    except ValueError:
        raise EvaluationError("an address or a CIDR block is needed") from None
    if other.version != outer.version:
        raise EvaluationError("the two are of different IP versions")
    first, last = int(outer.network_address), int(outer.broadcast_address)
    return first <= int(other.network_address) and int(other.broadcast_address) <= last


NETWORK: dict[str, Function] = {
    "cidrcontains": fixed(_cidrcontains, 2),
    "cidrhost": fixed(_cidrhost, 2),
    "cidrnetmask": fixed(_cidrnetmask),
    "cidrsubnet": fixed(_cidrsubnet, 3),
    "cidrsubnets": Function(_cidrsubnets, 1, None, returns="list"),
}
