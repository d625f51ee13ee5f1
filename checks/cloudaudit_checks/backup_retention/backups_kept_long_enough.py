from cloudaudit.model import Backup, Control, Severity, Verdict, failed, judge, not_applicable, numbers, passed
from cloudaudit.policy import Policy, check


@check("backups-kept-long-enough", control=Control.BACKUP_RETENTION, severity=Severity.HIGH, clauses=("ISP-28", "ISP-29", "MVSP-4.4"))
def backups_kept_long_enough(backup: Backup, policy: Policy) -> Verdict:
    """Backups are configured to be kept for as long as the policy says.

    Damage is often found weeks later; without a backup from before there is nothing to return to.

    Fix: set the retention to at least the policy's minimum (`backup.min-days`).
    """
    rule = policy.backup
    if rule.mode == "max-only":
        return not_applicable("the policy sets no minimum")

    def decide(days: float) -> Verdict:
        if days <= 0:
            return failed("backups are off", extent=numbers("days missing", [(1, rule.min_days)]))
        if days < rule.min_days:
            missing = numbers("days missing", [(days + 1, rule.min_days)])
            return failed(f"backups are kept {days:g} day{'s' if days != 1 else ''}, fewer than {rule.min_days}", extent=missing)
        return passed("backups are kept for ever" if days == float("inf") else f"backups are kept {days:g} day{'s' if days != 1 else ''}")

    return judge(backup.retention_days, decide, "how long backups are kept")
