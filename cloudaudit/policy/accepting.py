"""Gaps that the caller accepts by path: kinds of files that are not read at all, beside what is audited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from cloudaudit.model import Gap, Origin
from cloudaudit.policy.schema import AcceptedGap
from cloudaudit.policy.waiver import problem


class Sorted(msgspec.Struct, frozen=True):
    """Gaps that count, those that are accepted, and what is wrong with the acceptances."""

    left: Sequence[Gap]
    accepted: Sequence[Gap] = ()
    problems: Sequence[Gap] = ()


def decided(gaps: Iterable[Gap]) -> Sorted:
    """Sort gaps by whether the caller has decided on them."""
    found = list(gaps)
    return Sorted([gap for gap in found if not gap.decided], [gap for gap in found if gap.decided])


def accept(gaps: Iterable[Gap], rules: Sequence[AcceptedGap], today: date) -> Sorted:
    """Sort gaps by what the policy accepts. Only those that tell of a file which is not read for what it is can be accepted."""
    live = [rule for rule in rules if rule.expires >= today]
    left: list[Gap] = []
    accepted: list[Gap] = []
    for gap in gaps:
        taken = gap.acceptable and any(fnmatchcase(gap.origin.file or "", rule.path) for rule in live)
        (accepted if taken else left).append(gap)
    return Sorted(left, accepted, [_expired(rule) for rule in rules if rule.expires < today])


def _expired(rule: AcceptedGap) -> Gap:
    what = f"the policy's acceptance of {rule.path} does not count: it expired on {rule.expires}"
    return problem(what, Origin(), f"audit what lies there, or let {rule.owner} renew it")
