"""Templates: their parts become one text."""

from __future__ import annotations

from typing import Any

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import entries
from cloudaudit.sources.terraform.hcl.kinds import STRING
from cloudaudit.sources.terraform.hcl.marking import used
from cloudaudit.sources.terraform.hcl.scope import Evaluate, Scope
from cloudaudit.sources.terraform.hcl.text import Text
from cloudaudit.sources.terraform.hcl.unfollowed import unfollowed
from cloudaudit.sources.terraform.hcl.values import is_unknown, to_bool, told


def template(node: nodes.Template, scope: Scope, evaluate: Evaluate) -> Any:
    """The text; of `"${x}"` the value of x itself."""
    if node.wrap:
        only = node.parts[0]
        assert isinstance(only, nodes.Node)
        return evaluate(only, scope)
    text = Text(scope.budget)
    render(node.parts, scope, text, evaluate)
    return told(text.result(), STRING)


def render(parts: tuple[nodes.Part, ...], scope: Scope, text: Text, evaluate: Evaluate) -> None:
    """Append what the parts of a template give. Raises EvaluationError."""
    for part in parts:
        if isinstance(part, str):
            text.add(part)
        elif isinstance(part, nodes.If):
            condition = used(evaluate(part.condition, scope), scope.budget)
            if is_unknown(condition):
                text.leave_out(unfollowed(condition, (part.yes, part.no), scope, evaluate))
            else:
                render(part.yes if to_bool(condition) else part.no, scope, text, evaluate)
        elif isinstance(part, nodes.Repeat):
            _repeat(part, scope, text, evaluate)
        else:
            text.add(used(evaluate(part, scope), scope.budget))


def _repeat(part: nodes.Repeat, scope: Scope, text: Text, evaluate: Evaluate) -> None:
    collection = used(evaluate(part.collection, scope), scope.budget)
    if is_unknown(collection):
        text.leave_out(unfollowed(collection, part.parts, scope, evaluate, part.key, part.value))
        return
    for key, value in entries(collection):
        scope.budget.spend(1)
        names = {part.value: value} if part.key is None else {part.key: key, part.value: value}
        render(part.parts, scope.with_names(names), text, evaluate)
