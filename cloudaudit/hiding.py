"""What a change hides: a failure that is gone while something new in its unit is not known and could be what failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cloudaudit.model import Finding, Gap, Replaced

Unread = Mapping[tuple[str, str], int]  # unit and type that no reader takes: number of blocks


class Present(msgspec.Struct, frozen=True):
    """What is new in a change, of the kinds behind which a failure can hide."""

    units: frozenset[str]
    unknown: Sequence[Finding] = ()
    unread: Sequence[tuple[str, str]] = ()
    gaps: Sequence[Gap] = ()


def hidden(gone: Sequence[Finding], present: Present) -> Iterator[Replaced]:
    """The failures that are gone, each with what may hide it. One that was mended or deleted beside nothing unknown is not hidden."""
    for finding in gone:
        by = _unknown(finding, present) or _unread(finding, present) or _gap(finding, present)
        if by:
            yield Replaced(finding, f"is gone; {by}")


def _unknown(finding: Finding, present: Present) -> str:
    subject = finding.subject
    for other in present.unknown:
        if (other.check, other.subject.unit, other.subject.type) == (finding.check, subject.unit, subject.type):
            return f"{other.subject.address}, of the same type, is new and unknown"
    return ""


def _unread(finding: Finding, present: Present) -> str:
    for unit, kind in present.unread:
        if unit == finding.subject.unit and _words(kind) & _words(finding.subject.type):
            return f"{kind}, which no reader takes, is new"
    return ""


def _gap(finding: Finding, present: Present) -> str:
    """A gap of the unit. If the unit itself is gone, any: it may lie where nobody looks."""
    subject = finding.subject
    for gap in present.gaps:
        same = gap.unit == subject.unit or subject.unit not in present.units
        if same and (not gap.types or subject.type in gap.types):
            return f"what could not be read is new: {gap.what}"
    return ""


def _words(kind: str) -> set[str]:
    """What a resource type is about: `aws_db_instance` and `aws_rds_cluster_instance` have a word in common."""
    return set(kind.split("_")[1:])
