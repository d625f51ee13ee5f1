"""JSON: the only format that loses nothing. Its shape is `document.Document`, published as `schema.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cloudaudit.model import Acceptance, Comparison, Control, Coverage, CoverageStatus, Evidence, Finding, Gap, Origin, Outcome, Severity
from cloudaudit.policy import Check
from cloudaudit.report import document as doc
from cloudaudit.report.json_text import json_line, json_text
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Result

_BATCH = 500  # findings a piece
_NOWHERE = Origin()
_OPENED, _CLOSED = '\n  "findings": [', "],\n"
_FINDINGS = _OPENED + _CLOSED  # a line of its own: no text in the document can be mistaken for it


def render(result: Result, options: Options = PLAIN) -> str:
    """The result as one JSON document, one finding a line."""
    return "".join(chunks(result, options))


def chunks(result: Result, _options: Options = PLAIN) -> Iterator[str]:
    """The same piece by piece: a result of many findings need not stand in memory twice."""
    before, after = json_text(_frame(result)).split(_FINDINGS)
    yield before + _OPENED
    for start in range(0, len(result.findings), _BATCH):
        lines = (json_line(_finding(finding, result.against)) for finding in result.findings[start : start + _BATCH])
        yield ("," if start else "") + "\n    " + ",\n    ".join(lines)
    yield ("\n  " if result.findings else "") + _CLOSED + after


def _frame(result: Result) -> doc.Document:
    """Everything but the findings."""
    run = None if result.started is None and result.calls is None else doc.Run(result.started, result.calls)
    return doc.Document(
        schema=1,
        tool=doc.Tool("cloudaudit", result.version, result.command),
        run=run,
        units=list(result.units),
        findings=[],
        gaps=[_gap(gap) for gap in result.gaps],
        coverage=[_coverage(row) for row in result.coverage],
        summary=_summary(result),
        gate=doc.Gate(result.exit_code, list(result.reasons)),
        checks={name: _check(check) for name, check in result.checks.items()},
        accepted=[_gap(gap) for gap in result.accepted],
        ledger=[doc.LedgerItem(line.place, line.role, line.why) for line in result.ledger],
        notices=[doc.NoticeItem(notice.kind, notice.text, notice.origin.file, notice.origin.line) for notice in result.notices],
    )


def _finding(finding: Finding, against: Comparison | None) -> doc.FindingItem:
    subject, origin = finding.subject, finding.origin
    return doc.FindingItem(
        fingerprint=finding.fingerprint,
        check=finding.check,
        control=finding.control,
        outcome=finding.outcome,
        severity=finding.severity,
        resource=doc.ResourceItem(
            subject.type,
            subject.address,
            subject.id,
            subject.provider,
            subject.account,
            subject.region,
            subject.unit,
            subject.environment,
        ),
        origin=doc.Place(origin.file, origin.line) if origin.file is not None else None,
        reason=finding.reason,
        evidence=[_evidence(item) for item in finding.evidence],
        clauses=list(finding.clauses),
        extent=list(finding.extent.parts),
        waiver=_waiver(finding.waiver) if finding.waiver is not None else None,
        before=doc.Before(against.before.get(finding.fingerprint) or doc.Before.ABSENT) if against is not None else None,
    )


def _waiver(waiver: Acceptance) -> doc.WaiverItem:
    origin = waiver.origin
    return doc.WaiverItem(waiver.owner, waiver.ticket, waiver.expires, waiver.reason, origin.file, origin.line)


def _evidence(item: Evidence) -> doc.EvidenceItem:
    origin = item.origin or _NOWHERE
    unknown = doc.UnknownFact(item.unknown.why, item.unknown.detail) if item.unknown is not None else None
    return doc.EvidenceItem(item.fact, origin.file, origin.line, origin.call, origin.attribute, unknown)


def _gap(gap: Gap) -> doc.GapItem:
    origin = gap.origin
    types, references = [*gap.types, *gap.nested], list(gap.references)
    return doc.GapItem(gap.why, gap.what, origin.file, origin.line, origin.call, gap.remedy, gap.unit, types, references, gap.content)


def _coverage(row: Coverage) -> doc.CoverageItem:
    return doc.CoverageItem(row.unit, row.type, row.status, row.found, row.account, row.region, row.why, row.detail)


def _check(check: Check) -> doc.CheckItem:
    return doc.CheckItem(check.title, check.description, check.fix, check.control, check.severity, list(check.clauses))


def _summary(result: Result) -> doc.Summary:
    outcomes = result.outcomes()
    controls: dict[Control, Counter[Outcome]] = {}
    for finding in result.findings:
        controls.setdefault(finding.control, Counter())[finding.outcome] += 1
    severities = Counter(finding.severity for finding in result.of(Outcome.FAIL))
    coverage = Counter(row.status for row in result.coverage)
    census = result.census
    return doc.Summary(
        resources=result.resources,
        findings=len(result.findings),
        outcomes={outcome: outcomes[outcome] for outcome in Outcome},
        controls={control: {outcome: controls[control][outcome] for outcome in Outcome} for control in Control if control in controls},
        severities={severity: severities[severity] for severity in Severity},
        gaps=len(result.gaps),
        coverage={status: coverage[status] for status in CoverageStatus},
        census=doc.CensusItem(census.declared, census.evaluated, census.unknown, census.absent, census.unread, census.instances),
        unread_types=dict(result.unread_types),
    )
