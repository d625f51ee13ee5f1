"""Attributes in the flat form of Terraform 0.11 (`versioning.0.enabled = "true"`), which old states still hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudaudit.model import Unknown, Why

_DEPTH_LIMIT = 64


def expanded(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values from flat ones. Leaves stay the strings that they are."""
    values = _expanded({path: value for path, value in flat.items() if path.count(".") < _DEPTH_LIMIT})
    return values if isinstance(values, dict) else {}


def _expanded(items: Mapping[str, Any]) -> Any:
    if "%" in items:
        return {name: value for name, value in items.items() if name != "%"}
    groups: dict[str, dict[str, Any]] = {}
    for path, value in items.items():
        head, _, rest = path.partition(".")
        groups.setdefault(head, {})[rest] = value
    nested = {head: below[""] if "" in below else _expanded(below) for head, below in groups.items()}
    if "#" not in nested:
        return nested
    count = nested.pop("#")
    if str(count) != str(len(nested)):
        return Unknown(Why.TRUNCATED, f"a list of {str(count)[:20]} elements has {len(nested)}")
    return [nested[index] for index in sorted(nested, key=lambda text: (not text.isdecimal(), len(text), text))]
