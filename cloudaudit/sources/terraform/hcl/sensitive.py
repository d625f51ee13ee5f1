"""Sensitive values: they are evaluated as others are, but none enters a record or a gap.

A mark follows what is made of a value. Where it is lost beyond the evaluator, copies of texts are found by comparison, as in plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import msgspec

from cloudaudit.model import Attr, Gap, Known, Record, Unknown
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.marking import is_marked, marked
from cloudaudit.sources.terraform.hcl.marks import MARKED, Sensitive, bare
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.values import to_text
from cloudaudit.sources.terraform.redaction import HIDDEN, Secrets


def declared(block: nodes.Block, value: Any, scope: Scope, run: Run, *, was: bool = False) -> Any:
    """The value of a variable or an output, marked if its block says that it is sensitive, or did so before the change that is judged."""
    return marked(value, run.budget) if was or is_sensitive(block, scope) else value


def is_sensitive(block: nodes.Block, scope: Scope) -> bool:
    """Whether the block of a variable or an output says that it is sensitive, or ephemeral: neither is shown. What is not known may be."""
    found = map(block.body.attributes.get, ("sensitive", "ephemeral"))
    return any(attribute is not None and attempt(attribute.expression, scope) not in (False, None) for attribute in found)


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
    if isinstance(value, list):
        made = copy(value)
        made[:] = [freed(item, run) for item in value]
        return made if is_marked([*made], run.budget) else bare(made)
    if isinstance(value, dict):
        entries = copy(value)
        entries.clear()
        entries.update((freed(key, run), freed(item, run)) for key, item in value.items())
        return entries if is_marked({**entries}, run.budget) else bare(entries)
    if not isinstance(value, MARKED):
        return value
    if run.guarded and to_text(value) not in run.secrecy.freed:
        return value
    run.freed.add(to_text(value))
    return bare(value)


class Concealer:
    """Takes the secrets of one root out of what is handed on."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = Secrets(secrets)

    def record(self, record: Record) -> Record:
        scope = record.scope
        return msgspec.structs.replace(
            record,
            values={name: self._shown(value) for name, value in record.values.items()},
            scope=msgspec.structs.replace(
                scope, account=self._attr(scope.account), region=self._attr(scope.region), zone=self._attr(scope.zone)
            ),
            presence=self._unknown(record.presence) if record.presence is not None else None,
        )

    def gap(self, gap: Gap) -> Gap:
        return msgspec.structs.replace(gap, what=HIDDEN.cause) if self._secrets.within(gap.what) else gap

    def _attr(self, attr: Attr[str | None]) -> Attr[str | None]:
        if isinstance(attr, Known):
            return HIDDEN if attr.value is not None and self._hides(attr.value) else attr
        return self._unknown(attr)

    def _hides(self, text: str) -> bool:
        return isinstance(text, Sensitive) or self._secrets.within(text)

    def _shown(self, value: Any) -> Any:
        if isinstance(value, MARKED):
            return HIDDEN
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
            detail=HIDDEN.cause if self._secrets.within(value.detail) else value.detail,
            possible=value.possible if possible == value.possible else (),
            partial=None if value.partial is not None and self._hides(value.partial) else value.partial,
            is_=None if value.is_ is not None and self._hides(value.is_) else value.is_,
        )
