"""The comment on a merge request, rendered by another program."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from cloudaudit.model import Gap, Inventory, Origin, Outcome, SourceKind, Why
from cloudaudit.report.formats import Options, render
from cloudaudit.report.result import result_of
from cloudaudit.report.text import printable
from tests.report.sample import CHECKS, HOSTILE, HOSTILE_ADDRESS, finding, many, sample, with_findings

markdown_it = pytest.importorskip("markdown_it", reason="comes with the extra `color`")

TAGS = {"h2", "h3", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}


class Page(HTMLParser):
    """What a browser would make of it: tags, rows of cells, and running text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.comments: list[str] = []
        self.rows: list[list[str]] = []
        self.prose = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
        if "code" not in self._open:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page(text: str) -> Page:
    parsed = Page()
    parsed.feed(markdown_it.MarkdownIt("commonmark").enable("table").render(text))
    return parsed


def test_the_first_line_is_a_marker_that_nobody_sees() -> None:
    text = render("markdown", sample())
    assert text.startswith("<!-- cloudaudit:gate -->\n## cloudaudit gate: 7 failed, 5 unknown, 1 waived\n")
    assert page(text).comments == [" cloudaudit:gate "]


def test_hostile_text_stays_in_its_cell() -> None:
    parsed = page(render("markdown", sample()))
    assert parsed.tags <= TAGS
    assert {len(row) for row in parsed.rows} == {3}
    (row,) = [row for row in parsed.rows if "img" in row[1]]
    assert row[1] == printable(HOSTILE_ADDRESS)
    assert row[2].replace("\u200b", "") == printable(HOSTILE)


def test_nobody_is_mentioned_and_nothing_is_linked() -> None:
    reason = "@everyone #12 !7 see https://example.test/x and www.example.test [x](y) ![i](j) ~bug %1 $3 &4 $$x$$"
    prose = page(
        render("markdown", with_findings([finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", reason, Origin("a.tf", 1))]))
    ).prose
    assert "example.test" in prose
    assert not re.search(r"[@#!~%$&]\w|://|www\.", prose)


def test_a_code_word_in_a_fix_stays_code() -> None:
    result = result_of(
        "gate", [Inventory("a", SourceKind.HCL, (), (Gap(Why.FAILED, "x", Origin(), "run `terraform init`"),))], [], 0, (), 3, ()
    )
    assert "**Resolve:** run `terraform init`\n" in render("markdown", result)


def test_all_is_told() -> None:
    parsed = page(render("markdown", sample()))
    addresses = {row[1] for row in parsed.rows}
    for item in sample().of(Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED):
        assert printable(item.subject.address) in addresses
    assert "broken.tf does not parse" in parsed.prose
    assert "access denied, needs rds:DescribeDBInstances" in parsed.prose
    assert "Exit code 1" in parsed.prose


@pytest.mark.parametrize("limit", [2_000, 10_000, 65_536])
def test_it_keeps_the_limit_and_counts_what_it_leaves_out(limit: int) -> None:
    findings = [*many(1_500, "data-encrypted-at-rest", Outcome.FAIL), *many(1_500, "key-rotates", Outcome.UNKNOWN)]
    text = render("markdown", with_findings(findings), Options(max_characters=limit))
    assert len(text) <= limit
    shown = sum(1 for row in page(text).rows if row[1].startswith("aws_"))
    hidden = re.search(r"\*\*([\d,]+) more rows? did not fit\*\*", text)
    assert hidden is not None
    assert int(hidden[1].replace(",", "")) == 3_000 - shown
    assert shown >= (100 if limit > 10_000 else 1)


def test_checks_of_others_need_no_clauses() -> None:
    result = result_of(
        "gate", [], [finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", "it is so", Origin("a.tf", 1))], 1, CHECKS[:1], 1, ()
    )
    assert "### Failed, low: key-rotates" in render("markdown", result)
