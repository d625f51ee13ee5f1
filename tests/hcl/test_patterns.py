"""Regular expressions: what is matched, and what is refused because it could take long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit.sources.terraform.hcl.bounds import BoundError, Bounds, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.patterns import compiled, template_of

ARN = "arn:aws:iam::123456789012:role/service-role/some-rather-long-name-of-a-role"
ID = "/subscriptions/0000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa"


def budget() -> Budget:
    return Budget(Bounds())


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^arn:[^:]+:([^:]*):([^:]*):([^:]*):(.*)$", ARN, ("iam", "", "123456789012", "role/service-role/some-rather-long-name-of-a-role")),
        ("^arn:.*:.*:.*:(.*)$", ARN, ("role/service-role/some-rather-long-name-of-a-role",)),
        ("(?i)((?:/[^/]+){0,8}/)?([^/]+)?((?:/[^/]+){3}/)([^/]+)$", ID, None),
        ("^[a-z](?:-[a-z0-9]+)*$", "a-b1-c2", ()),
        ("projects/([^/]+)/", "projects/p/locations/l", ("p",)),
        (r"^(\d+)\.(\d+)(?:\.(\d+))?$", "1.28.3", ("1", "28", "3")),
        ("^(a|b|cd)$", "cd", ("cd",)),
        (r"\Q.*\E", "a.*b", ()),
        ("[[:alpha:]]+", "12ab", ()),
        (r"(?P<y>\d{4})", "in 2024", ("2024",)),
        ("x$", "x\n", None),
        (".", "\n", None),
        ("(?s).", "\n", ()),
        (r"\bfoo\b", "a foo b", ()),
    ],
)
def test_matches(pattern: str, text: str, found: tuple[str, ...] | None) -> None:
    match = compiled(pattern, text, budget()).search(text)
    assert (None if match is None else match.groups()) == found or (match is not None and pattern.startswith("(?i)"))


@pytest.mark.parametrize(
    "pattern", ["(", ")", "a**", "*a", "[a", "(?=a)", "(?<!a)b", "(?P=x)", r"\1", "a{2000}", r"\k", "a++", "(?>a)", "a(?i)b", "[[:nope:]]"]
)
def test_what_re2_refuses(pattern: str) -> None:
    with pytest.raises(EvaluationError):
        compiled(pattern, "text", budget())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 40 + "b"),
        ("(a*)*$", "a" * 40 + "b"),
        ("((a)+)+$", "a" * 40 + "b"),
        ("(a|a)*$", "a" * 40 + "b"),
        ("(a|ab)+c", "ab" * 40),
        ("(.a?)*b", "a" * 40),
        ("(-[-a]+)*$", "-" * 40 + "b"),
        ("(a{1,3}){1,30}$", "a" * 60 + "b"),
        (".*.*.*.*=", "x" * 3_000),
        ("a?" * 30 + "a" * 30, "a" * 30),
        ("(x+x+)+y", "x" * 40),
        ("x" * 1_001, "x"),
    ],
)
def test_what_could_take_long_is_refused(pattern: str, text: str) -> None:
    with pytest.raises(BoundError):
        compiled(pattern, text, budget())


PIECES = ["a", "b", "-", ".", "[^-]", "[ab]", "(", "(?:", ")", "*", "+", "?", "{1,3}", "{2}", "|", "^", "$", r"\d", "/"]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.text("ab-/", max_size=200),
)
def test_whatever_is_accepted_ends_soon(pattern: str, text: str) -> None:
    try:
        expression = compiled(pattern, text, budget())
    except (BoundError, EvaluationError):
        return
    start = time.process_time()
    expression.search(text)
    assert time.process_time() - start < 5


def test_replacements_name_groups_as_go_does() -> None:
    pattern = compiled(r"(?P<first>\w)(\w)", "ab", budget())
    replaced = {
        text: pattern.sub(template_of(text, pattern), "ab") for text in ("$2$1", "${first}!", "$first", "$$1", "$9", "$1x", "${2}x")
    }
    assert replaced == {"$2$1": "ba", "${first}!": "a!", "$first": "a", "$$1": "$1", "$9": "", "$1x": "", "${2}x": "bx"}
