from cloudaudit.model import Control, Location, Placement, Severity, Verdict, extent, failed, judge, passed, undecided
from cloudaudit.policy import Policy, check


@check("data-in-allowed-jurisdiction", control=Control.REGION, severity=Severity.CRITICAL, clauses=("ISP-05", "MVSP-1.6", "GDPR-44"))
def data_in_allowed_jurisdiction(placement: Placement, policy: Policy) -> Verdict:
    """Resources live in a jurisdiction that the policy allows.

    Where data lies decides whose law opens it. The region table decides, never the name: eu-west-2 is London.

    Fix: create the resource in an allowed region, move the data, delete the original.
    """

    def decide(location: Location) -> Verdict:
        allowed = policy.residency.allows(location)
        place = f"{location.region} ({location.country or location.jurisdiction})"
        if allowed is None:
            return undecided(f"{place} is not proven to lie in one jurisdiction")
        names = ", ".join(policy.residency.allow)
        return (
            passed(f"it lives in {place}") if allowed else failed(f"it lives in {place}, outside {names}", extent=extent([location.region]))
        )

    return judge(placement.home, decide, "the region")
