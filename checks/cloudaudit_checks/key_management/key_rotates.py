from math import inf

from cloudaudit.model import Control, KeyHealth, Severity, Verdict, failed, judge, not_applicable, numbers, passed
from cloudaudit.policy import Policy, check


@check("key-rotates", control=Control.KEY_MANAGEMENT, severity=Severity.MEDIUM, clauses=("ISP-06", "MVSP-2.8"))
def key_rotates(key: KeyHealth, policy: Policy) -> Verdict:
    """A key rotates by itself, at least once a year.

    Rotation bounds how much data one leaked key opens.

    Fix: turn on automatic rotation with a period within the policy's limit.
    """
    limit = policy.encryption.key_rotation_max_days

    def period(days: float | None) -> Verdict:
        if days is None:
            return failed("the key never rotates", extent=numbers("days too many", [(limit + 1, inf)]))
        if days <= limit:
            return passed(f"the key rotates every {days:g} days")
        return failed(f"the key rotates only every {days:g} days", extent=numbers("days too many", [(limit + 1, days)]))

    def decide(rotatable: bool) -> Verdict:
        return (
            judge(key.rotation_days, period, "whether the key rotates")
            if rotatable
            else not_applicable("such a key cannot rotate by itself")
        )

    return judge(key.rotatable, decide, "whether the key can rotate")
