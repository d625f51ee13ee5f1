"""Which waivers of what is audited count: as they stood before the change that is judged. What a change adds cannot excuse it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cloudaudit.policy.waiver import Waiver


class Heeded(msgspec.Struct, frozen=True):
    """The waivers that count, those of them that the base alone holds, and the present ones that do not count."""

    counting: Sequence[Waiver]
    former: frozenset[Waiver] = frozenset()
    aside: Sequence[Waiver] = ()


def as_in_base(now: Sequence[Waiver], then: Sequence[Waiver], *, new_count: bool) -> Heeded:
    """The waivers of a change beside those of its base.

    What the caller passes counts as it is. Of what is audited those of the base count as they were, as long as one about the same
    thing is still there; new ones, and what the others say now, only if `new_count`.
    """
    callers = [waiver for waiver in now if not waiver.in_repository]
    ours = [waiver for waiver in now if waiver.in_repository]
    places = {waiver.aim: waiver.block for waiver in ours}
    still = [waiver for waiver in then if waiver.in_repository and waiver.aim in places]
    before = {waiver.identity: msgspec.structs.replace(waiver, block=places[waiver.aim]) for waiver in still}
    kept = [waiver for waiver in ours if waiver.identity in before]
    fresh = [waiver for waiver in ours if waiver.identity not in before]
    same = {waiver.identity for waiver in kept}
    former = [waiver for identity, waiver in before.items() if identity not in same]
    counting = [*callers, *kept, *(fresh if new_count else ()), *former]
    return Heeded(counting, frozenset(former), fresh)


def without_base(now: Sequence[Waiver], *, repositories_count: bool) -> Heeded:
    """The waivers where no change is judged: those of what is audited count if the caller says so."""
    aside = [] if repositories_count else [waiver for waiver in now if waiver.in_repository]
    return Heeded([waiver for waiver in now if waiver not in aside], aside=aside)
