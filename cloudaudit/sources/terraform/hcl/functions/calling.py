"""How a function is called: the number of its arguments, and what it does about unknown ones."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Unknown, Why
from cloudaudit.sources.terraform.hcl.access import spread
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.values import TypedList, TypedMap, blend, is_unknown, normal, unknown_of, unknowns_in


class Needs(Enum):
    """What a function must know of its arguments before it can run."""

    ALL = auto()  # every part of each
    SHAPE = auto()  # each argument, though parts of it may be unknown
    NOTHING = auto()  # it deals with unknown arguments itself


class Context(msgspec.Struct, frozen=True):
    """What a call may use besides its arguments."""

    budget: Budget
    library: Library
    root: Path  # paths of files are relative to the root module
    render: Callable[[str, dict[str, Any]], Any]  # a template's text with the values of its names


class Function(msgspec.Struct, frozen=True):
    """A function and its number of arguments; `most` None is "any number".

    `returns` is "list" or "map" where the result is one of a single element type, whatever it was made of: `[]` and `{}` have
    another type, and equal no such list or map, not even an empty one.
    """

    run: Callable[..., Any]
    least: int = 1
    most: int | None = 1
    needs: Needs = Needs.ALL
    returns: str = ""


def fixed(run: Callable[..., Any], arguments: int = 1, needs: Needs = Needs.ALL, returns: str = "") -> Function:
    """A function of exactly so many arguments."""
    return Function(run, arguments, arguments, needs, returns)


def call(name: str, function: Function, arguments: list[Any], context: Context) -> Any:
    """The result. Raises EvaluationError, as Terraform does, for what the function cannot take."""
    if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
        raise EvaluationError(f"{name}() does not take {len(arguments)} arguments")
    if function.needs is not Needs.NOTHING:
        unknown = [place for place, argument in enumerate(arguments) if is_unknown(argument)]
        if len(unknown) == 1 and isinstance(arguments[unknown[0]], Unknown) and arguments[unknown[0]].possible:
            return _over_possible(name, function, arguments, unknown[0], context)
        if unknown:
            context.budget.may_refuse(unknown_of(arguments[unknown[0]]))
            return blend(unknown_of(arguments[place]) for place in unknown)
        if function.needs is Needs.ALL:
            inside = [found for argument in arguments for found in unknowns_in(argument, context.budget)]
            if inside:
                context.budget.may_refuse(inside[0])
                return blend(inside)
    else:
        for argument in arguments:
            if is_unknown(argument):
                context.budget.may_refuse(unknown_of(argument))
    try:
        result = function.run(context, *arguments)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Odd arguments of a hostile file; the names of our own types would tell the user nothing.
        raise EvaluationError(f"{name}() cannot take these arguments ({type(error).__name__})") from None
    if isinstance(result, list | dict):
        context.budget.fits(len(result))
        return _typed(result, function.returns)
    if isinstance(result, str):
        context.budget.measure(len(result))
        return normal(result)
    return result


def _typed(result: Any, kind: str) -> Any:
    if kind == "list" and type(result) is list:
        return TypedList(result)
    return TypedMap(result) if kind == "map" and type(result) is dict else result


def _over_possible(name: str, function: Function, arguments: list[Any], place: int, context: Context) -> Any:
    def run(candidate: Any) -> Any:
        return call(name, function, [*arguments[:place], candidate, *arguments[place + 1 :]], context)

    return spread(arguments[place], run, context.budget)


def never_known(name: str, why: str) -> Function:
    """A function whose result only a real run has."""
    return Function(lambda _context, *_: Unknown(Why.COMPUTED, f"{name}() {why}"), 0, None, Needs.NOTHING)
