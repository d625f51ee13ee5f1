from cloudaudit.model import Attr, Backup, Control, Known, Outcome, Severity, Verdict, every, failed, judge, not_applicable, numbers, passed
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

    apart = backup.apart_days.value if isinstance(backup.apart_days, Known) else (backup.apart_days.bare,)
    kept: list[Attr[float]] = [backup.retention_days, *apart]
    known = [days for days in kept if isinstance(days, Known)]
    longest = max(known, key=lambda days: days.value, default=None)
    if longest is not None and (len(known) == len(kept) or decide(longest.value).outcome is Outcome.FAIL):
        kept = [longest]  # how far it reaches, whatever is not known beside it
    return every((judge(days, decide, "how long backups are kept") for days in kept), "there are no backups")
