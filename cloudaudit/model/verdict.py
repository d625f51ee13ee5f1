"""Verdict: a check's answer, in Kleene's three-valued logic, with the evidence of every part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown
from cloudaudit.model.extent import Extent
from cloudaudit.model.shown import shown

T = TypeVar("T")


class Outcome(StrEnum):
    """FAIL < UNKNOWN < PASS. NOT_APPLICABLE and WAIVED stand outside the order."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105  (an outcome, not a password)
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


_ALL = Extent()
_ORDER = {Outcome.FAIL: 0, Outcome.UNKNOWN: 1, Outcome.PASS: 2}


class Evidence(msgspec.Struct, frozen=True):
    """One fact that a verdict rests on: what was read and where, or why it could not be read."""

    fact: str
    origin: Origin | None = None
    unknown: Doubt | None = None


class Verdict(msgspec.Struct, frozen=True):
    """The answer, in one clause why, and the evidence.

    `a & b` holds if both hold, `a | b` if either does; NOT_APPLICABLE is neutral in both. Evidence of both sides is kept.
    `extent` says how far a FAIL reaches, where it can reach further.
    """

    outcome: Outcome
    because: str
    evidence: tuple[Evidence, ...] = ()
    extent: Extent = Extent()

    def __and__(self, other: Verdict) -> Verdict:
        return _combined(self, other, min)

    def __or__(self, other: Verdict) -> Verdict:
        return _combined(self, other, max)


def _combined(a: Verdict, b: Verdict, choose: Callable[..., int]) -> Verdict:
    evidence = a.evidence + tuple(item for item in b.evidence if item not in a.evidence)
    for one, other in ((a, b), (b, a)):
        if one.outcome is Outcome.NOT_APPLICABLE:
            because = other.because if other.outcome is not Outcome.NOT_APPLICABLE else a.because
            return Verdict(other.outcome, because, evidence, other.extent)
    rank = choose(_ORDER[a.outcome], _ORDER[b.outcome])
    deciding = [verdict for verdict in (a, b) if _ORDER[verdict.outcome] == rank]
    reasons = list(dict.fromkeys(verdict.because for verdict in deciding))
    return Verdict(deciding[0].outcome, "; ".join(reasons), evidence, _together(deciding))


def _together(verdicts: Sequence[Verdict]) -> Extent:
    return reduce(or_, (verdict.extent for verdict in verdicts))


def passed(because: str, *attrs: Attr[Any]) -> Verdict:
    """PASS, and the facts that it rests on."""
    return Verdict(Outcome.PASS, because, tuple(evidence_of(attr) for attr in attrs))


def failed(because: str, *attrs: Attr[Any], extent: Extent = _ALL) -> Verdict:
    """FAIL, and the facts that it rests on. One that could be worse says how far it reaches."""
    return Verdict(Outcome.FAIL, because, tuple(evidence_of(attr) for attr in attrs), extent)


def undecided(because: str, *attrs: Attr[Any]) -> Verdict:
    """UNKNOWN, and the facts that it rests on."""
    return Verdict(Outcome.UNKNOWN, because, tuple(evidence_of(attr) for attr in attrs))


def not_applicable(because: str, *attrs: Attr[Any]) -> Verdict:
    """The check does not apply to this resource."""
    return Verdict(Outcome.NOT_APPLICABLE, because, tuple(evidence_of(attr) for attr in attrs))


def evidence_of(attr: Attr[Any]) -> Evidence:
    """The evidence that an attr is."""
    if isinstance(attr, Unknown):
        return Evidence(attr.cause, attr.origin, attr)
    name = attr.origin.attribute if attr.origin else None
    default = f" ({attr.origin.default})" if attr.origin and attr.origin.default else ""
    return Evidence((f"{name}: " if name else "") + shown(attr.value) + default, attr.origin)


def judge(attr: Attr[T], decide: Callable[[T], Verdict], subject: str) -> Verdict:
    """`decide` over a fact. Over an unknown one: UNKNOWN, unless every possible value gets the same outcome.

    `subject` names the fact in the reason ("the cipher").
    """
    if isinstance(attr, Known):
        verdict = decide(attr.value)
    else:
        verdicts = [decide(candidate) for candidate in attr.possible]
        outcomes = {verdict.outcome for verdict in verdicts}
        if len(outcomes) == 1:
            reasons = dict.fromkeys(verdict.because for verdict in verdicts)
            verdict = Verdict(verdicts[0].outcome, " or ".join(reasons), extent=_together(verdicts))
        else:
            verdict = Verdict(Outcome.UNKNOWN, f"{subject} is unknown: {attr.cause}")
    return Verdict(verdict.outcome, verdict.because, (evidence_of(attr), *verdict.evidence), verdict.extent)


def every(verdicts: Iterable[Verdict], otherwise: str) -> Verdict:
    """All of the verdicts; NOT_APPLICABLE with the reason `otherwise` if there are none."""
    return reduce(lambda a, b: a & b, verdicts, Verdict(Outcome.NOT_APPLICABLE, otherwise))
