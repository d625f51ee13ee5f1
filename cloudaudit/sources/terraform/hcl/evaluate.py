"""The evaluator: an expression in a scope gives a value, and Unknown where it rests on something not at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import attribute_of, element_of, entries, spread, sure
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError, SensitiveError
from cloudaudit.sources.terraform.hcl.branches import Branch, as_both, either
from cloudaudit.sources.terraform.hcl.kinds import STRING, Many, Positions
from cloudaudit.sources.terraform.hcl.marking import marked, moved, used
from cloudaudit.sources.terraform.hcl.marks import like
from cloudaudit.sources.terraform.hcl.operators import OPERATIONS, binary, decides, logical, negated
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.text import Text
from cloudaudit.sources.terraform.hcl.truths import condition_noted, noted
from cloudaudit.sources.terraform.hcl.typed import typed
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    TypedList,
    TypedMap,
    blend,
    is_unknown,
    made_of,
    to_bool,
    to_text,
    told,
    unknown_of,
    unknowns_in,
)


def evaluate(node: nodes.Node, scope: Scope) -> Any:
    """The value. Raises EvaluationError where Terraform refuses, BoundError at a limit."""
    budget = scope.budget
    outer, budget.tainted = budget.tainted, False
    try:
        value = _EVALUATORS[type(node)](node, scope)
        return marked(value, budget) if budget.tainted else value
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
        return told(value, OPERATIONS[node.operator])
    return negated(node.operator, value)


def _binary(node: nodes.Binary, scope: Scope) -> Any:
    """Chains lean left and may be long: walk down, then compute upwards."""
    chain = [node]
    while isinstance(chain[-1].left, nodes.Binary):
        chain.append(chain[-1].left)
    value = _used(chain[-1].left, scope)
    for link in reversed(chain):
        value = told(_operation(link, value, scope), OPERATIONS[link.operator])
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
        if isinstance(left, list | dict) and isinstance(right, list | dict) and _of_other_nulls(node, left, right, scope):
            return Unknown(Why.UNSUPPORTED, "whether the nulls in two collections are of one type")
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


def _of_other_nulls(node: nodes.Binary, left: Any, right: Any, scope: Scope) -> bool:
    """Whether two collections that hold the same may differ in the type of a null, by which Terraform calls them unequal."""
    if None not in (left.values() if isinstance(left, dict) else left) or binary("==", left, right, scope.budget) is not True:
        return False
    return typed(node.left, left, scope) != typed(node.right, right, scope)


def _conditional(node: nodes.Conditional, scope: Scope) -> Any:
    others: list[tuple[nodes.Node, nodes.Node, bool]] = []
    while True:
        condition = sure(_used(node.condition, scope), to_bool)
        if is_unknown(condition):
            condition_noted(condition, scope.budget)
            value = _either(node, unknown_of(condition), scope)
            break
        first = to_bool(condition)
        chosen, other = (node.yes, node.no) if first else (node.no, node.yes)
        others.append((chosen, other, first))
        if not isinstance(chosen, nodes.Conditional):
            value = evaluate(chosen, scope)
            break
        node = chosen
    for chosen, other, first in reversed(others):
        value = _like(value, chosen, other, scope, first=first)
    return value


def _either(node: nodes.Conditional, reason: Unknown[Any], scope: Scope) -> Any:
    yes, no = (_branch(branch, scope) for branch in (node.yes, node.no))
    return either(yes, no, reason, scope.budget)


def _branch(node: nodes.Node, scope: Scope) -> Branch | None:
    """A branch of a conditional; None if it is refused. Raises BoundError."""
    budget = scope.budget
    outer, budget.doubt = budget.doubt, None
    try:
        value = evaluate(node, scope)
        return Branch(value, typed(node, value, scope), budget.doubt)
    except EvaluationError:
        return None
    finally:
        budget.doubt = outer


def _like(value: Any, chosen: nodes.Node, other: nodes.Node, scope: Scope, *, first: bool) -> Any:
    """The chosen branch as the type of both; one that is refused has none."""
    if (isinstance(value, str | None) and not scope.budget.trying) or isinstance(value, Opaque):
        return value
    try:
        alternative = _branch(other, scope)
    except BoundError:
        return value
    if alternative is None:
        return value
    mine = Branch(value, typed(chosen, value, scope))
    return as_both(mine, alternative, scope.budget, first=first)


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
            return _unfollowed(key, node.items, scope)
        result[like(key, to_text(key))] = evaluate(value_node, scope)
    return result


def _unfollowed(reason: Any, parts: Any, scope: Scope, *bound: str | None) -> Unknown[Any]:
    """What rests on an unknown, and may be made of what the parts name that are not evaluated for it."""
    scope.budget.may_refuse(unknown_of(reason))
    return made_of(blend([unknown_of(reason)]), named_in(parts, scope, *bound))


def named_in(parts: Any, scope: Scope, *bound: str | None) -> Iterator[Unknown[Any]]:
    """Every unknown that expressions name, but for the variables that they are evaluated with."""
    for reference in nodes.traversals(parts, frozenset(bound)):
        try:
            yield from unknowns_in(evaluate(reference, scope), scope.budget)
        except EvaluationError as error:
            yield Unknown(Why.UNRESOLVED, str(error), references=error.references)


def _for(node: nodes.For, scope: Scope) -> Any:
    collection = moved(evaluate(node.collection, scope), scope.budget)
    if isinstance(collection, Unknown) and collection.possible:
        return spread(collection, lambda candidate: _for_known(node, candidate, scope), scope.budget)
    if is_unknown(collection):
        return _unfollowed(collection, (node.result_key, node.result), scope, node.key, node.value)
    return _for_known(node, collection, scope)


def _for_known(node: nodes.For, collection: Any, scope: Scope) -> Any:
    as_list: list[Any] = []
    as_map: dict[str, Any] = {}
    for key, value in entries(collection):
        scope.budget.spend(1)
        names = {node.value: value} if node.key is None else {node.key: key, node.value: value}
        inner = scope.with_names(names)
        if node.condition is not None:
            wanted = _used(node.condition, inner)
            if is_unknown(wanted):
                return _from_any(wanted, node, collection, scope)
            if not to_bool(wanted):
                continue
        if node.result_key is None:
            as_list.append(evaluate(node.result, inner))
            continue
        name = _used(node.result_key, inner)
        if is_unknown(name):
            return _from_any(name, node, collection, scope)
        _put(as_map, to_text(name), evaluate(node.result, inner), grouped=node.grouped)
    scope.budget.fits(len(as_list) + len(as_map))
    return as_list if node.result_key is None else as_map


def _from_any(reason: Any, node: nodes.For, collection: Any, scope: Scope) -> Unknown[Any]:
    """What an unknown condition or key leaves of a `for`: it may be made of any element."""
    return made_of(_unfollowed(reason, (node.result_key, node.result), scope, node.key, node.value), unknowns_in(collection, scope.budget))


def _put(result: dict[str, Any], name: str, value: Any, *, grouped: bool) -> None:
    if grouped:
        result.setdefault(name, []).append(value)
    elif name in result:
        raise EvaluationError(f'two elements have the key "{name}"')
    else:
        result[name] = value


def _template(node: nodes.Template, scope: Scope) -> Any:
    if node.wrap:
        only = node.parts[0]
        assert isinstance(only, nodes.Node)
        return evaluate(only, scope)
    text = Text(scope.budget)
    render(node.parts, scope, text)
    return told(text.result(), STRING)


def render(parts: tuple[nodes.Part, ...], scope: Scope, text: Text) -> None:
    """Append what the parts of a template give. Raises EvaluationError."""
    for part in parts:
        if isinstance(part, str):
            text.add(part)
        elif isinstance(part, nodes.If):
            condition = _used(part.condition, scope)
            if is_unknown(condition):
                text.leave_out(_unfollowed(condition, (part.yes, part.no), scope))
            else:
                render(part.yes if to_bool(condition) else part.no, scope, text)
        elif isinstance(part, nodes.Repeat):
            _repeat(part, scope, text)
        else:
            text.add(_used(part, scope))


def _repeat(part: nodes.Repeat, scope: Scope, text: Text) -> None:
    collection = _used(part.collection, scope)
    if is_unknown(collection):
        text.leave_out(_unfollowed(collection, part.parts, scope, part.key, part.value))
        return
    for key, value in entries(collection):
        scope.budget.spend(1)
        names = {part.value: value} if part.key is None else {part.key: key, part.value: value}
        render(part.parts, scope.with_names(names), text)


_EVALUATORS: dict[type[nodes.Node], Callable[[Any, Scope], Any]] = {
    nodes.Literal: _literal,
    nodes.Refused: _refused,
    nodes.Parenthesis: _parenthesis,
    nodes.Traversal: _traversal,
    nodes.Access: _access,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: _conditional,
    nodes.Call: _call,
    nodes.Tuple: _tuple,
    nodes.Object: _object,
    nodes.For: _for,
    nodes.Template: _template,
}
