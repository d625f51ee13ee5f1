from cloudaudit.model import Control, Peering, Severity, Verdict, both, extent, failed, judge, not_applicable, passed, undecided
from cloudaudit.policy import Policy, check


@check("no-peering-across-environments", control=Control.NETWORK_SEGMENTATION, severity=Severity.CRITICAL, clauses=("ISP-20", "MVSP-4.2"))
def no_peering_across_environments(peering: Peering, policy: Policy) -> Verdict:
    """No peering joins production with anything else.

    Test and development systems are watched less: a link from them into production is the way in.

    Fix: delete the peering; share what both need through a service of its own. Networks tell their environment by a tag.
    """
    production = policy.environments.rules().production

    def ends(names: tuple[str | None, str | None]) -> Verdict:
        first, second = names
        if first is None or second is None:
            return undecided("a network of the peering does not say which environment it belongs to: tag it `environment`")
        if (first == production) != (second == production):
            return failed(f"the peering joins {first} with {second}", extent=extent([" with ".join(sorted((first, second)))]))
        return passed(f"the peering joins {first} with {second}")

    def decide(active: bool) -> Verdict:
        if not active:
            return not_applicable("the peering is not active")
        return judge(both(peering.requester, peering.accepter, lambda a, b: (a, b)), ends, "the environment of a network of the peering")

    return judge(peering.active, decide, "whether the peering is active")
