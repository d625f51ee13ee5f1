"""Answers of an account as botocore gives them, one of every kind that a verdict can rest on, and a transport that repeats them.

`recorded.json` holds them: a row is an operation, a text that its arguments hold ("" for any), and a page or the code of an error.
They have all members that AWS sends for such a resource and that a table names: what is taken out of them is missed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cloudaudit.model import Why
from cloudaudit.sources.live.transport import CallError

NUMBER, REGION, ABROAD = "123456789012", "eu-central-1", "us-east-1"
KEYS = {name: f"{number}abcd-12ab-34cd-56ef-1234567890ab" for number, name in enumerate(("used", "retired", "signing", "brought", "aws"))}

Answers = dict[tuple[str, str], Any]
"""A page, or the code of an error, by operation and a text that the arguments hold ("" for any)."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
"""A text that botocore gives as a moment."""


def arn(service: str, name: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{NUMBER}:{name}"


class Recorded:
    """Repeats answers. What was not recorded does not answer."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        self.asked.append((call, args, region))
        page = self.answers.get(self.key(call, args))
        if page is None:
            raise CallError(Why.FAILED, call, call, "was not recorded", code="NotRecorded")
        if isinstance(page, str):
            raise CallError(Why.FAILED, call, call, page, code=page)
        yield page

    def key(self, call: str, args: Mapping[str, Any]) -> tuple[str, str]:
        text = json.dumps(args)
        names = (name for operation, name in self.answers if operation == call and name and name in text)
        return call, next(names, "")

    def stop(self) -> None:
        return


def apart(value: Any) -> Any:
    """A copy of which no two places share a part, with moments in the place of their texts."""
    if isinstance(value, dict):
        return {name: apart(part) for name, part in value.items()}
    if isinstance(value, list):
        return [apart(part) for part in value]
    return datetime.fromisoformat(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else value


@cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text(encoding="utf-8"))
    return rows


def answers() -> Answers:
    """The recorded account."""
    return {(row["call"], row["of"]): apart(row["answer"]) for row in _rows()}
