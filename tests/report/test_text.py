"""The text report: order, width, cuts, colour, and nothing that could steer a terminal or a pipeline's runner."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from cloudaudit.model import Census, Inventory, Origin, Outcome, SourceKind, Unknown, Why
from cloudaudit.report.formats import Options, render
from cloudaudit.report.remedies import remedy
from cloudaudit.report.result import result_of
from cloudaudit.report.text import cells, printable
from cloudaudit.report.wording import place
from tests.report.sample import finding, many, sample, unknown, with_findings

SGR = re.compile("\x1b\\[[0-9;]*m")


def section_starts(text: str) -> list[str]:
    lines = text.splitlines()
    return [line.split("  ")[0] for before, line in pairwise(lines) if not before and line]


def test_what_fails_comes_first_by_severity_and_nothing_is_left_out() -> None:
    text = render("text", sample())
    assert section_starts(text) == [*["FAIL"] * 4, *["UNKNOWN"] * 3, "WAIVED", "NOT READ", "COVERAGE", "Findings"]
    assert re.findall(r"^FAIL  (\w+)", text, re.MULTILINE) == ["critical", "high", "medium", "low"]
    assert "PASS" not in text


def test_a_failure_says_where_why_and_how_to_fix() -> None:
    text = render("text", sample(), Options(width=120))
    group = text[text.index("FAIL  critical") : text.index("FAIL  high")]
    assert "port 22 is open to 0.0.0.0/0\n    network.tf:31  aws_security_group.admin\n  fix: allow single addresses" in group


def test_the_summary_always_says_unknown_census_and_coverage() -> None:
    text = " ".join(render("text", sample()).split())
    assert "7 failed (1 critical, 4 high, 1 medium, 1 low), 5 unknown, 1 waived, 1 passed, 1 not applicable, on 16 resources" in text
    assert "declared 14, evaluated 9, unknown 1, absent 1, not read by any reader 3 (aws_lambda_function 40, aws_iam_role 2" in text
    assert "1 of 4 listings complete, 1 partial, 1 failed, 1 skipped" in text
    assert "Exit code 1: 6 findings failed at severity medium or above; 5 verdicts unknown; 4 gaps" in text
    assert "0 failed, 0 unknown, 0 passed" in render("text", with_findings([]))


def test_types_that_nothing_reads_are_told_without_a_census_too() -> None:
    result = msgspec.structs.replace(sample(), census=Census())
    assert "Not read  no reader takes aws_lambda_function 40, aws_iam_role 2, aws_sqs_queue 1\n" in render("text", result)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_lines_fit_unless_one_name_is_longer(width: int) -> None:
    result = sample()
    whole = {printable(text) for item in result.findings for text in (item.subject.address, place(item))}
    for line in render("text", result, Options(width=width, verbose=True)).splitlines():
        assert line == line.rstrip()
        assert cells(line) <= width or line.strip() in whole or " " not in line.strip()


def test_a_wide_script_counts_its_columns() -> None:
    wide = finding("key-rotates", Outcome.FAIL, "aws_kms_key.k", "鍵はローテーションされません " * 9, Origin("main.tf", 1))
    assert all(cells(line) <= 60 for line in render("text", with_findings([wide]), Options(width=60)).splitlines())


def test_many_units_are_counted() -> None:
    parts = [Inventory(f"infra/{i}", SourceKind.HCL, ()) for i in range(5)]
    text = render("text", result_of("gate", parts, [], 0, (), 0, ()))
    assert "gate  infra/0, infra/1, infra/2, and 2 more units\n" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_addresses_are_never_broken(width: int) -> None:
    result = sample()
    lines = render("text", result, Options(width=width)).replace("#\\#", "##").splitlines()
    for item in result.of(Outcome.FAIL, Outcome.UNKNOWN):
        assert any(line.endswith(printable(item.subject.address)) for line in lines)


def test_long_groups_are_cut_and_verbose_shows_all() -> None:
    result = with_findings(many(37, "data-encrypted-at-rest", Outcome.FAIL))
    short = render("text", result)
    assert short.count("aws_ebs_volume.v[") == 20
    assert "... and 17 more (--verbose)" in short
    full = render("text", result, Options(verbose=True))
    assert full.count("aws_ebs_volume.v[") == 37
    assert "more (" not in full


def test_many_causes_of_unknown_are_cut_and_counted() -> None:
    findings = [
        finding("key-rotates", Outcome.UNKNOWN, f"aws_kms_key.k{i}", "unknown", Origin("a.tf", 1), unknown(Why.COMPUTED, f"key {i:02}"))
        for i in range(25)
    ]
    text = render("text", with_findings(findings))
    assert text.count("UNKNOWN  ") == 20
    assert "... and 5 more causes of 5 unknown verdicts (--verbose)" in text


def test_unknown_verdicts_of_one_cause_are_told_once_the_most_frequent_first() -> None:
    text = render("text", sample())
    causes = re.findall(r"^UNKNOWN  (.*)$", text, re.MULTILINE)
    assert causes == [
        "access denied, needs s3:GetEncryptionConfiguration",
        "var.encrypt has no value",
        "whether the key rotates is not proven",
    ]
    assert text.count("resolve: pass the variable: --var encrypt=VALUE") == 1


def test_every_gap_is_told_with_what_resolves_it() -> None:
    text = render("text", sample(), Options(width=200))
    for gap in sample().gaps:
        assert f"  {printable(gap.what)}".replace("##", "#\\#") in text
        assert f"    resolve: {gap.remedy}" in text or not gap.remedy


def test_a_name_that_does_not_fit_beside_the_widest_place_stands_below_its_own() -> None:
    places = [Origin("modules/network/gateway/main.tf", 1), Origin("a.tf", 2)]
    names = ["aws_kms_key.k", "aws_kms_key.a_name_that_takes_forty_columns_x"]
    rows = [finding("key-rotates", Outcome.FAIL, name, "it is so", origin) for name, origin in zip(names, places, strict=True)]
    lines = render("text", with_findings(rows), Options(width=60)).splitlines()
    assert "    modules/network/gateway/main.tf:1  aws_kms_key.k" in lines
    assert lines[lines.index("    a.tf:2") + 1] == f"      {names[1]}"


def test_verbose_lists_what_passed_and_what_was_read() -> None:
    text = render("text", sample(), Options(verbose=True))
    assert "PASS  high  Data at rest" in text
    assert "NOT APPLICABLE  low  Keys rotate" in text
    assert "ingress.from_port: 22 [network.tf:34]" in text


def test_colour_is_only_paint() -> None:
    plain, painted = (render("text", sample(), Options(color=color)) for color in (False, True))
    assert SGR.search(painted)
    assert SGR.sub("", painted) == plain


@pytest.mark.parametrize("options", [Options(), Options(verbose=True), Options(width=40)])
def test_input_steers_neither_terminal_nor_runner(options: Options) -> None:
    text = render("text", sample(), options)
    assert text.replace("\n", "").isprintable()
    assert "##" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_without_unicode_the_text_is_ascii() -> None:
    umlaut = finding("key-rotates", Outcome.FAIL, 'aws_kms_key.k["Größe"]', "zu groß", Origin("größe.tf", 1))
    assert "größe.tf:1" in render("text", with_findings([umlaut]))
    text = render("text", with_findings([umlaut]), Options(unicode=False))
    assert text.isascii()
    assert "gr\\xf6\\xdfe.tf:1" in text


@pytest.mark.parametrize(
    ("fact", "advice"),
    [
        (Unknown(Why.UNRESOLVED, "", references=("var.key.arn",)), "--var key=VALUE"),
        (Unknown(Why.UNRESOLVED, "", references=("aws_x.y", "module.vpc.id")), 'fetch module "vpc" (terraform init)'),
        (Unknown(Why.UNRESOLVED, "", references=("data.aws_kms_key.main.arn",)), "there data.aws_kms_key.main has answered"),
        (Unknown(Why.UNRESOLVED, "not set"), "set it in the configuration"),
        (Unknown(Why.DENIED, "s3:GetBucketPolicy"), "grant it"),
        (Unknown(Why.SENSITIVE), "is neither read nor shown"),
        (Unknown(Why.DENIED, "sts:GetCallerIdentity: the credentials have expired"), "mend what refuses it"),
        (Unknown(Why.DENIED, "ec2:DescribeVolumes: denied by a service control policy"), "mend what refuses it"),
    ],
)
def test_a_remedy_names_what_to_pass_fetch_or_grant(fact: Unknown[Any], advice: str) -> None:
    assert advice in remedy(fact)


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_a_remedy(why: Why) -> None:
    assert remedy(Unknown(why, "x"))
