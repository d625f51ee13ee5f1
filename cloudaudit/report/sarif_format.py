"""SARIF 2.1.0, as code scanning services read it.

FAIL and WAIVED (suppressed) are results of kind `fail`, UNKNOWN is `open`. What could not be read makes the run unsuccessful and
is told by a notification each. Profile `github`: GitHub knows no `kind` and takes no result without a file, so UNKNOWN becomes
a warning with the tag `unknown`, and a notification counts the results without a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudaudit.model import Comparison, CoverageStatus, Finding, Outcome, Severity, Unknown
from cloudaudit.policy import Check
from cloudaudit.report import wording
from cloudaudit.report.json_text import json_text
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Result
from cloudaudit.report.sarif_parts import artifact, message, physical, places, suppression

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 5_000  # GitHub keeps no more of a run

_LEVELS: Mapping[Severity, str] = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_SCORES: Mapping[Severity, str] = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
_KINDS: Mapping[Outcome, str] = {
    Outcome.FAIL: "fail",
    Outcome.UNKNOWN: "open",
    Outcome.WAIVED: "fail",
    Outcome.PASS: "pass",
    Outcome.NOT_APPLICABLE: "notApplicable",
}
_SHOWN = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED)
_COVERAGE_LEVELS = {CoverageStatus.FAILED: "error", CoverageStatus.PARTIAL: "warning", CoverageStatus.SKIPPED: "note"}


def render(result: Result, options: Options = PLAIN) -> str:
    """The result as a SARIF log of one run."""
    github = options.sarif_profile == "github"
    findings = list(result.findings) if options.verbose else result.of(*_SHOWN)
    placed = [finding for finding in findings if finding.origin.file is not None] if github else findings
    kept = placed[:MAX_RESULTS]
    rules = {name: index for index, name in enumerate(result.checks)}
    notes = [*_left_out(len(findings) - len(placed), len(placed) - len(kept)), *_notifications(result)]
    run = {
        "tool": {
            "driver": {
                "name": "cloudaudit",
                "semanticVersion": result.version,
                "rules": [_rule(check) for check in result.checks.values()],
                "notifications": [{"id": name, "name": _pascal(name)} for name in sorted({note["descriptor"]["id"] for note in notes})],
            }
        },
        "automationDetails": {"id": _category(result)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder in which cloudaudit ran."}}},
        "invocations": [_invocation(result, notes)],
        "results": [_result(finding, rules, result.against, github=github) for finding in kept],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": _pascal(check.id),
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.description},
        "help": {
            "text": f"{check.description}\n\nFix: {check.fix}",
            "markdown": f"{check.description}\n\n**Fix:** {check.fix}\n\nPolicy: {', '.join(check.clauses)}",
        },
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {
            "security-severity": _SCORES[check.severity],
            "precision": "very-high",
            "tags": ["security", check.control, *check.clauses][:20],
        },
    }


def _baseline(finding: Finding, against: Comparison) -> str:
    if finding.fingerprint in against.known:
        return "unchanged"
    return "new" if against.before.get(finding.fingerprint) is None else "updated"


def _result(finding: Finding, rules: Mapping[str, int], against: Comparison | None, *, github: bool) -> dict[str, Any]:
    subject = finding.subject
    open_as_warning = github and finding.outcome is Outcome.UNKNOWN
    kind = "fail" if open_as_warning else _KINDS[finding.outcome]
    level = "warning" if open_as_warning else _LEVELS[finding.severity] if kind == "fail" else "none"
    facts = {
        "outcome": finding.outcome,
        "severity": finding.severity,
        "control": finding.control,
        "resourceType": subject.type,
        "unit": subject.unit,
        "account": subject.account,
        "region": subject.region,
        "environment": subject.environment,
        "extent": list(finding.extent.parts),
        "tags": ["unknown"] if finding.outcome is Outcome.UNKNOWN else [],
    }
    shown: dict[str, Any] = {
        "ruleId": finding.check,
        "kind": kind,
        "level": level,
        "message": message(f"{subject.address}: {finding.reason}"),
        **places(finding, first_line=github),
        # GitHub follows an alert by primaryLocationLineHash alone; ours survives moved lines and renamed files.
        "partialFingerprints": {"cloudaudit/v1": finding.fingerprint, "primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "properties": {name: value for name, value in facts.items() if value},
    }
    if against is not None:
        shown["baselineState"] = _baseline(finding, against)
    if finding.check in rules:
        shown["ruleIndex"] = rules[finding.check]
    if finding.outcome is Outcome.WAIVED:
        shown["suppressions"] = [suppression(finding)]
    return shown


def _invocation(result: Result, notes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    invocation: dict[str, Any] = {
        "executionSuccessful": not (result.gaps or result.incomplete_listings() or result.reasons_alone()),
        "exitCode": result.exit_code,
        "exitCodeDescription": result.verdict(),
        "toolExecutionNotifications": list(notes),
    }
    if result.started is not None:
        invocation["startTimeUtc"] = result.started
    return invocation


def _notifications(result: Result) -> list[dict[str, Any]]:
    notes = []
    for notice in result.notices:
        note = _note(str(notice.kind), "error" if notice.blocks else "warning", notice.text)
        if notice.origin.file is not None:
            note["locations"] = [{"physicalLocation": physical(artifact(notice.origin.file), notice.origin.line)}]
        notes.append(note)
    for gap in result.gaps:
        remedy = f" To resolve: {gap.remedy}." if gap.remedy else ""
        note = _note(f"gap-{gap.why}", "error", f"Not read: {gap.what}.{remedy}")
        if gap.origin.file is not None:
            note["locations"] = [{"physicalLocation": physical(artifact(gap.origin.file), gap.origin.line)}]
        notes.append(note)
    notes.extend(_note("incomplete", "error", f"Exit code {result.exit_code}: {reason}.") for reason in result.reasons_alone())
    for row in result.coverage:
        if row.status is not CoverageStatus.COMPLETE:
            place, kind = wording.listing(row)
            cause = f": {Unknown(row.why, row.detail).cause}" if row.why is not None else ""
            notes.append(
                _note(f"coverage-{row.status}", _COVERAGE_LEVELS[row.status], f"Listing of {kind} in {place} {row.status}{cause}.")
            )
    return notes


def _left_out(unplaced: int, over: int) -> list[dict[str, Any]]:
    notes = []
    if unplaced:
        notes.append(_note("results-without-file", "warning", f"{wording.counted(unplaced, 'result')} without a file are left out."))
    if over:
        notes.append(
            _note("results-truncated", "warning", f"{wording.counted(over, 'result')} over the limit of {MAX_RESULTS:,} are left out.")
        )
    return notes


def _note(kind: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": kind}, "level": level, "message": message(text)}


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _category(result: Result) -> str:
    """What tells one upload from another: the command, and the unit if there is one."""
    unit = result.units[0].strip("/") if len(result.units) == 1 and not result.units[0].startswith("/") else ""
    return "/".join(part for part in ("cloudaudit", result.command, unit if unit != "." else "") if part) + "/"
