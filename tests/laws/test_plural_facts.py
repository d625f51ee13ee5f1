"""One fact of several that is known to fail fails, whatever is unknown beside it.

Generated: every check over facets whose plural facts (copies, rules) hold an unknown beside each of the values that fail alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.audit import judged
from cloudaudit.model import (
    Control,
    Facet,
    Known,
    Outcome,
    Placement,
    Resource,
    Rule,
    Scope,
    Severity,
    SourceKind,
    Unknown,
    Verdict,
    Why,
    every,
    failed,
    judge,
    passed,
)
from cloudaudit.policy import Check, Policy, check
from tests.laws.strategies import fact_type
from tests.laws.test_extent import facets

POLICY = Policy()
UNKNOWN: Unknown[Any] = Unknown(Why.DENIED, "the law hides it")


def plural(kind: type[Facet]) -> list[tuple[str, Any]]:
    """The facts of a facet that are several, and what stands for one that is unknown."""
    hints = get_type_hints(kind)
    found = []
    for name in kind.__struct_fields__:
        fact = fact_type(hints[name])
        if get_origin(fact) is tuple:
            found.append((name, Rule.unknown(UNKNOWN, Known(value=True)) if get_args(fact)[0] is Rule else UNKNOWN))
    return found


def breaches(judge_of: Check) -> Iterator[str]:
    """Facets that fail, and do not with an unknown beside."""
    for kind in judge_of.needs:
        for name, unknown in plural(kind):
            for facet in facets(kind):
                fact = getattr(facet, name)
                beside = msgspec.structs.replace(facet, **{name: Known((*fact.value, unknown))})
                outcomes = [
                    judged(judge_of, Resource("t", "t.x", None, Scope("aws"), {kind: one}), POLICY, SourceKind.HCL).outcome
                    for one in (facet, beside)
                ]
                if outcomes[0] is Outcome.FAIL and outcomes[1] is not Outcome.FAIL:
                    yield f"{judge_of.id}: {fact.value} fails, with an unknown beside it is {outcomes[1]}"


PLURAL = [one for one in plugins.checks() if any(plural(kind) for kind in one.needs)]


def test_there_are_plural_facts() -> None:
    assert {one.id for one in PLURAL} >= {"copies-in-allowed-jurisdiction", "sensitive-ports-closed-to-world"}


@pytest.mark.parametrize("judge_of", PLURAL, ids=lambda one: one.id)
def test_a_known_failure_stands_beside_an_unknown(judge_of: Check) -> None:
    assert list(breaches(judge_of)) == []


@check("gathers", control=Control.REGION, severity=Severity.HIGH, clauses=("X",))
def gathers(placement: Placement) -> Verdict:
    """A mutant that forgets what it knows where one is unknown.

    Why: it is a mutant.

    Fix: judge each.
    """

    def decide(copies: tuple[Any, ...]) -> Verdict:
        unknown = next((copy for copy in copies if isinstance(copy, Unknown)), None)
        if unknown is not None:
            return judge(unknown, lambda _: passed("none"), "copies")
        return every((failed("abroad") if copy.value.jurisdiction != "EU" else passed("inside") for copy in copies), "none")

    return judge(placement.copies, decide, "copies")


def test_the_law_catches_a_check_that_gathers() -> None:
    assert list(breaches(gathers))
