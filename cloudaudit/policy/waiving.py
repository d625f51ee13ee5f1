"""Applying waivers: which findings they cover, and what is wrong with the waivers themselves. Pure: no clock, no file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from cloudaudit.model import Finding, Gap, Outcome, Severity
from cloudaudit.policy.schema import WaiverPolicy
from cloudaudit.policy.waiver import Waiver, checks_named, has_wildcard, matcher, objection, problem

Agrees = Callable[[str], object]


class Audited(msgspec.Struct, frozen=True):
    """What an audit looked at: only there can a waiver be said to cover nothing.

    `checks` holds every known check, `ran` those that this run made. `units` says of each unit whether all of it was read.
    """

    checks: Mapping[str, Severity]
    ran: frozenset[str]
    units: Mapping[str, bool]
    folder: str = "/"  # absolute; relative file names begin from it

    def would_show(self, waiver: Waiver, checks: set[str]) -> bool:
        """Whether a finding that the waiver covers could not have escaped this run."""
        if checks and not checks <= self.ran:
            return False
        return all(self.units.values()) if waiver.unit is None else self.units.get(waiver.unit, False)


class _Index:
    """Waivers by what can be looked up; patterns by check."""

    def __init__(self, usable: Sequence[tuple[Waiver, set[str]]]) -> None:
        self._exact: dict[tuple[str, str], list[Waiver]] = defaultdict(list)
        self._fingerprints: dict[str, list[Waiver]] = defaultdict(list)
        self._blocks: dict[tuple[str | None, int | None], list[tuple[set[str], Waiver]]] = defaultdict(list)
        self._patterns: dict[str, list[tuple[Agrees, Waiver]]] = defaultdict(list)
        for waiver, checks in usable:
            self._add(waiver, checks)

    def _add(self, waiver: Waiver, checks: set[str]) -> None:
        if waiver.block is not None:
            self._blocks[waiver.block.file, waiver.block.line].append((checks, waiver))
        elif waiver.resource is None:
            self._fingerprints[waiver.fingerprint or ""].append(waiver)
        elif has_wildcard(waiver.resource):
            agrees = matcher(waiver.resource)
            for check in checks:
                self._patterns[check].append((agrees, waiver))
        else:
            for check in checks:
                self._exact[check, waiver.resource].append(waiver)

    def covering(self, finding: Finding, folder: str) -> list[Waiver]:
        """The waivers that name a finding."""
        return [waiver for waiver in self._named(finding) if waiver.agrees(finding, folder)]

    def _named(self, finding: Finding) -> Iterator[Waiver]:
        check, subject, origin = finding.check, finding.subject, finding.origin
        yield from self._fingerprints.get(finding.fingerprint, ())
        names = {name: None for name in (subject.address, subject.id) if name}
        for name in names:
            yield from self._exact.get((check, name), ())
        for agrees, waiver in self._patterns.get(check, ()):
            if any(agrees(name) for name in names):
                yield waiver
        for checks, waiver in self._blocks.get((origin.file, origin.line), ()):
            if check in checks:
                yield waiver


def apply(
    findings: Sequence[Finding], waivers: Sequence[Waiver], rules: WaiverPolicy, today: date, audited: Audited
) -> tuple[list[Finding], list[Gap]]:
    """The findings, with what live waivers cover as WAIVED, and a gap for each waiver that does not count or covers nothing.

    A FAIL can be waived; an UNKNOWN only by a waiver that accepts one. Nothing else changes, and no finding goes.
    """
    if not waivers:
        return list(findings), []
    found = {finding.fingerprint: finding.check for finding in findings}
    problems: list[Gap] = []
    usable: list[tuple[Waiver, set[str]]] = []
    for waiver in dict.fromkeys(waivers):
        checks = checks_named(waiver, audited.checks, found)
        refused = objection(waiver, checks, audited.checks, rules, today)
        if refused is None:
            usable.append((waiver, checks))
        else:
            problems.append(refused)
    index = _Index(usable)
    met: dict[Waiver, set[Outcome]] = defaultdict(set)
    covered = [_judged(finding, index.covering(finding, audited.folder), met) for finding in findings]
    problems.extend(gap for waiver, checks in usable if (gap := _unused(waiver, met[waiver], audited.would_show(waiver, checks))))
    return covered, problems


def _judged(finding: Finding, waivers: Sequence[Waiver], met: dict[Waiver, set[Outcome]]) -> Finding:
    chosen = None
    for waiver in waivers:
        met[waiver].add(finding.outcome)
        if chosen is None and can_waive(waiver, finding.outcome):
            chosen = waiver
    if chosen is None:
        return finding
    told = f"{finding.reason}; waived until {chosen.expires} by {chosen.owner} ({chosen.ticket}): {chosen.reason}"
    return msgspec.structs.replace(finding, outcome=Outcome.WAIVED, reason=told, waiver=chosen.acceptance)


def can_waive(waiver: Waiver, outcome: Outcome) -> bool:
    """Whether a waiver covers an outcome."""
    return outcome is Outcome.FAIL or (outcome is Outcome.UNKNOWN and waiver.accept_unknown)


def _unused(waiver: Waiver, outcomes: set[Outcome], would_show: bool) -> Gap | None:
    if any(can_waive(waiver, outcome) for outcome in outcomes):
        return None
    if Outcome.UNKNOWN in outcomes:
        what = f"{waiver.title} does not count: what it covers is unknown, and it accepts a failure alone"
        return problem(what, waiver.origin, "resolve the unknown, or say accept-unknown = true", waiver.unit)
    if outcomes:
        return problem(f"{waiver.title} is not needed: what it covers does not fail", waiver.origin, "remove it", waiver.unit)
    if would_show:
        return problem(f"{waiver.title} covers no finding", waiver.origin, "remove it, or mend what it names", waiver.unit)
    return None
