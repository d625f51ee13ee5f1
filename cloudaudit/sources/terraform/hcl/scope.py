"""Where an expression is evaluated: a module, and the names that stand for values there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.kinds import Type


class Namespace(Protocol):
    """What names mean in a module: `var`, `local`, resources."""

    budget: Budget

    def resolve(self, node: nodes.Traversal) -> tuple[Any, int]:
        """The value of the name, and how many steps it took. Raises EvaluationError."""

    def call(self, node: nodes.Call, scope: Scope) -> Any:
        """The result of a function. Raises EvaluationError."""

    def constraint_of(self, name: str) -> Type | None:
        """The type that a variable is declared to have."""

    def expression_of(self, name: str) -> nodes.Node | None:
        """What a local is declared to be."""

    def is_strange(self, block: nodes.Block) -> bool:
        """Whether the provider of a resource or data source is another one than the name of its type says."""


class Undeclared:
    """A namespace that declares neither variables nor locals."""

    def constraint_of(self, _name: str) -> Type | None:
        return None

    def expression_of(self, _name: str) -> nodes.Node | None:
        return None

    def is_strange(self, _block: nodes.Block) -> bool:
        return False


class Scope:
    """A module, and the names that stand for values here: `each`, `count`, `self`, variables of `for` and iterators."""

    __slots__ = ("budget", "module", "names")

    def __init__(self, module: Namespace, names: Mapping[str, Any] | None = None) -> None:
        self.module = module
        self.budget = module.budget
        self.names: Mapping[str, Any] = names or {}

    def with_names(self, names: Mapping[str, Any]) -> Scope:
        return Scope(self.module, {**self.names, **names})


Evaluate: TypeAlias = Callable[[nodes.Node, Scope], Any]
"""Gives the value of an expression. Raises EvaluationError, BoundError."""
