"""What a change sets elsewhere: the same code, in another state or in another account, is not what was there."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping

import msgspec

from cloudaudit.model import Collection, Gap, Origin, Why

_ENVIRONMENT = " by the environment"  # where a provider works that nothing configures
_REMEDY = (
    "move the state along (terraform init -migrate-state), or destroy what stands there first; then accept it by its path: gaps.accept in "
    "the policy"
)


class Places(msgspec.Struct, frozen=True):
    """What stands for the place of each unit's state, and for where the provider of each of its resources works, by unit and address."""

    states: Mapping[str, str] = {}
    providers: Mapping[tuple[str, str], str] = {}


def places(collections: Iterable[Collection]) -> Places:
    """Those of some configurations, of each unit its own."""
    told = [collection for collection in collections if collection.state]
    states = {collection.unit: collection.state for collection in told}
    return Places(states, {(one.unit, address): place for one in told for address, place in one.places.items()})


def elsewhere(bad: Several[tuple[str, str]], then: Places, now: Places, label: str) -> dict[str, Gap]:
    """The units that stand elsewhere now, of which something (`bad`) failed, was not known or waived before, each with a gap.

    What failed there is left as it is, and what fails as before is made anew: neither is known from before. Whether a state moves along
    cannot be told.
    """
    found: dict[str, Gap] = {}
    for unit in sorted({unit for unit, _ in bad if unit in now.states}):
        if then.states.get(unit) != now.states[unit]:
            found[unit] = _gap(unit, f"{unit} keeps its state elsewhere than in {label}, as far as its files tell")
    present: dict[str, set[str]] = {}
    for (unit, _), place in now.providers.items():
        present.setdefault(unit, set()).add(place)
    for unit, address in sorted(bad):
        if unit in now.states and unit not in found and _moved(unit, address, then, now, present):
            found[unit] = _gap(unit, f"the provider of {address} in {unit} works elsewhere than in {label}, as far as its files tell")
    return found


def _moved(unit: str, address: str, then: Places, now: Places, present: Mapping[str, Several[str]]) -> bool:
    place = then.providers.get((unit, address), "")
    if (unit, address) in now.providers:
        return now.providers[unit, address] != place
    return not place.endswith(_ENVIRONMENT) and place not in present.get(unit, ())  # it is gone, but nobody destroys it there


def _gap(unit: str, what: str) -> Gap:
    return Gap(Why.UNSUPPORTED, f"{what}: what was not well there is left as it is", Origin(unit), _REMEDY, acceptable=True)
