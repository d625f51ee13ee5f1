from cloudaudit.model import Control, Known, Resource, Segment, Severity, Verdict, both, extent, failed, judge, not_applicable, passed
from cloudaudit.policy import Policy, check


@check("network-holds-one-environment", control=Control.NETWORK_SEGMENTATION, severity=Severity.HIGH, clauses=("ISP-20", "MVSP-4.2"))
def network_holds_one_environment(segment: Segment, resource: Resource, policy: Policy) -> Verdict:
    """A network does not mix production with other environments.

    Inside one network nothing but host rules keeps a test system from production data.

    Fix: give production a network (better, an account) of its own and move the resource there.
    """
    production = policy.environments.rules().production

    def decide(names: tuple[str | None, str | None]) -> Verdict:
        own, network = names
        if own is None or network is None:
            return not_applicable("the resource or its network does not say which environment it belongs to")
        if (own == production) != (network == production):
            return failed(f"a resource of {own} stands in a network of {network}", extent=extent([f"{own} in {network}"]))
        return passed(f"a resource of {own} stands in a network of {network}")

    if isinstance(resource.environment, Known) and resource.environment.value is None:
        return decide((None, None))
    return judge(
        both(resource.environment, segment.environment, lambda own, network: (own, network)),
        decide,
        "the environment of the resource or its network",
    )
