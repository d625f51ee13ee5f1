"""What could be worse says how far it reaches: widen the facet of a breach, and it is another breach.

Generated: every check over facets that differ in one fact, of every value that the fact's type has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from itertools import permutations
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from cloudaudit import plugins
from cloudaudit.audit import judged
from cloudaudit.model import (
    Backup,
    Control,
    Extent,
    Facet,
    Known,
    Location,
    Outcome,
    Peer,
    Placement,
    Resource,
    Rule,
    Scope,
    Severity,
    SourceKind,
    Verdict,
    extent,
    failed,
    judge,
    passed,
)
from cloudaudit.policy import Check, Policy, check
from tests.laws.strategies import fact_type

POLICY = Policy()
ORIGINS = {
    float: (0.0, 1.0, 7.0, 29.0, 30.0, 91.0, 100.0, 400.0, 4000.0, float("inf")),
    bool: (True, False),
    str: ("production", "development", "test"),
    Location: tuple(
        Location(*row) for row in (("eu-central-1", "EU", "DE"), ("us-east-1", "third_country", "US"), ("xx", "third_country", "CN"))
    ),
}


SAME = {"the key rotates only every inf days": "the key never rotates"}
_WORDS = re.compile(r"[\w.-]+")  # two reasons of the same words in another order say the same


def rule(protocol: str, first: int, last: int, cidr: str) -> Rule:
    return Rule(Known(protocol), Known(first), Known(last), Known(Peer(cidr=cidr)))


RULES = [
    rule("tcp", 22, 22, "0.0.0.0/0"),
    rule("tcp", 3306, 3306, "0.0.0.0/0"),
    rule("tcp", 0, 65535, "0.0.0.0/0"),
    rule("udp", 22, 22, "0.0.0.0/0"),
    rule("tcp", 22, 22, "::/0"),
    rule("any", 0, 65535, "0.0.0.0/0"),
]


def values(annotation: Any) -> list[Any]:
    """The values of a fact's type that matter."""
    if annotation in ORIGINS:
        return list(ORIGINS[annotation])
    if annotation is type(None):
        return [None]
    if fact_type(annotation) is not None:
        return [Known(value) for value in values(fact_type(annotation))]
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return [value for part in get_args(annotation) for value in values(part)]
    if origin is tuple:
        single = RULES if get_args(annotation)[0] is Rule else values(get_args(annotation)[0])
        return [(one,) for one in single] + [(one, other) for one in single for other in single if one is not other]
    assert issubclass(annotation, Enum), annotation
    return list(annotation)


def facets(kind: type[Facet]) -> Iterator[Facet]:
    """Facets of a kind, each fact in turn of every value, the others of one that fails if there is one."""
    hints = get_type_hints(kind)
    options = {name: values(fact_type(hints[name])) for name in kind.__struct_fields__ if fact_type(hints[name]) is not None}
    for rest in range(max(map(len, options.values()))):
        fixed = {name: Known(found[min(rest, len(found) - 1)]) for name, found in options.items()}
        for name, found in options.items():
            yield from (kind(**{**fixed, name: Known(value)}) for value in found)


def resources(judge_of: Check) -> Iterator[Resource]:
    for kind in judge_of.needs:
        for facet in facets(kind):
            for environment in ("production", "development"):
                yield Resource("t", "t.x", None, Scope("aws"), environment=Known(environment), facets={kind: facet})


def breaches(judge_of: Check) -> Iterator[str]:
    """Pairs of breaches that say different things, of which each reaches as far as the other."""
    said: dict[tuple[str, ...], Extent] = {}
    for resource in resources(judge_of):
        verdict = judged(judge_of, resource, POLICY, SourceKind.HCL)
        if verdict.outcome is Outcome.FAIL:
            because = SAME.get(verdict.because, verdict.because)
            said.setdefault(tuple(sorted(_WORDS.findall(because))), verdict.extent)
    for (one, first), (other, second) in permutations(said.items(), 2):
        if one < other and first.within(second) and second.within(first):
            yield f"{judge_of.id}: {one!r} and {other!r} reach equally far: {first.parts}"


@pytest.mark.parametrize("judge_of", plugins.checks(), ids=lambda one: one.id)
def test_different_breaches_reach_differently(judge_of: Check) -> None:
    assert list(breaches(judge_of)) == []


@check("forgets", control=Control.BACKUP_RETENTION, severity=Severity.HIGH, clauses=("X",))
def forgets(backup: Backup) -> Verdict:
    """A mutant that says nothing of how far a breach reaches.

    Why: it is a mutant.

    Fix: say it.
    """
    return judge(backup.retention_days, lambda days: passed("kept") if days >= 30 else failed(f"kept {days}"), "days")


@check("half", control=Control.REGION, severity=Severity.HIGH, clauses=("X",))
def half(placement: Placement) -> Verdict:
    """A mutant that names one place of several.

    Why: it is a mutant.

    Fix: name all.
    """

    def decide(copies: tuple[Any, ...]) -> Verdict:
        abroad = sorted(copy.value.region for copy in copies if copy.value.jurisdiction != "EU")
        return failed(f"copies in {abroad}", extent=extent(abroad[:1])) if abroad else passed("none")

    return judge(placement.copies, decide, "copies")


@pytest.mark.parametrize("mutant", [forgets, half], ids=lambda one: one.id)
def test_the_law_catches_a_check_that(mutant: Check) -> None:
    assert list(breaches(mutant))
