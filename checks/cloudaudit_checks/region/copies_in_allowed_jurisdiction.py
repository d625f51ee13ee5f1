from cloudaudit.model import Attr, Control, Location, Placement, Severity, Verdict, every, extent, failed, judge, passed, undecided
from cloudaudit.policy import Policy, check


@check("copies-in-allowed-jurisdiction", control=Control.REGION, severity=Severity.CRITICAL, clauses=("ISP-05", "MVSP-1.6", "GDPR-44"))
def copies_in_allowed_jurisdiction(placement: Placement, policy: Policy) -> Verdict:
    """Replicas, backups and copies live in a jurisdiction that the policy allows.

    A replica abroad carries the same data under another law.

    Fix: replicate within allowed regions; delete the copies that are elsewhere.
    """

    def one(location: Location) -> Verdict:
        allowed = policy.residency.allows(location)
        place = f"{location.region} ({location.country or location.jurisdiction})"
        if allowed is None:
            return undecided(f"a copy goes to {place}, not proven to lie in one jurisdiction")
        if allowed:
            return passed(f"a copy goes to {place}")
        return failed(f"a copy goes to {place}, outside {', '.join(policy.residency.allow)}", extent=extent([location.region]))

    def decide(copies: tuple[Attr[Location], ...]) -> Verdict:
        return every((judge(copy, one, "where a copy goes") for copy in copies), "it makes no copies")

    return judge(placement.copies, decide, "where copies go")
