"""`for` expressions."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import entries, spread
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.marking import moved, used
from cloudaudit.sources.terraform.hcl.scope import Evaluate, Scope
from cloudaudit.sources.terraform.hcl.unfollowed import unfollowed
from cloudaudit.sources.terraform.hcl.values import is_unknown, made_of, parts_in, to_bool, to_text


def for_expression(node: nodes.For, scope: Scope, evaluate: Evaluate) -> Any:
    """The list, or the object, of all elements."""
    collection = moved(evaluate(node.collection, scope), scope.budget)
    if isinstance(collection, Unknown) and collection.possible:
        return spread(collection, lambda candidate: _for_known(node, candidate, scope, evaluate), scope.budget)
    if is_unknown(collection):
        return unfollowed(collection, (node.result_key, node.result), scope, evaluate, node.key, node.value)
    return _for_known(node, collection, scope, evaluate)


def _for_known(node: nodes.For, collection: Any, scope: Scope, evaluate: Evaluate) -> Any:
    as_list: list[Any] = []
    as_map: dict[str, Any] = {}
    for key, value in entries(collection):
        scope.budget.spend(1)
        names = {node.value: value} if node.key is None else {node.key: key, node.value: value}
        inner = scope.with_names(names)
        if node.condition is not None:
            wanted = used(evaluate(node.condition, inner), scope.budget)
            if is_unknown(wanted):
                return _from_any(wanted, node, collection, scope, evaluate)
            if not to_bool(wanted):
                continue
        if node.result_key is None:
            as_list.append(evaluate(node.result, inner))
            continue
        name = used(evaluate(node.result_key, inner), scope.budget)
        if is_unknown(name):
            return _from_any(name, node, collection, scope, evaluate)
        _put(as_map, to_text(name), evaluate(node.result, inner), grouped=node.grouped)
    scope.budget.fits(len(as_list) + len(as_map))
    return as_list if node.result_key is None else as_map


def _from_any(reason: Any, node: nodes.For, collection: Any, scope: Scope, evaluate: Evaluate) -> Unknown[Any]:
    """What an unknown condition or key leaves of a `for`: it may be made of any element."""
    return made_of(
        unfollowed(reason, (node.result_key, node.result), scope, evaluate, node.key, node.value), parts_in(collection, scope.budget)
    )


def _put(result: dict[str, Any], name: str, value: Any, *, grouped: bool) -> None:
    if grouped:
        result.setdefault(name, []).append(value)
    elif name in result:
        raise EvaluationError(f'two elements have the key "{name}"')
    else:
        result[name] = value
