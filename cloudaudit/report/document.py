"""The JSON result as typed data. `schema.json` is made from these types; a change that a consumer could notice raises `schema`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from cloudaudit.model import Control, CoverageStatus, Outcome, Role, Severity, Why
from cloudaudit.report.result import NoticeKind

Count = Annotated[int, msgspec.Meta(ge=0)]
Line = Annotated[int, msgspec.Meta(ge=1)]


class UnknownFact(msgspec.Struct, frozen=True):
    """Why a fact is unknown. `detail` names the missing permission or the unresolved expression."""

    why: Why
    detail: str


class EvidenceItem(msgspec.Struct, frozen=True):
    """A fact that a verdict rests on, and where it was read: file and line, or API operation."""

    fact: str
    file: str | None
    line: Line | None
    call: str | None
    attribute: str | None
    unknown: UnknownFact | None


class ResourceItem(msgspec.Struct, frozen=True):
    """A resource by Terraform's type and address."""

    type: str
    address: str
    id: str | None
    provider: str
    account: str | None
    region: str | None
    unit: str
    environment: str | None


class Place(msgspec.Struct, frozen=True):
    """A file, and a line where the source has lines."""

    file: str
    line: Line | None


class WaiverItem(msgspec.Struct, frozen=True):
    """Who answers for a waived finding, why and up to which day (that day included), and where that is written."""

    owner: str
    ticket: str
    expires: date
    reason: str
    file: str | None
    line: Line | None


class Before(StrEnum):
    """The outcome that a finding had in an earlier audit."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105  (an outcome, not a password)
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    ABSENT = "absent"


class FindingItem(msgspec.Struct, frozen=True):
    """One verdict on one resource by one check. `before` is its outcome in the audit that this one is compared with, if it is.

    `extent` says how far a FAIL, waived or not, reaches; empty where nothing is wider.
    """

    fingerprint: str
    check: str
    control: Control
    outcome: Outcome
    severity: Severity
    resource: ResourceItem
    origin: Place | None
    reason: str
    evidence: list[EvidenceItem]
    clauses: list[str]
    extent: list[str]
    waiver: WaiverItem | None = None
    before: Before | None = None


class CheckItem(msgspec.Struct, frozen=True):
    """What a check of this run demands, why, and how to fix a breach."""

    title: str
    description: str
    fix: str
    control: Control
    severity: Severity
    clauses: list[str]


class GapItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that could not be read. `types` and `references` say what it may hide; empty means anything."""

    why: Why
    what: str
    file: str | None
    line: Line | None
    call: str | None
    remedy: str
    unit: str
    types: list[str]
    references: list[str]
    content: str = ""  # a digest of the file that was not read


class CoverageItem(msgspec.Struct, frozen=True):
    """How completely one resource type was listed in one scope."""

    unit: str
    type: str
    status: CoverageStatus
    found: Count
    account: str | None
    region: str | None
    why: Why | None
    detail: str


class CensusItem(msgspec.Struct, frozen=True):
    """Every declared resource block: `declared` = `evaluated` + `unknown` + `absent` + `not_read`."""

    declared: Count
    evaluated: Count
    unknown: Count
    absent: Count
    not_read: Count
    instances: Count


class Summary(msgspec.Struct, frozen=True):
    """Counts. `severities` counts FAIL alone; `unread_types` counts the resources of types that no reader takes."""

    resources: Count
    findings: Count
    outcomes: dict[Outcome, Count]
    controls: dict[Control, dict[Outcome, Count]]
    severities: dict[Severity, Count]
    gaps: Count
    coverage: dict[CoverageStatus, Count]
    census: CensusItem
    unread_types: dict[str, Count]


class LedgerItem(msgspec.Struct, frozen=True):
    """A folder with Terraform in it, or something beside one that is not read, and what became of it."""

    place: str
    role: Role
    why: str


class NoticeItem(msgspec.Struct, frozen=True):
    """What is no finding and no gap: a waiver that does not count by itself, a failure that the change hides."""

    kind: NoticeKind
    text: str
    file: str | None
    line: Line | None


class Gate(msgspec.Struct, frozen=True):
    """The exit code of the run and every reason for it."""

    exit_code: int
    reasons: list[str]


class Tool(msgspec.Struct, frozen=True):
    """What made the result."""

    name: str
    version: str
    command: str


class Run(msgspec.Struct, frozen=True):
    """What differs between two runs over the same input. `started` is RFC 3339, UTC."""

    started: str | None
    calls: Count | None


class Document(msgspec.Struct, frozen=True):
    """The result of one run of cloudaudit."""

    schema: Literal[1]
    tool: Tool
    run: Run | None
    units: list[str]
    findings: list[FindingItem]
    gaps: list[GapItem]
    coverage: list[CoverageItem]
    summary: Summary
    gate: Gate
    checks: dict[str, CheckItem]
    accepted: list[GapItem] = []  # gaps that the policy accepts, and what the caller has decided to leave out
    ledger: list[LedgerItem] = []
    notices: list[NoticeItem] = []
