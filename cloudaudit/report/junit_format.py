"""JUnit XML as GitLab and Jenkins read it: FAIL is a failure, UNKNOWN an error, WAIVED and NOT_APPLICABLE are skipped.

A gap and an incomplete listing are errors too: a file that did not parse must not give a green test report, nor must a run that judges
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from cloudaudit.model import Finding, Outcome, Unknown
from cloudaudit.report import wording
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import Result
from cloudaudit.report.text import printable

_TAGS = {Outcome.FAIL: "failure", Outcome.UNKNOWN: "error", Outcome.WAIVED: "skipped", Outcome.NOT_APPLICABLE: "skipped"}
_NOT_READ = "evidence"


def render(result: Result, _options: Options = PLAIN) -> str:
    """One suite per check with one test case per finding, and one suite for what was not read."""
    root = ET.Element("testsuites", name="cloudaudit")
    by_check: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_check.setdefault(finding.check, []).append(finding)
    several = len(result.units) > 1
    for check, findings in sorted(by_check.items()):
        suite = ET.SubElement(root, "testsuite", name=printable(check))
        for finding in findings:
            _case(suite, finding, result, several=several)
    _notices(root, result)
    _not_read(root, result)
    for suite in root:
        _count(suite, [suite])
    _count(root, root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _notices(root: ET.Element, result: Result) -> None:
    """What comes first elsewhere: what is hidden fails, a waiver that is new or aside is skipped."""
    for headline, notices in wording.noticed(result).items():
        suite = ET.SubElement(root, "testsuite", name=printable(headline))
        for notice in notices:
            case = ET.SubElement(suite, "testcase", classname=str(notice.kind), name=printable(notice.text))
            ET.SubElement(case, "failure" if notice.blocks else "skipped", message=printable(headline))


def _case(suite: ET.Element, finding: Finding, result: Result, *, several: bool) -> None:
    subject = finding.subject
    name = f"{subject.address} ({subject.unit})" if several else subject.address
    case = ET.SubElement(suite, "testcase", classname=printable(finding.check), name=printable(name))
    if finding.origin.file is not None:
        case.set("file", printable(finding.origin.file))
    if finding.origin.line is not None:
        case.set("line", str(finding.origin.line))
    if finding.outcome is Outcome.PASS:
        return
    if result.against is not None and finding.fingerprint in result.against.known:
        ET.SubElement(case, "skipped", message=printable(f"as before, in {result.against.label}: {finding.reason}"))
        return
    said = ET.SubElement(case, _TAGS[finding.outcome], message=printable(finding.reason))
    if finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN}:
        said.set("type", str(finding.severity if finding.outcome is Outcome.FAIL else finding.outcome))
        said.text = "\n".join(printable(line) for line in _lines(finding, result))


def _lines(finding: Finding, result: Result) -> Iterable[str]:
    yield f"{result.title(finding.check)} ({', '.join((finding.control, *finding.clauses))})"
    yield f"{wording.place(finding)}  {finding.subject.address}"
    yield from (wording.evidence_line(item) for item in finding.evidence)
    unknown = wording.unknown_of(finding) if finding.outcome is Outcome.UNKNOWN else None
    known = result.checks.get(finding.check)
    if unknown is not None:
        yield f"resolve: {remedy(unknown)}"
    elif known is not None:
        yield f"fix: {known.fix}"


def _not_read(root: ET.Element, result: Result) -> None:
    short, alone = result.incomplete_listings(), result.reasons_alone()
    if not result.gaps and not short and not alone:
        return
    suite = ET.SubElement(root, "testsuite", name=_NOT_READ)
    for gap in result.gaps:
        case = ET.SubElement(suite, "testcase", classname=_NOT_READ, name=printable(wording.gap_line(gap)))
        ET.SubElement(case, "error", message=printable(gap.what), type=str(gap.why)).text = printable(gap.remedy)
    for reason in alone:
        case = ET.SubElement(suite, "testcase", classname=_NOT_READ, name=f"exit code {result.exit_code}")
        ET.SubElement(case, "error", message=printable(reason), type="incomplete")
    for row in short:
        where, kind = wording.listing(row)
        case = ET.SubElement(suite, "testcase", classname=_NOT_READ, name=printable(f"listing of {kind} in {where}"))
        cause = Unknown(row.why, row.detail).cause if row.why is not None else str(row.status)
        ET.SubElement(case, "error", message=printable(cause), type=str(row.status))


def _count(element: ET.Element, suites: Iterable[ET.Element]) -> None:
    cases = [case for suite in suites for case in suite]
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(1 for case in cases if case.find(tag) is not None)))
