"""What the world can reach, over ordered and unordered filters."""

from __future__ import annotations

from itertools import count, pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Attr, Doubt, Ingress, Known, Origin, Outcome, Peer, Rule, Unknown, Why
from cloudaudit.model.addresses import Claim, let_in
from cloudaudit.plugins import checks
from cloudaudit.policy import Policy

WORLD, WORLD6, INSIDE = "0.0.0.0/0", "::/0", "10.0.0.0/8"
OPAQUE: Doubt = Unknown(Why.UNRESOLVED, "var.x has no default")


def rule(source: Any, first: Any = 22, last: Any = 22, *, protocol: Any = "tcp", allow: Any = True, priority: Any = 100) -> Rule:
    peer = source if isinstance(source, Peer | Unknown) else Peer(cidr=source)
    return Rule(fact(protocol), fact(first), fact(last), fact(peer), fact(allow), fact(priority))


def perhaps(of: Rule) -> Rule:
    return msgspec.structs.replace(of, applies=OPAQUE)


def fact(value: Any) -> Any:
    return value if isinstance(value, Unknown) else Known(value)


CASES: dict[str, tuple[list[Rule], Outcome]] = {
    "nothing": ([], Outcome.PASS),
    "ssh from the world": ([rule(WORLD)], Outcome.FAIL),
    "ssh from inside": ([rule(INSIDE)], Outcome.PASS),
    "https from the world": ([rule(WORLD, 443, 443)], Outcome.PASS),
    "a range that holds a database's port": ([rule(WORLD, 3000, 4000)], Outcome.FAIL),
    "everything": ([rule(WORLD, 0, 65535, protocol="any")], Outcome.FAIL),
    "ping": ([rule(WORLD, 0, 65535, protocol="icmp")], Outcome.PASS),
    "the world of IPv6": ([rule(WORLD6, 5432, 5432)], Outcome.FAIL),
    "half of the world": ([rule("0.0.0.0/1")], Outcome.FAIL),
    "one address": ([rule("198.51.100.7/32")], Outcome.PASS),
    "another group": ([rule(Peer(name="group"))], Outcome.PASS),
    "a prefix list that was not read": ([rule(Peer(name="pl-1", opaque=True))], Outcome.UNKNOWN),
    "an unknown source": ([rule(OPAQUE)], Outcome.UNKNOWN),
    "an unknown source for https": ([rule(OPAQUE, 443, 443)], Outcome.PASS),
    "an unknown port": ([rule(WORLD, OPAQUE, OPAQUE)], Outcome.UNKNOWN),
    "an unknown source beside an open one": ([rule(OPAQUE), rule(WORLD)], Outcome.FAIL),
    "not an address": ([rule("anywhere")], Outcome.UNKNOWN),
    "deny first": ([rule(WORLD, allow=False, priority=100), rule(WORLD, priority=200)], Outcome.PASS),
    "deny later": ([rule(WORLD, allow=False, priority=200), rule(WORLD, priority=100)], Outcome.FAIL),
    "deny wins at the same priority": ([rule(WORLD), rule(WORLD, allow=False)], Outcome.PASS),
    "deny half of the world": ([rule("0.0.0.0/1", allow=False, priority=1), rule(WORLD, priority=2)], Outcome.FAIL),
    "deny the other family": ([rule(WORLD, allow=False, priority=1), rule(WORLD6, priority=2)], Outcome.FAIL),
    "deny UDP, allow TCP": ([rule(WORLD, protocol="udp", allow=False, priority=1), rule(WORLD, priority=2)], Outcome.FAIL),
    "deny TCP, allow any": ([rule(WORLD, allow=False, priority=1), rule(WORLD, protocol="any", priority=2)], Outcome.FAIL),
    "deny both, one by one": (
        [rule(WORLD, protocol=name, allow=False, priority=1) for name in ("tcp", "udp")] + [rule(WORLD, protocol="any", priority=2)],
        Outcome.PASS,
    ),
    "an allow of unknown priority": ([rule(WORLD, priority=OPAQUE)], Outcome.FAIL),
    "an allow and a deny of unknown priority": ([rule(WORLD, priority=OPAQUE), rule(WORLD, allow=False)], Outcome.UNKNOWN),
    "a deny that goes before either way": (
        [rule(WORLD, allow=False, priority=Unknown(Why.UNRESOLVED, "var.u", possible=(1, 2))), rule(WORLD)],
        Outcome.PASS,
    ),
    "an allow that may not apply": ([perhaps(rule(WORLD))], Outcome.UNKNOWN),
    "an allow that may not apply before one that does": ([perhaps(rule(WORLD, priority=1)), rule(WORLD)], Outcome.FAIL),
    "a deny that may not apply": ([perhaps(rule(WORLD, allow=False, priority=1)), rule(WORLD)], Outcome.UNKNOWN),
    "a deny of few that may not apply": ([perhaps(rule(INSIDE, allow=False, priority=1)), rule(WORLD)], Outcome.FAIL),
    "TCP or UDP": ([rule(WORLD, protocol=Unknown(Why.UNRESOLVED, "var.u", possible=("tcp", "udp")))], Outcome.FAIL),
    "TCP or ping": ([rule(WORLD, protocol=Unknown(Why.UNRESOLVED, "var.u", possible=("tcp", "icmp")))], Outcome.UNKNOWN),
    "deny of an unknown priority": ([rule(WORLD, allow=False, priority=OPAQUE), rule(WORLD, priority=2)], Outcome.UNKNOWN),
    "deny that may be narrower": ([rule(OPAQUE, allow=False, priority=1), rule(WORLD, priority=2)], Outcome.UNKNOWN),
    "deny both halves of the world": (
        [rule(half, allow=False, priority=1) for half in ("0.0.0.0/1", "128.0.0.0/1")] + [rule(WORLD, priority=2)],
        Outcome.PASS,
    ),
    "deny all but a /8": (
        [
            rule("0.0.0.0/1", allow=False),
            rule("128.0.0.0/2", allow=False),
            rule("192.0.0.0/3", allow=False),
            rule("224.0.0.0/4", allow=False),
        ]
        + [rule(f"{number}.0.0.0/8", allow=False) for number in range(240, 255)]
        + [rule(WORLD, priority=200)],
        Outcome.PASS,
    ),
    "the world in 256 pieces": ([rule(f"{number}.0.0.0/8") for number in range(256)], Outcome.FAIL),
    "every other /8": ([rule(f"{number}.0.0.0/8") for number in range(0, 256, 2)], Outcome.FAIL),
    "a hundred thousand addresses": ([rule(f"198.{number}.0.0/16") for number in range(2)], Outcome.PASS),
    "two neighbours that make a /7": ([rule("44.0.0.0/8"), rule("45.0.0.0/8")], Outcome.FAIL),
    "private IPv6": ([rule("fc00::/7")], Outcome.PASS),
    "half of the world, and an unknown rest": ([rule("1.0.0.0/8"), rule(OPAQUE)], Outcome.UNKNOWN),
    "one of two halves": ([rule(Unknown(Why.UNRESOLVED, "var.h", possible=(Peer(cidr="0.0.0.0/1"), Peer(cidr=WORLD))))], Outcome.UNKNOWN),
    "one of two that are inside": (
        [rule(Unknown(Why.UNRESOLVED, "var.h", possible=(Peer(cidr=INSIDE), Peer(cidr="192.168.0.0/16"))))],
        Outcome.PASS,
    ),
    "allow that may not be there": ([rule(WORLD, allow=OPAQUE)], Outcome.UNKNOWN),
}


CLAIMS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 12), st.booleans()).map(lambda c: (c[0], c[1], c[1] + c[2], c[3])),
    max_size=8,
)


@given(CLAIMS)
def test_the_first_claim_in_order_decides_of_each_address(claims: list[Claim]) -> None:
    def lets_in(address: int) -> bool:
        about = [(order, allow) for order, first, last, allow in claims if first <= address <= last]
        return bool(about) and min(about)[1]

    found = let_in(claims)
    assert {address for first, last in found for address in range(first, last + 1)} == {one for one in range(60) if lets_in(one)}
    assert all(left[1] + 1 < right[0] for left, right in pairwise(found))


def outcome(rules: Attr[tuple[Rule, ...]]) -> Outcome:
    check = next(check for check in checks() if check.id == "sensitive-ports-closed-to-world")
    return check.function(Ingress(rules), Policy()).outcome


@pytest.mark.parametrize("case", CASES)
def test_what_the_world_reaches(case: str) -> None:
    rules, expected = CASES[case]
    assert outcome(Known(tuple(rules))) is expected
    assert outcome(Known(tuple(reversed(rules)))) is expected


def test_a_filter_of_which_nothing_is_known_is_unknown() -> None:
    assert outcome(OPAQUE) is Outcome.UNKNOWN
    assert outcome(Ingress.of([OPAQUE]).rules) is Outcome.UNKNOWN


def test_two_rules_that_rest_on_one_variable_are_two() -> None:
    ports = [Unknown(Why.UNRESOLVED, "var.u", possible=pair) for pair in ((80, 443), (22, 443))]
    rules = [rule(WORLD, port, port) for port in ports]
    assert outcome(Ingress.of([Known(rules)]).rules) is Outcome.UNKNOWN
    assert Ingress.of([Known(rules)]) == Ingress.of([Known(rules[::-1])])


def test_a_filter_of_absurd_size_is_not_read_to_its_end() -> None:
    endless = (rule(INSIDE, 443, 443, priority=number) for number in count())
    rules = Ingress.of([Known(endless)]).rules
    assert isinstance(rules, Unknown)
    assert rules.why is Why.BOUNDED
    assert outcome(rules) is Outcome.UNKNOWN


def test_the_evidence_of_a_large_filter_is_short() -> None:
    check = next(check for check in checks() if check.id == "sensitive-ports-closed-to-world")
    rules = tuple(rule(INSIDE, 443, 443, priority=number) for number in range(1000))
    evidence = check.function(Ingress(Known(rules, Origin("main.tf", 1, attribute="ingress"))), Policy()).evidence
    assert evidence[0].fact.endswith("and 980 more")
