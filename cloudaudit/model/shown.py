"""How a value stands in a text that people read."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import msgspec

from cloudaudit.model.attr import Known, Unknown

_SEVERAL = (tuple, list, frozenset)
_MOST = 20  # items of a list; a filter has thousands of rules

_USER = re.compile(
    r"(?P<before>://)(?!git@)(?:[^\s/?#]*|[^\s/?#:@]*:(?!\d+(?:[/?#\s]|$))\S*)@"  # to the last `@`; a password may hold `/`, a port may not
    r"|(?P<begin>^|::)(?!arn:|\d+:)[^\s/:@]+:[^\s/:@][^\s/@]*@"
)
_GIVEN = re.compile(r"([?&#](?!(?:ref|depth|archive|checksum|version|versionId)=)[\w.~%-]+=)[^\s&#\"')]+")
_MASK = "***"


def uncredentialed(text: str) -> str:
    """The text without what an address in it gives to be let in: user, password, values of its query but for places and versions."""
    if "@" in text:
        text = _USER.sub(lambda found: f"{found['before'] or found['begin'] or ''}{_MASK}@", text)
    return _GIVEN.sub(rf"\1{_MASK}", text) if "=" in text else text


def shown(value: Any) -> str:
    """A value or a fact as evidence says it: "not set", "true", "eu-west-1, eu-central-1"; of an Unknown "unknown"."""
    if isinstance(value, str):
        return uncredentialed(str(value))
    if isinstance(value, Known):
        return shown(value.value)
    if isinstance(value, Unknown):
        return "unknown"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, _SEVERAL):
        more = f" and {len(value) - _MOST} more" if len(value) > _MOST else ""
        return ", ".join(shown(item) for item in islice(value, _MOST)) + more or "none"
    if isinstance(value, msgspec.Struct) and type(value).__str__ is object.__str__:
        return shown(tuple(item for item in msgspec.structs.astuple(value) if isinstance(item, str)))
    return uncredentialed(str(value))
