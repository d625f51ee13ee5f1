"""Laws that hold for any text in any place: no format breaks, and none lets text become structure."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import CoverageStatus, Evidence, Gap, Inventory, Origin, Outcome, SourceKind, Unknown, Why
from cloudaudit.model.inventory import Coverage
from cloudaudit.report.formats import Options, names, render
from cloudaudit.report.result import Result, result_of
from cloudaudit.report.text import encodable
from tests.report.sample import CHECKS, finding

NASTY = [
    "\x1b]0;x\x07",
    "\r\n",
    "::error::",
    "##[",
    "###vso[",
    "](x)",
    "{0}",
    "<!--",
    "-->",
    "]]>",
    "```",
    "|",
    "\\",
    "'\"",
    "\ud800",
    "\u2028",
    "%0A",
    "@a",
]
texts = st.lists(st.one_of(st.text(st.characters(codec=None), max_size=8), st.sampled_from(NASTY)), min_size=1, max_size=5).map("".join)
outcomes = st.sampled_from([Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED])


@st.composite
def results(draw: st.DrawFn) -> Result:
    items = []
    for _ in range(draw(st.integers(1, 3))):
        origin = draw(st.sampled_from([Origin(draw(texts), 3), Origin(call=draw(texts))]))
        evidence = Evidence(draw(texts), origin, draw(st.sampled_from([None, Unknown(Why.UNRESOLVED, draw(texts), None, (draw(texts),))])))
        check = draw(st.sampled_from(["key-rotates", "data-encrypted-at-rest"]))
        items.append(finding(check, draw(outcomes), draw(texts), draw(texts), origin, evidence, unit="u"))
    gap = Gap(Why.FAILED, draw(texts), Origin(draw(texts), 1), draw(texts), "u")
    row = Coverage("u", draw(texts), CoverageStatus.PARTIAL, 1, draw(texts), draw(texts), Why.FAILED, draw(texts))
    part = Inventory(draw(texts), SourceKind.HCL, (), (gap,), (row,), unread={draw(texts): 2})
    return result_of("gate", [part], items, 3, CHECKS, 1, (draw(texts),))


@given(results())
def test_no_format_breaks_or_lets_an_unprintable_character_out(result: Result) -> None:
    for name in names():
        for options in (Options(), Options(width=40, verbose=True, unicode=False)):
            text = render(name, result, options)
            assert text.replace("\n", "").isprintable()
            assert text == render(name, result, options)


@given(results())
def test_json_gives_back_what_it_was_given(result: Result) -> None:
    found = json.loads(render("json", result))["findings"]
    assert [item["reason"] for item in found] == [encodable(item.reason) for item in result.findings]
    assert [item["resource"]["address"] for item in found] == [encodable(item.subject.address) for item in result.findings]


@given(results())
def test_no_text_adds_a_record(result: Result) -> None:
    rows = list(csv.reader(io.StringIO(render("csv", result)), strict=True))
    assert len(rows) == len(result.findings) + 1
    assert len({len(row) for row in rows}) == 1
    root = ET.fromstring(render("junit", result))
    assert len(root.findall(".//testcase")) == len(result.findings) + 2
    commands = render("github", result).splitlines()
    shown = len(result.of(Outcome.FAIL, Outcome.UNKNOWN)) + 2
    assert len(commands) == shown
    assert all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in commands)


@given(results())
def test_no_text_of_the_input_steers_a_runner(result: Result) -> None:
    assert not any(mark in render(name, result) for name in names() for mark in ("##[", "##vso["))
    for width in (40, 100):
        lines = render("text", result, Options(width=width)).splitlines()
        assert not any(line.lstrip().startswith("::") or "##" in line for line in lines)
