"""Text: what a person reads. What failed comes first, then what is unknown; neither it nor what was not read is ever left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudaudit.model import CoverageStatus, Doubt, Finding, Outcome, Unknown
from cloudaudit.report import wording
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.page import Page, Row, Style
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import NoticeKind, Result

_LONGEST = 20  # rows of a group, or groups of a section, before the rest is only counted
_UNITS_NAMED = 3
_FEW = 3  # roots that are named beside values which nobody asked for
_SHORT = (CoverageStatus.FAILED, CoverageStatus.PARTIAL, CoverageStatus.SKIPPED)

_STYLES = {
    Outcome.FAIL: Style.FAIL,
    Outcome.UNKNOWN: Style.UNKNOWN,
    Outcome.WAIVED: Style.WAIVED,
    Outcome.PASS: Style.OK,
    Outcome.NOT_APPLICABLE: Style.FAINT,
}


def render(result: Result, options: Options = PLAIN) -> str:
    """The result for a terminal or a log."""
    page = Page(options)
    limit = None if options.verbose else _LONGEST
    _heading(page, result)
    _notices(page, result, limit)
    _by_check(page, result, Outcome.FAIL, limit, options)
    _unknown(page, result, limit, options)
    _by_check(page, result, Outcome.WAIVED, limit, options)
    if options.verbose:
        _by_check(page, result, Outcome.PASS, limit, options)
        _by_check(page, result, Outcome.NOT_APPLICABLE, limit, options)
    _fixed(page, result, limit, options)
    _before(page, result, limit, options)
    _gaps(page, result, limit)
    _coverage(page, result, limit)
    if options.verbose:
        _ledger(page, result)
    _summary(page, result)
    return page.text()


def _heading(page: Page, result: Result) -> None:
    units = list(result.units[:_UNITS_NAMED])
    if len(result.units) > _UNITS_NAMED:
        units.append(f"and {wording.counted(len(result.units) - _UNITS_NAMED, 'more unit')}")
    page.paragraph(", ".join(units), label=f"cloudaudit {result.version} {result.command}  ", style=Style.STRONG)


def _notices(page: Page, result: Result, limit: int | None) -> None:
    """What the change adds to its own excuse, and what it hides: before everything else."""
    for headline, notices in wording.noticed(result).items():
        page.blank()
        style = Style.FAIL if notices[0].blocks else Style.WAIVED
        page.paragraph(headline, label="NOTE  ", style=style, body=Style.STRONG)
        most = limit if notices[0].kind is not NoticeKind.VALUES_ASIDE or limit is None else min(limit, _FEW)
        for notice in notices[:most]:
            page.paragraph(f"{wording.location(notice.origin)}  {notice.text}".strip(), indent=2)
        _rest(page, len(notices), most, indent=2)


def _by_check(page: Page, result: Result, outcome: Outcome, limit: int | None, options: Options) -> None:
    """The findings of one outcome: by check, then by reason, so that what is alike is said once."""
    groups: dict[str, list[Finding]] = {}
    for finding in result.blocking(outcome):
        groups.setdefault(finding.check, []).append(finding)
    for check, findings in groups.items():
        first = findings[0]
        page.blank()
        label = f"{outcome.value.upper().replace('_', ' ')}  {first.severity}  "
        page.paragraph(result.title(check), label=label, style=_STYLES[outcome], body=Style.STRONG)
        about = f"{check} ({', '.join(first.clauses)})" if first.clauses else check
        page.paragraph(f"{about}, {wording.counted(len(findings), 'resource')}", indent=2, body=Style.FAINT)
        _by_reason(page, findings, limit, options)
        known = result.checks.get(check)
        if outcome is Outcome.FAIL and known is not None:
            page.paragraph(known.fix, indent=2, label="fix: ", style=Style.STRONG)


def _by_reason(page: Page, findings: Sequence[Finding], limit: int | None, options: Options) -> None:
    shown: dict[str, list[Finding]] = {}
    for finding in findings[:limit]:
        shown.setdefault(finding.reason, []).append(finding)
    for reason, alike in shown.items():
        page.paragraph(reason, indent=2)
        page.rows([_row(finding, options) for finding in alike], indent=4)
    _rest(page, len(findings), limit, indent=4)


def _row(finding: Finding, options: Options) -> Row:
    details = tuple(wording.evidence_line(item) for item in finding.evidence) if options.verbose else ()
    return Row(wording.place(finding), finding.subject.address, details)


def _unknown(page: Page, result: Result, limit: int | None, options: Options) -> None:
    """What could not be decided: by cause, the most frequent first, with what would resolve it."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in result.blocking(Outcome.UNKNOWN):
        groups.setdefault(wording.cause(finding, result), []).append(finding)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    for (cause, resolution), findings in ranked[:limit]:
        page.blank()
        page.paragraph(cause, label="UNKNOWN  ", style=Style.UNKNOWN, body=Style.STRONG)
        _by_checks(page, findings, limit, options)
        if resolution:
            page.paragraph(resolution, indent=2, label="resolve: ", style=Style.STRONG)
    if limit is not None and len(ranked) > limit:
        page.blank()
        verdicts = sum(len(findings) for _, findings in ranked[limit:])
        causes = wording.counted(len(ranked) - limit, "more cause")
        page.paragraph(f"... and {causes} of {wording.counted(verdicts, 'unknown verdict')} (--verbose)")


def _by_checks(page: Page, findings: Iterable[Finding], limit: int | None, options: Options) -> None:
    """One row per resource, under all the checks that one cause leaves open for it."""
    by_resource: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        by_resource.setdefault((finding.subject.unit, wording.place(finding), finding.subject.address), []).append(finding)
    groups: dict[str, list[Row]] = {}
    for alike in list(by_resource.values())[:limit]:
        groups.setdefault(", ".join(dict.fromkeys(finding.check for finding in alike)), []).append(_row(alike[0], options))
    for checks, rows in groups.items():
        page.paragraph(checks, indent=2, body=Style.FAINT)
        page.rows(rows, indent=4)
    _rest(page, len(by_resource), limit, indent=4)


def _fixed(page: Page, result: Result, limit: int | None, options: Options) -> None:
    """What failed in an earlier audit and does not any more."""
    fixed = result.fixed()
    if not fixed or result.against is None:
        return
    page.blank()
    about = f"{wording.counted(len(fixed), 'failure')} of {result.against.label}"
    page.paragraph(about, label="FIXED  ", style=Style.OK, body=Style.STRONG)
    _listed(
        page,
        {check: [finding for finding in fixed if finding.check == check] for check in sorted({one.check for one in fixed})},
        limit,
        options,
    )


def _before(page: Page, result: Result, limit: int | None, options: Options) -> None:
    """What an earlier audit had found already."""
    known = result.known()
    if not known or result.against is None:
        return
    page.blank()
    about = f"{wording.counted(len(known), 'finding')} of {result.against.label}, not blocking"
    page.paragraph(about, label="BEFORE  ", style=Style.FAINT, body=Style.STRONG)
    groups: dict[str, list[Finding]] = {}
    for finding in known:
        groups.setdefault(f"{finding.outcome.value.upper()}  {finding.check}", []).append(finding)
    _listed(page, groups, limit, options)


def _listed(page: Page, groups: Mapping[str, Sequence[Finding]], limit: int | None, options: Options) -> None:
    for name, findings in groups.items():
        page.paragraph(name, indent=2, body=Style.FAINT)
        page.rows([_row(finding, options) for finding in findings[:limit]], indent=4)
        _rest(page, len(findings), limit, indent=4)


def _gaps(page: Page, result: Result, limit: int | None) -> None:
    if not result.gaps:
        return
    page.blank()
    page.paragraph(wording.counted(len(result.gaps), "gap"), label="NOT READ  ", style=Style.UNKNOWN, body=Style.STRONG)
    for gap in result.gaps[:limit]:
        page.paragraph(wording.gap_line(gap), indent=2)
        if gap.remedy:
            page.paragraph(gap.remedy, indent=4, label="resolve: ", style=Style.STRONG)
    _rest(page, len(result.gaps), limit, indent=2)


def _coverage(page: Page, result: Result, limit: int | None) -> None:
    short = sorted((row for row in result.coverage if row.status in _SHORT), key=lambda row: _SHORT.index(row.status))
    if not short:
        return
    page.blank()
    page.paragraph(f"{wording.counted(len(short), 'listing')} not complete", label="COVERAGE  ", style=Style.UNKNOWN, body=Style.STRONG)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in short[:limit]:
        unknown: Doubt | None = Unknown(row.why, row.detail) if row.why is not None else None
        cause = f"{row.status}: {unknown.cause}" if unknown is not None else str(row.status)
        resolution = remedy(unknown) if unknown is not None and row.status is not CoverageStatus.SKIPPED else ""
        groups.setdefault((cause, resolution), []).append(Row(*wording.listing(row)))
    for (cause, resolution), rows in groups.items():
        page.paragraph(cause, indent=2)
        page.rows(rows, indent=4)
        if resolution:
            page.paragraph(resolution, indent=4, label="resolve: ", style=Style.STRONG)
    _rest(page, len(short), limit, indent=2)


def _ledger(page: Page, result: Result) -> None:
    """What became of each folder, and of what is not read beside them."""
    if not result.ledger:
        return
    page.blank()
    page.paragraph(wording.folders_line(result), label="FOLDERS  ", style=Style.FAINT, body=Style.STRONG)
    page.rows([Row(line.place, f"{line.role}: {line.why}") for line in result.ledger], indent=2)


def _rest(page: Page, number: int, limit: int | None, *, indent: int) -> None:
    if limit is not None and number > limit:
        page.paragraph(f"... and {number - limit:,} more (--verbose)", indent=indent)


def _summary(page: Page, result: Result) -> None:
    lines = (
        ("Findings", f"{wording.tally(result)}, on {wording.counted(result.resources, 'resource')}"),
        ("Since", wording.since_line(result)),
        ("Folders", wording.folders_line(result)),
        ("Blocks", wording.census_line(result)),
        ("Not read", wording.unread_line(result)),
        ("Listings", wording.coverage_line(result)),
        ("Gaps", wording.gaps_line(result)),
        ("Left out", wording.left_out_line(result)),
        ("Run", wording.run_line(result)),
    )
    page.blank()
    for label, text in lines:
        if text:
            page.paragraph(text, label=f"{label:10}", style=Style.STRONG)
    style = Style.OK if result.exit_code == 0 else Style.FAIL if result.exit_code == 1 else Style.UNKNOWN
    page.paragraph(wording.verdict_line(result), label="Exit code ", style=Style.STRONG, body=style)
