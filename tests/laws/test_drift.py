"""The laws of drift."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit.audit import audit
from cloudaudit.drift import changes, transitions
from cloudaudit.model import Finding, Inventory, Outcome, Resource, SourceKind, Unknown
from cloudaudit.plugins import checks, reader_of
from cloudaudit.policy import Policy
from tests.laws.strategies import resources

some = settings(max_examples=40)  # each example audits several estates
estates = st.lists(resources(), max_size=3, unique_by=lambda resource: resource.address)


def audited(estate: list[Resource]) -> list[Finding]:
    return audit(Inventory("u", SourceKind.LIVE, estate), checks(), Policy(), reader_of)


@some
@given(estates)
def test_nothing_drifts_from_itself(estate: list[Resource]) -> None:
    assert changes(estate, estate) == []
    assert transitions(audited(estate), audited(estate)) == []


@some
@given(estates, estates)
def test_drift_is_symmetric(before: list[Resource], after: list[Resource]) -> None:
    assert [change.reversed() for change in changes(before, after)] == changes(after, before)
    there, back = transitions(audited(before), audited(after)), transitions(audited(after), audited(before))
    assert [move.reversed() for move in there] == back


@some
@given(estates, estates)
def test_no_drift_means_equal_verdicts(before: list[Resource], after: list[Resource]) -> None:
    """Where no fact that is known on both sides differs, a verdict moves only to or from UNKNOWN, and then it is told."""
    differing = {change.address for change in changes(before, after)}
    outcomes = {finding.fingerprint: finding for finding in audited(before)}
    for finding in audited(after):
        earlier = outcomes.get(finding.fingerprint)
        if earlier is None or finding.subject.address in differing or earlier.outcome is finding.outcome:
            continue
        facts = [resource for resource in (*before, *after) if resource.address == finding.subject.address]
        assert _has_unknown(facts)
        assert any(move.fingerprint == finding.fingerprint for move in transitions(audited(before), audited(after)))


def _has_unknown(found: list[Resource]) -> bool:
    return any(isinstance(attr, Unknown) for resource in found for attr in _attrs(resource))


def _attrs(resource: Resource) -> list[object]:
    facts: list[object] = [resource.environment]
    for facet in resource.facets.values():
        for name in facet.__struct_fields__:
            value = getattr(facet, name)
            facts.append(value)
            if name == "rules" and not isinstance(value, Unknown):
                facts.extend(getattr(rule, field) for rule in value.value for field in rule.__struct_fields__)
    return facts


def test_a_verdict_that_only_became_unknown_is_a_transition() -> None:
    assert transitions([], []) == []
    moved = transitions(_finding(Outcome.PASS), _finding(Outcome.UNKNOWN))
    assert [(move.before, move.after, move.worse) for move in moved] == [(Outcome.PASS, Outcome.UNKNOWN, True)]


def _finding(outcome: Outcome) -> list[Finding]:
    from cloudaudit.model import Control, Origin, Severity, Subject

    subject = Subject("aws_s3_bucket", "aws_s3_bucket.a", None, "aws", None, None, "u")
    return [Finding("f", "c", Control.REGION, outcome, Severity.HIGH, subject, Origin(), "why", (), ())]
