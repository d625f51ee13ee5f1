"""Any calls go wrong in any way: verdicts become UNKNOWN and nothing else, and what vanishes is covered by a gap of its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Outcome, Why
from cloudaudit.policy import Check, Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.needs import ALL, Needs
from cloudaudit.sources.live.transport import CallError, Deadline
from tests.aws.conftest import ACCOUNT
from tests.aws.recorded import Answers, Recorded, answers
from tests.aws.test_faults import LISTINGS

Key = tuple[str, str, str]
Fault = Callable[[Any, str, Iterator[Any]], Iterator[Any]]
THEIRS = "arn:aws:kms:us-east-1:999999999999:key/theirs"
LISTED = {listing.call for listing in LISTINGS}


@cache
def recorded() -> Answers:
    """The recorded account, with a volume under a key of another one."""
    found = answers()
    volume = next(volume for volume in found["ec2:DescribeVolumes", ""]["Volumes"] if volume["Encrypted"])
    volume["KmsKeyId"] = THEIRS
    found["kms:DescribeKey", "key/theirs"] = {"KeyMetadata": {"Arn": THEIRS, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}}
    return found


class Disturbed(Recorded):
    """Repeats answers; calls with these numbers go wrong."""

    def __init__(self, faults: Mapping[int, str], deadline: Deadline) -> None:
        super().__init__(recorded())
        self.faults = faults
        self.deadline = deadline

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        good = super().pages(call, args, region)
        fault = self.faults.get(len(self.asked))
        return FAULTS[fault](self, call, good) if fault is not None else good


def refusing(why: Why, code: str) -> Fault:
    def fault(_cloud: Disturbed, call: str, _good: Iterator[Any]) -> Iterator[Any]:
        raise CallError(why, call, call, code=code)

    return fault


def saying(page: Any) -> Fault:
    return lambda _cloud, _call, _good: iter([page])


def after_a_page(_cloud: Disturbed, call: str, good: Iterator[Any]) -> Iterator[Any]:
    yield from good
    raise CallError(Why.DENIED, call, call, code="AccessDenied")


def interrupted(cloud: Disturbed, _call: str, good: Iterator[Any]) -> Iterator[Any]:
    cloud.deadline.interrupt()
    yield from good


def crashing(_cloud: Disturbed, _call: str, _good: Iterator[Any]) -> Iterator[Any]:
    raise KeyError("surprise")


def with_nothing_in_it(_cloud: Disturbed, call: str, good: Iterator[Any]) -> Iterator[Any]:
    """Every list and structure is empty. Of a listing, that there is nothing is an answer."""
    for page in good:
        empty = {name: type(value)() if isinstance(value, list | dict) else value for name, value in page.items()}
        yield page if call in LISTED else empty


def with_nulls(_cloud: Disturbed, _call: str, good: Iterator[Any]) -> Iterator[Any]:
    for page in good:
        yield dict.fromkeys(page)


def in_lists(_cloud: Disturbed, _call: str, good: Iterator[Any]) -> Iterator[Any]:
    for page in good:
        yield {name: [None] if isinstance(value, list) else [value] for name, value in page.items()}


FAULTS: dict[str, Fault] = {
    "denied": refusing(Why.DENIED, "AccessDenied"),
    "rejected": refusing(Why.FAILED, "ValidationError"),
    "throttled": refusing(Why.THROTTLED, "Throttling"),
    "second page denied": after_a_page,
    "interrupted": interrupted,
    "a crash": crashing,
    "an empty answer": saying({}),
    "a list": saying([1]),
    "text": saying("text"),
    "nothing": saying(None),
    "nothing in it": with_nothing_in_it,
    "nulls": with_nulls,
    "lists of everything": in_lists,
}


class WithoutOne(Recorded):
    """Repeats answers; one operation goes wrong, whenever it is asked."""

    def __init__(self, operation: str, fault: Fault) -> None:
        super().__init__(recorded())
        self.operation, self.fault = operation, fault
        self.deadline = Deadline()

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        good = super().pages(call, args, region)
        return self.fault(self, call, good) if call == self.operation else good


def said_by(checks: Sequence[Check], cloud: Recorded, needs: Needs) -> dict[Key, Outcome]:
    source = collect(LISTINGS, cloud, ACCOUNT, needs=needs, workers=1)
    found = audit(read(source, plugins.reader_of, Policy().environments.rules()), checks, Policy(), plugins.reader_of)
    return {(finding.check, finding.subject.type, finding.subject.address): finding.outcome for finding in found}


_SOME = ("denied", "an empty answer")
_OTHERS = [
    pytest.param(fault, marks=pytest.mark.slow) for fault in FAULTS if fault not in {*_SOME, "interrupted"}
]  # that is a matter of when


@pytest.mark.parametrize("fault", [*_SOME, *_OTHERS])
def test_a_chosen_check_says_what_the_whole_scan_says(fault: str) -> None:
    """Whatever goes wrong: what is not asked, because nothing that was chosen rests on it, decides nothing."""
    for operation in ("none", *sorted({call for listing in LISTINGS for call in listing.calls})):
        whole = said_by(plugins.checks(), WithoutOne(operation, FAULTS[fault]), ALL)
        for check in plugins.checks():
            alone = said_by([check], WithoutOne(operation, FAULTS[fault]), plugins.needs_of([check]))
            assert alone == {key: outcome for key, outcome in whole.items() if key[0] == check.id}, operation


GONE = [
    (key, code)
    for key in recorded()
    for code in sorted({code for listing in LISTINGS for detail in listing.details if detail.call == key[0] for code in detail.gone})
]


@pytest.mark.parametrize("operation", sorted({call for (call, _), _ in GONE}))
def test_what_one_answer_says_is_gone_is_there_under_a_chosen_check_as_in_the_whole_scan(operation: str) -> None:
    for key, code in (one for one in GONE if one[0][0] == operation):
        cloud = {**recorded(), key: code}
        whole = said_by(plugins.checks(), Recorded(cloud), ALL)
        for check in plugins.checks():
            alone = said_by([check], Recorded(cloud), plugins.needs_of([check]))
            assert alone == {one: outcome for one, outcome in whole.items() if one[0] == check.id}, key


def test_what_every_answer_says_is_gone_is_dropped_under_a_chosen_check_too() -> None:
    cloud = {key: "NoSuchBucket" if key[0].startswith("s3:GetBucket") and key[1] == "plain" else page for key, page in recorded().items()}
    for check in plugins.checks():
        assert "arn:aws:s3:::plain" not in {address for _, _, address in said_by([check], Recorded(cloud), plugins.needs_of([check]))}


def judged(faults: Mapping[int, str]) -> tuple[dict[Key, Outcome], set[str], int]:
    """The outcomes, the types that gaps name, and the number of calls."""
    deadline = Deadline()
    cloud = Disturbed(faults, deadline)
    source = collect(LISTINGS, cloud, ACCOUNT, workers=1, deadline=deadline)
    found = audit(read(source, plugins.reader_of, Policy().environments.rules()), plugins.checks(), Policy(), plugins.reader_of)
    outcomes = {(finding.check, finding.subject.type, finding.subject.address): finding.outcome for finding in found}
    return outcomes, {kind for gap in source.gaps for kind in (*gap.types, *gap.nested)}, len(cloud.asked)


@cache
def undisturbed() -> tuple[dict[Key, Outcome], int]:
    outcomes, gaps, calls = judged({})
    assert not gaps
    return outcomes, calls


def breaches(faults: Mapping[int, str]) -> list[str]:
    before, _ = undisturbed()
    after, gaps, _ = judged(faults)
    lost = [f"{key} is lost" for key in before.keys() - after.keys() if key[1] not in gaps]
    moved = [f"{key}: {before.get(key)} became {now}" for key, now in after.items() if now not in {before.get(key), Outcome.UNKNOWN}]
    return lost + moved


@pytest.mark.parametrize("fault", FAULTS)
def test_any_one_call_goes_wrong(fault: str) -> None:
    found = {number: breaches({number: fault}) for number in range(undisturbed()[1])}
    assert {number: told for number, told in found.items() if told} == {}


@settings(max_examples=60)
@given(st.dictionaries(st.integers(0, 60), st.sampled_from(sorted(FAULTS)), min_size=2, max_size=12))
def test_any_several_calls_go_wrong(faults: dict[int, str]) -> None:
    assert breaches(faults) == []


def test_the_law_catches_an_answer_that_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAULTS, "denied", saying({"ServerSideEncryptionConfiguration": {"Rules": []}, "Policy": "{}", "Volumes": []}))
    assert any(breaches({number: "denied"}) for number in range(undisturbed()[1]))
