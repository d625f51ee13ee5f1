"""Reading attributes: whatever stands there, the answer is a fact or says why not."""

from __future__ import annotations

from operator import ne
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Attr, Known, Origin, Record, Scope, Unknown, Why
from cloudaudit.model.attr import Doubt, both


def record(**values: Any) -> Record:
    origins = {"encrypted": Origin("main.tf", 3), "rule[0]": Origin("main.tf", 7)}
    return Record("aws_x", "aws_x.y", None, Scope("aws"), values, Origin("main.tf", 1), origins=origins)


def test_what_is_not_set_is_known_to_be_absent() -> None:
    assert record().flag("encrypted") == Known(None)
    assert record(rule=[]).text("rule.name") == Known(None)
    assert record(name="").text("name") == Known(None)


def test_an_attribute_that_a_plan_leaves_to_the_cloud_is_absent_and_a_block_is_not() -> None:
    unset: Doubt = Unknown(Why.UNSET)
    assert record(ssl_policy=unset).text("ssl_policy") == Known(None)
    assert record(ranges=unset).strings("ranges") == Known(())
    assert isinstance(record(ingress=unset).blocks("ingress"), Unknown)
    assert isinstance(record(versioning=unset).flag("versioning.enabled"), Unknown)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("true", True), ("1", True), ("false", False), (False, False), (None, None), ("", None)],
)
def test_flags_convert_as_terraform_does(value: Any, expected: bool | None) -> None:
    assert record(x=value).flag("x") == Known(expected)


@pytest.mark.parametrize("value", ["yes", 1, [], {}, 1.5])
def test_what_is_no_flag_is_unknown(value: Any) -> None:
    assert isinstance(record(x=value).flag("x"), Unknown)


@pytest.mark.parametrize(("value", "expected"), [(30, 30), ("30", 30), ("1.5", 1.5), (None, None), ("", None), ("-1", -1)])
def test_numbers_convert_as_terraform_does(value: Any, expected: float | None) -> None:
    assert record(x=value).number("x") == Known(expected)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", float("nan"), float("inf"), "thirty", True, [1], "²", "9" * 5000, "1e999"])
def test_what_is_no_number_is_unknown(value: Any) -> None:
    assert isinstance(record(x=value).number("x"), Unknown)


def test_one_block_is_entered_and_several_are_not_guessed_from() -> None:
    assert record(rule=[{"name": "a"}]).text("rule.name") == Known("a")
    assert record(rule={"name": "a"}).text("rule.name") == Known("a")
    assert isinstance(record(rule=[{"name": "a"}, {"name": "b"}]).text("rule.name"), Unknown)


def test_an_unknown_leaf_leaves_its_neighbours_known() -> None:
    block = record(rule=[{"name": "a", "port": Unknown(Why.UNRESOLVED, "var.port")}])
    assert block.text("rule.name") == Known("a")
    assert block.number("rule.port") == Unknown(Why.UNRESOLVED, "var.port")


def test_every_value_knows_its_place() -> None:
    found = record(encrypted=True, rule=[{"name": "a"}])
    assert str(found.flag("encrypted").origin) == "main.tf:3"
    assert str(found.text("rule.name").origin) in {"main.tf:7", "main.tf:1"}
    assert str(found.text("missing").origin) == "main.tf:1"


def test_what_only_the_cloud_can_tell_is_judged_elsewhere() -> None:
    seen = record().seen("creation_date")
    assert isinstance(seen, Unknown)
    assert seen.why is Why.ELSEWHERE


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(Unknown(Why.DENIED, "p")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values), st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3))
def test_no_shape_makes_an_accessor_raise(values: dict[str, Any], names: list[str]) -> None:
    path = ".".join(names)
    found = record(**values)
    for read in (found.at, found.text, found.flag, found.number, found.strings, found.blocks):
        assert isinstance(read(path), Known | Unknown)


def test_equality_and_inequality_are_of_meaning() -> None:
    here, there = Known(1, Origin("a.tf", 1)), Known(1, Origin("b.tf", 2))
    assert here == there
    assert not ne(here, there)
    assert Known(1) != Known(2)
    assert Known(None) != Unknown(Why.DENIED)
    assert not ne(Unknown(Why.DENIED, "p"), Unknown(Why.DENIED, "p", Origin("a")))


def test_facts_combine_and_doubts_pass_through() -> None:
    doubt: Doubt = Unknown(Why.DENIED, "p")
    one: Attr[int] = Known(1)
    assert both(one, Known(2), lambda a, b: a + b) == Known(3)
    assert both(one, doubt, lambda a, b: a + b) == doubt
    assert Unknown(Why.UNRESOLVED, "x", possible=(1, 2)).map(lambda value: value > 0) == Known(value=True)
    assert Unknown(Why.UNRESOLVED, "x", possible=(1, 2)).bare.possible == ()


def several(*candidates: Any) -> Any:
    return Unknown(Why.UNRESOLVED, "var.u", possible=candidates)


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        (None, ()),
        (["a", "b"], (Known("a"), Known("b"))),
        ("a", (Known("a"),)),
        (Unknown(Why.UNSET), ()),
        (["a", Unknown(Why.UNRESOLVED, "var.x")], (Known("a"), Unknown(Why.UNRESOLVED, "var.x"))),
        ([several("a", "b")], (several("a", "b"),)),
        (several(["a"], ["b", "a"]), (Known("a"), several("b", None))),
        (several(["a"], ["b"]), (several("a", "b"),)),
        (several(["a", "b"], ["b", "a"]), (Known("a"), Known("b"))),
        (several("a", "b"), (several("a", "b"),)),
        (several("a", None), (several("a", None),)),
    ],
)
def test_the_elements_of_a_list_are_facts_of_their_own(value: Any, elements: Any) -> None:
    assert record(ranges=value).elements("ranges") == Known(elements)


@pytest.mark.parametrize("value", [Unknown(Why.UNRESOLVED, "var.x"), several(["a"], [Unknown(Why.UNRESOLVED, "var.x")])])
def test_a_list_that_is_not_known_has_no_elements(value: Any) -> None:
    assert isinstance(record(ranges=value).elements("ranges"), Unknown)


def test_an_element_of_a_strange_shape_hides_no_other() -> None:
    first, second = record(ranges=["a", {}]).elements("ranges").value  # type: ignore[union-attr]
    assert first == Known("a")
    assert isinstance(second, Unknown)


def test_a_block_that_is_not_known_hides_no_other() -> None:
    hidden: Doubt = Unknown(Why.UNRESOLVED, "var.u")
    found = record(rule=[hidden, {"port": 22}]).blocks("rule")
    assert isinstance(found, Known)
    first, last = found.value
    assert (first.number("port"), first.path) == (Known(22), "rule[1]")
    assert last.number("port") == last.text("a.b") == hidden
    assert [rule.path for rule in (first, last)] == ["rule[1]", "rule[0]"]
    assert record(rule=[hidden]).blocks("rule") == hidden
    assert record(rule=[{"port": 22}, hidden]).number("rule.port") == hidden


def test_of_several_lists_of_blocks_those_that_all_hold_are_known() -> None:
    both_have: Any = {"port": 22}
    either: Unknown[Any] = Unknown(Why.UNRESOLVED, "var.u", possible=([both_have, {"port": 80}], [both_have]))
    found = record(rule=either).blocks("rule")
    assert isinstance(found, Known)
    assert [rule.number("port") for rule in found.value] == [Known(22), Unknown(Why.UNRESOLVED, "var.u")]
    neither: Unknown[Any] = Unknown(Why.UNRESOLVED, "var.u", possible=([both_have], None))
    assert isinstance(record(rule=neither).blocks("rule"), Unknown)
