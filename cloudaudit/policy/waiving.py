"""Applying waivers: which findings they cover, and what is wrong with the waivers themselves. Pure: no clock, no file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_

import msgspec

from cloudaudit.model import Extent, Finding, Gap, Outcome, Severity
from cloudaudit.policy.schema import WaiverPolicy
from cloudaudit.policy.waiver import Waiver, checks_named, has_wildcard, leaves_type_open, matcher, objection, problem
from cloudaudit.policy.waiver_text import extent_line

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


class _Met:
    """What a waiver named."""

    def __init__(self) -> None:
        self.outcomes: set[Outcome] = set()
        self.extents: list[Extent] = []  # of what fails
        self.wide = False  # something fails that reaches further than the waiver
        self.critical: dict[str, str] = {}  # types that a critical check judged, each with the address of one resource


def apply(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    rules: WaiverPolicy,
    today: date,
    audited: Audited,
    former: frozenset[Waiver] = frozenset(),
    bound: frozenset[str] | None = None,
) -> tuple[list[Finding], list[Gap]]:
    """The findings, with what live waivers cover as WAIVED, and a gap for each waiver that does not count or covers nothing.

    A FAIL can be waived as far as it reached; an UNKNOWN only by a waiver that accepts one. Nothing else changes, and no finding goes.
    Of `former` waivers, which stand in the base of a change alone, nothing is wrong that anybody could fix there. Where findings are
    `bound`, by fingerprint, a waiver of what is audited covers these alone: not what a change puts under its name.
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
        elif waiver not in former:
            problems.append(refused)
    index = _Index(usable)
    named = [index.covering(finding, audited.folder) for finding in findings]
    met = _met(findings, named)
    covered = [
        _judged(finding, [one for one in covering if not _is_broad(one, met[one])], bound is None or finding.fingerprint in bound)
        for finding, covering in zip(findings, named, strict=True)
    ]
    present = [(waiver, checks) for waiver, checks in usable if waiver not in former]
    problems.extend(gap for waiver, checks in present if (gap := _fault(waiver, met[waiver], audited.would_show(waiver, checks))))
    return covered, problems


def _met(findings: Sequence[Finding], named: Sequence[Sequence[Waiver]]) -> dict[Waiver, _Met]:
    met: dict[Waiver, _Met] = defaultdict(_Met)
    for finding, covering in zip(findings, named, strict=True):
        for waiver in covering:
            own = met[waiver]
            own.outcomes.add(finding.outcome)
            if finding.severity is Severity.CRITICAL:
                own.critical.setdefault(finding.subject.type, finding.subject.address)
            if finding.outcome is Outcome.FAIL:
                own.extents.append(finding.extent)
                own.wide = own.wide or not _reaches(waiver, finding)
    return met


def _is_broad(waiver: Waiver, met: _Met) -> bool:
    """Whether a wildcard leaves open which types it names, for a critical check: somebody looked at one of them, at most."""
    if waiver.resource is None or waiver.fingerprint is not None or not has_wildcard(waiver.resource) or not met.critical:
        return False
    return len(met.critical) > 1 or leaves_type_open(waiver.resource)


def _judged(finding: Finding, waivers: Sequence[Waiver], was_there: bool) -> Finding:
    able = [one for one in waivers if can_waive(one, finding.outcome) and _reaches(one, finding)]
    chosen = next((one for one in able if was_there or not one.in_repository), None)
    if chosen is None:
        said = f"{finding.reason}; {able[0].title} covers what it covered before the change" if able else finding.reason
        return msgspec.structs.replace(finding, reason=said)
    told = f"{finding.reason}; waived {chosen.said}"
    return msgspec.structs.replace(finding, outcome=Outcome.WAIVED, reason=told, waiver=chosen.acceptance)


def can_waive(waiver: Waiver, outcome: Outcome) -> bool:
    """Whether a waiver covers an outcome."""
    return outcome is Outcome.FAIL or (outcome is Outcome.UNKNOWN and waiver.accept_unknown)


def _reaches(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver accepts a breach as far as it reaches: one that says nothing accepts only what cannot get wider."""
    if finding.outcome is not Outcome.FAIL:
        return True
    return finding.extent.within(waiver.extent) if waiver.extent is not None else not finding.extent.parts


def _fault(waiver: Waiver, met: _Met, would_show: bool) -> Gap | None:
    """What is wrong with a waiver that may count."""
    if _is_broad(waiver, met):
        what = f"{waiver.title} does not count: it leaves open which types of resources it names, for a critical check"
        lines = "; ".join(f"resource = {json.dumps(address)}" for _, address in sorted(met.critical.items()))
        each = "write a waiver for each: " if len(met.critical) > 1 else "write "
        return problem(what, waiver.origin, f"{each}{lines}", waiver.unit)
    if met.wide:
        return _too_wide(waiver, met)
    if any(can_waive(waiver, outcome) for outcome in met.outcomes):
        return None
    if Outcome.UNKNOWN in met.outcomes:
        what = f"{waiver.title} does not count: what it covers is unknown, and it accepts a failure alone"
        return problem(what, waiver.origin, "resolve the unknown, or say accept-unknown = true", waiver.unit)
    if met.outcomes:
        return problem(f"{waiver.title} is not needed: what it covers does not fail", waiver.origin, "remove it", waiver.unit)
    if would_show:
        return problem(f"{waiver.title} covers no finding", waiver.origin, "remove it, or mend what it names", waiver.unit)
    return None


def _too_wide(waiver: Waiver, met: _Met) -> Gap:
    reached = reduce(or_, met.extents)
    accepts = "does not say how far the breach may reach" if waiver.extent is None else f"accepts {'; '.join(waiver.extent.parts)}"
    what = f"{waiver.title} does not cover what it names: it {accepts}"
    if not reached.parts:
        return problem(what, waiver.origin, "fix the finding, or leave out the extent: there is nothing wider", waiver.unit)
    line = extent_line(reached) if waiver.block is None else f'extent="{"; ".join(reached.parts)}"'
    return problem(what, waiver.origin, f"fix the finding, or write {line}", waiver.unit)
