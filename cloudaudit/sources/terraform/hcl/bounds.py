"""What evaluation may cost. Input is hostile: past a limit a value is Unknown(BOUNDED) and the run goes on."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from cloudaudit.model import Unknown


class EvaluationError(Exception):
    """Terraform would refuse this expression: `try` and `can` see it, an attribute becomes Unknown.

    `references` is what it names all the same: a rule of a group that is not declared is not a rule of another one.
    """

    def __init__(self, message: str, references: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.references = references


class SensitiveError(EvaluationError):
    """The same, of an expression that uses a sensitive value, of which a message could tell."""

    def __init__(self, _message: str = "", references: tuple[str, ...] = ()) -> None:
        super().__init__("a sensitive value is not valid there", references)


class BoundError(Exception):
    """Evaluation stopped at a limit: neither `try` nor `can` may swallow it."""


class Bounds(msgspec.Struct, frozen=True):
    """Limits, each far above what real configurations need."""

    hcl_bytes: int = 4_000_000  # the parser takes up to 0.2 KB of memory for each byte
    json_bytes: int = 20_000_000
    line_bytes: int = 1_000_000
    nesting: int = 150  # of blocks and of expressions in a file
    links: int = 100  # local -> variable -> output -> … followed from one attribute
    module_depth: int = 20
    instances_per_block: int = 5_000
    instances: int = 50_000
    text: int = 1_000_000  # characters of one string
    items: int = 100_000  # elements of one collection
    digits: int = 1_000  # of one number
    work_per_value: int = 1_000_000
    work: int = 8_000_000
    seconds: float = 30.0  # wall time of one root
    possible: int = 16  # values that an Unknown may list


_CHARACTERS_PER_UNIT = 50
_UNITS_PER_CLOCK = 2_000


class Budget:
    """The work left for one root. A unit is about one element made or looked at, or 50 characters of text.

    `doubt` is the first unknown, in the expression that is evaluated, of which some value would make Terraform refuse it;
    `tainted` says that the expression used a sensitive value.
    """

    __slots__ = (
        "_next_clock",
        "bounds",
        "deadline",
        "doubt",
        "instances",
        "left_to_others",
        "links",
        "marking",
        "secrets",
        "spent",
        "stop",
        "tainted",
        "trying",
    )

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.deadline = time.monotonic() + bounds.seconds
        self.spent = 0
        self.stop = bounds.work_per_value
        self.links = 0
        self.instances = 0
        self.doubt: Unknown[Any] | None = None
        self.trying = False  # whether `try` or `can` asks for refusals
        self.secrets: list[str] = []  # the texts that were marked as sensitive
        self.marking = False  # whether anything was
        self.tainted = False
        self.left_to_others = False  # whether an expression has read an attribute that `ignore_changes` leaves to others
        self._next_clock = _UNITS_PER_CLOCK

    def spend(self, units: int) -> None:
        """Account for work. Raises BoundError when the value, the root or the clock is over its limit."""
        self.spent += units
        if self.spent > self.stop:
            raise BoundError("the value takes too much work" if self.spent < self.bounds.work else "the root takes too much work")
        if self.spent > self._next_clock:
            self._next_clock = self.spent + _UNITS_PER_CLOCK
            self.check_clock()

    def check_clock(self) -> None:
        """Raises BoundError when the root has had its time."""
        if time.monotonic() > self.deadline:
            raise BoundError(f"the root takes more than {self.bounds.seconds:g} s")

    def fits(self, items: int) -> None:
        """A collection of so many elements is about to be made."""
        if items > self.bounds.items:
            raise BoundError(f"a collection of more than {self.bounds.items:,} elements")
        self.spend(items)

    def measure(self, added: int, length: int | None = None) -> None:
        """So many characters are about to be added to a text, which then has `length`."""
        if (added if length is None else length) > self.bounds.text:
            raise BoundError(f"a text of more than {self.bounds.text:,} characters")
        self.spend(1 + added // _CHARACTERS_PER_UNIT)

    def may_refuse(self, unknown: Unknown[Any]) -> None:
        """Terraform may refuse what is evaluated, for some value of this unknown: `try` and `can` ask."""
        if self.doubt is None:
            self.doubt = unknown

    def open_value(self) -> tuple[int, Unknown[Any] | None, bool]:
        """Start a value with an allowance of its own. Gives what is left to the value around it, for `close_value`."""
        outer = (self.stop - self.spent, self.doubt, self.trying)
        self.trying = False
        self.stop = min(self.spent + self.bounds.work_per_value, self.bounds.work)
        return outer

    def close_value(self, outer: tuple[int, Unknown[Any] | None, bool]) -> None:
        """End the value: neither what it spent nor what refuses it, if something does, is of the one around it."""
        left, self.doubt, self.trying = outer
        self.stop = min(self.spent + left, self.bounds.work)
