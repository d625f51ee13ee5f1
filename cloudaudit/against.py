"""What got worse since an earlier audit: the one thing that blocks where a team starts from an estate with faults in it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

import msgspec

from cloudaudit.drift import Transition
from cloudaudit.elsewhere import Places
from cloudaudit.hiding import Present, Unseen
from cloudaudit.hiding import hidden as hidden_by
from cloudaudit.model import Comparison, Extent, Finding, Gap, Outcome, Replaced
from cloudaudit.model.finding import fingerprint

LeftOut = Mapping[tuple[str, str], Sequence[str]]
"""By unit and address, the names that a configuration set before and leaves out now, of which Terraform then changes nothing."""

Move = tuple[str, str, str]  # unit, former address, present address
_Renaming = tuple[str, str]  # former and present beginning of an address
_BOUNDARY = re.compile(r"[.\[]")  # where a part of an address ends
_COUNTED = Extent(("as many as are known",))
_STEPS = 100  # from address to address


class Former(msgspec.Struct, frozen=True):
    """An earlier audit, by what identifies its findings and gaps over time."""

    label: str  # the revision or file that it was made of
    outcomes: Mapping[str, Outcome]
    extents: Mapping[str, Extent] = {}
    gaps: frozenset[tuple[str, str, str]] = frozenset()
    revision: bool = False  # the same audit of what was there before a change: what differs, the change did
    failures: Sequence[Finding] = ()
    declared: Mapping[tuple[str, str], frozenset[str]] = {}
    unseen: Unseen = {}
    units: Mapping[str, str] = {}  # of each finding, by its fingerprint
    whole: frozenset[str] = frozenset()  # the units that were read without a gap
    places: Places = Places()
    uncounted: frozenset[str] = frozenset()  # findings, by their fingerprints, of what may have been there several times
    bad: frozenset[tuple[str, str]] = frozenset()  # unit and address of what failed, was not known or waived


class Beside(msgspec.Struct, frozen=True):
    """What an audit tells besides its findings, for a comparison."""

    moves: Sequence[Move] = ()
    units: Iterable[str] = ()
    unseen: Unseen = {}
    gaps: Sequence[Gap] = ()
    left_out: LeftOut = {}
    uncounted: Container[tuple[str, str]] = frozenset()  # unit and address of what may be there several times


def former(label: str, findings: Iterable[Finding], gaps: Iterable[Gap]) -> Former:
    """An earlier audit as something to compare with."""
    known = list(findings)
    return Former(
        label,
        {finding.fingerprint: finding.outcome for finding in known},
        {finding.fingerprint: finding.extent for finding in known},
        frozenset(gap.identity for gap in gaps),
        failures=[finding for finding in known if finding.outcome is Outcome.FAIL],
    )


def together(base: Former, baseline: Former) -> Former:
    """The audit of a revision and a result: what the audit says of a finding goes before what the result says.

    Of a unit that was read without a gap it says also what was not there: what a result tells besides is gone since.
    """
    units = baseline.units
    told = [name for name in baseline.outcomes if name in base.outcomes or units.get(name) not in base.whole]
    outcomes = {**{name: baseline.outcomes[name] for name in told}, **base.outcomes}
    extents = {**{name: baseline.extents[name] for name in told if name in baseline.extents}, **base.extents}
    return msgspec.structs.replace(base, outcomes=outcomes, extents=extents, gaps=base.gaps | baseline.gaps)


def _of_a_type(_kind: str) -> str:
    return ""


def compare(findings: Sequence[Finding], earlier: Former, beside: Beside, makes_anything: Callable[[str], str] = _of_a_type) -> Comparison:
    """Set findings beside an earlier audit. PASS or absent to FAIL or UNKNOWN is worse, and so are UNKNOWN to FAIL and a wider FAIL.

    `makes_anything` says why what is declared can make a resource of any type: "which …", or nothing.
    A change that makes a FAIL unknown, or its resource something that is not known, hides it.
    """
    past = _Past(earlier.outcomes, beside.moves, findings)
    old = {finding.fingerprint: past.of(finding) for finding in findings}
    before = {name: earlier.outcomes[former] if former is not None else None for name, former in old.items()}
    bad = [finding for finding in findings if finding.outcome in {Outcome.FAIL, Outcome.UNKNOWN}]
    not_worse = [finding for finding in bad if not Transition(finding.fingerprint, before[finding.fingerprint], finding.outcome).worse]
    reached = {finding.fingerprint: earlier.extents.get(old[finding.fingerprint] or "", Extent()) for finding in not_worse}
    wider = {
        finding.fingerprint: reached[finding.fingerprint]
        for finding in not_worse
        if finding.outcome is Outcome.FAIL and not finding.extent.within(reached[finding.fingerprint])
    }
    wider |= {
        finding.fingerprint: _COUNTED
        for finding in not_worse
        if earlier.revision and finding.outcome is Outcome.FAIL and _may_multiply(finding, beside.uncounted, earlier, old)
    }
    hidden = {
        finding.fingerprint
        for finding in not_worse
        if earlier.revision and finding.outcome is Outcome.UNKNOWN and before[finding.fingerprint] is Outcome.FAIL
    }
    gone = _gone(findings, earlier, {name for name in old.values() if name is not None}) if earlier.revision else []
    present = Present(
        frozenset(beside.units),
        [finding for finding in findings if finding.outcome is Outcome.UNKNOWN and before[finding.fingerprint] is None],
        {
            kind: makes_anything(kind)
            for (unit, kind, said), count in beside.unseen.items()
            if count > earlier.unseen.get((unit, kind, said), 0)
        },
        [gap for gap in beside.gaps if gap.identity not in earlier.gaps],
    )
    replaced = [*hidden_by(gone, present), *_kept(findings, before, beside.left_out)] if earlier.revision else []
    known = frozenset(reached.keys() - wider.keys() - hidden)
    return Comparison(earlier.label, before, known, earlier.gaps, wider, frozenset(hidden), tuple(replaced), _left(gone, replaced))


def _may_multiply(finding: Finding, uncounted: Container[tuple[str, str]], earlier: Former, old: Mapping[str, str | None]) -> bool:
    """Whether nobody knows any more how often a failure is there."""
    return (finding.subject.unit, finding.subject.address) in uncounted and old[finding.fingerprint] not in earlier.uncounted


def still_covered(findings: Sequence[Finding], covered: Container[str], earlier: Former, beside: Beside) -> frozenset[str]:
    """The findings of which all that they were, under whatever name, was covered then. One that was not there was not."""
    past = _Past(earlier.outcomes, beside.moves, findings)
    old = {finding.fingerprint: past.of(finding) for finding in findings}
    return frozenset(
        finding.fingerprint
        for finding in findings
        if old[finding.fingerprint] in covered
        and past.all_of(finding, covered)
        and not _may_multiply(finding, beside.uncounted, earlier, old)
    )


def _kept(findings: Sequence[Finding], before: Mapping[str, Outcome | None], left_out: LeftOut) -> Iterator[Replaced]:
    """The failures that seem mended because the configuration leaves out what it set: the cloud keeps what was set."""
    for finding in findings:
        names = left_out.get((finding.subject.unit, finding.subject.address), ())
        if names and before[finding.fingerprint] is Outcome.FAIL and finding.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}:
            yield Replaced(finding, f"seems mended: {', '.join(names)} is left out now, and Terraform leaves as it is what is left out")


def _left(gone: Sequence[Finding], replaced: Sequence[Replaced]) -> list[Finding]:
    taken = {one.finding.fingerprint for one in replaced}
    return [finding for finding in gone if finding.fingerprint not in taken]


def _gone(findings: Sequence[Finding], earlier: Former, found: set[str]) -> list[Finding]:
    """The former failures of resources that are not there any more, under whatever name."""
    there = {(finding.subject.unit, finding.subject.address) for finding in findings}
    return [
        finding
        for finding in earlier.failures
        if finding.fingerprint not in found and (finding.subject.unit, finding.subject.address) not in there
    ]


class _Past:
    """What findings were. A resource that `moved` blocks rename is the same one; a former finding is that of one resource only."""

    def __init__(self, outcomes: Mapping[str, Outcome], moves: Iterable[Move], findings: Iterable[Finding]) -> None:
        self._outcomes = outcomes
        self._moves: dict[tuple[str, str], list[str]] = {}
        for unit, old, new in moves:
            self._moves.setdefault((unit, new), []).append(old)
        self._there = {(finding.subject.unit, finding.subject.address) for finding in findings}
        self._taken: dict[str, str] = {}  # a former fingerprint: whose it is

    def of(self, finding: Finding) -> str | None:
        """The fingerprint that a finding had; None if there was none."""
        if finding.fingerprint in self._outcomes:
            return finding.fingerprint
        for address in self._former(finding.subject.unit, finding.subject.address):
            old = fingerprint(finding.check, msgspec.structs.replace(finding.subject, address=address))
            if old in self._outcomes and self._taken.setdefault(old, finding.fingerprint) == finding.fingerprint:
                return old
        return None

    def all_of(self, finding: Finding, names: Container[str]) -> bool:
        """Whether each finding that this one may have been is among some: what moves to a name that was taken could be either."""
        addresses = self._former(finding.subject.unit, finding.subject.address)
        old = (fingerprint(finding.check, msgspec.structs.replace(finding.subject, address=address)) for address in addresses)
        return all(name in names for name in old if name in self._outcomes)

    def _former(self, unit: str, address: str) -> Iterator[str]:
        """The addresses that a resource may have had, the latest first. What is still there under its address has not moved.

        A way back follows each move once: they can form rings, and one from inside what it renames would let an address grow.
        """
        seen, waiting = {address}, deque([(address, frozenset[_Renaming]())])
        while waiting and len(seen) < _STEPS:
            here, followed = waiting.popleft()
            for old, renaming in self._one_step(unit, here):
                if old not in seen and renaming not in followed and (unit, old) not in self._there:
                    seen.add(old)
                    waiting.append((old, followed | {renaming}))
                    yield old

    def _one_step(self, unit: str, address: str) -> list[tuple[str, _Renaming]]:
        ends = [*(found.start() for found in _BOUNDARY.finditer(address)), len(address)]
        renamings = [(old, address[:end]) for end in reversed(ends) for old in self._moves.get((unit, address[:end]), [])[:_STEPS]]
        if not renamings:  # Terraform moves a resource that gains or loses `count` without being told
            renamings = [(address.removesuffix("[0]") if address.endswith("[0]") else f"{address}[0]", address)]
        return [(old + address[len(new) :], (old, new)) for old, new in renamings]
