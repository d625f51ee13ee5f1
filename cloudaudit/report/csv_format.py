"""CSV: one row per finding, for a spreadsheet that must not take a cell for a formula."""

from __future__ import annotations

import csv
import io
import re

from cloudaudit.model import Finding
from cloudaudit.report import wording
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Result
from cloudaudit.report.text import printable

COLUMNS = (
    "outcome",
    "severity",
    "control",
    "check",
    "title",
    "type",
    "address",
    "id",
    "provider",
    "account",
    "region",
    "unit",
    "environment",
    "file",
    "line",
    "reason",
    "fix",
    "clauses",
    "evidence",
    "fingerprint",
)

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where a comma is the decimal sign, a semicolon parts cells.
_LATER_FORMULA = re.compile("(; *)([=+@\uff1d\uff0b\uff0d\uff20-])")


def render(result: Result, _options: Options = PLAIN) -> str:
    """All findings, PASS too, below a line of column names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in result.findings:
        writer.writerow([_cell(value) for value in _row(finding, result)])
    return text.getvalue()


def _row(finding: Finding, result: Result) -> tuple[str | int | None, ...]:
    subject, origin = finding.subject, finding.origin
    known = result.checks.get(finding.check)
    return (
        finding.outcome,
        finding.severity,
        finding.control,
        finding.check,
        result.title(finding.check),
        subject.type,
        subject.address,
        subject.id,
        subject.provider,
        subject.account,
        subject.region,
        subject.unit,
        subject.environment,
        origin.file,
        origin.line,
        finding.reason,
        known.fix if known is not None else "",
        ", ".join(finding.clauses),
        "; ".join(wording.evidence_line(item) for item in finding.evidence),
        finding.fingerprint,
    )


def _cell(value: str | int | None) -> str:
    """A cell that a spreadsheet shows as it is: what it would compute begins with an apostrophe."""
    text = "" if value is None else printable(str(value))
    if text.lstrip(" '\"").startswith(_FORMULA):
        text = f"'{text}"
    return _LATER_FORMULA.sub(r"\1'\2", text) if ";" in text else text
