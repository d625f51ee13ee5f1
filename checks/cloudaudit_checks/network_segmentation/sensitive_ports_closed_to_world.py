from cloudaudit.model import (
    EITHER,
    Control,
    Ingress,
    Known,
    Rule,
    Severity,
    Unknown,
    Verdict,
    extent,
    failed,
    judge,
    open_to_world,
    passed,
    undecided,
)
from cloudaudit.policy import Policy, check


@check("sensitive-ports-closed-to-world", control=Control.NETWORK_SEGMENTATION, severity=Severity.CRITICAL, clauses=("ISP-20", "MVSP-4.2"))
def sensitive_ports_closed_to_world(ingress: Ingress, policy: Policy) -> Verdict:
    """No admin or data port is open to the world.

    Whatever the world can reach is tried within minutes: logins are guessed, flaws of databases used.

    Fix: let in only the addresses or groups that need the port; reach machines through a bastion or a session manager.
    """
    ports = sorted({*policy.network.admin_ports, *policy.network.data_ports})

    def decide(rules: tuple[Rule, ...]) -> Verdict:
        answers = open_to_world(rules, ports)
        doubts = {answer.reached.cause: answer.reached for answer in answers if isinstance(answer.reached, Unknown)}
        reached = [answer for answer in answers if answer.reached == Known(value=True)]
        if reached:
            sure = {(answer.port, answer.version) for answer in reached if answer.protocol != EITHER}
            said = [answer for answer in reached if answer.protocol != EITHER or (answer.port, answer.version) not in sure]
            open_ports = list(dict.fromkeys(answer.port for answer in reached))
            reach = extent(f"{answer.protocol} IPv{answer.version} {answer.port} {answer.share}" for answer in said)
            return failed(f"open to the world: {_listed(open_ports)}", extent=reach)
        if doubts:
            return undecided(f"what is open to the world is unknown: {'; '.join(doubts)}", *doubts.values())
        return passed("no admin or data port is open to the world")

    return judge(ingress.rules, decide, "what the filter lets in")


def _listed(ports: list[int]) -> str:
    shown = ", ".join(str(port) for port in ports[:6])
    return f"port{'s' if len(ports) > 1 else ''} {shown}" + (f" and {len(ports) - 6} more" if len(ports) > 6 else "")
