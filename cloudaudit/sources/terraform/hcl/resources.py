"""Resources and data sources as values: each attribute is evaluated when it is asked for, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cloudaudit.model import Doubt, Origin, Unknown, Why, placeholder
from cloudaudit.model.ignoring import is_left_to_others
from cloudaudit.model.names import Named, names_itself
from cloudaudit.sources.terraform.echoes import echoed, same
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.access import sure
from cloudaudit.sources.terraform.hcl.blocks import META, Place, body_value, names_set
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.evaluate import evaluate
from cloudaudit.sources.terraform.hcl.lifecycle import ignored
from cloudaudit.sources.terraform.hcl.marking import is_marked, marked, named
from cloudaudit.sources.terraform.hcl.marks import MARKED, SensitiveMany, like
from cloudaudit.sources.terraform.hcl.open import seen
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.values import Opaque, Set, computed, is_unknown, kind_of, to_number, to_text, unknown_of
from cloudaudit.sources.terraform.redaction import is_secret_of

_PENDING = object()


class Instance(Opaque):
    """One instance of a resource or data block."""

    __slots__ = ("address", "block", "memo", "scope")

    def __init__(self, address: str, block: nodes.Block, scope: Scope) -> None:
        self.address = address
        self.block = block
        self.scope = scope
        self.memo: dict[str, Any] = {}

    @property
    def is_data(self) -> bool:
        return self.block.type == "data"

    def unknown(self) -> Unknown[Any]:
        return self.missing("")

    def missing(self, path: str) -> Unknown[Any]:
        """What the configuration does not say about it: only the cloud knows, unless it hands on what an argument says."""
        name = f"{self.address}.{path}" if path else self.address
        if not self.is_data:
            given = echoed(self.block.labels[0], path, self.block.body.attributes)
            why = f"{name} is known only after apply, and may be made of {', '.join(given)}"
            return computed(self.address, path, Why.UNRESOLVED, why) if given else computed(self.address, path)
        return computed(self.address, path, Why.UNRESOLVED, f"{name} is read from the cloud")

    def attribute(self, name: str) -> Any:
        value = self.declared(name, None)
        if is_left_to_others(self.block.labels[0], name, ignored(self.block)):
            self.scope.budget.left_to_others = True
        if self._is_left_to_cloud(name, value):
            given = None if self.is_data or ignored(self.block) else same(self.block.labels[0], name)
            told = self.declared(given, None) if given is not None else None
            if told is None:
                return self.missing(name)
            return named(told, self.scope.budget)
        value = seen(named(value, self.scope.budget), self.address, name)
        if is_secret_of(self.block.labels[0], name, value):
            return marked(value, self.scope.budget)
        if self.is_data or not isinstance(value, str | Unknown) or not names_itself(self.block.labels[0], name):
            return value
        return self._naming(value, f"{self.address}.{name}")

    def _naming(self, value: str | Unknown[Any], identity: str) -> Any:
        """What names this very resource, known or not: who is given it is given the resource."""
        if not isinstance(value, Unknown):
            return Named(value, identity) if type(value) is str else value
        partial = placeholder(identity) if value.partial is None else value.partial
        references = tuple(dict.fromkeys((*value.references, self.address)))
        return msgspec.structs.replace(value, is_=identity, references=references, partial=partial)

    def declared(self, name: str, origins: dict[str, Origin] | None) -> Any:
        """What the configuration sets; None if nothing. Raises BoundError if that rests on itself."""
        value = self.memo.get(name, self)
        if value is _PENDING:
            raise BoundError(f"{self.address}.{name} refers to itself")
        if value is self or origins is not None:
            self.memo[name] = _PENDING
            value = None
            try:
                value = self._compute(name, origins)
            finally:
                self.memo[name] = value
        return value

    def _compute(self, name: str, origins: dict[str, Origin] | None) -> Any:
        if self.is_data:
            rendered = DATA_ATTRIBUTES.get((self.block.labels[0], name))
            if rendered is not None and not self.scope.module.is_strange(self.block):
                return self._marked(rendered(self))
        body = self.block.body
        if name in META or not (name in body.attributes or any(nodes.nested_type(block) == name for block in body.blocks)):
            return None
        return body_value(body, name, self.scope, Place(self.address, name, origins))

    def _marked(self, made: Any) -> Any:
        """What follows from the configuration of the whole block, sensitive if anything in that is."""
        budget = self.scope.budget
        if not budget.marking:
            return made
        told = [self.declared(name, None) for name in names_set(self.block.body) if name not in META]
        return marked(made, budget) if is_marked(told, budget) else made

    def _is_left_to_cloud(self, name: str, value: Any) -> bool:
        """Whether the cloud may fill in what the configuration leaves out: null, or no block of a type."""
        return value is None or (value == [] and name not in self.block.body.attributes)

    def values(self, origins: dict[str, Origin]) -> dict[str, Any]:
        """Everything that the configuration sets, with the lines."""
        return {name: self.declared(name, origins) for name in names_set(self.block.body) if name not in META}


DATA_ATTRIBUTES: dict[tuple[str, str], Callable[[Instance], Any]] = {}
"""Attributes of data sources that follow from the configuration alone, by type and name."""


class Uncounted(Opaque):
    """The instances of a block of which nobody knows how many there are."""

    __slots__ = ("one", "reason")

    def __init__(self, one: Opaque, reason: Unknown[Any]) -> None:
        self.one = one
        self.reason = reason

    def unknown(self) -> Unknown[Any]:
        return self.reason

    def index(self, key: Any) -> Any:  # noqa: ARG002  (any one of them is like the others)
        return self

    def attribute(self, name: str) -> Any:
        value = self.one.attribute(name)
        references = (*self.reason.references, *(unknown_of(value).references if is_unknown(value) else ()))
        return msgspec.structs.replace(self.reason, references=tuple(dict.fromkeys(references)))

    def splat(self, each: Callable[[Any], Any]) -> Any:
        value = each(self)
        return unknown_of(value) if is_unknown(value) else self.reason


class Expansion(msgspec.Struct, frozen=True):
    """The instances that `count` or `for_each` make: of each its key and the names it adds to the scope."""

    kind: str  # "one", "count", "for_each"
    instances: tuple[tuple[Any, dict[str, Any]], ...] = ()
    unknown: Unknown[Any] | None = None  # why they are not known; then one instance stands for all
    refused: bool = False  # because Terraform would refuse it, or a limit does
    several: bool = False  # they are not known, and there may be more than one


_ONE = Expansion("one", ((None, {}),))


def expansion(block: nodes.Block, scope: Scope, address: str) -> Expansion:
    """How often a block is there. Raises RecursionError."""
    attributes = block.body.attributes
    each, count = attributes.get("for_each"), attributes.get("count")
    if each is None and count is None:
        return _ONE
    kind = "count" if count is not None else "for_each"  # an override file may bring the other: Terraform asks for count first
    chosen = count or each
    assert chosen is not None
    try:
        value = evaluate(chosen.expression, scope)
        value = sure(value, to_number) if kind == "count" else value
        if is_unknown(value):
            return msgspec.structs.replace(_unknown(kind, unknown_of(value), address), several=not _at_most_one(unknown_of(value)))
        return _for_each(value, scope, address) if kind == "for_each" else _count(value, scope)
    except EvaluationError as error:
        return _unknown(kind, Unknown(Why.UNRESOLVED, f"{kind} of {address} is not valid: {error}"), address, refused=True)
    except BoundError as error:
        return _unknown(kind, Unknown(Why.BOUNDED, f"{kind} of {address}: {error}"), address, refused=True)


def _at_most_one(value: Unknown[Any]) -> bool:
    """Whether each candidate of a `count` or `for_each` makes no more than one instance."""
    sizes = [len(one) if isinstance(one, list | dict) else one for one in value.possible]
    return bool(sizes) and all(size in {0, 1} for size in sizes)


def _count(value: Any, scope: Scope) -> Expansion:
    number = to_number(value)
    if not isinstance(number, int) or number < 0:
        raise EvaluationError("a whole number that is not negative is needed")
    _fits(number, scope)
    return Expansion("count", tuple((index, {"count": {"index": index}}) for index in range(number)))


def _for_each(value: Any, scope: Scope, address: str) -> Expansion:
    if isinstance(value, Set):
        hidden = [unknown_of(item) for item in value if is_unknown(item)]
        if hidden:
            return _unknown("for_each", hidden[0], address)
        pairs = [(like(item, to_text(item)), item) for item in value]
    elif isinstance(value, dict):
        pairs = [(key, value[key]) for key in sorted(value)]
    elif value == []:
        pairs = []
    else:
        raise EvaluationError(f"a map or a set is needed, not {kind_of(value)}")
    if isinstance(value, SensitiveMany) or any(isinstance(key, MARKED) for key, _ in pairs):  # also where there is none
        raise EvaluationError("a key is sensitive")
    _fits(len(pairs), scope)
    return Expansion("for_each", tuple((key, {"each": {"key": key, "value": item}}) for key, item in pairs))


def _fits(number: int, scope: Scope) -> None:
    budget = scope.budget
    if number > budget.bounds.instances_per_block:
        raise BoundError(f"more than {budget.bounds.instances_per_block:,} instances")  # how many may be a secret
    budget.instances += number
    if budget.instances > budget.bounds.instances:
        raise BoundError(f"more than {budget.bounds.instances:,} instances in all")


def _unknown(kind: str, reason: Unknown[Any], address: str, *, refused: bool = False) -> Expansion:
    why = Why.BOUNDED if reason.why is Why.BOUNDED else Why.UNRESOLVED
    hidden: Doubt = Unknown(why, reason.detail, references=reason.references)
    unknown: Doubt = Unknown(why, reason.detail, references=tuple(dict.fromkeys((address, *reason.references))))
    names = {"count": {"index": hidden}} if kind == "count" else {"each": {"key": hidden, "value": hidden}}
    return Expansion(kind, ((None, names),), unknown, refused)


def arranged(found: Expansion, instances: list[Any]) -> Any:
    """What a reference to the block gives: the instance, a list or a map of them."""
    if found.unknown is not None:
        return Uncounted(instances[0], found.unknown)
    if found.kind == "count":
        return instances
    if found.kind == "for_each":
        return {key: instance for (key, _), instance in zip(found.instances, instances, strict=True)}
    return instances[0]
