"""A text in the making, of which some parts may be unknown."""

from __future__ import annotations

from typing import Any

from cloudaudit.model import Unknown, literal
from cloudaudit.model.names import NAMING
from cloudaudit.model.partial import NAMELESS, sole_placeholder
from cloudaudit.sources.terraform.hcl.access import sure
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, normal, to_text, unknown_of


def is_text(value: Unknown[Any]) -> bool:
    """Whether an unknown is a text for certain: one with something around what is missing, or what names a resource."""
    if value.is_ is not None:
        address, _, name = value.is_.rpartition(".")
        return name in NAMING and address in value.references
    return value.partial is not None and sole_placeholder(value.partial) is None


class Text:
    """The pieces so far."""

    __slots__ = ("budget", "length", "pieces", "shape", "shapeless", "unknowns")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.pieces: list[str] = []
        self.shape: list[str] = []  # the same, as they stand beside placeholders
        self.unknowns: list[Unknown[Any]] = []
        self.shapeless = False  # a part is left out: no placeholder can stand for it
        self.length = 0

    def add(self, value: Any) -> None:
        """Append a value as text. Raises EvaluationError for what is no text."""
        value = sure(value, to_text)
        if is_unknown(value):
            unknown = unknown_of(value)
            self.unknowns.append(unknown)
            if unknown.is_ is None:
                self.budget.may_refuse(unknown)  # no text holds a list, an object or null
            piece = NAMELESS if unknown.partial is None else unknown.partial
        else:
            piece = value if isinstance(value, str) else to_text(value)
        self.length += len(piece)
        self.budget.measure(len(piece), self.length)
        self.pieces.append(piece)
        self.shape.append(piece if is_unknown(value) else literal(piece))

    def leave_out(self, reason: Unknown[Any]) -> None:
        """A part of which it is not known whether it is there, or how often."""
        self.unknowns.append(reason)
        self.shapeless = True

    def result(self) -> Any:
        """The text, or an Unknown with the text around what is missing."""
        text = normal("".join(self.shape if self.unknowns else self.pieces))
        if not self.unknowns:
            return text
        if len(self.unknowns) == 1 and text == (self.unknowns[0].partial or NAMELESS) and not self.shapeless:
            return self.unknowns[0]  # a template of nothing but one value is that value
        return blend(self.unknowns, partial=None if self.shapeless else text)
