"""Loading `cloudaudit.toml`, and knowing where each effective value came from."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.opener import UnreadableError, named, repository
from cloudaudit.policy.schema import Policy
from cloudaudit.policy.sense import faults, weaker
from cloudaudit.policy.toml_text import TomlError, parsed

FILE = "cloudaudit.toml"
BUILT_IN = "built-in default"
_LIMIT = 250_000  # bytes
_JURISDICTION = re.compile(r"^(EU|EEA|[A-Z]{2}|adequacy:[A-Z]{2})$")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$?(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`")


class PolicyError(Exception):
    """A configuration file that cannot be used: one line with file, key and what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class EffectivePolicy(msgspec.Struct, frozen=True):
    """A policy and, for each key (`backup.min-days`), the place that its value came from."""

    policy: Policy = Policy()
    origins: Mapping[str, str] = {}
    path: Path | None = None
    weaker: tuple[str, ...] = ()  # where it asks for less than the clause that a check quotes

    def rows(self) -> Iterator[tuple[str, Any, str]]:
        """Every key with its value and origin, in the order of the schema."""
        for section, table in msgspec.to_builtins(self.policy).items():
            for name, value in table.items():
                key = f"{section}.{name}"
                yield key, value, self.origins.get(key, BUILT_IN)


def find(start: Path) -> Path | None:
    """The nearest `cloudaudit.toml` from a folder up to the root of its git repository; else the user's own."""
    return nearest(start, repository(start)) or users_own()


def nearest(start: Path, top: Path | None) -> Path | None:
    """The nearest `cloudaudit.toml` from a folder up to another one, without that up to the topmost there is."""
    for folder in (start, *start.parents):
        candidate = folder / FILE
        if candidate.is_file():
            return candidate
        if folder == top:
            break
    return None


def users_own() -> Path | None:
    """The configuration file of the user, which no repository can write."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    candidate = Path(home) / "cloudaudit" / "config.toml"
    return candidate if candidate.is_file() else None


def load(path: Path | None) -> EffectivePolicy:
    """The effective policy of a configuration file, or the built-in one. Raises PolicyError."""
    if path is None:
        return EffectivePolicy()
    data = _parsed(path)
    try:
        policy = msgspec.convert(data, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(_explained(path, str(error), data)) from None
    _check_values(path, policy)
    origins = {f"{section}.{name}": str(path) for section, table in data.items() for name in table}
    return EffectivePolicy(policy, origins, path, tuple(weaker(policy)))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return parsed(named(path, _LIMIT), _LIMIT)[0]
    except UnreadableError as error:
        raise PolicyError(f"{path}: {error.reason}") from None
    except TomlError as error:
        raise PolicyError(f"{path}: {error}") from None


def _explained(path: Path, message: str, data: Mapping[str, Any]) -> str:
    match = _AT.match(message)
    what, place = (match["what"], (match["path"] or "").strip(".")) if match else (message, "")
    unknown = _FIELD.search(what)
    if unknown is not None:
        key = f"{place}.{unknown['name']}".strip(".")
        known = _known_keys(place)
        close = difflib.get_close_matches(unknown["name"].replace("_", "-"), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
        return f"{path}: {key} is not a key: {hint}"
    choices = _choices(place)
    expected = f"expected one of {', '.join(choices)}" if choices else f"{what[:1].lower()}{what[1:]}"
    return f"{path}: {place or 'the file'} = {_value_at(data, place)}: {expected}"


def _choices(place: str) -> list[str]:
    """The values that a key takes, where they can be listed."""
    schema = msgspec.json.schema(Policy)
    node: Any = schema
    for name in ("", *re.findall(r"[^.\[\]]+", place)):
        node = node.get("items", {}) if name.isdigit() or name == "..." else node.get("properties", {}).get(name, {}) if name else node
        while "$ref" in node or "anyOf" in node:
            node = node["anyOf"][0] if "anyOf" in node else schema["$defs"][node["$ref"].rpartition("/")[2]]
    return [str(choice) for choice in node.get("enum", ())]


def _known_keys(place: str) -> list[str]:
    table = msgspec.to_builtins(Policy())
    return sorted(table.get(place, table) if place else table)


def _value_at(data: Any, place: str) -> str:
    for name in re.findall(r"[^.\[\]]+", place):
        if isinstance(data, Mapping):
            data = data.get(name)
        elif isinstance(data, list) and name.isdigit() and int(name) < len(data):
            data = data[int(name)]
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_values(path: Path, policy: Policy) -> None:
    for fault in faults(policy):
        raise PolicyError(f"{path}: {fault}")
    for place in policy.residency.allow:
        if not _JURISDICTION.match(place):
            raise PolicyError(f'{path}: residency.allow has "{place}": expected EU, EEA, adequacy:CH or a country code such as DE')
