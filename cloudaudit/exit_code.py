"""What a run ends with, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from cloudaudit.model import Comparison, CoverageStatus, Finding, Gap, Inventory, Outcome, Severity, Why
from cloudaudit.policy import Policy


class ExitCode(IntEnum):
    """The meaning of each exit code. FAILED wins over INCOMPLETE."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    DRIFT = 4
    INTERNAL = 70
    INTERRUPTED = 130


def decide(
    inventories: Sequence[Inventory],
    findings: Sequence[Finding],
    policy: Policy,
    problems: Sequence[Gap] = (),
    earlier: Comparison | None = None,
) -> tuple[ExitCode, list[str]]:
    """The exit code of an audit, with every reason for not being clean.

    `problems` are those of waivers. Compared with an earlier audit, only what got worse counts.
    """
    counted = [finding for finding in findings if earlier is None or finding.fingerprint not in earlier.known]
    failures = _failures(counted, policy, earlier)
    incomplete = _incomplete(inventories, counted, policy, earlier)
    if problems:
        incomplete.append(f"{_count(len(problems), 'problem')} with waivers")
    if not findings:
        incomplete.extend(_nothing_judged(inventories))
    code = ExitCode.FAILED if failures else ExitCode.INCOMPLETE if incomplete else ExitCode.OK
    return code, failures + incomplete


def _nothing_judged(inventories: Sequence[Inventory]) -> Iterator[str]:
    """Silence is no proof: a run that judges nothing is not clean, unless all that is declared is declared to be gone."""
    declared = sum(inventory.census.declared for inventory in inventories)
    there = declared - sum(inventory.census.absent for inventory in inventories)
    if there:
        yield f"no check judges any of the {_count(there, 'resource block')}"
    elif not declared:
        yield "nothing was found to audit"


def _failures(findings: Sequence[Finding], policy: Policy, earlier: Comparison | None) -> list[str]:
    """What failed, and what the change keeps from being seen to fail: both block."""
    if policy.gate.fail_on == "never":
        return []
    limit = Severity(policy.gate.fail_on)
    serious = [finding for finding in findings if finding.severity.rank >= limit.rank]
    failed = sum(1 for finding in serious if finding.outcome is Outcome.FAIL)
    reasons = [f"{_count(failed, 'finding')} failed at severity {limit} or above"] if failed else []
    if earlier is not None:
        hidden = sum(1 for finding in serious if finding.fingerprint in earlier.hidden)
        hidden += sum(1 for replaced in earlier.replaced if replaced.finding.severity.rank >= limit.rank)
        reasons += [f"{_count(hidden, 'failure')} of {earlier.label} hidden by the change"] if hidden else []
    return reasons


def _incomplete(inventories: Sequence[Inventory], findings: Sequence[Finding], policy: Policy, earlier: Comparison | None) -> list[str]:
    reasons = []
    unknown = sum(1 for finding in findings if finding.outcome is Outcome.UNKNOWN)
    if unknown > policy.gate.max_unknown:
        allowed = f", {policy.gate.max_unknown} allowed" if policy.gate.max_unknown else ""
        reasons.append(f"{_count(unknown, 'verdict')} unknown{allowed}")
    gaps = sum(earlier is None or earlier.is_new(gap) for inventory in inventories for gap in inventory.gaps)
    if gaps:
        reasons.append(f"{_count(gaps, 'gap')} in what was read")
    rows = [row for inventory in inventories for row in inventory.coverage]
    partial = sum(1 for row in rows if row.status in {CoverageStatus.PARTIAL, CoverageStatus.FAILED})
    if partial:
        reasons.append(f"{_count(partial, 'listing')} incomplete")
    seen = sum(row.found for row in rows if row.status is CoverageStatus.SKIPPED)
    if seen:
        reasons.append(f"{_count(seen, 'resource')} seen that no table reads")
    doubts = (evidence.unknown for finding in findings for evidence in finding.evidence)
    crashed = any(unknown is not None and unknown.why is Why.CRASHED for unknown in doubts)
    if crashed:
        reasons.append("a check or reader raised an error: a bug of cloudaudit")
    return reasons


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
