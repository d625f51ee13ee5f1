"""The type of an expression, of which the value may tell none: null, and what is not known."""

from __future__ import annotations

from typing import Any

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.functions import RESULTS
from cloudaudit.sources.terraform.hcl.kinds import ANY, Field, Fields, Positions, Type, Untold, part_of
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.unify import common, parts_of, settled, type_of

_LINKS = 20  # locals that rest on each other


def typed(node: nodes.Node, value: Any, scope: Scope) -> Type:
    """The type of the value that an expression gave."""
    kind = type_of(value, scope.budget)
    if kind is ANY or isinstance(kind, Untold):
        return _declared(node, scope, _LINKS) or kind
    if isinstance(node, nodes.Tuple) and isinstance(kind, Positions):
        return Positions(tuple(typed(item, part, scope) for item, part in zip(node.items, value, strict=True)))
    if isinstance(node, nodes.Object) and isinstance(kind, Fields):
        given = {key.value: item for key, item in node.items if isinstance(key, nodes.Literal)}
        return Fields(
            {name: Field(typed(given[name], value[name], scope)) if name in given else field for name, field in kind.fields.items()}
        )
    return kind


def same_nulls(one: nodes.Node, other: nodes.Node, value: Any, scope: Scope) -> bool:
    """Whether each null in a value, which both expressions give, is of one type in both: as it is written out, or as it is declared."""
    scope.budget.spend(1)
    if value is None and isinstance(one, nodes.Literal) and isinstance(other, nodes.Literal):
        return True
    if one == other or not _holds_null(value, scope):
        return True
    if isinstance(one, nodes.Parenthesis):
        return same_nulls(one.inner, other, value, scope)
    if isinstance(other, nodes.Parenthesis):
        return same_nulls(one, other.inner, value, scope)
    if isinstance(one, nodes.Tuple) and isinstance(other, nodes.Tuple) and len(one.items) == len(other.items) == len(value):
        return all(same_nulls(mine, theirs, item, scope) for mine, theirs, item in zip(one.items, other.items, value, strict=True))
    if isinstance(one, nodes.Object) and isinstance(other, nodes.Object):
        first, second = ({key.value: item for key, item in part.items if isinstance(key, nodes.Literal)} for part in (one, other))
        return all(key in first and key in second and same_nulls(first[key], second[key], value[key], scope) for key in value)
    kinds = [_declared(part, scope, _LINKS) for part in (one, other)]
    return kinds[0] is not None and kinds[0] == kinds[1] and not _is_open(kinds[0])


def _holds_null(value: Any, scope: Scope) -> bool:
    if isinstance(value, list | dict):
        scope.budget.spend(len(value))
        return any(_holds_null(item, scope) for item in (value.values() if isinstance(value, dict) else value))
    return value is None


def _is_open(kind: Type) -> bool:
    return kind == ANY or any(map(_is_open, parts_of(kind)))


def _declared(node: nodes.Node, scope: Scope, links: int) -> Type | None:
    """The type that the declaration of a variable gives to what an expression names."""
    if isinstance(node, nodes.Parenthesis):
        return _declared(node.inner, scope, links)
    if isinstance(node, nodes.Conditional):
        both = [found for branch in (node.yes, node.no) if (found := _declared(branch, scope, links)) is not None]
        return common(both) if both else None
    if isinstance(node, nodes.Call):
        return RESULTS.get(node.name.removeprefix("core::"))
    if not isinstance(node, nodes.Traversal) or node.root in scope.names or not links:
        return None
    name = node.steps[0]
    if not isinstance(name, str):
        return None
    kind = _of_local(name, scope, links) if node.root == "local" else scope.module.constraint_of(name) if node.root == "var" else None
    for step in node.steps[1:]:
        key = step.key.value if isinstance(step, nodes.Index) and isinstance(step.key, nodes.Literal) else step
        kind = part_of(kind, key) if kind is not None else None
    return None if kind is None or kind is ANY else settled(kind)


def _of_local(name: str, scope: Scope, links: int) -> Type | None:
    found = scope.module.expression_of(name)
    return _declared(found, Scope(scope.module), links - 1) if found is not None else None
