"""A text in the making, of which some parts may be unknown."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Unknown
from cloudaudit.model.attr import NAMELESS
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.values import Sensitive, blend, is_unknown, normal, placeholder, to_text, unknown_of


class Text:
    """The pieces so far."""

    __slots__ = ("budget", "length", "pieces", "sensitive", "shapeless", "unknowns")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.pieces: list[str] = []
        self.unknowns: list[Unknown[Any]] = []
        self.shapeless = False  # whether a part is there, or how often, is not known: no placeholder can stand for it
        self.sensitive = False
        self.length = 0

    def add(self, value: Any) -> None:
        """Append a value as text. Raises EvaluationError for what is no text."""
        if is_unknown(value):
            unknown = unknown_of(value)
            self.unknowns.append(unknown)
            if unknown.is_ is None:
                self.budget.may_refuse(unknown)  # no text holds a list, an object or null
            value = placeholder(NAMELESS) if unknown.partial is None else unknown.partial
        piece = value if isinstance(value, str) else to_text(value)
        self.sensitive = self.sensitive or isinstance(piece, Sensitive)
        self.length += len(piece)
        self.budget.measure(len(piece), self.length)
        self.pieces.append(piece)

    def result(self) -> Any:
        """The text, or an Unknown with the text around what is missing."""
        text = normal("".join(self.pieces))
        if not self.unknowns:
            return Sensitive(text) if self.sensitive else text
        if (
            len(self.unknowns) == 1
            and text == (self.unknowns[0].partial or placeholder(NAMELESS))
            and not (self.shapeless or self.sensitive)
        ):
            return self.unknowns[0]  # a template of nothing but one value is that value
        return blend(self.unknowns, partial=None if self.shapeless or self.sensitive else text)
