"""GitHub annotations: workflow commands that mark lines of a pull request.

GitHub shows ten errors and ten warnings of a step; the last line, a notice, says how many there are beyond these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from cloudaudit.model import Finding, Origin, Outcome, Severity
from cloudaudit.report import wording
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import Result
from cloudaudit.report.text import printable

_COMMANDS: Mapping[Severity, str] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}
_MOST = {"error": 10, "warning": 10, "notice": 9}  # one notice is ours


def render(result: Result, _options: Options = PLAIN) -> str:
    """One line per annotation: FAIL by severity, then what was not read, then UNKNOWN; a notice with the counts ends it."""
    shown: Counter[str] = Counter()
    lines = []
    total = 0
    for command, title, text, origin in _annotations(result):
        total += 1
        if shown[command] < _MOST[command]:
            shown[command] += 1
            lines.append(_line(command, title, text, origin))
    hidden = total - len(lines)
    more = f" {wording.counted(hidden, 'annotation')} more than GitHub shows: see the full report." if hidden else ""
    said = f"{wording.tally(result)}, {wording.counted(len(result.gaps), 'gap')}. Exit code {wording.verdict_line(result)}.{more}"
    lines.append(_line("notice", "cloudaudit", [said], Origin()))
    return "\n".join(lines) + "\n"


def _annotations(result: Result) -> Iterator[tuple[str, str, list[str], Origin]]:
    for headline, notices in wording.noticed(result).items():
        for notice in notices:
            yield "error" if notice.blocks else "warning", headline, [notice.text], notice.origin
    for finding in result.blocking(Outcome.FAIL):
        known = result.checks.get(finding.check)
        advice = [f"Fix: {known.fix}"] if known is not None else []
        yield _COMMANDS[finding.severity], result.title(finding.check), [_said(finding), *advice], finding.origin
    for gap in result.gaps:
        yield "warning", "Not read", [gap.what, *([f"To resolve: {gap.remedy}"] if gap.remedy else [])], gap.origin
    for reason in result.reasons_alone():
        yield "warning", f"Exit code {result.exit_code}", [reason], Origin()
    for finding in result.blocking(Outcome.UNKNOWN):
        unknown = wording.unknown_of(finding)
        advice = [f"To resolve: {remedy(unknown)}"] if unknown is not None else []
        yield "warning", f"Unknown: {result.title(finding.check)}", [_said(finding), *advice], finding.origin


def _said(finding: Finding) -> str:
    return f"{finding.subject.address}: {finding.reason} ({finding.check})"


def _line(command: str, title: str, text: list[str], origin: Origin) -> str:
    properties = {"file": origin.file, "line": origin.line if origin.file is not None else None, "title": title}
    named = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{command} {named}::{'%0A'.join(map(_data, text))}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
