"""Which environment something belongs to, by its account, its tags and its name."""

from __future__ import annotations

import pytest

from cloudaudit.model import Attr, Known, Unknown
from cloudaudit.model.environment import environment_of
from cloudaudit.policy import Policy

RULES = Policy().environments.rules()


def told(*, account: str | None = None, tags: dict[str, str] | None = None, name: str | None = None) -> Attr[str | None]:
    accounts = {"111": "prod", "222": "dev", "333": "customer-x"}
    rules = type(RULES)(accounts, RULES.tag_keys, RULES.names, RULES.production)
    return environment_of(rules, Known(account), Known(tags or {}), [Known(name)])


@pytest.mark.parametrize(
    ("tags", "environment"),
    [
        ({"Environment": "Prod"}, "production"),
        ({"environment": "prod-eu"}, "production"),
        ({"env": "Development EU"}, "development"),
        ({"stage": "acme-test1"}, "test"),
        ({"environment": "customer-x"}, "customer-x"),
        ({"environment": "non-prod"}, "non-prod"),
        ({"tier": "prod"}, "production"),
        ({"tier": "Private"}, None),
        ({"tier": "private", "name": "web-dev"}, "development"),
        ({"environment": "", "name": "web-dev2"}, "development"),
        ({}, None),
    ],
)
def test_a_tag_tells_it_by_a_word(tags: dict[str, str], environment: str | None) -> None:
    assert told(tags=tags) == Known(environment)


@pytest.mark.parametrize("value", ["n/a", "see the wiki", "prod-to-dev", "a-word-that-is-longer-than-any-environment"])
def test_what_no_word_tells_is_not_one_environment_more(value: str) -> None:
    assert isinstance(told(tags={"environment": value}), Unknown)


@pytest.mark.parametrize(
    ("account", "environment"), [("111", "production"), ("222", "development"), ("333", "customer-x"), ("444", "staging")]
)
def test_an_account_goes_first_by_the_words_of_the_policy(account: str, environment: str) -> None:
    assert told(account=account, tags={"environment": "stage"}) == Known(environment)
