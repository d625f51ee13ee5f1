"""Which environment something belongs to: production, staging, test, development."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from cloudaudit.model.attr import Attr, Known, Origin, Unknown, Why, first_unknown
from cloudaudit.model.partial import beginning


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
_DIGITS = "0123456789"
_OF_MORE = frozenset({"tier"})
"""Tags that name a part of a network or an application as often as an environment: only the policy's words count."""
_NOT_IT = frozenset({"non", "not", "no", "pre", "post", "anti", "ex"})
_WORDS = re.compile(r"[^A-Za-z0-9]+")


def environment_of(
    rules: EnvironmentRules, account: Attr[str | None], tags: Attr[Mapping[str, str]], names: Iterable[Attr[str | None]]
) -> Attr[str | None]:
    """The environment by the first rule that answers; `Known(None)` if none does and all could be asked.

    A tag with a word of the company's own ("customer-x") is an environment of that name.
    """
    if isinstance(account, Known) and account.value is not None and account.value in rules.accounts:
        told = rules.accounts[account.value]
        return Known(rules.named(told) or told, account.origin)
    named = list(names)
    return tags.then(lambda known: _by_tags(rules, known, tags.origin, named))


def _by_tags(
    rules: EnvironmentRules, tags: Mapping[str, Any], origin: Origin | None, names: Sequence[Attr[str | None]]
) -> Attr[str | None]:
    """By the first key that has a value. Keys that differ in case only are two tags: the answers have to agree."""
    told = [(name.lower(), value if isinstance(value, Unknown) else Known(value, origin)) for name, value in tags.items()]
    for key in rules.tag_keys:
        values = [value for name, value in told if name == key and value != Known("")]
        answers = [value.then(partial(_tagged, rules, key)) for value in values]
        if any(answer != Known(None) for answer in answers):
            return _agreed(key, answers)
    return _by_name(rules, [*names, *(value for name, value in told if name == "name")])


def _agreed(key: str, answers: Sequence[Attr[str | None]]) -> Attr[str | None]:
    if len(answers) == 1:
        return answers[0]
    doubt = first_unknown(*answers)
    if doubt is not None:
        return doubt
    if all(answer == answers[0] for answer in answers):
        return answers[0]
    return Unknown(Why.UNRESOLVED, f"tags named {key}, which differ in case only, disagree", answers[0].origin)


def _tagged(rules: EnvironmentRules, key: str, value: Any) -> Attr[str | None]:
    """What a tag says: a word that means an environment, alone or among others that do not ("prod-eu"), or one of the company's own.

    What stands in reports is a word, not whatever else somebody put there.
    """
    word = str(value).strip().lower()
    whole = rules.named(word)
    meant = {environment for part in _words(word) if (environment := rules.named(part.rstrip(_DIGITS))) is not None}
    if whole is not None:
        return Known(whole)
    if key in _OF_MORE and not meant:
        return Known(None)
    if len(meant) > 1 or not (meant or _OWN_WORD.fullmatch(word)):
        return Unknown(Why.UNRESOLVED, f"which environment it belongs to: the tag {key} has none of the policy's words, or several")
    found = _word(rules, _words(word)) if meant else Known(word)
    return Known(word) if isinstance(found, Unknown) and _OWN_WORD.fullmatch(word) else found


def _by_name(rules: EnvironmentRules, names: Iterable[Attr[Any]]) -> Attr[str | None]:
    """By the first word of a name that means one. A name that is not known comes before those after it: it may mean another.

    Of a partly known name the words before the first unknown part are known: "production-${data.x.zone}" means production.
    """
    for name in names:
        found = name.then(lambda text: _word(rules, _words(text)))
        if isinstance(name, Unknown) and name.partial is not None:
            begun = _word(rules, _words(beginning(name.partial))[:-1])
            found = found if begun == Known(None) else begun
        if isinstance(found, Unknown) or found.value is not None:
            return found
    return Known(None)


def _words(name: Any) -> list[str]:
    return _WORDS.split(name) if isinstance(name, str) else []


def _word(rules: EnvironmentRules, words: Sequence[str]) -> Attr[str | None]:
    """The environment that the first word means, alone or with the one before it ("pre-prod"): after a negation it is another one."""
    for before, word in zip(("", *words), words, strict=False):
        joined = rules.named(before + word) if before else None
        environment = joined or rules.named(word.rstrip(_DIGITS))
        if environment is None:
            continue
        if joined is None and before.lower() in _NOT_IT:
            return Unknown(Why.UNRESOLVED, f'"{before}-{word}" in its name says which environment it is not')
        return Known(environment)
    return Known(None)
