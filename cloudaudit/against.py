"""What got worse since an earlier audit: the one thing that blocks where a team starts from an estate with faults in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cloudaudit.drift import Transition
from cloudaudit.model import Comparison, Finding, Gap, Outcome
from cloudaudit.model.finding import fingerprint

Move = tuple[str, str, str]  # unit, former address, present address


class Former(msgspec.Struct, frozen=True):
    """An earlier audit, by what identifies its findings and gaps over time."""

    label: str  # the revision or file that it was made of
    outcomes: Mapping[str, Outcome]
    gaps: frozenset[tuple[str, str]] = frozenset()


def former(label: str, findings: Iterable[Finding], gaps: Iterable[Gap]) -> Former:
    """An earlier audit as something to compare with."""
    return Former(label, {finding.fingerprint: finding.outcome for finding in findings}, frozenset(gap.identity for gap in gaps))


def compare(findings: Sequence[Finding], earlier: Former, moves: Sequence[Move]) -> Comparison:
    """Set findings beside an earlier audit. PASS or absent to FAIL or UNKNOWN is worse, and so is UNKNOWN to FAIL."""
    before = {finding.fingerprint: _before(finding, earlier, moves) for finding in findings}
    bad = (finding for finding in findings if finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN})
    known = (finding.fingerprint for finding in bad if not _worse(finding, before[finding.fingerprint]))
    return Comparison(earlier.label, before, frozenset(known), earlier.gaps)


def _worse(finding: Finding, before: Outcome | None) -> bool:
    return Transition(finding.fingerprint, before, finding.outcome).worse


def _before(finding: Finding, earlier: Former, moves: Sequence[Move]) -> Outcome | None:
    """The outcome that a finding had. A resource that `moved` blocks rename is the same one."""
    known = earlier.outcomes.get(finding.fingerprint)
    if known is not None:
        return known
    address = finding.subject.address
    for unit, old, new in moves:
        rest = address[len(new) :]
        if unit == finding.subject.unit and address.startswith(new) and rest[:1] in {"", ".", "["}:
            renamed = msgspec.structs.replace(finding.subject, address=old + rest)
            found = earlier.outcomes.get(fingerprint(finding.check, renamed))
            if found is not None:
                return found
    return None
