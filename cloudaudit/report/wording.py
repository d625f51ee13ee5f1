"""The sentences that several formats share. Names and values in them are as the source gave them: each format makes them safe."""

from __future__ import annotations

from collections import Counter

from cloudaudit.model import ANY_TYPE, Coverage, CoverageStatus, Doubt, Evidence, Finding, Gap, Origin, Outcome, Role, Severity
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import Notice, NoticeKind, Result

_TYPES_NAMED = 5


def counted(number: int, noun: str) -> str:
    """`1 gap`, `1,200 gaps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def location(origin: Origin) -> str:
    """`main.tf:12`, or the API operation, or nothing."""
    return str(origin) if origin.file is not None else origin.call or ""


def place(finding: Finding) -> str:
    """Where a person looks for the resource: file and line, or account and region."""
    if finding.origin.file is not None:
        return str(finding.origin)
    subject = finding.subject
    return " ".join(part for part in (subject.account, subject.region) if part) or subject.unit


def unknown_of(finding: Finding) -> Doubt | None:
    """The first unknown fact that a finding rests on."""
    return next((item.unknown for item in finding.evidence if item.unknown is not None), None)


def cause(finding: Finding, result: Result) -> tuple[str, str]:
    """Why a finding is UNKNOWN, and what would resolve it. Findings of one cause belong together."""
    unknown = unknown_of(finding)
    if unknown is not None:
        return unknown.cause, remedy(unknown)
    known = result.checks.get(finding.check)
    return finding.reason, known.fix if known is not None else ""


def evidence_line(item: Evidence) -> str:
    """One fact and where it was read."""
    where = location(item.origin) if item.origin is not None else ""
    return f"{item.fact} [{where}]" if where else item.fact


def tally(result: Result) -> str:
    """`3 failed (1 critical, 2 high), 2 unknown, 40 passed`. Failed, unknown and passed are always said."""
    counts = result.outcomes()
    severities = Counter(finding.severity for finding in result.of(Outcome.FAIL))
    shares = ", ".join(f"{severities[severity]:,} {severity}" for severity in reversed(Severity) if severities[severity])
    parts = [f"{counts[Outcome.FAIL]:,} failed{f' ({shares})' if shares else ''}", f"{counts[Outcome.UNKNOWN]:,} unknown"]
    if counts[Outcome.WAIVED]:
        parts.append(f"{counts[Outcome.WAIVED]:,} waived")
    parts.append(f"{counts[Outcome.PASS]:,} passed")
    if counts[Outcome.NOT_APPLICABLE]:
        parts.append(f"{counts[Outcome.NOT_APPLICABLE]:,} not applicable")
    return ", ".join(parts)


def census_line(result: Result) -> str:
    """What became of every declared block, and which types no reader takes; empty if no block is declared."""
    census = result.census
    if not census.declared:
        return ""
    parts = [f"declared {census.declared:,}, evaluated {census.evaluated:,}, unknown {census.unknown:,}"]
    if census.absent:
        parts.append(f"absent {census.absent:,}")
    types = _unread(result)
    parts.append(f"not read by any reader {census.unread:,}{f' ({types})' if types else ''}")
    return ", ".join(parts)


def folders_line(result: Result) -> str:
    """What became of every folder with Terraform in it; empty if no folder was looked through."""
    counts = Counter(line.role for line in result.ledger)
    if not counts:
        return ""
    parts = [counted(counts[Role.ROOT], "root")]
    parts += [counted(counts[Role.MODULE], "module")] if counts[Role.MODULE] else []
    parts += [f"{counts[Role.GAP]:,} not audited"] if counts[Role.GAP] else []
    parts += [f"{counts[Role.ASIDE]:,} set aside"] if counts[Role.ASIDE] else []
    return ", ".join(parts)


def since_line(result: Result) -> str:
    """What became of the findings since the earlier audit; empty if there is none."""
    if result.against is None:
        return ""
    worse, known = len(result.blocking(Outcome.FAIL, Outcome.UNKNOWN)), len(result.known())
    return f"{result.against.label}: {worse:,} worse, {known:,} as before, {len(result.fixed()):,} fixed"


def gaps_line(result: Result) -> str:
    """How much was not read, and how much of it the policy accepts; empty if everything was read."""
    parts = [f"{len(result.gaps):,} not read, see above"] if result.gaps else []
    accepted = sum(not gap.decided for gap in result.accepted)
    parts += [f"{accepted:,} accepted by the policy"] if accepted else []
    return ", ".join(parts)


def left_out_line(result: Result) -> str:
    """What the caller has decided not to look at; empty if nothing is."""
    return "; ".join(gap.what for gap in result.accepted if gap.decided)


def unread_line(result: Result) -> str:
    """The types that no reader takes, where no census tells; empty if there are none."""
    types = _unread(result)
    return f"no reader takes {types}" if types and not result.census.declared else ""


def _unread(result: Result) -> str:
    ranked = sorted(result.unread_types.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{kind} {count:,}" for kind, count in ranked[:_TYPES_NAMED]]
    rest = len(ranked) - len(named)
    return ", ".join([*named, f"and {counted(rest, 'more type')}"] if rest else named)


def listing(row: Coverage) -> tuple[str, str]:
    """Where a listing looked, and for what."""
    where = " ".join(part for part in (row.account, row.region) if part) or row.unit
    return where, "every type" if row.type == ANY_TYPE else row.type


def coverage_line(result: Result) -> str:
    """How many listings are complete; empty if there was none."""
    if not result.coverage:
        return ""
    counts = Counter(row.status for row in result.coverage)
    shares = [
        f"{counts[status]:,} {status}"
        for status in (CoverageStatus.PARTIAL, CoverageStatus.FAILED, CoverageStatus.SKIPPED)
        if counts[status]
    ]
    return ", ".join([f"{counts[CoverageStatus.COMPLETE]:,} of {counted(len(result.coverage), 'listing')} complete", *shares])


def noticed(result: Result) -> dict[str, list[Notice]]:
    """What comes first, by headline: `2 new waivers, not counted: --allow-new-waivers lets them count`."""
    groups: dict[str, list[Notice]] = {}
    for kind in NoticeKind:
        of_kind = [notice for notice in result.notices if notice.kind is kind]
        if of_kind:
            groups[_headline(kind, len(of_kind), result)] = of_kind
    return groups


def _headline(kind: NoticeKind, number: int, result: Result) -> str:
    if kind is NoticeKind.POLICY:
        return f"{counted(number, 'word')} of the policy that {'does' if number == 1 else 'do'} not hold"
    if kind is NoticeKind.VALUES_ASIDE:
        have = f"{counted(number, 'root')} {'has' if number == 1 else 'have'} values with which nothing is judged"
        return f"{have}: --var-file FILE, or --each-var-file GLOB"
    if kind is NoticeKind.HIDDEN:
        return f"{counted(number, 'failure')} hidden by the change"
    if kind is NoticeKind.NEW_WAIVER:
        count = "counted, as the caller allows" if result.new_waivers_count else "not counted: --allow-new-waivers lets them count"
        return f"{counted(number, 'new waiver')}, {count}"
    remedy = "--repository-waivers, or --against REVISION for those that stood there before"
    return f"{counted(number, 'waiver')} of what is audited, not counted: {remedy}"


def verdict_line(result: Result) -> str:
    """The exit code and every reason for it."""
    return f"{result.exit_code}: {result.verdict()}"


def gap_line(gap: Gap) -> str:
    """What was not read, and where unless the sentence says it."""
    where = location(gap.origin)
    return f"{gap.what} [{where}]" if where and where not in gap.what else gap.what


def run_line(result: Result) -> str:
    """When the run began and how many calls it made, as far as that was recorded."""
    parts = [f"started {result.started}"] if result.started is not None else []
    if result.calls is not None:
        parts.append(counted(result.calls, "API call"))
    return ", ".join(parts)
