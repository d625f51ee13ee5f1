"""What is not evaluated, as something it rests on is unknown: the value may be made of all that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.scope import Evaluate, Scope
from cloudaudit.sources.terraform.hcl.values import blend, made_of, parts_in, unknown_of


def unfollowed(reason: Any, parts: Any, scope: Scope, evaluate: Evaluate, *bound: str | None) -> Unknown[Any]:
    """What rests on an unknown, and may be made of what the parts name that are not evaluated for it."""
    scope.budget.may_refuse(unknown_of(reason))
    return made_of(blend([unknown_of(reason)]), named_in(parts, scope, evaluate, *bound))


def named_in(parts: Any, scope: Scope, evaluate: Evaluate, *bound: str | None) -> Iterator[Unknown[Any]]:
    """Every unknown, and every attribute of a resource, that expressions name, but for the variables that they are evaluated with."""
    for reference in nodes.traversals(parts, frozenset(bound)):
        try:
            yield from parts_in(evaluate(reference, scope), scope.budget)
        except EvaluationError as error:
            yield Unknown(Why.UNRESOLVED, str(error), references=error.references)
