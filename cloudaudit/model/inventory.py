"""What a source brought (Collection), what the readers made of it (Inventory), and what is missing from either (Gap, Coverage)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from cloudaudit.model.attr import Doubt, Origin, Unknown, Why
from cloudaudit.model.record import Record
from cloudaudit.model.resource import Resource


class SourceKind(StrEnum):
    """The kinds of source that tell about resources."""

    HCL = "hcl"
    PLAN = "plan"
    STATE = "state"
    LIVE = "live"


class Gap(msgspec.Struct, frozen=True):
    """Something that did not answer, did not parse, or is not at hand: data, shown and counted.

    `types` are the resource types that it may hide; empty means any type. `nested` are types of what lies within a resource that it
    may hide: no resource that was seen lacks one. `references` are the addresses that it may
    concern (the arguments of a module that is not there); empty means any resource of the unit.
    """

    why: Why
    what: str  # "main.tf does not parse", "s3:ListAllMyBuckets was refused"
    origin: Origin
    remedy: str = ""
    unit: str = ""
    types: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    detail: str = ""  # what an Unknown that rests on the gap says (the missing permission); else `what`
    content: str = ""  # a digest of the file that was not read: other content hides other things
    acceptable: bool = False  # by its path, in the caller's policy: it tells of a kind of file that is not read at all
    decided: bool = False  # the caller has decided not to look there: it is told, hides what it hides, and does not count
    nested: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """What a gap is over time: its unit, what it says and what it hides, not the line where."""
        return self.unit, self.what, self.content

    @property
    def unknown(self) -> Doubt:
        """The value of everything that the gap may hide."""
        return Unknown(self.why, self.detail or self.what, self.origin)


class CoverageStatus(StrEnum):
    """How much of a scope was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"


ANY_TYPE = "*"
"""The type of a coverage row about a whole scope."""


class Coverage(msgspec.Struct, frozen=True):
    """How completely one resource type was read in one scope. "Missing" can be said only over COMPLETE."""

    unit: str
    type: str
    status: CoverageStatus
    found: int
    account: str | None = None
    region: str | None = None
    why: Why | None = None
    detail: str = ""  # the missing permission, or what was not looked at


class Census(msgspec.Struct, frozen=True):
    """Every resource block that a unit declares, by what became of it.

    `declared` = `evaluated` + `unknown` + `absent` + `unread`, always.
    """

    declared: int = 0
    evaluated: int = 0  # instances are known, a reader takes them
    unknown: int = 0  # how many instances, or which, is unknown: one representative stands for them
    absent: int = 0  # count = 0, an empty for_each, or a plan that deletes it
    unread: int = 0  # no reader for the type
    instances: int = 0

    def without(self, blocks: int) -> Census:
        """The same where the readers of so many blocks found that nobody reads what these are."""
        return msgspec.structs.replace(self, evaluated=self.evaluated - blocks, unread=self.unread + blocks)

    def __add__(self, other: Census) -> Census:
        return Census(*(a + b for a, b in zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)))


class Comment(msgspec.Struct, frozen=True):
    """A comment of the configuration that speaks to cloudaudit: its text from `cloudaudit:` on, without comment marks.

    `block` is the place of the resource block that it stands in or directly above of. Every instance of the block has that
    origin, whichever module call made it.
    """

    text: str
    origin: Origin
    block: Origin | None = None
    subject: str = ""  # the block's type and name


class Role(StrEnum):
    """What a folder or file of the audited side is to an audit."""

    ROOT = "root"
    MODULE = "module"  # an instance of it was evaluated
    GAP = "gap"  # what was not read could change what is judged
    ASIDE = "aside"  # not read, and without weight


class LedgerLine(msgspec.Struct, frozen=True):
    """A folder with Terraform in it, or something beside one that is not read, and what became of it."""

    place: str
    role: Role
    why: str


class Secrecy(msgspec.Struct, frozen=True):
    """What a configuration says of secrets, for a change of it that could take that back. It holds their texts, and is never stored."""

    marks: Mapping[str, bool]  # of each variable and output, by its address without keys: whether it is sensitive
    texts: frozenset[str] = frozenset()  # that were marked
    freed: frozenset[str] = frozenset()  # of these, what `nonsensitive()` gave free

    def __repr__(self) -> str:
        return f"Secrecy({len(self.marks)} marks)"


class Collection(msgspec.Struct, frozen=True):
    """One unit of work as its source tells it: a Terraform root, a plan, a state, an account.

    Without a unit it only tells of gaps that are of no unit's reading.
    """

    unit: str
    kind: SourceKind
    records: Sequence[Record]
    gaps: Sequence[Gap] = ()
    coverage: Sequence[Coverage] = ()
    census: Census = Census()
    moved: Sequence[tuple[str, str]] = ()  # addresses that the configuration says were renamed: (from, to)
    unread: Mapping[str, int] = {}  # types that no reader takes, with the number of resource blocks
    unseen: Sequence[tuple[str, str]] = ()  # for a comparison: kinds of blocks not judged by what they say, with a digest
    state: str = ""  # for a comparison: what stands for the place where a root keeps its state
    places: Mapping[str, str] = {}  # for a comparison: what stands for where the provider of each record works, by address
    uncounted: frozenset[str] = frozenset()  # addresses of records that may stand for several
    comments: Sequence[Comment] = ()
    listed: frozenset[str] | None = None  # the types that were looked for; None: every type that there is
    former: Sequence[Record] = ()  # what a plan deletes or changes, as it was
    looked_up: Mapping[str, tuple[str, ...] | None] = {}  # data sources of such types, by address: the texts that select; None: not known
    rests: Mapping[str, tuple[str, ...] | None] = {}  # of what no reader takes and values refer to: what its arguments rest on, if told
    variables: frozenset[str] = frozenset()  # that the root declares
    secrecy: Secrecy | None = None  # for a comparison
    passed: Mapping[str, Origin] = {}  # variables that files of the caller set, and where
    ledger: Sequence[LedgerLine] = ()
    told: Sequence[str] = ()  # where what the policy says of the unit is not so
    aside: Sequence[str] = ()  # files of values at a root, as seen from there, with which nothing is judged


class Inventory(msgspec.Struct, frozen=True):
    """The resources of one unit, and what is missing from it."""

    unit: str
    kind: SourceKind
    resources: Sequence[Resource]
    gaps: Sequence[Gap] = ()
    coverage: Sequence[Coverage] = ()
    census: Census = Census()
    unread: Mapping[str, int] = {}
    ledger: Sequence[LedgerLine] = ()
    told: Sequence[str] = ()
    aside: Sequence[str] = ()
