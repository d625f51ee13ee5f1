"""A listing that tells of one resource twice, and differently, decides nothing of what the two would not both say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cloudaudit.model import Outcome
from tests.aws.recorded import Answers, answers, apart
from tests.aws.test_required import GOOD, judged

IDS = {
    *("VolumeId", "SnapshotId", "DBInstanceArn", "DBClusterArn", "GroupId", "VpcId", "SubnetArn", "VpcPeeringConnectionId"),
    *("LoadBalancerArn", "ListenerArn", "RuleArn", "KeyArn", "AliasArn", "Name", "OwnerId"),
}
"""By what a resource goes: with another one, it is another resource."""

LISTS = (
    *("Volumes", "Snapshots", "DBInstances", "DBClusters", "SecurityGroups", "Vpcs", "Subnets", "VpcPeeringConnections"),
    *("LoadBalancers", "Listeners", "Rules", "Keys", "Aliases", "Buckets"),
)
WORDS = {
    "SslPolicy": "ELBSecurityPolicy-2016-08",
    "GlobalClusterIdentifier": "world",
    "Engine": "docdb",
    "StorageEncryptionType": "none",
    "DBClusterIdentifier": "ledger",
}


UNJUDGED = {None, Outcome.NOT_APPLICABLE}


def lists() -> Iterator[tuple[tuple[str, str], str]]:
    for key, page in answers().items():
        if isinstance(page, dict):
            yield from ((key, name) for name in LISTS if page.get(name))


def another(value: Any) -> Any:
    return not value if isinstance(value, bool) else 0 if isinstance(value, int) else [] if isinstance(value, list) else None


def changes() -> Iterator[tuple[str, str, str, Any]]:
    """By operation and list: a member of its elements, and what becomes of it."""
    for (call, _), name in dict.fromkeys(((key[0], ""), name) for key, name in lists()):
        elements = [element for key, listed in lists() if (key[0], listed) == (call, name) for element in GOOD[key][name]]
        for member in sorted({member for element in elements for member in element} - IDS):
            value = next(element[member] for element in elements if member in element)
            if member != "Engine":  # what is told without one is of no type, and a gap
                yield call, name, member, another(value)
            if member in WORDS:
                yield call, name, member, WORDS[member]


def told(call: str, name: str, member: str, new: Any, way: str) -> Answers:
    """The account in which the member is another one: in the place of what it was, after it, or before it."""
    found = answers()
    for key, listed in lists():
        if (key[0], listed) == (call, name):
            old: list[Mapping[str, Any]] = found[key][name]
            others = [{**apart(element), member: new} if new is not None else _without(element, member) for element in old]
            found[key][name] = {"instead": others, "after": [*old, *others], "before": [*others, *old]}[way]
    return found


def _without(element: Mapping[str, Any], member: str) -> dict[str, Any]:
    return {name: apart(value) for name, value in element.items() if name != member}


@pytest.mark.parametrize("call", sorted({call for call, *_ in changes()}))
def test_what_a_listing_tells_twice_and_differently_decides_nothing(call: str) -> None:
    """But for where it is: in the region that lists it, whatever it is."""
    one, _ = judged(GOOD)
    found = {}
    for change in (change for change in changes() if change[0] == call):
        other, _ = judged(told(*change, "instead"))
        for way in ("after", "before"):
            both, named = judged(told(*change, way))
            for key in one.keys() | other.keys() | both.keys():
                said = (one.get(key), other.get(key), both.get(key))
                place = change[2] == "Engine" and key[0] == "data-in-allowed-jurisdiction"
                if not (place or _sound(*said, covered=key[1] in named)):
                    found[(*change[1:3], way, *key)] = said
    assert found == {}


def _sound(one: Outcome | None, other: Outcome | None, both: Outcome | None, *, covered: bool) -> bool:
    """Whether nothing is said of a resource that the two do not both say, or that a gap covers what is lost."""
    told = {one, other}
    return both is Outcome.UNKNOWN or told == {both} or (both is None and covered) or (both in told and told <= UNJUDGED)
