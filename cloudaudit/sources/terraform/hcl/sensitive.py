"""Sensitive values: they are evaluated as others are, but no text of one enters a record or a gap.

A mark follows a text through names, templates and functions. Where it is lost, the copies are found by comparison, as in plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import msgspec

from cloudaudit.model import Attr, Gap, Known, Record, Unknown
from cloudaudit.model.partial import sole_placeholder
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.values import Sensitive
from cloudaudit.sources.terraform.redaction import HIDDEN, Secrets


def declared(block: nodes.Block, value: Any, scope: Scope, run: Run, *, was: bool = False) -> Any:
    """The value of a variable or an output, marked if its block says that it is sensitive, or did so before the change that is judged."""
    return marked(value, run) if was or is_sensitive(block, scope) else value


def is_sensitive(block: nodes.Block, scope: Scope) -> bool:
    """Whether the block of a variable or an output says that it is sensitive, or ephemeral: neither is shown. What is not known may be."""
    found = map(block.body.attributes.get, ("sensitive", "ephemeral"))
    return any(attribute is not None and attempt(attribute.expression, scope) not in (False, None) for attribute in found)


def marked(value: Any, run: Run) -> Any:
    """The value with every text in it marked and noted."""
    if isinstance(value, str):
        run.secrets.append(str(value))
        return Sensitive(value)
    if isinstance(value, list):
        run.budget.spend(len(value))
        made = copy(value)
        made[:] = [marked(item, run) for item in value]
        return made
    if isinstance(value, dict):
        run.budget.spend(len(value))
        entries = copy(value)
        entries.clear()
        entries.update((Sensitive(key), marked(item, run)) for key, item in value.items())
        return entries
    if isinstance(value, Unknown):
        possible = tuple(marked(item, run) for item in value.possible)
        return msgspec.structs.replace(value, possible=possible, partial=_bare(value.partial))
    return value


def _bare(partial: str | None) -> str | None:
    """A placeholder alone. The text around one is a part of the secret."""
    return partial if sole_placeholder(partial) else None


def carried(result: Any, arguments: list[Any], run: Run) -> Any:
    """What a function gives, marked if it was made from a marked text, but not if it is a plain argument handed through."""
    if isinstance(result, str):
        leaves = list(_texts(arguments, run))
        made = any(isinstance(leaf, Sensitive) for leaf in leaves) and not any(leaf is result for leaf in leaves)
        return marked(result, run) if made else result
    return marked(result, run) if any(isinstance(argument, Sensitive) for argument in arguments) else result


def _texts(value: Any, run: Run) -> Iterable[str]:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, list | dict):
            run.budget.spend(len(current))
            pending.extend(current if isinstance(current, list) else (*current, *current.values()))


def tells(value: Any, run: Run) -> bool:
    """Whether a value holds a text that was a secret before the change that is judged."""
    return bool(run.secrecy.texts) and any(run.secrecy.known.within(text) for text in _texts([value], run))


def freed(value: Any, run: Run) -> Any:
    """The value without marks, as `nonsensitive()` gives it; of a caller's secret only what it gave free before the change."""
    if isinstance(value, Sensitive):
        if run.guarded and value not in run.secrecy.freed:
            return value
        run.freed.add(str(value))
        return str(value)
    if isinstance(value, list):
        made = copy(value)
        made[:] = [freed(item, run) for item in value]
        return made
    if isinstance(value, dict):
        entries = copy(value)
        entries.clear()
        entries.update((freed(key, run), freed(item, run)) for key, item in value.items())
        return entries
    return value


class Concealer:
    """Takes the secrets of one root out of what is handed on."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = Secrets(secrets)

    def record(self, record: Record) -> Record:
        scope = record.scope
        return msgspec.structs.replace(
            record,
            values={name: self._shown(value) for name, value in record.values.items()},
            scope=msgspec.structs.replace(scope, account=self._attr(scope.account), region=self._attr(scope.region)),
            presence=self._unknown(record.presence) if record.presence is not None else None,
        )

    def gap(self, gap: Gap) -> Gap:
        return msgspec.structs.replace(gap, what=HIDDEN.detail) if self._secrets.within(gap.what) else gap

    def _attr(self, attr: Attr[str | None]) -> Attr[str | None]:
        if isinstance(attr, Known):
            return HIDDEN if attr.value is not None and self._hides(attr.value) else attr
        return self._unknown(attr)

    def _hides(self, text: str) -> bool:
        return isinstance(text, Sensitive) or self._secrets.within(text)

    def _shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return HIDDEN if self._hides(value) else value
        if isinstance(value, list):
            return [self._shown(item) for item in value]
        if isinstance(value, dict):
            return HIDDEN if any(map(self._hides, value)) else {key: self._shown(item) for key, item in value.items()}
        return self._unknown(value) if isinstance(value, Unknown) else value

    def _unknown(self, value: Unknown[Any]) -> Unknown[Any]:
        """The Unknown, and what it may be only where that tells no secret."""
        possible = tuple(self._shown(item) for item in value.possible)
        return msgspec.structs.replace(
            value,
            detail=HIDDEN.detail if self._secrets.within(value.detail) else value.detail,
            possible=value.possible if possible == value.possible else (),
            partial=None if value.partial is not None and self._hides(value.partial) else value.partial,
            is_=None if value.is_ is not None and self._hides(value.is_) else value.is_,
        )
