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
from cloudaudit.sources.terraform.hcl.open import OpenCollection
from cloudaudit.sources.terraform.hcl.values import (
    TypedList,
    TypedMap,
    blend,
    is_unknown,
    made_of,
    normal,
    parts_in,
    unknown_of,
    unknowns_in,
)


class Needs(Enum):
    """What a function must know of its arguments before it can run."""

    ALL = auto()  # every part of each
    SHAPE = auto()  # each argument, though parts of it may be unknown
    MEMBERS = auto()  # the same, and a list or set may be open
    PARTS = auto()  # the same, and some may be unknown as a whole
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
    """The result. Raises EvaluationError, as Terraform does, for what the function cannot take.

    One that is not known may be made of all that the function is given; of a text of which parts are known, these tell of what.
    """
    result = _called(name, function, arguments, context)
    if not isinstance(result, Unknown) or result.is_ is not None or result.possible:
        return result
    return made_of(result, (parts_in if result.partial is None else unknowns_in)(arguments, context.budget))


def _called(name: str, function: Function, arguments: list[Any], context: Context) -> Any:
    if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
        raise EvaluationError(f"{name}() does not take {len(arguments)} arguments")
    unknown = _unready(function, arguments)
    first = arguments[unknown[0]] if len(unknown) == 1 else None
    if function.needs is not Needs.NOTHING and isinstance(first, Unknown) and first.possible:
        return _over_possible(name, function, arguments, unknown[0], context)
    if unknown and function.needs not in {Needs.NOTHING, Needs.PARTS}:
        return _unsettled([*(unknown_of(arguments[place]) for place in unknown), *_inside(arguments, context)], context)
    for place in unknown:
        context.budget.may_refuse(unknown_of(arguments[place]))
    if function.needs is Needs.ALL:
        inside = _inside(arguments, context)
        if inside:
            return _unsettled(inside, context)
    return _made(_run(name, function, arguments, context), function, context)


def _unready(function: Function, arguments: list[Any]) -> list[int]:
    """The places of arguments that are unknown; an open set is not, to a function that takes it."""
    taken = OpenCollection if function.needs in {Needs.MEMBERS, Needs.PARTS} else ()
    return [place for place, argument in enumerate(arguments) if is_unknown(argument) and not isinstance(argument, taken)]


def _inside(arguments: list[Any], context: Context) -> list[Unknown[Any]]:
    return [found for argument in arguments for found in unknowns_in(argument, context.budget)]


def _unsettled(unknowns: list[Unknown[Any]], context: Context) -> Unknown[Any]:
    context.budget.may_refuse(unknowns[0])
    return blend(unknowns)


def _run(name: str, function: Function, arguments: list[Any], context: Context) -> Any:
    try:
        return function.run(context, *arguments)
    except EvaluationError:
        inside = _inside(arguments, context)
        if inside:
            return _unsettled(inside, context)  # what is unknown may be what it wants
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Odd arguments of a hostile file; the names of our own types would tell the user nothing.
        raise EvaluationError(f"{name}() cannot take these arguments ({type(error).__name__})") from None


def _made(result: Any, function: Function, context: Context) -> Any:
    """The result within the bounds, and as Terraform keeps such values."""
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
