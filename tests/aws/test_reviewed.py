"""Rows of reviews: changes of the recorded account, and the verdict that AWS's documents make right ("none": nothing is judged).

A change is of one answer: `at` a part of it ("DBInstances[DBInstanceIdentifier=orders].Engine"; none is all of it), which becomes
`to`, or is taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.aws.recorded import Answers, answers, apart
from tests.aws.test_meaning import findings, scanned

_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<key>\w+)=(?P<value>[^\]]*)\]|\[(?P<index>\d+)\]")


ROWS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("reviewed.json").read_text(encoding="utf-8"))


def changed(changes: Iterable[Mapping[str, Any]]) -> Answers:
    found = answers()
    for change in changes:
        *way, last = steps(change)
        place: Any = found
        for step in way:
            place = place[step]
        if "to" in change:
            place[last] = apart(change["to"])
        else:
            del place[last]
    return found


def steps(change: Mapping[str, Any]) -> list[Any]:
    """The way to what changes. An element goes by what the account says of it before all changes."""
    way: list[Any] = [(change["call"], change.get("of", ""))]
    place: Any = answers().get(way[0])
    for match in _STEP.finditer(change.get("at", "")):
        named = (number for number, element in enumerate(place) if match["key"] and element.get(match["key"]) == match["value"])
        way.append(match["name"] or (int(match["index"]) if match["index"] else next(named)))
        place = place[way[-1]] if not isinstance(place, dict) else place.get(way[-1])
    return way


def said(row: Mapping[str, Any]) -> str:
    found = findings(scanned(changed(row["changes"]))).get((row["check"], row["address"]))
    return str(found.outcome) if found is not None else "none"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["title"])
def test_a_case_of_a_review_is_right(row: Mapping[str, Any]) -> None:
    assert said(row) == row["outcome"]


def test_no_two_rows_are_one() -> None:
    every = [json.dumps([row["changes"], row["check"], row["address"]], sort_keys=True) for row in ROWS]
    assert {one for one in every if every.count(one) > 1} == set()
