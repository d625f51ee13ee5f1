"""JUnit XML, read by another parser."""

from __future__ import annotations

from xml.dom import minidom

import pytest

from cloudaudit.model import Gap, Inventory, Origin, Outcome, SourceKind, Why
from cloudaudit.report.formats import render
from cloudaudit.report.result import Result, result_of
from cloudaudit.report.text import printable
from tests.report.sample import CHECKS, HOSTILE, HOSTILE_ADDRESS, clean, sample

TAGS = ("failure", "error", "skipped")


def suites(result: Result) -> dict[str, minidom.Element]:
    document = minidom.parseString(render("junit", result))
    return {suite.getAttribute("name"): suite for suite in document.getElementsByTagName("testsuite")}


def cases(result: Result, tag: str) -> list[str]:
    found = [suite.getElementsByTagName(tag) for name, suite in suites(result).items() if name != "evidence"]
    return [said.getAttribute("message") for elements in found for said in elements]


def test_each_outcome_has_its_element() -> None:
    result = sample()
    assert sorted(cases(result, "failure")) == sorted(printable(item.reason) for item in result.of(Outcome.FAIL))
    assert len(cases(result, "error")) == 5
    assert min(cases(result, "skipped")) == "an HMAC key does not rotate"
    good = suites(clean())["data-encrypted-at-rest"].getElementsByTagName("testcase")[0]
    assert not any(good.getElementsByTagName(tag) for tag in TAGS)


def test_the_counts_are_those_of_the_elements() -> None:
    root = minidom.parseString(render("junit", sample())).documentElement
    assert root is not None
    for element in (root, *root.getElementsByTagName("testsuite")):
        assert int(element.getAttribute("tests")) == len(element.getElementsByTagName("testcase"))
        for tag, attribute in zip(TAGS, ("failures", "errors", "skipped"), strict=True):
            assert int(element.getAttribute(attribute)) == len(element.getElementsByTagName(tag))


def test_a_failure_says_where_and_how_to_fix() -> None:
    case = suites(sample())["sensitive-ports-closed-to-world"].getElementsByTagName("testcase")[0]
    assert (case.getAttribute("file"), case.getAttribute("line")) == ("network.tf", "31")
    (failure,) = case.getElementsByTagName("failure")
    assert failure.getAttribute("type") == "critical"
    text = failure.firstChild
    assert isinstance(text, minidom.Text)
    assert "ingress.cidr_blocks: 0.0.0.0/0 [variables.tf:7]\nfix: allow single addresses" in text.data


def test_hostile_text_stays_text() -> None:
    case = suites(sample())["hostile-check"].getElementsByTagName("testcase")[0]
    assert case.getAttribute("name") == f"{printable(HOSTILE_ADDRESS)} (infra/prod)"
    assert case.getElementsByTagName("failure")[0].getAttribute("message") == printable(HOSTILE)


@pytest.mark.parametrize("gaps", [1, 3])
def test_a_file_that_does_not_parse_is_not_green(gaps: int) -> None:
    unread = tuple(Gap(Why.FAILED, f"{i}.tf does not parse", Origin(f"{i}.tf", 2), "mend it") for i in range(gaps))
    result = result_of("gate", [Inventory("infra", SourceKind.HCL, (), unread)], [], 0, CHECKS, 3, ())
    assert len(suites(result)["evidence"].getElementsByTagName("error")) == gaps


def test_failed_and_partial_listings_are_errors() -> None:
    names = [case.getAttribute("name") for case in suites(sample())["evidence"].getElementsByTagName("testcase")]
    assert "listing of aws_db_instance in 111122223333 us-east-1" in names
    assert not any("ap-south-1" in name for name in names)
