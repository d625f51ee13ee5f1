"""Secrets in plans and states: no string that is one enters a record.

Terraform's marks are not enough: they do not follow a value through a provider (`terraform_data.output` is the unmarked copy of a
marked `input`), and states of older versions carry none. So three rules hold at once: marks, names of attributes, and copies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from cloudaudit.model import Doubt, Unknown, Why
from cloudaudit.sources.terraform.document import as_mapping

HIDDEN: Doubt = Unknown(Why.SENSITIVE)

_SECRET_NAME = re.compile(
    r"(?:(?:^|_)(?:pass|pwd|pin|psk|secret|token|credentials?|sas|private_key|private_key_(?:pem|pem_pkcs8|openssh)"
    r"|(?:access|api|app|application|auth|account|master|shared|preshared|raw|secret|signing|storage)_keys?"
    r"|secret_(?:access_key|string|binary|data|value)|connection_string|sas_(?:token|url)|password_(?:wo|hash)|bcrypt_hash|smtp_password_v4)"
    r"|(?:password|passwd|passphrase|apikey)s?)$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_OF_TYPE = {
    ("azurerm_key_vault_secret", "value"),
    ("aws_ssm_parameter", "value"),
    ("random_password", "result"),
}
# Named like a secret, but naming something: links and places must stay readable.
_IDENTIFIER = re.compile(r"(?:arn:|/subscriptions/|projects/)[\w\-./:@+=]*$|https://[\w.-]*\.vault\.azure\.net/")
_PLACE = re.compile(
    r"(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d[a-z]?"
    r"|(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-[a-z]+\d{1,2}(?:-[a-z])?"
    r"|[\d.:/]+)$"
)
_CLASSES = tuple(re.compile(pattern) for pattern in ("[a-z]", "[A-Z]", r"\d", "[^A-Za-z0-9]"))
_SHORTEST_COPY = 8
_FEW = 64
_JSON = 100_000  # characters of a secret that may have parts of its own


class Secrets:
    """The secret strings of one document, to find their copies.

    Short strings and plain words count only where they are marked: hiding every "postgres" because one user is called so
    would make the audit blind without keeping anything secret.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        self._strings = {text for text in strings if _is_telling(text)}
        self._prefixes: dict[str, list[str]] = {}
        for secret in self._strings:
            self._prefixes.setdefault(secret[:_SHORTEST_COPY], []).append(secret)

    def within(self, text: str) -> bool:
        """Whether a secret is in the text. Linear in the text, however many secrets there are."""
        if len(self._strings) <= _FEW:
            return any(secret in text for secret in self._strings)
        for start in range(len(text) - _SHORTEST_COPY + 1):
            candidates = self._prefixes.get(text[start : start + _SHORTEST_COPY])
            if candidates is not None and any(text.startswith(secret, start) for secret in candidates):
                return True
        return False


def _is_telling(text: str) -> bool:
    if len(text) < _SHORTEST_COPY or _IDENTIFIER.match(text) or _PLACE.match(text):
        return False
    return sum(1 for pattern in _CLASSES if pattern.search(text)) > 1


@lru_cache(maxsize=8192)
def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret, by the words of its name: `db_password`, `adminPassword`, `api-keys`."""
    return _SECRET_NAME.search(_HUMP.sub("_", name).lower().replace("-", "_")) is not None


def is_secret_of(kind: str, name: str, value: Any) -> bool:
    """Whether an attribute of a resource is a secret: by its type, or by how it is called."""
    return (kind, name) in _SECRET_OF_TYPE or hides(name, value)


def secret_strings(kind: str, values: Any, marks: Any) -> Iterator[str]:
    """The strings of a resource that are marked, or whose attribute is named like a secret; of one that is JSON, its own secrets too."""
    own = {name: value for name, value in values.items() if (kind, name) in _SECRET_OF_TYPE} if isinstance(values, dict) else {}
    for text in (*_marked(values, marks), *_strings(own), *_named(values)):
        yield text
        yield from _named(_parts(text))


def is_secret_variable(name: str, value: Any, declared: Mapping[str, Any]) -> bool:
    """Whether a variable of a root is a secret: marked, or called like one unless the repository itself says the value."""
    return declared.get("sensitive") is True or (hides(name, value) and value != declared.get("default"))


def secret_outputs(outputs: Any) -> Iterator[str]:
    """The secret strings of the outputs of a plan or a state: of those that are marked, or called like a secret."""
    for name, output in as_mapping(outputs).items():
        value = as_mapping(output).get("value")
        yield from secret_strings("", value, as_mapping(output).get("sensitive") is True or hides(name, value))


def _parts(text: str) -> Any:
    """What a secret that is JSON holds, as services keep credentials: `{"username": …, "password": …}`."""
    if not text.startswith(("{", "[")) or len(text) > _JSON:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _named(values: Any) -> Iterator[str]:
    """The strings that are named like a secret, at any depth."""
    pending = [values]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict):
            yield from (text for name, value in current.items() if hides(name, value) for text in _strings(value))
            pending.extend(value for value in current.values() if isinstance(value, dict | list))


def _marked(values: Any, marks: Any) -> Iterator[str]:
    if not marks:
        return
    if marks is True:
        yield from _strings(values)
    elif isinstance(marks, dict) and isinstance(values, dict):
        for name, mark in marks.items():
            yield from _marked(values.get(name), mark)
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from _marked(value, _mark_at(marks, index))


def _strings(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        for value in values.values():
            yield from _strings(value)
    elif isinstance(values, list):
        for value in values:
            yield from _strings(value)


def _mark_at(marks: Any, index: int) -> Any:
    if isinstance(marks, list):
        return marks[index] if index < len(marks) else None
    return marks.get(index) if isinstance(marks, dict) else marks


def redacted(kind: str, values: Mapping[str, Any], marks: Any, secrets: Secrets) -> Mapping[str, Any]:
    """The values without their secrets; the same object where there are none. Booleans and the structure stay.

    So do the numbers of what is marked as a whole: a provider marks blocks for one secret in them.
    """
    own = {name: True for name in values if (kind, name) in _SECRET_OF_TYPE}
    if own and marks is not True:
        marks = {**marks, **own} if isinstance(marks, dict) else own
    shown: Mapping[str, Any] = _redacted(values, marks, secrets)
    return shown


def _redacted(value: Any, marks: Any, secrets: Secrets, *, within: bool = False) -> Any:
    if isinstance(value, str):
        return HIDDEN if marks is True or secrets.within(value) else value
    if isinstance(value, int | float):
        return HIDDEN if marks is True and not within and not isinstance(value, bool) else value
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for name, item in value.items():
            if item is None or item is True or item is False:
                continue
            mark = marks if marks is True else marks.get(name) if isinstance(marks, dict) else None
            shown = HIDDEN if mark is not True and hides(name, item) else _redacted(item, mark, secrets, within=marks is True)
            if shown is not item:
                changed[name] = shown
        return {**value, **changed} if changed else value
    if isinstance(value, list):
        items = [_redacted(item, _mark_at(marks, index), secrets, within=marks is True) for index, item in enumerate(value)]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def hides(name: str, value: Any) -> bool:
    """Whether a value is a secret by its name. A block is judged by its own attributes (`master_user_secret` holds a key's ARN)."""
    if not isinstance(value, str | list | dict) or not value or not is_secret_name(name):
        return False
    if isinstance(value, str):
        return _IDENTIFIER.match(value) is None
    items = value if isinstance(value, list) else list(value.values())
    return all(isinstance(item, str) for item in items)
