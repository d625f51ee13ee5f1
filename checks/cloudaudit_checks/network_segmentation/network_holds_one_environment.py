from cloudaudit.model import (
    Attr,
    Control,
    Known,
    Outcome,
    Resource,
    Segment,
    Severity,
    Verdict,
    both,
    every,
    extent,
    failed,
    judge,
    not_applicable,
    passed,
)
from cloudaudit.policy import Policy, check


@check("network-holds-one-environment", control=Control.NETWORK_SEGMENTATION, severity=Severity.HIGH, clauses=("ISP-20", "MVSP-4.2"))
def network_holds_one_environment(segment: Segment, resource: Resource, policy: Policy) -> Verdict:
    """A network does not mix production with other environments.

    Inside one network nothing but host rules keeps a test system from production data.

    Fix: give production a network (better, an account) of its own and move the resource there.
    """
    production = policy.environments.rules().production
    silent = not_applicable("the resource or its network does not say which environment it belongs to")

    def beside(own: str, other: str | None) -> Verdict:
        if other is None or (own == production) == (other == production):
            return silent
        return failed(f"a resource of {own} stands in a network with one of {other}", extent=extent([f"{own} beside {other}"]))

    def among(own: str, neighbours: tuple[Attr[str | None], ...]) -> Verdict:
        found = [
            judge(neighbour, lambda other: beside(own, other), "the environment of what else stands in its network")
            for neighbour in neighbours
        ]
        return every((verdict for verdict in found if verdict.outcome is not Outcome.NOT_APPLICABLE), silent.because)

    def decide(names: tuple[str | None, str | None]) -> Verdict:
        own, network = names
        if own is None:
            return silent
        if network is None:
            return judge(segment.neighbours, lambda neighbours: among(own, neighbours), "what else stands in its network")
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
