"""Attr: a fact that is either known or unknown, never a guess.

`Known(None)` means "known to be absent". `Unknown` means "could not be read, evaluated or modelled" and says why.
Where a fact was found (its origin) takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, Never, NoReturn, TypeVar, Union

import msgspec

from cloudaudit.model.partial import equals_itself

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
V = TypeVar("V")


class Why(StrEnum):
    """Why a fact is unknown. The explanation names the cause, the remedy says what a person can do about it."""

    UNSET = "unset"  # a plan: the configuration leaves it out, the cloud will choose
    COMPUTED = "computed"  # a plan or HCL: only the cloud knows, after apply
    UNRESOLVED = "unresolved"  # an expression that rests on something not at hand: a variable, a data source
    BOUNDED = "bounded"  # evaluation stopped at a limit
    DENIED = "denied"  # a call was refused; the detail is the permission it needs
    THROTTLED = "throttled"  # a call was refused for rate, for as long as it was tried
    FAILED = "failed"  # a call did not answer, or a file could not be read
    TRUNCATED = "truncated"  # an answer is known to be incomplete
    UNSUPPORTED = "unsupported"  # a value, a shape or a type that no table knows
    SENSITIVE = "sensitive"  # marked as a secret: neither read nor shown
    NOT_COLLECTED = "not-collected"  # not read: the source never looks at this, or was told not to
    UNRECORDED = "unrecorded"  # a plan or state does not hold the attribute: trimmed, or written by an older provider
    UNPROVEN = "unproven"  # a plan: a link that is probable, since plans do not tell how values are made
    IGNORED = "ignored"  # HCL: ignore_changes leaves the attribute to others once the resource is made
    ELSEWHERE = "elsewhere"  # Terraform only: it is declared in another configuration, which judges it
    CRASHED = "crashed"  # our own code raised


_CAUSES = {
    Why.UNSET: "left to the cloud, known only after apply",
    Why.COMPUTED: "known only after apply: {}",
    Why.UNRESOLVED: "{}",
    Why.BOUNDED: "evaluation stopped at a limit: {}",
    Why.DENIED: "access denied, needs {}",
    Why.THROTTLED: "throttled: {}",
    Why.FAILED: "could not be read: {}",
    Why.TRUNCATED: "the answer was incomplete: {}",
    Why.UNSUPPORTED: "{}",
    Why.SENSITIVE: "sensitive, not read",
    Why.NOT_COLLECTED: "not visible here: {}",
    Why.UNRECORDED: "{}",
    Why.UNPROVEN: "{}",
    Why.IGNORED: "ignore_changes leaves {} to others once the resource is made",
    Why.ELSEWHERE: "{}",
    Why.CRASHED: "an error of cloudaudit itself: {}",
}


class Origin(msgspec.Struct, frozen=True):
    """Where a value was read: a file and line, a plan or state address, or an API operation."""

    file: str | None = None
    line: int | None = None
    call: str | None = None  # "s3:GetBucketPolicy"
    attribute: str | None = None  # Terraform's attribute path
    default: str = ""  # of a value that is not set there: whose default stands in its place

    def __str__(self) -> str:
        """`main.tf:12`, `s3:GetBucketPolicy`, or `plan.json`."""
        if self.file is not None:
            return f"{self.file}:{self.line}" if self.line is not None else self.file
        return self.call or "unknown origin"


class Known(msgspec.Struct, Generic[T_co], frozen=True, eq=False):
    """A fact and where it was read. `Known(None)` is a fact too: the thing is known to be absent."""

    value: T_co
    origin: Origin | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and bool(self.value == other.value)

    def __ne__(self, other: object) -> bool:  # msgspec brings a `!=` of its own, which does not follow `==`
        return not self == other

    def __hash__(self) -> int:
        return hash((Known, repr(self.value)))

    def __bool__(self) -> NoReturn:
        raise TypeError("an Attr has no truth value: match Known and Unknown")

    def map(self, function: Callable[[T_co], U]) -> Attr[U]:
        """The fact that `function` makes of this one, found at the same place."""
        return Known(function(self.value), self.origin)

    def read_as(self, function: Callable[[T_co], Attr[U]]) -> Attr[U]:
        """The same fact in another form: a text as a number, an ARN as the name in it."""
        return self.then(function)

    def then(self, function: Callable[[T_co], Attr[U]]) -> Attr[U]:
        """Like `map`, for a function that may itself not know."""
        result = function(self.value)
        if isinstance(result, Known) and result.origin is None:
            return Known(result.value, self.origin)
        return result

    def or_else(self, other: Attr[Any]) -> Attr[Any]:
        """This fact, or `other` where this one is known to be absent."""
        return other if self.value is None else self


class Unknown(msgspec.Struct, Generic[T_co], frozen=True, eq=False):
    """A fact of type T that is not known, and why.

    `references` names what the value rests on. That proves nothing of what it is: `is_` does, the one attribute of the one
    instance that it is (`aws_s3_bucket.x["a"].arn`), where a source has proof.
    `possible` holds every value that this very fact can have, where these are known (both branches of a conditional); else it
    is empty. `partial` is a text of which parts are known: placeholders that no data can spell stand for the rest (see `partial.py`).

    `read_as` turns the same fact into another form and keeps all of this. `map` and `then` derive another fact: the candidates
    of this one are gone, those of the other are what the function makes of each; a text and an identity are not handed on.
    """

    why: Why
    detail: str = ""
    origin: Origin | None = None
    references: tuple[str, ...] = ()
    possible: tuple[T_co, ...] = ()
    partial: str | None = None
    is_: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and (self.why, self.detail, self.possible, self.partial) == (
            other.why,
            other.detail,
            other.possible,
            other.partial,
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Unknown, self.why, self.detail))

    def __bool__(self) -> NoReturn:
        raise TypeError("an Attr has no truth value: match Known and Unknown")

    def map(self, function: Callable[[T_co], U]) -> Attr[U]:
        """Another fact: unknown still, unless every possible value gives the same result."""
        return one_of([Known(function(candidate)) for candidate in self.possible], self.bare)

    def then(self, function: Callable[[T_co], Attr[U]]) -> Attr[U]:
        """Like `map`, for a function that may itself not know."""
        return one_of([function(candidate) for candidate in self.possible], self.bare)

    def read_as(self, function: Callable[[T_co], Attr[U]]) -> Attr[U]:
        """The same fact in another form: what it is and the parts of it that are known stay."""
        return one_of([function(candidate) for candidate in self.possible], self._without_candidates)

    def or_else(self, other: Attr[Any]) -> Attr[Any]:
        """Unknown: whether it is absent is not known either. `UNSET`, and a candidate that is absence, give way to `other`."""
        if self.why is Why.UNSET:
            return other
        given = [other if candidate is None else Known(candidate) for candidate in self.possible]
        return one_of(given, self._without_candidates) if None in self.possible else self

    @property
    def bare(self) -> Doubt:
        """This cause, for the value of another fact: candidates, partial text and identity are dropped."""
        return Unknown(self.why, self.detail, self.origin, self.references)

    @property
    def _without_candidates(self) -> Doubt:
        return Unknown(self.why, self.detail, self.origin, self.references, (), self.partial, self.is_)

    def same_text(self, other: Attr[Any]) -> bool:
        """Whether two texts that are not known are the same one: the same known parts around the same named ones."""
        return equals_itself(self.partial) and isinstance(other, Unknown) and self.partial == other.partial

    @property
    def cause(self) -> str:
        """One clause for a reader: what is missing."""
        return _CAUSES[self.why].format(self.detail)


Attr = Union[Known[T], Unknown[T]]
"""A fact of type T that may be unknown."""

Doubt = Unknown[Never]
"""A cause alone: it says why something is not known, and nothing of what it may be."""


def one_of(results: list[Attr[U]], doubt: Doubt) -> Attr[U]:
    """One fact of several candidates: known if they agree; those that cannot be told leave the doubt alone."""
    values: list[U] = []
    for result in results:
        if isinstance(result, Unknown):
            return doubt
        if result.value not in values:
            values.append(result.value)
    if len(values) == 1:
        return Known(values[0], doubt.origin)
    return Unknown(doubt.why, doubt.detail, doubt.origin, doubt.references, tuple(values), doubt.partial, doubt.is_)


def both(first: Attr[T], second: Attr[U], function: Callable[[T, U], V]) -> Attr[V]:
    """What `function` makes of two facts; Unknown if either is."""
    return first.then(lambda a: second.map(lambda b: function(a, b)))


def first_unknown(*attrs: Attr[Any] | None) -> Doubt | None:
    """Why one of some facts is not known, if one is not: the first doubt."""
    return next((attr.bare for attr in attrs if isinstance(attr, Unknown)), None)
