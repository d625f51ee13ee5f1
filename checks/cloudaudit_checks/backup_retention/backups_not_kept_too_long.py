from cloudaudit.model import Attr, Backup, Control, Known, Severity, Verdict, every, failed, judge, not_applicable, numbers, passed
from cloudaudit.policy import Policy, check


@check("backups-not-kept-too-long", control=Control.BACKUP_RETENTION, severity=Severity.LOW, clauses=("ISP-29", "GDPR-5-1-e"))
def backups_not_kept_too_long(backup: Backup, policy: Policy) -> Verdict:
    """Backups are not kept for longer than the policy says.

    Personal data that was deleted lives on in every backup that is kept too long.

    Fix: set the retention to at most the policy's maximum (`backup.max-days`).
    """
    rule = policy.backup
    if rule.mode == "min-only":
        return not_applicable("the policy sets no maximum")
    limit = rule.min_days if rule.mode == "exact" else rule.max_days

    def decide(days: float) -> Verdict:
        if days == float("inf"):
            return failed("backups are kept for ever", extent=numbers("days too many", [(limit + 1, days)]))
        if days > limit:
            too_many = numbers("days too many", [(limit + 1, days)])
            return failed(f"backups are kept {days:g} day{'s' if days != 1 else ''}, more than {limit}", extent=too_many)
        return passed(f"backups are kept {days:g} day{'s' if days != 1 else ''}" if days > 0 else "there are no backups")

    daily = judge(backup.retention_days, decide, "how long backups are kept")
    if backup.apart_days == Known(()):
        return daily
    subject = "how long the backups are kept that are kept apart"

    def each(kept: tuple[Attr[float], ...]) -> Verdict:
        return every((judge(days, decide, subject) for days in kept), "none are")

    return daily & judge(backup.apart_days, each, subject)
