"""Markdown: a comment on a merge request. Its first line is a hidden marker, so that the next run finds and replaces it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cloudaudit.model import CoverageStatus, Doubt, Finding, Outcome, Unknown
from cloudaudit.report import wording
from cloudaudit.report.markdown_text import advice, code, prose
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import Result

_ROOM_FOR_NOTE = 200


class Block(msgspec.Struct, frozen=True):
    """Rows between a head and a tail. It can lose rows from its end, and stays well-formed."""

    head: str
    rows: list[str]
    tail: str = ""


def marker(command: str) -> str:
    """The first line of the comment of a command."""
    return f"<!-- cloudaudit:{command} -->"


def render(result: Result, options: Options = PLAIN) -> str:
    """The comment, within the characters that the host allows. What does not fit is counted."""
    shown = _top(result)
    room = options.max_characters - len(shown) - _ROOM_FOR_NOTE
    hidden = 0
    for block in _blocks(result):
        kept = 0 if hidden else _fitting(block, room)
        if kept:
            text = "".join([block.head, *block.rows[:kept], block.tail])
            shown += text
            room -= len(text)
        hidden += len(block.rows) - kept
    if hidden:
        limit = f"{options.max_characters:,} characters"
        shown += f"\n**{wording.counted(hidden, 'more row')} did not fit** into the {limit} of a comment: see the full report.\n"
    return shown


def _fitting(block: Block, room: int) -> int:
    room -= len(block.head) + len(block.tail)
    for number, row in enumerate(block.rows):
        room -= len(row)
        if room < 0:
            return number
    return len(block.rows)


def _top(result: Result) -> str:
    counts = result.outcomes()
    waived = f", {counts[Outcome.WAIVED]:,} waived" if counts[Outcome.WAIVED] else ""
    headline = f"cloudaudit {result.command}: {counts[Outcome.FAIL]:,} failed, {counts[Outcome.UNKNOWN]:,} unknown{waived}"
    facts = [
        f"{wording.tally(result)}, on {wording.counted(result.resources, 'resource')}",
        wording.since_line(result) and f"Since {wording.since_line(result)}",
        result.accepted and wording.gaps_line(result) and f"Gaps: {wording.gaps_line(result)}",
        wording.left_out_line(result) and f"Left out: {wording.left_out_line(result)}",
        wording.folders_line(result) and f"Folders: {wording.folders_line(result)}",
        wording.census_line(result) and f"Blocks: {wording.census_line(result)}",
        wording.unread_line(result) and f"Not read: {wording.unread_line(result)}",
        wording.coverage_line(result) and f"Listings: {wording.coverage_line(result)}",
        wording.run_line(result) and f"Run: {wording.run_line(result)}",
    ]
    listed = "".join(f"- {prose(fact)}\n" for fact in facts if fact)
    verdict = f"- **Exit code {result.exit_code}**: {prose(result.verdict())}\n"
    return f"{marker(result.command)}\n## {headline}\n\n{listed}{verdict}"


def _blocks(result: Result) -> Iterator[Block]:
    for headline, notices in wording.noticed(result).items():
        rows = [f"- {code(wording.location(notice.origin))} {prose(notice.text)}\n" for notice in notices]
        yield Block(f"\n### {prose(headline)}\n\n", rows)
    yield from _failed(result)
    yield from _unknown(result)
    yield from _not_read(result)
    waived = [_row(finding, prose(finding.reason)) for finding in result.of(Outcome.WAIVED)]
    known = [_row(finding, prose(finding.reason)) for finding in result.known()]
    if known and result.against is not None:
        head = f"\n<details><summary>As before, in {prose(result.against.label)}: {len(known):,}</summary>\n\n{_header('Why')}"
        yield Block(head, known, "\n</details>\n")
    if waived:
        head = f"\n<details><summary>Waived: {len(waived):,}</summary>\n\n{_header('Why')}"
        yield Block(head, waived, "\n</details>\n")


def _failed(result: Result) -> Iterator[Block]:
    groups: dict[str, list[Finding]] = {}
    for finding in result.blocking(Outcome.FAIL):
        groups.setdefault(finding.check, []).append(finding)
    for check, findings in groups.items():
        first = findings[0]
        about = ", ".join([code(check), *map(prose, first.clauses)])
        head = f"\n### Failed, {first.severity}: {advice(result.title(check))}\n\nCheck {about}\n\n{_header('Why')}"
        known = result.checks.get(check)
        fix = f"\n**Fix:** {advice(known.fix)}\n" if known is not None else ""
        yield Block(head, [_row(finding, prose(finding.reason)) for finding in findings], fix)


def _unknown(result: Result) -> Iterator[Block]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in result.blocking(Outcome.UNKNOWN):
        groups.setdefault(wording.cause(finding, result), []).append(finding)
    for (cause, resolution), findings in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        head = f"\n### Unknown: {prose(cause)}\n\n{_header('Check')}"
        resolve = f"\n**Resolve:** {advice(resolution)}\n" if resolution else ""
        yield Block(head, [_row(finding, code(finding.check)) for finding in findings], resolve)


def _not_read(result: Result) -> Iterator[Block]:
    rows = []
    for gap in result.gaps:
        resolve = f" **Resolve:** {advice(gap.remedy)}" if gap.remedy else ""
        rows.append(f"- Gap: {prose(wording.gap_line(gap))}.{resolve}\n")
    for row in result.coverage:
        if row.status is not CoverageStatus.COMPLETE:
            where, kind = wording.listing(row)
            unknown: Doubt | None = Unknown(row.why, row.detail) if row.why is not None else None
            cause = f": {prose(unknown.cause)}" if unknown is not None else ""
            resolve = f" **Resolve:** {advice(remedy(unknown))}" if unknown is not None and row.status is not CoverageStatus.SKIPPED else ""
            rows.append(f"- Listing of {prose(kind)} in {prose(where)} {row.status}{cause}.{resolve}\n")
    if rows:
        yield Block("\n### Not read\n\n", rows)


def _header(last: str) -> str:
    return f"| Where | Resource | {last} |\n| --- | --- | --- |\n"


def _row(finding: Finding, last: str) -> str:
    return f"| {code(wording.place(finding))} | {code(finding.subject.address)} | {last} |\n"
