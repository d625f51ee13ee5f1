"""Kleene's logic, and what an unknown fact may do to a verdict."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudaudit.model import Known, Outcome, Unknown, Verdict, Why, judge, passed
from cloudaudit.model.verdict import Evidence, failed
from cloudaudit.plugins import checks
from cloudaudit.policy import Policy
from tests.laws import strategies
from tests.laws.strategies import KINDS, fact_type, resources, unknowns, values, with_fact

ORDER = [Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS]
verdicts = st.builds(
    Verdict,
    st.sampled_from([*ORDER, Outcome.NOT_APPLICABLE]),
    st.sampled_from(["a", "b"]),
    st.lists(st.builds(Evidence, st.sampled_from(["x", "y", "z"])), max_size=2).map(tuple),
)


@given(verdicts, verdicts)
def test_and_is_the_worse_and_or_the_better_of_two_verdicts(a: Verdict, b: Verdict) -> None:
    assume(Outcome.NOT_APPLICABLE not in {a.outcome, b.outcome})
    assert (a & b).outcome is min(a.outcome, b.outcome, key=ORDER.index)
    assert (a | b).outcome is max(a.outcome, b.outcome, key=ORDER.index)


@given(verdicts, verdicts, verdicts)
def test_and_and_or_do_not_depend_on_grouping_or_order(a: Verdict, b: Verdict, c: Verdict) -> None:
    assert ((a & b) & c).outcome is (a & (b & c)).outcome is (c & b & a).outcome
    assert ((a | b) | c).outcome is (a | (b | c)).outcome is (c | b | a).outcome


@given(verdicts, verdicts)
def test_evidence_of_both_sides_is_kept(a: Verdict, b: Verdict) -> None:
    for combined in (a & b, a | b):
        assert {*a.evidence, *b.evidence} == {*combined.evidence}


@given(verdicts)
def test_not_applicable_is_neutral(verdict: Verdict) -> None:
    neutral = Verdict(Outcome.NOT_APPLICABLE, "does not apply")
    assert (verdict & neutral).outcome is (neutral & verdict).outcome is verdict.outcome
    assert (verdict | neutral).outcome is (neutral | verdict).outcome is verdict.outcome


@given(unknowns)
def test_an_attr_has_no_truth_value(unknown: Unknown[Any]) -> None:
    for attr in (unknown, Known(value=True), Known(None)):
        with pytest.raises(TypeError):
            bool(attr)


def test_an_unknown_with_one_outcome_for_every_possible_value_is_decided() -> None:
    either = Unknown(Why.UNRESOLVED, "var.x", possible=(30, 35))
    assert judge(either, lambda days: passed("kept") if days >= 30 else failed("lost"), "days").outcome is Outcome.PASS
    assert judge(either, lambda days: passed("kept") if days > 30 else failed("lost"), "days").outcome is Outcome.UNKNOWN
    assert judge(Unknown(Why.UNRESOLVED, "var.x"), lambda _: passed("anything"), "days").outcome is Outcome.UNKNOWN


FACTS = [(kind, name, fact_type(hint)) for kind in KINDS for name, hint in get_type_hints(kind).items() if fact_type(hint) is not None]


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.id)
@given(data=st.data())
def test_an_unknown_fact_never_gives_pass_unless_every_value_of_it_does(check: Any, data: st.DataObject) -> None:
    resource = data.draw(resources(unknown=False))
    kind, name, fact = data.draw(st.sampled_from([row for row in FACTS if row[0] in check.needs]))
    unknown = with_fact(resource, kind, name, data.draw(unknowns))
    outcome = check.verdict(unknown, Policy()).outcome
    if outcome not in {Outcome.PASS, Outcome.FAIL}:
        return
    known = with_fact(resource, kind, name, data.draw(values(fact).map(Known)))
    assert check.verdict(known, Policy()).outcome in {outcome, Outcome.NOT_APPLICABLE}


@given(resources())
def test_no_check_raises_whatever_is_unknown(resource: Any) -> None:
    for check in checks():
        verdict = check.verdict(resource, Policy())
        assert verdict.because
        assert verdict.outcome is not Outcome.WAIVED


def test_the_strategies_cover_every_facet_that_a_check_needs() -> None:
    assert {kind for check in checks() for kind in check.needs} == set(strategies.KINDS)
