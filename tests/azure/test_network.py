"""What network security groups let in."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from cloudaudit.model import Doubt, Gap, Ingress, Known, Origin, Outcome, Peer, Record, Scope, Unknown, Why
from cloudaudit.model.names import Named
from cloudaudit.policy import Policy
from cloudaudit_checks.network_segmentation.sensitive_ports_closed_to_world import sensitive_ports_closed_to_world
from tests.azure.records import facet, maybe, maybe_there, record
from tests.readers.records import resources

GROUP, RULE = "azurerm_network_security_group", "azurerm_network_security_rule"
VARIABLE: Doubt = Unknown(Why.UNRESOLVED, "var.x")
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def rule(**changes: Any) -> dict[str, Any]:
    values = {
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "source_port_range": "*",
        "source_address_prefix": "Internet",
        "destination_port_range": "22",
        "destination_address_prefix": "*",
    }
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def group(*rules: Any, name: str = "x", **values: Any) -> Record:
    return record(GROUP, {"name": f"nsg-{name}", "resource_group_name": "rg", "security_rule": list(rules), **values}, name)


def outcome(ingress: Ingress) -> Outcome:
    return sensitive_ports_closed_to_world.function(ingress, Policy()).outcome


def judged(*rules: Any) -> Outcome:
    return outcome(facet(Ingress, group(*rules)))


@pytest.mark.parametrize("prefix", ["*", "Internet", "internet", "Any", "0.0.0.0/0", "::/0", "0.0.0.0/1"])
def test_the_names_of_the_world(prefix: str) -> None:
    assert judged(rule(source_address_prefix=prefix)) is FAIL
    assert judged(rule(source_address_prefix=None, source_address_prefixes=["10.0.0.0/8", prefix])) is FAIL


@pytest.mark.parametrize(
    "zeros", [{"source_address_prefix": "0.0.0.0"}, {"source_address_prefix": None, "source_address_prefixes": ["::"]}]
)
def test_whether_zeros_without_a_length_are_the_world_is_not_known(zeros: dict[str, Any]) -> None:
    assert judged(rule(**zeros)) is UNKNOWN
    assert judged(rule(**zeros, access="Deny"), rule(priority=200)) in {FAIL, UNKNOWN}
    assert judged(rule(priority=100, access="Deny", protocol="*"), rule(**zeros, priority=200)) is PASS


@pytest.mark.parametrize("prefix", ["VirtualNetwork", "AzureLoadBalancer", "Storage.WestEurope", "10.0.0.0/8", "198.51.100.7", "fd00::/8"])
def test_what_is_not_the_world(prefix: str) -> None:
    assert judged(rule(source_address_prefix=prefix)) is PASS


def test_a_range_that_is_no_range_is_unknown() -> None:
    assert judged(rule(source_address_prefix="10.0.0.0/99")) is UNKNOWN


@pytest.mark.parametrize("groups", [["/subscriptions/s/asg"], [VARIABLE], VARIABLE])
def test_whichever_application_group_it_is_it_is_not_the_world(groups: Any) -> None:
    changes = {"source_address_prefix": None, "source_application_security_group_ids": groups}
    assert judged(rule(**changes)) is PASS
    first, *_ = facet(Ingress, group(rule(**changes))).rules.value  # type: ignore[union-attr]
    assert first.source == Known(Peer(name="application security group"))


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("22", FAIL),
        ("*", FAIL),
        ("1-65535", FAIL),
        ("0-65535", FAIL),
        ("20-25", FAIL),
        ("443", PASS),
        ("80-443", FAIL),  # 135 and 139 lie between
        ("23-22", PASS),
        ("", UNKNOWN),
        ("ssh", UNKNOWN),
        ("22,443", UNKNOWN),
        (22, FAIL),
        (VARIABLE, UNKNOWN),
        (Unknown(Why.UNRESOLVED, "var.port", possible=("80", "81")), PASS),
        (Unknown(Why.UNRESOLVED, "var.port", possible=("80", "22")), UNKNOWN),
    ],
)
def test_ranges_of_ports(ports: Any, expected: Outcome) -> None:
    assert judged(rule(destination_port_range=ports)) is expected


def test_a_list_of_ports_is_a_rule_for_each() -> None:
    plural = rule(destination_port_range=None, destination_port_ranges=["443", "8000-8010"])
    assert judged(plural) is PASS
    assert judged(rule(destination_port_range=None, destination_port_ranges=["443", "3000-4000"])) is FAIL
    assert judged(rule(destination_port_range=None, destination_port_ranges=["443", VARIABLE])) is UNKNOWN
    spans = {(part.from_port, part.to_port) for part in facet(Ingress, group(plural)).rules.value}  # type: ignore[union-attr]
    assert spans == {(Known(443), Known(443)), (Known(8000), Known(8010))}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"protocol": "*"}, FAIL),
        ({"protocol": "Udp"}, FAIL),
        ({"protocol": "Icmp"}, PASS),
        ({"protocol": VARIABLE}, UNKNOWN),
        ({"protocol": None}, UNKNOWN),
        ({"direction": "Outbound"}, PASS),
        ({"direction": "inbound"}, FAIL),
        ({"direction": VARIABLE}, UNKNOWN),
        ({"direction": "Sideways"}, UNKNOWN),
        ({"access": "Deny"}, PASS),
        ({"access": "Perhaps"}, UNKNOWN),
        ({"access": VARIABLE}, UNKNOWN),
        ({"priority": VARIABLE}, FAIL),
        ({"priority": "inf"}, FAIL),
        ({"source_address_prefix": VARIABLE}, UNKNOWN),
        ({"source_address_prefix": None, "source_address_prefixes": VARIABLE}, UNKNOWN),
        ({"source_address_prefix": None}, UNKNOWN),
        ({"destination_port_range": None, "destination_port_ranges": []}, UNKNOWN),
    ],
)
def test_what_a_single_rule_lets_in(changes: dict[str, Any], expected: Outcome) -> None:
    assert judged(rule(**changes)) is expected


EITHER = Unknown(Why.UNRESOLVED, "var.x", possible=("*", "0.0.0.0/0"))
V4 = {"source_address_prefix": "0.0.0.0/0"}
DENY = {"access": "Deny", "source_address_prefix": "*", "destination_port_range": "*", "protocol": "*"}


def to(*prefixes: str) -> dict[str, Any]:
    return {"destination_address_prefix": None, "destination_address_prefixes": list(prefixes)}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(priority=200), rule(priority=100, **DENY)], PASS),
        ([rule(priority=100), rule(priority=200, **DENY)], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_port_range": "22"})], PASS),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_port_range": "23"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_address_prefix": "10.0.0.0/8"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "protocol": "Icmp"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "direction": "Outbound"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "access": VARIABLE})], UNKNOWN),
        ([rule(priority=VARIABLE), rule(priority=100, **DENY)], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": "10.0.0.4"})], FAIL),  # IPv6 is left
        ([rule(priority=200, **V4), rule(priority=100, **{**DENY, "destination_address_prefix": "10.0.0.4"})], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": "internet"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": "Storage"})], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **DENY, **to("10.0.0.4", "VirtualNetwork"))], PASS),
        ([rule(priority=200), rule(priority=100, **DENY, **to("0.0.0.0/0", "::/0"))], PASS),
        ([rule(priority=200), rule(priority=100, **DENY, **to("Internet"))], FAIL),
        ([rule(priority=200), rule(priority=100, **DENY, destination_address_prefix=None)], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **DENY, destination_application_security_group_ids=["/a"])], PASS),
        (
            [
                rule(priority=200),
                rule(priority=100, **DENY, destination_address_prefix=None, destination_application_security_group_ids=["/a"]),
            ],
            UNKNOWN,
        ),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_address_prefix": "10.0.0.0/8"}, **to("10.0.0.4"))], FAIL),
        (
            [
                rule(priority=200, **V4),
                rule(priority=100, **{**DENY, "source_address_prefix": "0.0.0.0/0"}, destination_address_prefix="::/0"),
            ],
            FAIL,
        ),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": "VirtualNetwork"})], PASS),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_address_prefix": "0.0.0.0/0"})], FAIL),  # IPv6 is left
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": "0.0.0.0/0"})], FAIL),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_address_prefix": EITHER})], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **{**DENY, "destination_address_prefix": EITHER})], UNKNOWN),
        ([rule(priority=200, source_address_prefix="::/0"), rule(priority=100, **DENY)], PASS),
        (
            [rule(priority=200, source_address_prefix="0.0.0.0/0"), rule(priority=100, **{**DENY, "source_address_prefix": "0.0.0.0/0"})],
            PASS,
        ),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_port_range": "53"})], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_port_ranges": ["53"], "source_port_range": None})], UNKNOWN),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_port_range": "0-65535"})], PASS),
        (
            [rule(priority=200), rule(priority=100, **{**DENY, "source_port_ranges": ["100-65535", "0-99"], "source_port_range": None})],
            PASS,
        ),
        ([rule(priority=200), rule(priority=100, **{**DENY, "source_port_range": "1-65535"})], UNKNOWN),
        ([rule(priority=VARIABLE), rule(priority=Unknown(Why.UNRESOLVED, "var.p", possible=(50, 60)), **DENY)], UNKNOWN),
        ([rule(priority=200), rule(priority=Unknown(Why.UNRESOLVED, "var.p", possible=(50, 60)), **DENY)], PASS),
    ],
)
def test_the_lower_priority_number_goes_first_whatever_the_order(rules: list[dict[str, Any]], expected: Outcome) -> None:
    assert {judged(*order) for order in permutations(rules)} == {expected}


@pytest.mark.parametrize(
    "changes",
    [
        {"source_address_prefix": None, "source_address_prefixes": Unknown(Why.UNRESOLVED, "var.u", possible=(["*"], ["10.0.0.0/8"]))},
        {"destination_port_range": None, "destination_port_ranges": Unknown(Why.UNRESOLVED, "var.u", possible=(["22"], ["443"]))},
        {"direction": Unknown(Why.UNRESOLVED, "var.u", possible=("Inbound", "Outbound"))},
    ],
)
def test_either_of_two_rules_is_neither(changes: dict[str, Any]) -> None:
    assert judged(rule(**changes)) is UNKNOWN
    assert judged(rule(priority=200), rule(priority=100, **{**DENY, **changes})) is not PASS


@pytest.mark.parametrize("rules", [None, [], Unknown(Why.UNSET)])
def test_a_group_without_rules_lets_nothing_in(rules: Any) -> None:
    assert outcome(facet(Ingress, record(GROUP, {"security_rule": rules}))) is PASS


@pytest.mark.parametrize("rules", [VARIABLE, [VARIABLE], "all", [["x"]]])
def test_blocks_that_are_unknown_are_not_nothing(rules: Any) -> None:
    assert outcome(facet(Ingress, record(GROUP, {"security_rule": rules}))) is UNKNOWN


def test_one_known_way_in_is_enough_beside_blocks_that_are_unknown() -> None:
    found = facet(Ingress, record(GROUP, {"name": "nsg-x", "security_rule": VARIABLE}), split(rule(priority=4000)))
    assert outcome(found) is UNKNOWN  # the unknown blocks may deny before
    denied = facet(Ingress, group(rule(priority=200)), split(rule(priority=100, **DENY)))
    assert outcome(denied) is PASS


def split(values: dict[str, Any], name: str = "r", **changes: Any) -> Record:
    named = {"network_security_group_name": "nsg-x", "resource_group_name": "rg", **changes}
    return record(RULE, {**values, **named}, name)


LINK: Doubt = Unknown(Why.COMPUTED, references=(f"{GROUP}.x",), is_=f"{GROUP}.x.id")


@pytest.mark.parametrize("link", ["nsg-x", LINK])
def test_a_split_rule_is_an_inline_rule(link: Any) -> None:
    apart = facet(Ingress, group(), split(rule(), network_security_group_name=link))
    assert apart == facet(Ingress, group(rule()))
    assert maybe(Ingress, [split(rule(), network_security_group_name=link), group()]) is None


def test_a_name_is_unique_within_a_resource_group_only() -> None:
    other = group(name="other", resource_group_name="rg-2")
    twin = record(GROUP, {**other.values, "name": "nsg-x"}, "twin")
    found = resources([group(), twin, split(rule(), resource_group_name="RG-2")])
    ours, theirs = (found[f"{GROUP}.{name}"].facets[Ingress] for name in ("x", "twin"))
    assert (outcome(ours), outcome(theirs)) == (PASS, FAIL)  # type: ignore[arg-type]
    unclear = resources([group(), twin, split(rule(), resource_group_name=VARIABLE)])
    assert {outcome(unclear[f"{GROUP}.{name}"].facets[Ingress]) for name in ("x", "twin")} == {UNKNOWN}  # type: ignore[arg-type]


def test_a_rule_of_neither_of_two_namesakes_is_judged_alone() -> None:
    twin = record(GROUP, {"name": "nsg-x", "resource_group_name": "rg-2"}, "twin")
    assert maybe(Ingress, [split(rule(), resource_group_name="rg-3"), group(), twin]) is not None
    assert maybe(Ingress, [split(rule(), resource_group_name="rg-2"), group(), twin]) is None


def test_a_reference_proves_the_name_not_the_group() -> None:
    twin = record(GROUP, {"name": "nsg-x", "resource_group_name": "rg-2"}, "twin")
    apart = split(rule(), resource_group_name="rg-2", network_security_group_name=Named("nsg-x", f"{GROUP}.x.name"))
    found = resources([group(), twin, apart])
    assert [outcome(found[f"{GROUP}.{name}"].facets[Ingress]) for name in ("x", "twin")] == [PASS, FAIL]  # type: ignore[arg-type]


def of(subscription: Any, found: Record, configuration: str = "") -> Record:
    account = subscription if isinstance(subscription, Unknown) else Known(subscription)
    return msgspec.structs.replace(found, scope=Scope("azure", account, configuration=configuration))


@pytest.mark.parametrize(
    ("theirs", "expected", "alone"),
    [
        (("1", "b"), FAIL, False),
        (("2", "b"), PASS, True),
        ((VARIABLE, "b"), UNKNOWN, False),
        ((VARIABLE, "a"), FAIL, False),  # one configuration of the provider works in one subscription
    ],
)
def test_a_name_is_unique_within_a_subscription_only(theirs: tuple[Any, str], expected: Outcome, alone: bool) -> None:
    ours, theirs_ = of("1", group(), "a"), of(theirs[0], split(rule()), theirs[1])
    assert outcome(facet(Ingress, ours, theirs_)) is expected
    assert (maybe(Ingress, [theirs_, ours]) is not None) is alone


def test_a_rule_that_may_belong_to_a_group_leaves_it_open() -> None:
    assert outcome(facet(Ingress, group(), split(rule(), network_security_group_name=VARIABLE))) is UNKNOWN


@pytest.mark.parametrize(
    ("changes", "expected"), [({}, FAIL), ({"access": "Deny"}, PASS), ({"direction": "Outbound"}, PASS), ({"access": VARIABLE}, UNKNOWN)]
)
@pytest.mark.parametrize("link", ["nsg-hub", VARIABLE, None])
def test_a_rule_of_a_group_that_is_not_at_hand_is_judged_alone(link: Any, changes: dict[str, Any], expected: Outcome) -> None:
    found = maybe(Ingress, [split(rule(**changes), network_security_group_name=link), group(name="other")])
    assert found is not None
    assert outcome(found) is expected


def test_a_rule_of_a_namesake_in_another_resource_group_is_judged_alone() -> None:
    assert maybe(Ingress, [split(rule(), resource_group_name="rg-2"), group()]) is not None


def test_a_file_that_may_hide_rules_leaves_a_group_open() -> None:
    gap = Gap(Why.FAILED, "rules.tf does not parse", Origin("rules.tf"))
    found = resources([group()], gaps=[gap])[f"{GROUP}.x"].facets[Ingress]
    assert outcome(found) is UNKNOWN  # type: ignore[arg-type]


def test_a_rule_of_absurd_size_is_not_multiplied_out() -> None:
    many = [f"10.{n // 250}.{n % 250}.0/24" for n in range(1000)]
    absurd = rule(source_address_prefix=None, source_address_prefixes=many, destination_port_ranges=[str(n) for n in range(1000)])
    found = facet(Ingress, group(absurd))
    assert outcome(found) is UNKNOWN
    assert isinstance(found.rules, Unknown)
    assert found.rules.why is Why.BOUNDED


def test_a_group_of_absurd_size_is_not_multiplied_out() -> None:
    lists = {
        "source_address_prefix": None,
        "source_address_prefixes": [f"10.{n}.0.0/16" for n in range(50)],
        "destination_port_ranges": [str(n) for n in range(10_000, 10_200)],
    }
    rules = facet(Ingress, group(*(rule(priority=number, **lists) for number in range(100, 3100)))).rules
    assert isinstance(rules, Unknown)
    assert rules.why is Why.BOUNDED


@pytest.mark.parametrize(
    ("own", "perhaps", "expected"),
    [
        ([], rule(), UNKNOWN),
        ([], rule(source_address_prefix="10.0.0.0/8"), PASS),
        ([], rule(destination_port_range="443"), PASS),
        ([rule(priority=200)], rule(priority=100, **DENY), UNKNOWN),
        ([rule(priority=100)], rule(priority=200, **DENY), FAIL),
        ([rule(priority=100, **DENY)], rule(priority=200), PASS),
        ([rule(priority=200)], rule(priority=100), FAIL),
        ([rule(priority=200)], rule(priority=100, **{**DENY, "source_address_prefix": "10.0.0.0/8"}), FAIL),
    ],
)
def test_a_rule_that_may_not_be_there_neither_opens_nor_closes(own: list[Any], perhaps: dict[str, Any], expected: Outcome) -> None:
    assert outcome(facet(Ingress, group(*own), maybe_there(split(perhaps)))) is expected
