"""What is wrong with a waiver: the sentence for every mistake, in a file and in a comment."""

from __future__ import annotations

from datetime import date

import pytest

from cloudaudit.model import Comment, Control, Finding, Origin, Outcome, Severity, Subject
from cloudaudit.model.finding import fingerprint
from cloudaudit.policy.schema import WaiverPolicy
from cloudaudit.policy.waiver import Waiver
from cloudaudit.policy.waiver_text import Read, Source, read_comments, read_toml
from cloudaudit.policy.waiving import Audited, apply

TODAY = date(2031, 1, 1)
BLOCK = Origin("main.tf", 4)
GOOD = {
    "check": '"a"', "resource": '"x.y"', "owner": '"platform"', "ticket": '"OPS-1"', "reason": '"why"', "expires": "2031-01-31"
}  # fmt: skip
CHECKS = {"a": Severity.HIGH, "b": Severity.LOW, "c": Severity.CRITICAL}


def of_file(text: str | bytes) -> Read:
    return read_toml(text if isinstance(text, bytes) else text.encode(), Source("w.toml"))


def entry(**changes: str) -> str:
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value}
    return "[[waiver]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


ENTRIES = {
    entry(owner=""): "it has no owner",
    entry(ticket=""): "it has no ticket",
    entry(reason=""): "it has no reason",
    entry(expires=""): "it has no expires",
    entry(owner='"  "'): "owner: expected a text",
    entry(owner="3"): "owner: expected a text",
    entry(reason=f'"{"x" * 1001}"'): "reason is longer than 1,000 characters",
    entry(onwer='"x"'): "onwer is not a key: did you mean owner?",
    entry(until="2031-01-31"): "until is not a key: did you mean expires?",
    entry(zzz="1"): "zzz is not a key: expected one of check, resource",
    entry(expires="2031-01-31T00:00:00Z"): "expected a day such as 2031-01-31",
    entry(expires='"soon"'): "expires = soon: expected a day",
    entry(expires='"2031-02-30"'): "expires = 2031-02-30: expected a day",
    entry(expires='"20310131"'): "expires = 20310131: expected a day",
    entry(resource=""): "it says not what it covers",
    entry(check=""): "it says not what it covers",
    entry(fingerprint='"abc"'): "fingerprint = abc: expected the 16 digits",
    entry(**{"accept-unknown": '"yes"'}): "accept-unknown: expected true or false",
    "waiver = [1]": "it is not a table",
}

FILES = {
    "[waiver]\n": "needs [[waiver]] with two brackets",
    "title = 'x'\n": "has the key title",
    "[[waivers]]\n": "has the key waivers",
    "[[waiver]]\n" * 1001: "holds 1,001 waivers",
    "#" * 250_001: "is larger than 250,000 bytes",
    "a" + ".a" * 100_000 + " = 1": "has a line with more than 50 dots",
    "x = " + "[" * 100_000: "is not TOML",
    "x = " + "1" * 10_000: "is not TOML",
}

COMMENTS = {
    "cloudaudit:waive": "it names no check",
    'cloudaudit:waive reason="x"': "it names no check",
    "cloudaudit:waive a": "it has no owner",
    'cloudaudit:waive a reason="x': 'name="value" is expected at reason="x',
    'cloudaudit:waive a reason="x" junk': 'name="value" is expected at junk',
    'cloudaudit:waive a reason="x" reason="y"': "reason is given twice",
    'cloudaudit:waive a reason="x" owner="o" ticket="t" until=tomorrow': "until = tomorrow: expected a day",
    'cloudaudit:waive a reason="x" owner="o" ticket="t" expires=2031-01-31': "expires is not a key: did you mean until?",
    'cloudaudit:waive a reason="x" owner="o" ticket="t" resource="*" until=2031-01-31': "resource is not a key",
    "cloudaudit:waive a " + "x" * 5000: "it is longer than 4,000 characters",
    "cloudaudit:ignore a": 'the comment "cloudaudit:ignore" means nothing',
    "cloudaudit:": 'the comment "cloudaudit:" means nothing',
}


@pytest.mark.parametrize("text", ENTRIES)
def test_a_malformed_entry_is_told_and_the_others_count(text: str) -> None:
    many = text.startswith("[[")
    read = of_file(entry() + text if many else text)
    (problem,) = read.problems
    assert ENTRIES[text] in problem.what
    assert len(read.waivers) == many
    assert problem.origin == Origin("w.toml", 8 if many else None)


@pytest.mark.parametrize("text", FILES, ids=range(len(FILES)))
def test_a_file_that_cannot_be_used_is_told_in_one_line(text: str) -> None:
    read = of_file(text)
    assert read.waivers == ()
    (problem,) = read.problems
    assert FILES[text] in problem.what
    assert len(problem.what) < 300


@pytest.mark.parametrize("text", COMMENTS, ids=range(len(COMMENTS)))
def test_a_malformed_comment_is_told(text: str) -> None:
    read = read_comments([Comment(text, Origin("main.tf", 3), BLOCK)])
    assert read.waivers == ()
    (problem,) = read.problems
    assert COMMENTS[text] in problem.what
    assert (problem.origin, bool(problem.remedy)) == (Origin("main.tf", 3), True)


def test_a_comment_beside_no_resource_is_told() -> None:
    (problem,) = read_comments([Comment('cloudaudit:waive a reason="x" owner="o" ticket="t" until=2031-01-31', Origin("m.tf", 3))]).problems
    assert "stands neither in a resource block nor directly above one" in problem.what


def test_a_comment_says_all_that_an_entry_says() -> None:
    text = 'cloudaudit:waive a\n  reason = "say \\"so\\"" owner=o\n ticket="t" until="2031-01-31" accept-unknown=true'.replace(" = ", "=")
    (waiver,) = read_comments([Comment(text, Origin("m.tf", 3), BLOCK)]).waivers
    assert (waiver.check, waiver.reason, waiver.owner, waiver.expires) == ("a", 'say "so"', "o", date(2031, 1, 31))
    assert (waiver.accept_unknown, waiver.in_repository, waiver.block) == (True, True, BLOCK)


@pytest.mark.parametrize("expires", ["2031-01-31", '"2031-01-31"'])
@pytest.mark.parametrize("unknown", ["accept-unknown", "accept_unknown"])
def test_both_ways_to_write_a_day_and_a_key(expires: str, unknown: str) -> None:
    (waiver,) = of_file(entry(expires=expires, **{unknown: "true"})).waivers
    assert (waiver.expires, waiver.accept_unknown) == (date(2031, 1, 31), True)


def test_no_line_is_named_where_none_is_certain() -> None:
    hidden = entry(reason='"""\n[[waiver]]\n"""') + entry()
    assert [waiver.origin.line for waiver in of_file(hidden).waivers] == [None, None]
    assert [waiver.origin.line for waiver in of_file(entry() + "\n  [[ 'waiver' ]]\n" + entry()[11:]).waivers] == [1, 9]


def finding(check: str, address: str, outcome: Outcome = Outcome.FAIL, *, unit: str = "u", name: str | None = None) -> Finding:
    subject = Subject("x", address, name, "aws", None, None, unit)
    origin = Origin("main.tf", 4)
    return Finding(fingerprint(check, subject), check, Control.REGION, outcome, CHECKS[check], subject, origin, "it is so", (), ())


def waiver(**changes: object) -> Waiver:
    made: dict[str, object] = {"check": "a", "resource": "x.y", **changes}
    return Waiver("o", "t", date(2031, 1, 31), "why", Origin("w.toml", 1), False, **made)  # type: ignore[arg-type]


def applied(one: Waiver, *findings: Finding, units: dict[str, bool] | None = None) -> tuple[list[str], list[str]]:
    audited = Audited(CHECKS, frozenset(CHECKS), {"u": True} if units is None else units)
    after, problems = apply(findings, [one], WaiverPolicy(), TODAY, audited)
    return [item.outcome.value for item in after], [problem.what for problem in problems]


FAILED = finding("a", "x.y", name="i-1")


@pytest.mark.parametrize(
    "one",
    [
        waiver(),
        waiver(resource="i-1"),
        waiver(resource="x.*"),
        waiver(resource="?.y"),
        waiver(check="a*"),
        waiver(check=None, resource=None, fingerprint=FAILED.fingerprint),
        waiver(resource=None, fingerprint=FAILED.fingerprint),
        waiver(unit="u", fingerprint=FAILED.fingerprint),
        waiver(resource=None, block=BLOCK),
    ],
)
def test_what_names_the_finding_covers_it(one: Waiver) -> None:
    assert applied(one, FAILED) == (["waived"], [])


@pytest.mark.parametrize(
    "one",
    [
        waiver(resource="x.z"),
        waiver(resource="X.Y"),
        waiver(resource="x.[y]"),
        waiver(check="b"),
        waiver(unit="v"),
        waiver(fingerprint="0" * 16),
        waiver(check=None, resource=None, fingerprint="0" * 16),
        waiver(check="b", fingerprint=FAILED.fingerprint),
        waiver(resource=None, block=Origin("main.tf", 5)),
        waiver(resource=None, block=Origin("other.tf", 4)),
    ],
)
def test_everything_that_a_waiver_says_must_agree(one: Waiver) -> None:
    outcomes, problems = applied(one, FAILED, units={"u": True, "v": True})
    assert outcomes == ["fail"]
    assert ["covers no finding" in problem for problem in problems] == [True]


def test_nothing_is_called_unused_where_it_may_be_hidden() -> None:
    assert applied(waiver(resource="x.z"), FAILED, units={"u": False}) == (["fail"], [])
    assert applied(waiver(resource="x.z", unit="elsewhere"), FAILED) == (["fail"], [])
    assert applied(waiver(unit="u"), finding("a", "x.y", Outcome.PASS), units={"u": False})[1] == [
        "the waiver of a for x.y is not needed: what it covers does not fail"
    ]


@pytest.mark.parametrize("check", ["*", "**", "?", "?*", "*?*"])
def test_every_check_is_too_much(check: str) -> None:
    outcomes, problems = applied(waiver(check=check), FAILED)
    assert (outcomes, "is every check" in problems[0]) == (["fail"], True)


@pytest.mark.parametrize("resource", ["*", "x.*", "x.y*", "module.*.x.?", 'x.y["a"].*', "arn:aws:ec2:*:sg-*"])
def test_a_critical_resource_is_named(resource: str) -> None:
    outcomes, problems = applied(waiver(check="c", resource=resource), finding("c", "x.y"))
    assert (outcomes, "a wildcard is not allowed for c, which is critical" in problems[0]) == (["fail"], True)


@pytest.mark.parametrize(("resource", "address"), [("*.x.y", "module.m.x.y"), ("x.y[*]", 'x.y["a.b"]'), ('x.y["*"]', 'x.y["k"]')])
def test_modules_and_instance_keys_of_a_critical_resource_may_be_left_open(resource: str, address: str) -> None:
    assert applied(waiver(check="c", resource=resource), finding("c", address)) == (["waived"], [])


def test_the_far_end_of_time_is_no_error() -> None:
    late = waiver()
    after, problems = apply([FAILED], [late], WaiverPolicy(max_days=36500), date(9999, 12, 1), Audited(CHECKS, frozenset(CHECKS), {}))
    assert (after[0].outcome, len(problems)) == (Outcome.FAIL, 1)
