"""What firewall rules let in."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Doubt, Ingress, Known, Outcome, Peer, Unknown, Why
from cloudaudit.policy import Policy
from cloudaudit_checks.network_segmentation.sensitive_ports_closed_to_world import sensitive_ports_closed_to_world
from tests.gcp.records import facet, record

VARIABLE: Doubt = Unknown(Why.UNRESOLVED, "var.x")
UNSET: Doubt = Unknown(Why.UNSET)
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SSH = {"allow": [{"protocol": "tcp", "ports": ["22"]}]}
WORLD = {"source_ranges": ["0.0.0.0/0"]}


def ingress(**values: Any) -> Ingress:
    return facet(Ingress, record("google_compute_firewall", {"name": "x", "network": "n", **values}))


def judged(**values: Any) -> Outcome:
    return sensitive_ports_closed_to_world.function(ingress(**values), Policy()).outcome


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, FAIL),
        ({"direction": UNSET}, FAIL),
        ({"direction": "INGRESS"}, FAIL),
        ({"direction": "EGRESS"}, PASS),
        ({"direction": VARIABLE}, UNKNOWN),
        ({"direction": "SIDEWAYS"}, UNKNOWN),
        ({"disabled": False}, FAIL),
        ({"disabled": True}, PASS),
        ({"disabled": VARIABLE}, UNKNOWN),
        ({"disabled": VARIABLE, "direction": "EGRESS"}, PASS),
        ({"priority": 0}, FAIL),
        ({"priority": VARIABLE}, FAIL),
        ({"priority": "nan"}, FAIL),
        ({"target_tags": ["bastion"]}, FAIL),
    ],
)
def test_a_rule_that_opens_ssh_to_the_world(values: dict[str, Any], expected: Outcome) -> None:
    assert judged(**SSH, **WORLD, **values) is expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({}, FAIL),
        ({"source_ranges": UNSET}, FAIL),
        ({"source_ranges": [], "source_tags": [], "source_service_accounts": []}, FAIL),
        ({"source_ranges": ["::/0"]}, FAIL),
        ({"source_ranges": ["10.0.0.0/8", "0.0.0.0/0"]}, FAIL),
        ({"source_ranges": ["10.0.0.0/8"]}, PASS),
        ({"source_ranges": ["35.235.240.0/20"]}, PASS),
        ({"source_tags": ["web"]}, PASS),
        ({"source_service_accounts": ["a@b"]}, PASS),
        ({"source_tags": ["web"], "source_ranges": ["0.0.0.0/0"]}, FAIL),
        ({"source_tags": [VARIABLE], "source_ranges": ["10.0.0.0/8"]}, PASS),
        ({"source_tags": VARIABLE}, UNKNOWN),  # may be empty, and that is everybody
        ({"source_ranges": VARIABLE}, UNKNOWN),
        ({"source_ranges": ["10.0.0.0/8", VARIABLE]}, UNKNOWN),
        ({"source_ranges": ["10.0.0.0/99"]}, UNKNOWN),
        ({"source_ranges": {"a": 1}}, UNKNOWN),
    ],
)
def test_whom_a_rule_speaks_of(sources: dict[str, Any], expected: Outcome) -> None:
    assert judged(**SSH, **sources) is expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"protocol": "tcp", "ports": ["22"]}, FAIL),
        ({"protocol": "TCP", "ports": ["20-25"]}, FAIL),
        ({"protocol": "6", "ports": [22]}, FAIL),
        ({"protocol": "17", "ports": ["161"]}, PASS),
        ({"protocol": "tcp"}, FAIL),
        ({"protocol": "all"}, FAIL),
        ({"protocol": "tcp", "ports": []}, FAIL),
        ({"protocol": "tcp", "ports": ["443", "8443"]}, PASS),
        ({"protocol": "icmp"}, PASS),
        ({"protocol": "1"}, PASS),
        ({"protocol": "esp"}, PASS),
        ({"protocol": VARIABLE, "ports": ["22"]}, UNKNOWN),
        ({"protocol": "tcp", "ports": VARIABLE}, UNKNOWN),
        ({"protocol": "tcp", "ports": ["443", VARIABLE]}, UNKNOWN),
        ({"protocol": "tcp", "ports": ["ssh"]}, UNKNOWN),
        ({"ports": ["22"]}, UNKNOWN),
        ({"protocol": "icmp", "ports": VARIABLE}, PASS),
    ],
)
def test_what_a_rule_speaks_of(block: dict[str, Any], expected: Outcome) -> None:
    assert judged(allow=[block], **WORLD) is expected
    assert judged(deny=[block], **WORLD) is not FAIL


@pytest.mark.parametrize("blocks", [VARIABLE, [VARIABLE], "all"])
def test_blocks_that_are_unknown_are_not_nothing(blocks: Any) -> None:
    assert judged(allow=blocks, **WORLD) is UNKNOWN
    assert judged(allow=blocks, source_ranges=["10.0.0.0/8"]) is PASS


@pytest.mark.parametrize("unsure", [{"disabled": VARIABLE}, {"direction": VARIABLE}])
def test_a_rule_that_may_not_apply_lets_in_no_more_than_it_says(unsure: dict[str, Any]) -> None:
    assert judged(**SSH, source_ranges=["10.0.0.0/8"], **unsure) is PASS
    assert judged(allow=[{"protocol": "tcp", "ports": ["443"]}], **WORLD, **unsure) is PASS
    assert judged(**SSH, **WORLD, **unsure) is UNKNOWN


def test_either_of_two_rules_is_neither() -> None:
    def either(*values: Any) -> Unknown[Any]:
        return Unknown(Why.UNRESOLVED, "var.u", possible=values)

    assert judged(**SSH, source_ranges=either(["0.0.0.0/0"], ["10.0.0.0/8"])) is UNKNOWN
    assert judged(allow=[{"protocol": either("tcp", "icmp"), "ports": either(["22"], ["443"])}], **WORLD) is UNKNOWN
    assert judged(**SSH, **WORLD, direction=either("INGRESS", "EGRESS"), disabled=either(True, False)) is UNKNOWN


def test_a_rule_without_blocks_lets_nothing_in() -> None:
    assert judged(**WORLD) is PASS


def test_unset_the_priority_is_1000_and_a_tag_has_no_address() -> None:
    rules = ingress(deny=[{"protocol": "all"}], source_tags=["web"]).rules
    assert isinstance(rules, Known)
    (rule,) = rules.value
    assert (rule.priority, rule.allow, rule.source) == (Known(1000), Known(value=False), Known(Peer(name="tag or service account")))


def test_the_order_of_blocks_and_sources_does_not_matter() -> None:
    blocks = [{"protocol": "tcp", "ports": ["22", "80"]}, {"protocol": "udp"}]
    one = ingress(allow=blocks, source_ranges=["10.0.0.0/8", "0.0.0.0/0"])
    assert one == ingress(allow=blocks[::-1], source_ranges=["0.0.0.0/0", "10.0.0.0/8"])


def test_a_rule_of_absurd_size_is_not_multiplied_out() -> None:
    ranges = [f"10.{n // 250}.{n % 250}.0/24" for n in range(1000)]
    found = ingress(allow=[{"protocol": "tcp", "ports": [str(n) for n in range(1000)]}], source_ranges=ranges)
    assert isinstance(found.rules, Unknown)
    assert found.rules.why is Why.BOUNDED
    assert sensitive_ports_closed_to_world.function(found, Policy()).outcome is UNKNOWN


def several(*candidates: Any) -> Any:
    return Unknown(Why.UNRESOLVED, "var.u", possible=candidates)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"source_ranges": ["0.0.0.0/0", VARIABLE]}, FAIL),
        ({"source_ranges": ["10.0.0.0/8", VARIABLE]}, UNKNOWN),
        ({"source_ranges": several(["0.0.0.0/0"], ["10.0.0.0/8", "0.0.0.0/0"])}, FAIL),
        ({"source_ranges": several(["10.0.0.0/8"], ["192.168.0.0/16"])}, PASS),
        ({"source_ranges": several(["10.0.0.0/8"], None)}, UNKNOWN),
        ({"source_ranges": several(["10.0.0.0/8"], [])}, UNKNOWN),
        ({"source_ranges": several(["10.0.0.0/8"], []), "source_tags": ["a"]}, PASS),
        ({"source_ranges": several(["10.0.0.0/8"], ["10.0.0.0/8", "192.168.0.0/16"])}, PASS),
        ({"source_tags": [""]}, FAIL),
        ({"source_tags": ["", "a"]}, PASS),
        ({"source_tags": [VARIABLE]}, UNKNOWN),
        ({"source_service_accounts": [Unknown(Why.COMPUTED, "google_service_account.a.email")]}, PASS),
    ],
)
def test_a_source_that_is_not_known_hides_no_other(values: dict[str, Any], expected: Outcome) -> None:
    assert judged(**SSH, **values) is expected


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        (["22", VARIABLE], FAIL),
        (["80", VARIABLE], UNKNOWN),
        (several(["80"], ["81"]), PASS),
        (several(["80"], None), UNKNOWN),
        (several(["22"], ["22", "80"]), FAIL),
    ],
)
def test_a_port_that_is_not_known_hides_no_other(ports: Any, expected: Outcome) -> None:
    assert judged(**WORLD, allow=[{"protocol": "tcp", "ports": ports}]) is expected
