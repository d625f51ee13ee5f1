"""Drift: what changed in meaning between two inventories, told as facets that differ and verdicts that moved.

A fact that is unknown on either side differs from nothing by value. A verdict that it moves has moved all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cloudaudit.model import Facet, Finding, Known, Outcome, Resource, Unknown

Key = tuple[str, str, str]


class Change(msgspec.Struct, frozen=True):
    """One fact that differs. `fact` is `Encryption.cipher`, or empty where the whole resource came or went."""

    type: str
    address: str
    fact: str
    before: str | None
    after: str | None

    def reversed(self) -> Change:
        """The same change seen from the other side."""
        return Change(self.type, self.address, self.fact, self.after, self.before)


class Transition(msgspec.Struct, frozen=True):
    """A verdict that moved. None: there was, or is, no such finding."""

    fingerprint: str
    before: Outcome | None
    after: Outcome | None

    def reversed(self) -> Transition:
        """The same move seen from the other side."""
        return Transition(self.fingerprint, self.after, self.before)

    @property
    def worse(self) -> bool:
        """Whether it got worse: from PASS, or from nothing, to FAIL or UNKNOWN; or from UNKNOWN to FAIL."""
        return _badness(self.after) > _badness(self.before)


def _badness(outcome: Outcome | None) -> int:
    return {Outcome.FAIL: 2, Outcome.UNKNOWN: 1}.get(outcome, 0) if outcome is not None else 0


def changes(before: Iterable[Resource], after: Iterable[Resource]) -> list[Change]:
    """Every fact that is known on both sides and differs, and every resource that is on one side only."""
    old, new = _keyed(before), _keyed(after)
    found: list[Change] = []
    for key in sorted(old.keys() | new.keys()):
        here, there = old.get(key), new.get(key)
        if here is None or there is None:
            found.append(Change(key[0], key[2], "", None if here is None else "present", None if there is None else "present"))
        else:
            found.extend(_facts(here, there))
    return found


def transitions(before: Iterable[Finding], after: Iterable[Finding]) -> list[Transition]:
    """Every verdict that moved between two audits."""
    old = {finding.fingerprint: finding.outcome for finding in before}
    new = {finding.fingerprint: finding.outcome for finding in after}
    moved = (Transition(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()))
    return [transition for transition in moved if transition.before is not transition.after]


def _keyed(resources: Iterable[Resource]) -> Mapping[Key, Resource]:
    return {(resource.type, resource.unit, resource.address): resource for resource in resources}


def _facts(before: Resource, after: Resource) -> Iterator[Change]:
    yield from _fact(before, "environment", before.environment, after.environment)
    for kind in sorted(before.facets.keys() | after.facets.keys(), key=lambda kind: kind.__name__):
        old, new = before.facets.get(kind), after.facets.get(kind)
        if old is None or new is None:
            yield Change(before.type, before.address, kind.__name__, None if old is None else "present", None if new is None else "present")
            continue
        yield from _fields(before, kind, old, new)


def _fields(resource: Resource, kind: type[Facet], old: Facet, new: Facet) -> Iterator[Change]:
    for name in kind.__struct_fields__:
        yield from _fact(resource, f"{kind.__name__}.{name}", getattr(old, name), getattr(new, name))


def _fact(resource: Resource, fact: str, was: Any, now: Any) -> Iterator[Change]:
    if not isinstance(was, Unknown) and not isinstance(now, Unknown) and was != now:
        yield Change(resource.type, resource.address, fact, _shown(was), _shown(now))


def _shown(attr: Any) -> str:
    return str(attr.value if isinstance(attr, Known) else attr)
