"""What a change hides: a failure that is gone while something new in its unit is not known and could be what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from cloudaudit.model import Finding, Gap, Origin, Replaced, Why

_VARIANT = "//"  # between a root and the file of values that stands for an environment
Unseen = Mapping[tuple[str, str, str], int]
"""By unit, what is declared and not read (see `Collection.unseen`), and a digest of what it says: how often."""


class Present(msgspec.Struct, frozen=True):
    """What is new in a change, of the kinds behind which a failure can hide."""

    units: frozenset[str]
    unknown: Sequence[Finding] = ()
    unseen: Mapping[str, str] = {}  # in any unit; and why it can make anything, if it can
    gaps: Sequence[Gap] = ()


def hidden(gone: Sequence[Finding], present: Present) -> Iterator[Replaced]:
    """The failures that are gone, each with what may hide it. One that was mended or deleted beside nothing unknown is not hidden."""
    for finding in gone:
        by = _unknown(finding, present) or _unseen(finding, present) or _gap(finding, present)
        if by:
            yield Replaced(finding, f"is gone; {by}")


def vanished(before: Collection[str], now: Collection[str], gone: Sequence[Finding], label: str) -> Iterator[Gap]:
    """The units that were judged before and are not any more. That a folder or a file of values is deleted destroys nothing.

    A root that had no failure leaves none out of sight. An environment of a root that is still there may be applied with other values.
    """
    failures = Counter(finding.subject.unit for finding in gone)
    roots = {unit.partition(_VARIANT)[0] for unit in now}
    for unit in sorted(set(before).difference(now)):
        root, variant, _ = unit.partition(_VARIANT)
        if failures[unit] or (variant and root in roots):
            had = f" with {failures[unit]} failure{'' if failures[unit] == 1 else 's'}" if failures[unit] else ""
            what = f"{unit} of {label} is gone{had}: nothing of it is destroyed by that, and it is not audited any more"
            remedy = "keep it until what it declares is destroyed, or accept it by its path: gaps.accept in the policy"
            yield Gap(Why.UNSUPPORTED, what, Origin(unit), remedy, acceptable=True)


def _unknown(finding: Finding, present: Present) -> str:
    subject = finding.subject
    for other in present.unknown:
        if (other.check, other.subject.unit, other.subject.type) == (finding.check, subject.unit, subject.type):
            return f"{other.subject.address}, of the same type, is new and unknown"
    return ""


def _unseen(finding: Finding, present: Present) -> str:
    """What is not read may be in another unit than the failure was: who moves a resource can move it there."""
    for kind, anything in present.unseen.items():
        if anything or ("." not in kind and _words(kind) & _words(finding.subject.type)):
            return f"{kind}, {anything or 'which no reader takes'}, is new or says something else"
    return ""


def _gap(finding: Finding, present: Present) -> str:
    """A gap of the unit. If the unit itself is gone, any: it may lie where nobody looks."""
    subject = finding.subject
    for gap in present.gaps:
        same = gap.unit == subject.unit or subject.unit not in present.units
        if same and (not gap.types or subject.type in (*gap.types, *gap.nested)):
            return f"what could not be read is new: {gap.what}"
    return ""


def _words(kind: str) -> set[str]:
    """What a resource type is about: `aws_db_instance` and `aws_rds_cluster_instance` have a word in common."""
    return set(kind.split("_")[1:])
