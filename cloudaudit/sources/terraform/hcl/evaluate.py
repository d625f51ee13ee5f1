"""The evaluator: an expression in a scope gives a value, and Unknown where it rests on something not at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import attribute_of, element_of, spread, sure
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError, SensitiveError
from cloudaudit.sources.terraform.hcl.conditionals import conditional
from cloudaudit.sources.terraform.hcl.equality import equal
from cloudaudit.sources.terraform.hcl.for_expressions import for_expression
from cloudaudit.sources.terraform.hcl.kinds import Many, Positions
from cloudaudit.sources.terraform.hcl.marking import marked, moved, used
from cloudaudit.sources.terraform.hcl.marks import like
from cloudaudit.sources.terraform.hcl.operators import OPERATIONS, binary, decides, logical, negated
from cloudaudit.sources.terraform.hcl.rendering import template
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.truths import condition_noted, noted
from cloudaudit.sources.terraform.hcl.typed import same_nulls, typed
from cloudaudit.sources.terraform.hcl.unfollowed import unfollowed
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    TypedList,
    TypedMap,
    blend,
    is_unknown,
    to_bool,
    to_text,
    told,
    unknown_of,
)


def evaluate(node: nodes.Node, scope: Scope) -> Any:
    """The value. Raises EvaluationError where Terraform refuses, BoundError at a limit."""
    budget = scope.budget
    outer, budget.tainted = budget.tainted, False
    try:
        value = _EVALUATORS[type(node)](node, scope)
        return marked(value, budget, told=False) if budget.tainted else value
    except EvaluationError as error:
        if not (budget.tainted or isinstance(error, SensitiveError)):
            raise
        outer = True  # that it is refused tells of the value, too
        raise SensitiveError(references=error.references) from None
    finally:
        budget.tainted = outer


def _used(node: nodes.Node, scope: Scope) -> Any:
    """The value of an expression that decides what the one around it gives."""
    return used(evaluate(node, scope), scope.budget)


def attempt(node: nodes.Node, scope: Scope) -> Any:
    """The value for an attribute: what goes wrong is Unknown, with the reason. The seam of evaluation."""
    budget = scope.budget
    outer = budget.open_value()
    try:
        return evaluate(node, scope)
    except EvaluationError as error:
        return Unknown(Why.UNRESOLVED, f"the expression is not valid: {error}", references=error.references)
    except BoundError as error:
        return Unknown(Why.BOUNDED, str(error))
    except RecursionError:
        return Unknown(Why.BOUNDED, "an expression nested too deeply")
    finally:
        budget.close_value(outer)


def _literal(node: nodes.Literal, _scope: Scope) -> Any:
    return node.value


def _refused(node: nodes.Refused, _scope: Scope) -> Any:
    raise BoundError(node.reason)


def _parenthesis(node: nodes.Parenthesis, scope: Scope) -> Any:
    return evaluate(node.inner, scope)


def _traversal(node: nodes.Traversal, scope: Scope) -> Any:
    names = scope.names
    if node.root in names:
        value, taken = names[node.root], 0
    else:
        value, taken = scope.module.resolve(node)
    return _follow(value, node, taken, scope) if taken < len(node.steps) else value


def _access(node: nodes.Access, scope: Scope) -> Any:
    return _follow(evaluate(node.source, scope), node, 0, scope)


def _follow(value: Any, path: nodes.Traversal | nodes.Access | nodes.Splat, start: int, scope: Scope) -> Any:
    for place, step in enumerate(path.steps[start:], start):
        if scope.budget.marking:
            moved(value, scope.budget)  # that it has no such part tells of it, too
        if isinstance(step, str):
            value = attribute_of(value, step, scope.budget)
        elif isinstance(step, nodes.Index):
            value = element_of(value, _used(step.key, scope), scope.budget)
        elif value is None:
            value = _splat_of_null(path, place, scope)
        else:
            value = _splat(value, step, scope)
    return value


def _splat_of_null(path: nodes.Traversal | nodes.Access | nodes.Splat, place: int, scope: Scope) -> list[Any]:
    """No elements, but that a list or set is refused. Source: hclsyntax, SplatExpr.Value."""
    if isinstance(path, nodes.Splat):
        return []
    whole = path.source if isinstance(path, nodes.Access) and not place else msgspec.structs.replace(path, steps=path.steps[:place])
    kind = typed(whole, None, scope)
    if isinstance(kind, Positions) or (isinstance(kind, Many) and kind.kind != "map"):
        raise EvaluationError("a list that is null has no elements")
    return []


def _splat(value: Any, splat: nodes.Splat, scope: Scope) -> Any:
    def each(item: Any) -> Any:
        return _follow(item, splat, 0, scope)

    if value is None:
        return []
    if isinstance(value, list):
        scope.budget.fits(len(moved(value, scope.budget)))
        items = [each(item) for item in value]
        return TypedList(items) if isinstance(value, TypedList) else items
    if isinstance(value, Opaque):
        return value.splat(each)
    if isinstance(value, Unknown):
        return spread(value, lambda candidate: _splat(candidate, splat, scope), scope.budget)
    return [each(value)]


def _unary(node: nodes.Unary, scope: Scope) -> Any:
    value = _used(node.operand, scope)
    if isinstance(value, Unknown):
        value = spread(value, lambda candidate: negated(node.operator, candidate), scope.budget)
        return told(value, OPERATIONS[node.operator], null=False)
    return negated(node.operator, value)


def _binary(node: nodes.Binary, scope: Scope) -> Any:
    """Chains lean left and may be long: walk down, then compute upwards."""
    chain = [node]
    while isinstance(chain[-1].left, nodes.Binary):
        chain.append(chain[-1].left)
    value = _used(chain[-1].left, scope)
    for link in reversed(chain):
        value = told(_operation(link, value, scope), OPERATIONS[link.operator], null=False)
    return value


def _operation(node: nodes.Binary, left: Any, scope: Scope) -> Any:
    symbol, budget = node.operator, scope.budget
    if symbol in {"&&", "||"}:
        left = sure(left, to_bool)
        decided = decides(symbol, left)
        if decided is not None and budget.trying:
            _asked_all_the_same(node, scope)
        return _second(node, left, scope) if decided is None else decided
    right = _used(node.right, scope)
    if symbol in {"==", "!="}:
        if _of_other_type(left, node.right) or _of_other_type(right, node.left):
            return symbol == "!="
        if isinstance(left, list | dict) and isinstance(right, list | dict):
            result = equal(left, right, budget, nulls=same_nulls(node.left, node.right, left, scope))
            return result if isinstance(result, Unknown) else result is (symbol == "==")
    else:
        noted((left, right), budget)
    if isinstance(left, Unknown) and not is_unknown(right):
        return spread(left, lambda candidate: binary(symbol, candidate, right, budget), budget)
    if isinstance(right, Unknown) and not is_unknown(left):
        return spread(right, lambda candidate: binary(symbol, left, candidate, budget), budget)
    return binary(symbol, left, right, budget)


def _asked_all_the_same(node: nodes.Binary, scope: Scope) -> None:
    """Note what is refused in an operand that does not count: older versions of Terraform evaluate it."""
    try:
        right = _used(node.right, scope)
        if not is_unknown(right):
            to_bool(right)
    except EvaluationError as error:
        detail = f"versions of Terraform differ on what follows {node.operator}: {error}"
        scope.budget.may_refuse(Unknown(Why.UNRESOLVED, detail, references=error.references))


def _second(node: nodes.Binary, left: Any, scope: Scope) -> Any:
    """`&&` and `||` where the left operand does not decide. Of an unknown one, versions of Terraform differ: some never ask the right."""
    condition_noted(left, scope.budget)
    try:
        right = sure(_used(node.right, scope), to_bool)
        condition_noted(right, scope.budget)
        return logical(node.operator, left, right)
    except EvaluationError:
        if not is_unknown(left):
            raise
        scope.budget.may_refuse(unknown_of(left))
        return blend([unknown_of(left)])


def _of_other_type(value: Any, literal: nodes.Node) -> bool:
    """Whether Terraform calls a value unequal to `[…]` or `{…}` for its type, even where both are empty."""
    if isinstance(literal, nodes.Tuple):
        return isinstance(value, TypedList | Set)
    return isinstance(literal, nodes.Object) and isinstance(value, TypedMap)


def _call(node: nodes.Call, scope: Scope) -> Any:
    return scope.module.call(node, scope)


def _tuple(node: nodes.Tuple, scope: Scope) -> list[Any]:
    scope.budget.spend(len(node.items))
    return [evaluate(item, scope) for item in node.items]


def _object(node: nodes.Object, scope: Scope) -> Any:
    scope.budget.spend(len(node.items))
    result: dict[str, Any] = {}
    for key_node, value_node in node.items:
        key = evaluate(key_node, scope)
        if is_unknown(key):
            return unfollowed(key, node.items, scope, evaluate)
        result[like(key, to_text(key))] = evaluate(value_node, scope)
    return result


_EVALUATORS: dict[type[nodes.Node], Callable[[Any, Scope], Any]] = {
    nodes.Literal: _literal,
    nodes.Refused: _refused,
    nodes.Parenthesis: _parenthesis,
    nodes.Traversal: _traversal,
    nodes.Access: _access,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: partial(conditional, evaluate=evaluate),
    nodes.Call: _call,
    nodes.Tuple: _tuple,
    nodes.Object: _object,
    nodes.For: partial(for_expression, evaluate=evaluate),
    nodes.Template: partial(template, evaluate=evaluate),
}
