from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from cloudaudit.model import (
    Attr,
    Control,
    Ingress,
    Known,
    Peer,
    Rule,
    Severity,
    Unknown,
    Verdict,
    Why,
    failed,
    first_unknown,
    judge,
    passed,
    undecided,
)
from cloudaudit.policy import Policy, check

_WORLD_BITS = 8  # 0.0.0.0/1 and 128.0.0.0/1 are the world in two halves; no one company holds a public /7


@check("sensitive-ports-closed-to-world", control=Control.NETWORK_SEGMENTATION, severity=Severity.CRITICAL, clauses=("ISP-20", "MVSP-4.2"))
def sensitive_ports_closed_to_world(ingress: Ingress, policy: Policy) -> Verdict:
    """No admin or data port is open to the world.

    Whatever the world can reach is tried within minutes: logins are guessed, flaws of databases used.

    Fix: let in only the addresses or groups that need the port; reach machines through a bastion or a session manager.
    """
    ports = sorted({*policy.network.admin_ports, *policy.network.data_ports})

    def decide(rules: tuple[Rule, ...]) -> Verdict:
        families = [_for_world(sorted(rules, key=_order), version) for version in (4, 6)]
        doubts: dict[str, Unknown] = {}
        open_ports: list[int] = []
        for port in ports:
            answers = [_reachable(family, port) for family in families if family]
            if any(answer == Known(value=True) for answer in answers):
                open_ports.append(port)
            doubts |= {answer.cause: answer for answer in answers if isinstance(answer, Unknown)}
        if open_ports:
            return failed(f"open to the world: {_listed(open_ports)}")
        if doubts:
            return undecided(f"what is open to the world is unknown: {'; '.join(doubts)}", *doubts.values())
        return passed("no admin or data port is open to the world")

    return judge(ingress.rules, decide, "what the filter lets in")


def _order(rule: Rule) -> tuple[int, bool]:
    """Lower priority number first; at the same one a deny goes before an allow."""
    return (rule.priority.value if isinstance(rule.priority, Known) else 0, rule.allow != Known(value=False))


def _for_world(rules: list[Rule], version: int) -> list[tuple[Rule, Attr[bool]]]:
    """The rules that may be about the whole world in one address family, in order, and whether they are.

    A deny must be for all of the world to keep it out; half of it is enough to let it in.
    """
    found = []
    for rule in rules:
        whole = rule.allow == Known(value=False)
        world = rule.source.then(partial(_is_world, version=version, whole=whole))
        if world != Known(value=False):
            found.append((rule, world))
    return found


def _reachable(rules: list[tuple[Rule, Attr[bool]]], port: int) -> Attr[bool]:
    """Whether the world reaches a TCP or UDP port: the first rule that matches decides, and nothing gets in by default.

    A rule that may or may not match decides nothing, unless it would have said the same.
    """
    doubts: list[tuple[Attr[bool], Unknown]] = []
    decided: Attr[bool] = Known(value=False)
    for rule, world in rules:
        matches = _covers(rule, port)
        if matches == Known(value=False):
            continue
        unknown = first_unknown(matches, world, rule.allow, rule.priority)
        if unknown is None:
            decided = rule.allow
            break
        doubts.append((rule.allow, unknown))
    return next((unknown for allow, unknown in doubts if allow != decided), decided)


def _covers(rule: Rule, port: int) -> Attr[bool]:
    """Three-valued and: one known no is enough."""
    first, last, protocol = rule.from_port, rule.to_port, rule.protocol
    if isinstance(first, Known) and isinstance(last, Known) and not first.value <= port <= last.value:
        return Known(value=False)
    parts = (
        protocol.map(lambda name: name in {"any", "tcp", "udp"}),
        first.map(lambda number: number <= port),
        last.map(lambda number: port <= number),
    )
    if any(part == Known(value=False) for part in parts):
        return Known(value=False)
    unknown = first_unknown(*parts)
    return unknown if unknown is not None else Known(value=True)


def _is_world(peer: Peer, *, version: int, whole: bool) -> Attr[bool]:
    if peer.cidr is None:
        return _opaque(peer) if peer.opaque else Known(value=False)
    network = _network(peer.cidr)
    if network is None:
        return _opaque(peer)
    if network.version != version:
        return Known(value=False)
    return Known(network.prefixlen == 0 if whole else network.prefixlen < _WORLD_BITS and not network.is_private)


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def _opaque(peer: Peer) -> Unknown:
    return Unknown(Why.UNSUPPORTED, f"the addresses of {peer.name or peer.cidr} were not read")


def _listed(ports: list[int]) -> str:
    shown = ", ".join(str(port) for port in ports[:6])
    return f"port{'s' if len(ports) > 1 else ''} {shown}" + (f" and {len(ports) - 6} more" if len(ports) > 6 else "")
