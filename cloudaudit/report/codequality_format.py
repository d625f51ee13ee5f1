"""GitLab Code Quality: the five fields that GitLab reads.

GitLab has no word for "unknown" or "waived": both are `info`, with the word before the description. It silently merges equal
fingerprints, so none is used twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cloudaudit.model import Finding, Gap, Outcome, Severity
from cloudaudit.report.json_text import json_text
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Notice, Result
from cloudaudit.report.text import printable

_SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "major",
    Severity.MEDIUM: "minor",
    Severity.LOW: "info",
}
_PREFIXES = {Outcome.FAIL: "", Outcome.UNKNOWN: "unknown: ", Outcome.WAIVED: "waived: "}


def render(result: Result, _options: Options = PLAIN) -> str:
    """A list of FAIL, UNKNOWN and WAIVED findings, and of gaps; of the exit code where these are none and it says more."""
    issues = [_notice(notice) for notice in result.notices]
    issues += [_issue(finding) for finding in result.blocking(*_PREFIXES)] + [_gap(gap) for gap in result.gaps]
    issues += [_reason(reason, result) for reason in result.reasons_alone()]
    seen: Counter[str] = Counter()
    for issue in issues:
        name = issue["fingerprint"]
        seen[name] += 1
        if seen[name] > 1:
            issue["fingerprint"] = f"{name}-{seen[name]}"
    return json_text(issues)


def _notice(notice: Notice) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"{notice.kind}\0{notice.text}".encode(errors="backslashreplace")).hexdigest()[:16]
    severity = "critical" if notice.blocks else "minor"
    text = f"{notice.kind.replace('-', ' ')}: {notice.text}"
    return _shown(text, str(notice.kind), fingerprint, severity, notice.origin.file or ".", notice.origin.line)


def _issue(finding: Finding) -> dict[str, Any]:
    severity = _SEVERITIES[finding.severity] if finding.outcome is Outcome.FAIL else "info"
    text = f"{_PREFIXES[finding.outcome]}{finding.subject.address}: {finding.reason}"
    # What runs in a cloud has no file, and GitLab refuses an issue without a path.
    path = finding.origin.file or finding.subject.address
    return _shown(text, finding.check, finding.fingerprint, severity, path, finding.origin.line)


def _gap(gap: Gap) -> dict[str, Any]:
    key = "\0".join((gap.unit, gap.origin.file or "", gap.origin.call or "", gap.what))
    fingerprint = hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:16]
    path = gap.origin.file or gap.origin.call or gap.unit
    return _shown(f"not read: {gap.what}", "not-read", fingerprint, "info", path, gap.origin.line)


def _reason(reason: str, result: Result) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"{result.exit_code}\0{reason}".encode(errors="backslashreplace")).hexdigest()[:16]
    return _shown(f"exit code {result.exit_code}: {reason}", "not-read", fingerprint, "info", next(iter(result.units), "."), None)


def _shown(text: str, check: str, fingerprint: str, severity: str, path: str, line: int | None) -> dict[str, Any]:
    return {
        "description": printable(text),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": printable(path), "lines": {"begin": line or 1}},
    }
