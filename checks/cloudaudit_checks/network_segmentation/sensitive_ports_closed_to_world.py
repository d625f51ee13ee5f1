from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from cloudaudit.model import (
    Attr,
    Control,
    Doubt,
    Ingress,
    Known,
    Peer,
    Rule,
    Severity,
    Unknown,
    Verdict,
    Why,
    extent,
    failed,
    first_unknown,
    judge,
    passed,
    undecided,
)
from cloudaudit.policy import Policy, check

_WORLD_BITS = 8  # 0.0.0.0/1 and 128.0.0.0/1 are the world in two halves; no one company holds a public /7
_YES, _NO = Known(value=True), Known(value=False)
_TCP, _UDP = frozenset({"any", "tcp"}), frozenset({"any", "udp"})
# A deny of one protocol leaves the other open, so each is asked alone. A rule that is for one of the two, nobody knows which,
# answers neither question, but opens the port all the same: hence the third.
_EITHER = "tcp or udp"
_QUESTIONS = {"tcp": _TCP, "udp": _UDP, _EITHER: _TCP | _UDP}

_Suspect = tuple[Rule, list[int], Attr[bool]]


@check("sensitive-ports-closed-to-world", control=Control.NETWORK_SEGMENTATION, severity=Severity.CRITICAL, clauses=("ISP-20", "MVSP-4.2"))
def sensitive_ports_closed_to_world(ingress: Ingress, policy: Policy) -> Verdict:
    """No admin or data port is open to the world.

    Whatever the world can reach is tried within minutes: logins are guessed, flaws of databases used.

    Fix: let in only the addresses or groups that need the port; reach machines through a bastion or a session manager.
    """
    ports = sorted({*policy.network.admin_ports, *policy.network.data_ports})

    def decide(rules: tuple[Rule, ...]) -> Verdict:
        near = sorted(_near(rules, ports), key=lambda pair: _order(pair[0]))
        families = [(version, suspects) for version in (4, 6) if (suspects := _for_world(near, version))]
        asked = [(version, name, _reached(suspects, _QUESTIONS[name])) for version, suspects in families for name in _QUESTIONS]
        answers = sorted(
            ((port, version, name, answer) for version, name, ports in asked for port, answer in ports), key=lambda row: row[:3]
        )
        doubts = {answer.cause: answer for *_, answer in answers if isinstance(answer, Unknown)}
        reached = [(port, version, name) for port, version, name, answer in answers if answer == _YES]
        if reached:
            sure = {(port, version) for port, version, name in reached if name != _EITHER}
            said = ((port, version, name) for port, version, name in reached if name != _EITHER or (port, version) not in sure)
            open_ports = list(dict.fromkeys(port for port, _, _ in reached))
            reach = extent(f"{name} IPv{version} {port}" for port, version, name in said)
            return failed(f"open to the world: {_listed(open_ports)}", extent=reach)
        if doubts:
            return undecided(f"what is open to the world is unknown: {'; '.join(doubts)}", *doubts.values())
        return passed("no admin or data port is open to the world")

    return judge(ingress.rules, decide, "what the filter lets in")


def _near(rules: tuple[Rule, ...], ports: list[int]) -> Iterator[tuple[Rule, list[int]]]:
    """The rules that may be about any of some sorted ports, and about which. Most are about none: they cost no more than this."""
    for rule in rules:
        first, last = rule.from_port, rule.to_port
        if isinstance(first, Known) and isinstance(last, Known):
            touched = ports[bisect_left(ports, first.value) : bisect_right(ports, last.value)]
        else:
            touched = [port for port in ports if _NO not in _bounds(rule, port)]
        if touched:
            yield rule, touched


def _bounds(rule: Rule, port: int) -> tuple[Attr[bool], Attr[bool]]:
    return rule.from_port.map(lambda number: number <= port), rule.to_port.map(lambda number: port <= number)


def _order(rule: Rule) -> tuple[int, bool]:
    """Lower priority number first; at the same one a deny goes before an allow."""
    return (rule.priority.value if isinstance(rule.priority, Known) else 0, rule.allow != _NO)


def _for_world(near: list[tuple[Rule, list[int]]], version: int) -> list[_Suspect]:
    """The rules that may be about the whole world in one address family, in order, and whether they are.

    A deny must be for all of the world to keep it out; half of it is enough to let it in.
    """
    found = []
    for rule, ports in near:
        world = rule.source.then(partial(_is_world, version=version, whole=rule.allow == _NO))
        if world != _NO:
            found.append((rule, ports, world))
    return found


def _reached(suspects: list[_Suspect], names: frozenset[str]) -> Iterator[tuple[int, Attr[bool]]]:
    """Whether the world reaches each port by some protocols: the first rule that matches decides, and nothing gets in by default.

    A rule that may or may not match decides nothing, unless it would have said the same.
    """
    decided: dict[int, Attr[bool]] = {}
    doubts: dict[int, list[tuple[Attr[bool], Doubt]]] = {}
    for rule, ports, world in suspects:
        speaks = rule.protocol.map(lambda name: name in names)
        if speaks == _NO:
            continue
        doubt = first_unknown(speaks, world, rule.allow, rule.priority)
        sure = isinstance(rule.from_port, Known) and isinstance(rule.to_port, Known)
        for port in ports:
            if port in decided:
                continue
            unknown = doubt if doubt is not None or sure else first_unknown(*_bounds(rule, port))
            if unknown is None:
                decided[port] = rule.allow
            else:
                doubts.setdefault(port, []).append((rule.allow, unknown))
    for port in {*decided, *doubts}:
        answer = decided.get(port, _NO)
        yield port, next((unknown for allow, unknown in doubts.get(port, ()) if allow != answer), answer)


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


def _opaque(peer: Peer) -> Doubt:
    return Unknown(Why.UNSUPPORTED, f"the addresses of {peer.name or peer.cidr} were not read")


def _listed(ports: list[int]) -> str:
    shown = ", ".join(str(port) for port in ports[:6])
    return f"port{'s' if len(ports) > 1 else ''} {shown}" + (f" and {len(ports) - 6} more" if len(ports) > 6 else "")
