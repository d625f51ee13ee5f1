"""Function calls: `try` and `can` see what goes wrong in their arguments, all others get values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import agreed
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.evaluate import evaluate
from cloudaudit.sources.terraform.hcl.functions import CONVERTING, FUNCTIONS, RESULTS, call
from cloudaudit.sources.terraform.hcl.functions.calling import Context
from cloudaudit.sources.terraform.hcl.kinds import ANY, BOOL, Fields, Positions
from cloudaudit.sources.terraform.hcl.marking import marked, moved, unmarked, used
from cloudaudit.sources.terraform.hcl.marks import like
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.rendering import render
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.scope import Scope, Undeclared
from cloudaudit.sources.terraform.hcl.sensitive import freed
from cloudaudit.sources.terraform.hcl.text import Text
from cloudaudit.sources.terraform.hcl.typed import typed
from cloudaudit.sources.terraform.hcl.types import convert
from cloudaudit.sources.terraform.hcl.unify import common, parts_of
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, parts_in, to_list, told, unknown_of


class Nothing(Undeclared):
    """The names of a template file: none but those it is given."""

    def __init__(self, run: Run) -> None:
        self.budget = run.budget
        self.run = run

    def resolve(self, node: nodes.Traversal) -> tuple[Any, int]:
        raise EvaluationError(f'the template is given no value for "{node.root}"')

    def call(self, node: nodes.Call, scope: Scope) -> Any:
        if node.name in {"templatefile", "templatestring"}:
            raise EvaluationError(f"{node.name}() cannot be called in a template")
        return call_function(node, scope, self.run)


def call_function(node: nodes.Call, scope: Scope, run: Run) -> Any:
    """The result of a call. Raises EvaluationError, BoundError."""
    name = node.name.removeprefix("core::")
    if name == "try":
        return _try(node, scope)
    if name == "can":
        return told(_can(node, scope), BOOL, null=False)
    if name.startswith("provider::"):
        return Unknown(Why.UNRESOLVED, f"{name}() is the provider's")
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    if node.spread:
        last = arguments.pop()
        if is_unknown(last):
            run.budget.may_refuse(unknown_of(last))
            return blend([unknown_of(last), *parts_in(arguments, run.budget)])
        arguments.extend(to_list(last))
    function = FUNCTIONS.get(name)
    if function is None:
        return Unknown(Why.UNSUPPORTED, f"the function {name}() is not known here")
    if name == "coalesce" and not node.spread:
        arguments = _alike(node.arguments, arguments, scope)
    elif name in _COLLECT and len(arguments) == 1:
        arguments = [_of_one_type(node.arguments[0], arguments[0], scope)]
    arguments = arguments if name in _MARKS else _taken(name, arguments, run)
    result = told(call(name, function, arguments, context_of(run)), RESULTS.get(name, ANY), null=name in CONVERTING)
    if name == "sensitive":
        return marked(result, run.budget)
    return freed(result, run) if name == "nonsensitive" else result


_MARKS = frozenset({"sensitive", "nonsensitive", "issensitive", "ephemeralasnull"})  # which deal with marks themselves
_MOVES = frozenset(
    {"coalesce", "coalescelist", "chunklist", "concat", "element", "flatten", "keys", "lookup", "merge", "one", "reverse", "slice"}
    | {"tolist", "tomap", "values", "zipmap"}
)
"""Functions that hand on parts of what they are given, whatever these are: each part keeps its own mark."""


def _taken(name: str, arguments: list[Any], run: Run) -> list[Any]:
    """The arguments as a function takes them, without marks. What it gives is sensitive, if anything that it takes is."""
    budget = run.budget
    if name not in _MOVES:
        taken = [used(argument, budget) for argument in arguments]
        return [unmarked(argument, budget) for argument in taken] if budget.tainted else taken
    for argument in arguments[0] if name == "flatten" and arguments and isinstance(arguments[0], list) else ():
        moved(argument, budget)
    return [moved(argument, budget) if isinstance(argument, list | dict) else used(argument, budget) for argument in arguments]


def _alike(written: Sequence[nodes.Node], arguments: list[Any], scope: Scope) -> list[Any]:
    """The arguments as the one type that all of them have. Raises EvaluationError."""
    kind = common(typed(argument, value, scope) for argument, value in zip(written, arguments, strict=True))
    if kind is None:
        raise EvaluationError("the arguments have different types")
    return [convert(value, kind, scope.budget) for value in arguments]


_COLLECT = frozenset({"tolist", "tomap", "toset"})


def _of_one_type(written: nodes.Node, value: Any, scope: Scope) -> Any:
    """What becomes a list, map or set, with parts of one type: that of a null counts, too. Raises EvaluationError."""
    kind = typed(written, value, scope)
    if not isinstance(value, list | dict) or not isinstance(kind, Positions | Fields):
        return value
    part = common(parts_of(kind))
    if part is None:
        raise EvaluationError("the elements have different types")
    if isinstance(value, dict):
        return like(value, {key: convert(item, part, scope.budget) for key, item in value.items()})
    return like(value, [convert(item, part, scope.budget) for item in value])


def context_of(run: Run) -> Context:
    """What functions may use."""

    def rendered(template: str, names: dict[str, Any]) -> Any:
        try:
            node = run.library.template(template)
        except FileError as error:
            raise EvaluationError(f"the template {error.reason} (line {error.line})") from None
        scope = Scope(Nothing(run), names)
        if not isinstance(node, nodes.Template):
            return evaluate(node, scope)
        text = Text(run.budget)
        render(node.parts, scope, text, evaluate)
        return text.result()

    return Context(run.budget, run.library, run.root, rendered)


def _tried(node: nodes.Node, scope: Scope) -> tuple[Any, Unknown[Any] | None]:
    """The value, and the unknown for which Terraform might refuse the expression all the same. Raises EvaluationError, BoundError."""
    budget = scope.budget
    outer = budget.doubt, budget.trying
    budget.doubt, budget.trying = None, True
    try:
        return evaluate(node, scope), budget.doubt
    finally:
        budget.doubt, budget.trying = outer


def _try(node: nodes.Call, scope: Scope) -> Any:
    """The first argument that Terraform accepts: of one that it might refuse, the value or what the next ones give."""
    message = "no argument"
    found: list[Any] = []
    doubts: list[Unknown[Any]] = []
    for argument in node.arguments:
        try:
            value, doubt = _tried(argument, scope)
        except EvaluationError as error:
            message = str(error)
            continue
        found.append(value)
        if doubt is None:
            break
        doubts.append(doubt)
    else:
        if not found:
            raise EvaluationError(f"try() finds no argument that is valid: {message}")
        scope.budget.may_refuse(doubts[-1])
    return found[0] if len(found) == 1 else agreed(found, doubts[0], scope.budget, refused=False)


def _can(node: nodes.Call, scope: Scope) -> Any:
    if len(node.arguments) != 1:
        raise EvaluationError("can() takes one argument")
    try:
        value, doubt = _tried(node.arguments[0], scope)
    except EvaluationError:
        return False
    used(value, scope.budget)
    if doubt is not None:
        return blend([doubt], possible=(True, False))
    return blend([unknown_of(value)]) if is_unknown(value) else True
