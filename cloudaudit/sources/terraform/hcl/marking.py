"""Marks of whole values, at any depth. What is made of a sensitive value is sensitive, whatever it is and however it was made.

An expression that uses a sensitive value says so by `used`; whoever evaluates it marks all that it gives.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import msgspec

from cloudaudit.model import Unknown
from cloudaudit.model.partial import sole_placeholder
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.marks import MARKED, SensitiveMany, bare, mark
from cloudaudit.sources.terraform.hcl.open import OpenCollection
from cloudaudit.sources.terraform.hcl.values import Opaque
from cloudaudit.sources.terraform.redaction import hides

UNTOLD = "made with a sensitive value, hence not told"


def marked(value: Any, budget: Budget, *, told: bool = True) -> Any:
    """The value with everything in it marked, and its texts noted, to be found in copies.

    Unless `told`, a sensitive value made it or chose it: of what is not known then, even the reason may quote that value, and a
    resource would hand on what it has without a mark.
    """
    if isinstance(value, str):
        budget.secrets.append(str(value))
    if isinstance(value, Opaque) and not (told or isinstance(value, OpenCollection)):
        value = value.unknown()
    if isinstance(value, Unknown):
        value = msgspec.structs.replace(value, partial=_alone(value.partial), detail=value.detail if told else UNTOLD)
    budget.marking = True
    return _each(value, lambda item: marked(item, budget, told=told), mark, budget)


def named(value: Any, budget: Budget) -> Any:
    """A value with each part marked that is called like a secret: `var.db.password`. The same object where none is."""
    if not isinstance(value, dict | list):
        return value
    budget.spend(len(value))
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    secret = {key: marked(item, budget) if hides(str(key), item) else named(item, budget) for key, item in parts}
    if all(secret[key] is value[key] for key in secret):
        return value
    made = copy(value)
    for key, item in secret.items():
        made[key] = item
    return made


def unmarked(value: Any, budget: Budget) -> Any:
    """The value without any mark, for what computes with it."""
    return _each(value, lambda item: unmarked(item, budget), bare, budget)


def _each(value: Any, part: Callable[[Any], Any], single: Callable[[Any], Any], budget: Budget) -> Any:
    """The value with `part` of each of its parts, and `single` of itself."""
    if isinstance(value, list):
        budget.spend(len(value))
        items = copy(value)
        items[:] = [part(item) for item in value]
        return single(items)
    if isinstance(value, dict):
        budget.spend(len(value))
        entries = copy(value)
        entries.clear()
        entries.update((single(key), part(item)) for key, item in value.items())
        return single(entries)
    if isinstance(value, Unknown):
        return msgspec.structs.replace(value, possible=tuple(map(part, value.possible))) if value.possible else value
    if isinstance(value, OpenCollection):
        return OpenCollection(tuple(map(part, value.members)), value.reason, more=value.more)
    return single(value)


def _alone(partial: str | None) -> str | None:
    """A placeholder alone. The text around one is a part of the secret."""
    return partial if sole_placeholder(partial) else None


def is_marked(value: Any, budget: Budget) -> bool:
    """Whether anything in a value is marked."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, (*MARKED, SensitiveMany)):
            return True
        if isinstance(current, list):
            budget.spend(len(current))
            pending.extend(current)
        elif isinstance(current, dict):
            budget.spend(len(current))
            pending.extend((*current, *current.values()))
        elif isinstance(current, Unknown):
            if current.detail == UNTOLD:
                return True
            pending.extend(current.possible)
        elif isinstance(current, OpenCollection):
            pending.extend(current.members)
    return False


def moved(value: Any, budget: Budget) -> Any:
    """A value of which the parts are handed on as they are. Says to the expression if the value itself is marked."""
    budget.tainted = budget.tainted or isinstance(value, (*MARKED, SensitiveMany))
    return value


def used(value: Any, budget: Budget) -> Any:
    """A value that decides what an expression gives, without its mark. Says to the expression that it used a mark, if there is one."""
    if not budget.marking:
        return value
    if isinstance(value, list | dict):
        budget.tainted = budget.tainted or is_marked(value, budget)
        return value
    if not is_marked(value, budget):
        return value
    budget.tainted = True
    return unmarked(value, budget)
