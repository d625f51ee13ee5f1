"""Which environment something belongs to: production, staging, test, development."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
_NOT_IT = frozenset({"non", "not", "no", "pre", "post", "anti", "ex"})
_WORDS = re.compile(r"[^A-Za-z0-9]+")


def environment_of(
    rules: EnvironmentRules, account: Attr[str | None], tags: Attr[Mapping[str, str]], names: Iterable[Attr[str | None]]
) -> Attr[str | None]:
    """The environment by the first rule that answers; `Known(None)` if none does and all could be asked.

    A tag with a word of the company's own ("customer-x") is an environment of that name; one with anything else is "other".
    """
    if isinstance(account, Known) and account.value is not None and account.value in rules.accounts:
        return Known(rules.accounts[account.value], account.origin)
    named = list(names)
    return tags.then(lambda known: _by_tags(rules, known, tags.origin, named))


def _by_tags(
    rules: EnvironmentRules, tags: Mapping[str, Any], origin: Origin | None, names: Sequence[Attr[str | None]]
) -> Attr[str | None]:
    """By the first key that has a value. Keys that differ in case only are two tags: the answers have to agree."""
    told = [(name.lower(), value if isinstance(value, Unknown) else Known(value, origin)) for name, value in tags.items()]
    for key in rules.tag_keys:
        answers = [value.map(lambda known: _tagged(rules, str(known))) for name, value in told if name == key and value != Known("")]
        if answers:
            return _agreed(key, answers)
    return _by_name(rules, [*names, *(value for name, value in told if name == "name")])


def _agreed(key: str, answers: Sequence[Attr[str]]) -> Attr[str | None]:
    if len(answers) == 1:
        return answers[0].read_as(Known)
    doubt = first_unknown(*answers)
    if doubt is not None:
        return doubt
    if all(answer == answers[0] for answer in answers):
        return answers[0].read_as(Known)
    return Unknown(Why.UNRESOLVED, f"tags named {key}, which differ in case only, disagree", answers[0].origin)


def _tagged(rules: EnvironmentRules, value: str) -> str:
    """What a tag says stands in reports: a word does, not whatever else somebody put there."""
    word = value.strip().lower()
    return rules.named(word) or (word if _OWN_WORD.fullmatch(word) else "other")


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
        environment = joined or rules.named(word)
        if environment is None:
            continue
        if joined is None and before.lower() in _NOT_IT:
            return Unknown(Why.UNRESOLVED, f'"{before}-{word}" in its name says which environment it is not')
        return Known(environment)
    return Known(None)
