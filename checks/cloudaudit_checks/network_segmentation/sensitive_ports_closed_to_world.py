from ipaddress import ip_network

from cloudaudit.model import Attr, Control, Ingress, Known, Peer, Rule, Severity, Unknown, Verdict, Why, failed, judge, passed, undecided
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
        ordered = sorted(rules, key=_order)
        doubts: dict[str, Unknown] = {}
        open_ports: list[int] = []
        for port in ports:
            answer = _reachable(ordered, port, 4)
            if answer != Known(value=True):
                second = _reachable(ordered, port, 6)
                answer = answer if second == Known(value=False) else second
            if isinstance(answer, Unknown):
                doubts.setdefault(answer.cause, answer)
            elif answer.value:
                open_ports.append(port)
        if open_ports:
            return failed(f"open to the world: {_listed(open_ports)}")
        if doubts:
            return undecided(f"what is open to the world is unknown: {'; '.join(doubts)}", *doubts.values())
        return passed("no admin or data port is open to the world")

    return judge(ingress.rules, decide, "what the filter lets in")


def _order(rule: Rule) -> tuple[int, bool]:
    """Lower priority number first; at the same one a deny goes before an allow."""
    return (rule.priority.value if isinstance(rule.priority, Known) else 0, rule.allow != Known(value=False))


def _reachable(rules: list[Rule], port: int, version: int) -> Attr[bool]:
    """Whether the world reaches a TCP or UDP port: the first rule that matches decides, and nothing gets in by default.

    A rule that may or may not match decides nothing, unless it would have said the same.
    """
    doubts: list[tuple[Attr[bool], Unknown]] = []
    decided: Attr[bool] = Known(value=False)
    for rule in rules:
        matches = _matches(rule, port, version)
        if matches == Known(value=False):
            continue
        unknown = next((attr for attr in (matches, rule.allow, rule.priority) if isinstance(attr, Unknown)), None)
        if unknown is None:
            decided = rule.allow
            break
        doubts.append((rule.allow, unknown))
    return next((unknown for allow, unknown in doubts if allow != decided), decided)


def _matches(rule: Rule, port: int, version: int) -> Attr[bool]:
    """Three-valued and: one known no is enough. A deny must be for the whole world to keep it out."""
    whole = rule.allow == Known(value=False)
    parts = (
        rule.protocol.map(lambda name: name in {"any", "tcp", "udp"}),
        rule.from_port.map(lambda first: first <= port),
        rule.to_port.map(lambda last: port <= last),
        rule.source.then(lambda peer: _is_world(peer, version, whole=whole)),
    )
    if any(part == Known(value=False) for part in parts):
        return Known(value=False)
    return next((part for part in parts if isinstance(part, Unknown)), Known(value=True))


def _is_world(peer: Peer, version: int, *, whole: bool) -> Attr[bool]:
    if peer.cidr is None:
        return _opaque(peer) if peer.opaque else Known(value=False)
    try:
        network = ip_network(peer.cidr, strict=False)
    except ValueError:
        return _opaque(peer)
    if network.version != version:
        return Known(value=False)
    return Known(network.prefixlen == 0 if whole else network.prefixlen < _WORLD_BITS and not network.is_private)


def _opaque(peer: Peer) -> Unknown:
    return Unknown(Why.UNSUPPORTED, f"the addresses of {peer.name or peer.cidr} were not read")


def _listed(ports: list[int]) -> str:
    shown = ", ".join(str(port) for port in ports[:6])
    return f"port{'s' if len(ports) > 1 else ''} {shown}" + (f" and {len(ports) - 6} more" if len(ports) > 6 else "")
