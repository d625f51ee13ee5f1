"""CSV, read by another reader, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from cloudaudit.model import Evidence, Origin, Outcome
from cloudaudit.report.formats import render
from cloudaudit.report.result import Result
from tests.report.sample import finding, sample, with_findings


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render("csv", result)), strict=True))


def test_one_row_per_finding_in_order() -> None:
    result = sample()
    assert [row["fingerprint"] for row in rows(result)] == [item.fingerprint for item in result.findings]
    first = rows(result)[0]
    assert (first["outcome"], first["severity"], first["file"], first["line"]) == ("fail", "critical", "network.tf", "31")
    assert first["evidence"] == "ingress.from_port: 22 [network.tf:34]; ingress.cidr_blocks: 0.0.0.0/0 [variables.tf:7]"


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1+2", "@SUM(A1)", " =cmd()", "\t=cmd()", "\uff1dcmd()", '"=cmd()', "x; =cmd()", "x;@y"])
def test_nothing_is_a_formula(text: str) -> None:
    (row,) = rows(with_findings([finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", text, Origin(text, 1), Evidence(text))]))
    for cell in (row["reason"], row["file"], row["evidence"]):
        for part in cell.split(";"):
            assert not part.strip(" \"'").startswith(tuple("=+-@\uff1d")) or part.strip(' "').startswith("'")


def test_every_line_is_a_record() -> None:
    text = render("csv", sample())
    assert text.count("\n") == len(sample().findings) + 1
    assert text.replace("\n", "").isprintable()
