"""What holds for every waiver and every set of findings, and for every text that claims to be one."""

from __future__ import annotations

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Comment, Control, Finding, Origin, Outcome, Severity, Subject
from cloudaudit.model.finding import fingerprint
from cloudaudit.policy.schema import WaiverPolicy
from cloudaudit.policy.waiver import Waiver
from cloudaudit.policy.waiver_text import Source, read_comments, read_toml, written
from cloudaudit.policy.waiving import Audited, apply

CHECKS = {"a-1": Severity.HIGH, "a-2": Severity.LOW, "b": Severity.CRITICAL}
ADDRESSES = ("x.y", "x.z", "x.y[0]", 'x.y["k"]', "module.m.x.y")
BLOCKS = (Origin("main.tf", 1), Origin("main.tf", 9))


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    check = draw(st.sampled_from(sorted(CHECKS)))
    subject = Subject("x", draw(st.sampled_from(ADDRESSES)), draw(st.sampled_from([None, "i-1"])), "aws", None, None, "u")
    origin = draw(st.sampled_from(BLOCKS))
    outcome = draw(st.sampled_from([Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE]))
    return Finding(fingerprint(check, subject), check, Control.REGION, outcome, CHECKS[check], subject, origin, "it is so", (), ())


@st.composite
def waivers(draw: st.DrawFn) -> Waiver:
    kind = draw(st.sampled_from(["resource", "block", "fingerprint"]))
    check = draw(st.sampled_from(["a-1", "a-2", "b", "a-*", "*", "none"]))
    subject = Subject("x", draw(st.sampled_from(ADDRESSES)), None, "aws", None, None, "u")
    return Waiver(
        "owner",
        "ticket",
        draw(st.dates(date(2030, 11, 1), date(2031, 5, 1))),
        "why",
        Origin("w.toml", draw(st.integers(1, 5))),
        draw(st.booleans()),
        check=None if kind == "fingerprint" else check,
        resource=draw(st.sampled_from([*ADDRESSES, "*", "x.*", "*.y", "i-1"])) if kind == "resource" else None,
        fingerprint=fingerprint("a-1", subject) if kind == "fingerprint" else None,
        block=draw(st.sampled_from(BLOCKS)) if kind == "block" else None,
        unit=draw(st.sampled_from([None, "u", "v"])),
        accept_unknown=draw(st.booleans()),
    )


rules = st.builds(
    WaiverPolicy,
    max_days=st.sampled_from([0, 30, 90]),
    forbid_checks=st.sampled_from([(), ("a-*",), ("b",)]),
    forbid_severities=st.sampled_from([(), (Severity.CRITICAL,)]),
    in_repository=st.sampled_from(["never", "base", "always"]),
)
TODAY = date(2031, 1, 1)


def applied(found: list[Finding], given_waivers: list[Waiver], policy: WaiverPolicy) -> list[Finding]:
    return apply(found, given_waivers, policy, TODAY, Audited(CHECKS, frozenset(CHECKS), {"u": True}))[0]


@given(st.lists(findings(), max_size=8), st.lists(waivers(), max_size=5), rules)
def test_only_a_failure_or_an_accepted_unknown_is_waived_and_nothing_else_changes(
    found: list[Finding], given_waivers: list[Waiver], policy: WaiverPolicy
) -> None:
    after = applied(found, given_waivers, policy)
    assert len(after) == len(found)
    for old, new in zip(found, after, strict=True):
        if new.outcome is not Outcome.WAIVED:
            assert new == old
            continue
        assert old.outcome in {Outcome.FAIL, Outcome.UNKNOWN}
        assert new.waiver is not None
        assert TODAY <= new.waiver.expires <= date.fromordinal(TODAY.toordinal() + policy.max_days)
        (by, *_) = [one for one in given_waivers if one.acceptance == new.waiver]
        assert old.outcome is Outcome.FAIL or any(one.accept_unknown for one in given_waivers if one.acceptance == new.waiver)
        assert new.reason.startswith(old.reason)
        assert msgspec.structs.replace(new, outcome=old.outcome, reason=old.reason, waiver=None) == old
        assert by.owner in new.reason


@given(st.lists(findings(), max_size=8), st.lists(waivers(), max_size=5), rules)
def test_what_the_policy_forbids_is_never_waived(found: list[Finding], given_waivers: list[Waiver], policy: WaiverPolicy) -> None:
    for new in applied(found, given_waivers, policy):
        if new.outcome is Outcome.WAIVED:
            assert new.severity not in policy.forbid_severities
            assert not any(new.check.startswith(pattern.rstrip("*")) for pattern in policy.forbid_checks)
            assert policy.in_repository != "never" or any(not one.in_repository for one in given_waivers if one.acceptance == new.waiver)


@given(st.lists(findings(), max_size=8), st.lists(waivers(), max_size=4), waivers(), rules)
def test_a_waiver_more_only_waives_more(found: list[Finding], some: list[Waiver], more: Waiver, policy: WaiverPolicy) -> None:
    before, after = applied(found, some, policy), applied(found, [*some, more], policy)
    assert all(new.outcome is Outcome.WAIVED for old, new in zip(before, after, strict=True) if old.outcome is Outcome.WAIVED)


@given(st.lists(findings(), max_size=8), st.lists(waivers(), max_size=5), rules)
def test_every_waiver_covers_something_or_is_told(found: list[Finding], given_waivers: list[Waiver], policy: WaiverPolicy) -> None:
    _, problems = apply(found, given_waivers, policy, TODAY, Audited(CHECKS, frozenset(CHECKS), {"u": True, "v": True}))
    told = {problem.what.split(" does ")[0].split(" is ")[0].split(" covers ")[0] for problem in problems}
    for one in given_waivers:
        alone = applied(found, [one], policy)
        covers = any(item.outcome is Outcome.WAIVED for item in alone)
        assert covers or one.title in told


@given(st.binary(max_size=400))
def test_a_waiver_in_any_bytes_counts_or_is_a_problem(content: bytes) -> None:
    read_toml(content, Source("w.toml"))  # never an error of ours
    read = read_toml(b"[[waiver]]\n" + content, Source("w.toml"))
    assert read.waivers or read.problems


@given(st.text(max_size=200))
def test_a_waiver_in_any_comment_counts_or_is_a_problem(text: str) -> None:
    read_comments([Comment(text, Origin("m.tf", 1))])  # never an error of ours
    read = read_comments([Comment(f"cloudaudit:waive a {text}", Origin("m.tf", 1), BLOCKS[0])])
    assert len(read.waivers) + len(read.problems) == 1


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: any(char.isprintable() and not char.isspace() for char in text)
)


@given(words, words, words, words, words, st.dates(), st.booleans(), st.sampled_from([b"", b"# x", b"# x\r\n"]))
def test_what_is_written_reads_back(
    owner: str, ticket: str, reason: str, resource: str, unit: str, day: date, accept: bool, before: bytes
) -> None:
    told = [" ".join(text.split()) for text in (owner, ticket, reason)]
    one = Waiver(told[0], told[1], day, told[2], Origin("w"), False, check="a", resource=resource, unit=unit, accept_unknown=accept)
    read = read_toml(before + written(one, before), Source("w"))
    assert [msgspec.structs.replace(item, origin=Origin("w")) for item in read.waivers] == [one]
