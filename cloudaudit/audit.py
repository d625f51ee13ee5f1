"""The audit: every check over every resource that it applies to. A pure function over an inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from cloudaudit.model import (
    ANY_TYPE,
    Attr,
    Coverage,
    CoverageStatus,
    Doubt,
    Evidence,
    Finding,
    Inventory,
    Known,
    Origin,
    Outcome,
    Reader,
    Resource,
    SourceKind,
    Subject,
    Unknown,
    Verdict,
    Why,
)
from cloudaudit.model.finding import fingerprint
from cloudaudit.policy import Check, Policy

ReaderOf = Callable[[str], Reader | None]


def audit(inventory: Inventory, checks: Sequence[Check], policy: Policy, reader_of: ReaderOf) -> list[Finding]:
    """One finding per resource and applicable check, and one UNKNOWN per check and scope that could not be listed."""
    findings: list[Finding] = []
    applicable: dict[frozenset[type], list[Check]] = {}
    for resource in inventory.resources:
        kinds = frozenset(resource.facets)
        if kinds not in applicable:
            applicable[kinds] = [check for check in checks if check.applies_to(resource)]
        subject = _subject(resource)
        verdicts = ((check, judged(check, resource, policy, inventory.kind)) for check in applicable[kinds])
        findings.extend(_finding(check, subject, resource.origin, verdict) for check, verdict in verdicts)
    findings.extend(_unlisted(inventory, checks, reader_of))
    return findings


def judged(check: Check, resource: Resource, policy: Policy, kind: SourceKind) -> Verdict:
    """A check's verdict; UNKNOWN with the exception named if it raises. What rests on a probable link is PASS only without it too."""
    verdict = _judged(check, resource, policy)
    if resource.doubted is None or verdict.outcome in {Outcome.FAIL, Outcome.UNKNOWN}:
        return verdict
    doubted = _judged(check, resource.doubted, policy) if check.applies_to(resource.doubted) else None
    if doubted is not None and doubted.outcome is verdict.outcome:
        return verdict
    return _probable(verdict, doubted, resource, kind)


def _probable(verdict: Verdict, doubted: Verdict | None, resource: Resource, kind: SourceKind) -> Verdict:
    """UNKNOWN, for a verdict that holds only if a plan's link is what it seems to be, or if nobody changes what is ignored."""
    evidence = tuple(item for item in (doubted.evidence if doubted is not None else ()) if item not in verdict.evidence)
    left = next((item.unknown for item in evidence if item.unknown is not None and item.unknown.why is Why.IGNORED), None)
    if left is not None:
        return Verdict(Outcome.UNKNOWN, f"{verdict.because} when it is made, but {left.cause}", (*evidence, *verdict.evidence))
    if kind is not SourceKind.PLAN:  # what is ignored of another resource, which may then be about this one
        because = doubted.because if doubted is not None else f"{verdict.because} when it is made, but ignore_changes leaves that to others"
        return Verdict(Outcome.UNKNOWN, because, (*evidence, *verdict.evidence))
    detail = f"probably {verdict.because}: a plan tells what a value rests on, not what it is"
    reason: Doubt = Unknown(Why.UNPROVEN, detail, resource.origin)
    return Verdict(Outcome.UNKNOWN, reason.cause, (Evidence(reason.cause, resource.origin, reason), *verdict.evidence, *evidence))


def _judged(check: Check, resource: Resource, policy: Policy) -> Verdict:
    try:
        return _conditional(check.verdict(resource, policy), resource)
    except Exception as error:  # noqa: BLE001 - the one seam for checks: a bug in a check hides nothing
        reason: Doubt = Unknown(Why.CRASHED, f"{type(error).__name__} in the check {check.id}", resource.origin)
        return Verdict(Outcome.UNKNOWN, reason.cause, (Evidence(reason.cause, resource.origin, reason),))


def _conditional(verdict: Verdict, resource: Resource) -> Verdict:
    """A verdict on what may not be there holds if it is: the evidence says what that rests on."""
    doubt = resource.presence
    if doubt is None:
        return verdict
    item = Evidence(f"whether there is one, or how many, is unknown: {doubt.cause}", doubt.origin, doubt)
    return msgspec.structs.replace(verdict, evidence=(*verdict.evidence, item))


def _finding(check: Check, subject: Subject, origin: Origin, verdict: Verdict) -> Finding:
    return Finding(
        fingerprint(check.id, subject),
        check.id,
        check.control,
        verdict.outcome,
        check.severity,
        subject,
        origin,
        verdict.because,
        verdict.evidence,
        check.clauses,
        extent=verdict.extent,
    )


def _subject(resource: Resource) -> Subject:
    scope = resource.scope
    return Subject(
        resource.type,
        resource.address,
        resource.id,
        scope.provider,
        _value(scope.account),
        _value(scope.region),
        resource.unit,
        _value(resource.environment),
    )


def _value(attr: Attr[str | None]) -> str | None:
    return attr.value if isinstance(attr, Known) else None


def _unlisted(inventory: Inventory, checks: Sequence[Check], reader_of: ReaderOf) -> Iterable[Finding]:
    """What stands for the resources that a failed or skipped listing may hide: UNKNOWN, never silence."""
    for row in inventory.coverage:
        if row.status in {CoverageStatus.COMPLETE, CoverageStatus.SKIPPED}:
            continue
        reader = reader_of(row.type)
        for check in checks:
            if row.type == ANY_TYPE or (reader is not None and set(check.needs) <= set(reader.facets)):
                yield _unlisted_finding(check, row, inventory)


def _unlisted_finding(check: Check, row: Coverage, inventory: Inventory) -> Finding:
    provider = row.unit.partition(":")[0]
    place = row.region or "every region"
    what = "resources" if row.type == ANY_TYPE else row.type
    subject = Subject(row.type, f"{what} in {place}", None, provider, row.account, row.region, inventory.unit)
    reason: Doubt = Unknown(row.why or Why.FAILED, row.detail)
    listed = "none could be listed" if row.status is CoverageStatus.FAILED else "not all could be listed"
    verdict = Verdict(Outcome.UNKNOWN, f"{listed}: {reason.cause}", (Evidence(reason.cause, None, reason),))
    return _finding(check, subject, Origin(), verdict)
