"""Finding: what a check says of a resource, and how it knows."""

from __future__ import annotations

import hashlib
from datetime import date

import msgspec

from cloudaudit.model.attr import Origin
from cloudaudit.model.control import Control, Severity
from cloudaudit.model.extent import Extent
from cloudaudit.model.verdict import Evidence, Outcome


class Subject(msgspec.Struct, frozen=True):
    """What a finding is about, in plain values."""

    type: str
    address: str
    id: str | None
    provider: str
    account: str | None
    region: str | None
    unit: str
    environment: str | None = None


class Acceptance(msgspec.Struct, frozen=True):
    """Who answers for a waived finding, why and up to which day (that day included), and where that is written."""

    owner: str
    ticket: str
    expires: date
    reason: str
    origin: Origin


class Finding(msgspec.Struct, frozen=True):
    """One verdict on one resource by one check."""

    fingerprint: str
    check: str
    control: Control
    outcome: Outcome
    severity: Severity
    subject: Subject
    origin: Origin
    reason: str
    evidence: tuple[Evidence, ...]
    clauses: tuple[str, ...]
    waiver: Acceptance | None = None  # of a WAIVED one
    extent: Extent = Extent()  # of a FAIL, or of a WAIVED one: how far it reaches


def fingerprint(check: str, subject: Subject) -> str:
    """The identity of a finding over time: the check and the resource, never a line, a value or a run."""
    key = f"{check}\0{subject.provider}\0{subject.type}\0{subject.unit}\0{subject.address}"
    return hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:16]
