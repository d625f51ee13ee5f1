"""Which environment something belongs to: production, staging, test, development."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cloudaudit.model.attr import Attr, Known, Unknown, first_unknown


class EnvironmentRules(msgspec.Struct, frozen=True):
    """How an environment is told: by account first, then by a tag, then by a part of a name."""

    accounts: Mapping[str, str] = {}  # account, subscription or project -> environment
    tag_keys: tuple[str, ...] = ("environment", "env", "stage", "tier")
    names: Mapping[str, tuple[str, ...]] = {}  # environment -> the words that mean it
    production: str = "production"

    def named(self, word: str) -> str | None:
        """The environment that a word means, if it means one."""
        lowered = word.strip().lower()
        for environment, words in self.names.items():
            if lowered == environment or lowered in words:
                return environment
        return None


_OWN_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
_WORDS = re.compile(r"[^A-Za-z0-9]+")


def environment_of(
    rules: EnvironmentRules, account: Attr[str | None], tags: Attr[Mapping[str, str]], names: Iterable[Attr[str | None]]
) -> Attr[str | None]:
    """The environment by the first rule that answers; `Known(None)` if none does and all could be asked.

    A tag with a word of the company's own ("customer-x") is an environment of that name; one with anything else is "other".
    """
    if isinstance(account, Known) and account.value is not None and account.value in rules.accounts:
        return Known(rules.accounts[account.value], account.origin)
    if isinstance(tags, Unknown):
        return tags
    by_key: dict[str, Any] = {key.lower(): value for key, value in tags.value.items()}
    for key in rules.tag_keys:
        value = by_key.get(key)
        if isinstance(value, Unknown):
            return value.map(lambda known: _tagged(rules, str(known)))
        if value:
            return Known(_tagged(rules, str(value)), tags.origin)
    return _by_name(rules, [*names, Known(by_key.get("name"), tags.origin)])


def _tagged(rules: EnvironmentRules, value: str) -> str:
    """What a tag says stands in reports: a word does, not whatever else somebody put there."""
    word = value.strip().lower()
    return rules.named(word) or (word if _OWN_WORD.fullmatch(word) else "other")


def _by_name(rules: EnvironmentRules, names: Iterable[Attr[str | None]]) -> Attr[str | None]:
    doubt: Unknown | None = None
    for name in names:
        if isinstance(name, Unknown):
            doubt = first_unknown(doubt, name)
            continue
        if not isinstance(name.value, str):
            continue
        for word in _WORDS.split(name.value):
            environment = rules.named(word)
            if environment is not None:
                return Known(environment, name.origin)
    return doubt if doubt is not None else Known(None)
