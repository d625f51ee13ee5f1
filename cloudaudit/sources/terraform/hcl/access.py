"""Looking into values: attributes, elements, and what holds for every possible value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from cloudaudit.model import Unknown, placeholder
from cloudaudit.model.partial import sole_placeholder
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.equality import equal
from cloudaudit.sources.terraform.hcl.kinds import ANY, Type, part_of
from cloudaudit.sources.terraform.hcl.values import (
    Opaque,
    Set,
    Told,
    blend,
    is_unknown,
    kind_of,
    parts_in,
    to_number,
    to_text,
    told,
    unknown_of,
    unknowns_in,
)


def attribute_of(value: Any, name: str, budget: Budget) -> Any:
    """`value.name`. Raises EvaluationError."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        raise EvaluationError(f'there is no attribute "{name}"')
    if isinstance(value, Opaque):
        return value.attribute(name)
    if isinstance(value, Unknown):
        if value.possible:
            return spread(value, lambda candidate: attribute_of(candidate, name, budget), budget)
        budget.may_refuse(value)
        return told(_part(value, f".{name}"), _part_type(value, name))
    raise EvaluationError(f'{kind_of(value)} has no attribute "{name}"')


def element_of(value: Any, key: Any, budget: Budget) -> Any:
    """`value[key]`. Raises EvaluationError."""
    if isinstance(value, Unknown) and not is_unknown(key):
        if value.possible:
            return spread(value, lambda candidate: element_of(candidate, key, budget), budget)
        budget.may_refuse(value)
        return told(_part(value, f'["{key}"]' if isinstance(key, str) else f"[{key}]"), _part_type(value, key))
    if is_unknown(key):
        return _element_at_unknown(value, unknown_of(key), budget)
    if isinstance(value, Opaque):
        budget.may_refuse(value.unknown())
        return value.index(key)
    if isinstance(value, dict):
        return attribute_of(value, to_text(key), budget)
    if not isinstance(value, list) or isinstance(value, Set):
        raise EvaluationError(f"{kind_of(value)} has no elements to index")
    position = to_number(key)
    if not isinstance(position, int) or not 0 <= position < len(value):
        raise EvaluationError(f"the index {position} is out of range: there are {len(value)} elements")
    return value[position]


def _element_at_unknown(value: Any, key: Unknown[Any], budget: Budget) -> Any:
    if key.possible and not is_unknown(value):
        return spread(key, lambda candidate: element_of(value, candidate, budget), budget)
    budget.may_refuse(key)
    if is_unknown(value):
        return blend([unknown_of(value), key])
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return any_of(key, parts, budget)


def any_of(reason: Unknown[Any], parts: list[Any], budget: Budget) -> Any:
    """One of these parts, and which one is unknown for that reason: itself if all are equal."""
    if parts and not any(is_unknown(part) for part in parts):
        return choose(reason, parts, budget)
    return blend([reason, *parts_in(parts, budget)])


def _part(value: Unknown[Any], suffix: str) -> Unknown[Any]:
    """A part of an unknown value: of a bare `${address.path}`, the longer path."""
    name = sole_placeholder(value.partial)
    if name:
        detail = value.detail + suffix if placeholder(value.detail) == value.partial else value.detail
        identity = None if value.is_ is None else value.is_ + suffix
        return Unknown(value.why, detail, references=value.references, partial=placeholder(name + suffix), is_=identity)
    return value if value.partial is None else Unknown(value.why, value.detail, references=value.references)


def _part_type(value: Unknown[Any], key: Any) -> Type:
    return (part_of(value.type, key) if isinstance(value, Told) else None) or ANY


def spread(value: Unknown[Any], function: Callable[[Any], Any], budget: Budget) -> Any:
    """The results over every possible value: one if they agree. A candidate that Terraform would refuse leaves plain Unknown."""
    results: list[Any] = []
    for candidate in value.possible:
        with suppress(EvaluationError):
            results.append(function(candidate))
    if results:
        return agreed(results, value, budget, refused=len(results) < len(value.possible))
    budget.may_refuse(value)
    return blend([value])


def sure(value: Any, convert: Callable[[Any], Any]) -> Any:
    """The value in another form, where all that it may be is one in that form: 1 and "1" are one number. Else the value itself."""
    if not isinstance(value, Unknown) or not value.possible:
        return value
    try:
        found = [convert(candidate) for candidate in value.possible]
    except EvaluationError:
        return value
    return found[0] if all(one == found[0] for one in found) else value


def choose(reason: Unknown[Any], results: list[Any], budget: Budget) -> Any:
    """One of several known values: itself if all are equal, else Unknown for that reason with these possible."""
    distinct: list[Any] = []
    for result in results:
        if not any(equal(result, other, budget) is True for other in distinct):
            distinct.append(result)
    if len(distinct) == 1:
        return distinct[0]
    inside = any(next(unknowns_in(result, budget), None) is not None for result in distinct)
    few = len(distinct) <= budget.bounds.possible
    if few and not inside:
        return blend([reason], possible=tuple(distinct))
    return blend([reason, *parts_in(distinct, budget)])


def entries(collection: Any) -> Iterator[tuple[Any, Any]]:
    """The keys and values that `for`, `for_each` and directives go through, in Terraform's order. Raises EvaluationError."""
    if isinstance(collection, Set):
        return ((item, item) for item in collection)
    if isinstance(collection, list):
        return enumerate(collection)
    if isinstance(collection, dict):
        return ((key, collection[key]) for key in sorted(collection))
    raise EvaluationError(f"{kind_of(collection)} has no elements to go through")


def _is_same(one: Unknown[Any], other: Unknown[Any]) -> bool:
    """Whether two values that are not known are one: the same attribute, or the same text of the same parts."""
    return one.is_ == other.is_ and one.same_text(other)


def agreed(branches: list[Any], reason: Unknown[Any], budget: Budget, *, refused: bool) -> Any:
    """What both branches of a conditional with an unknown condition give; `refused` if one of them is an error."""
    first = branches[0]
    if not refused and isinstance(first, Unknown) and all(isinstance(one, Unknown) and _is_same(one, first) for one in branches):
        return first
    candidates: list[Any] = []
    open_ended = [unknown_of(branch) for branch in branches if isinstance(branch, Opaque)]
    for branch in branches:
        if isinstance(branch, Unknown):
            candidates.extend(branch.possible)
            if not branch.possible:
                open_ended.append(branch)
        elif not isinstance(branch, Opaque):
            candidates.append(branch)
    partly = [branch for branch in branches if isinstance(branch, Unknown)]
    if refused:
        budget.may_refuse(reason)
    if open_ended or refused:
        return blend([reason, *partly, *open_ended, *parts_in(candidates, budget)])
    return choose(blend([reason, *partly]), candidates, budget)
