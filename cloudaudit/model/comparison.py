"""Comparison: an audit set beside an earlier one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cloudaudit.model.extent import Extent
from cloudaudit.model.finding import Finding
from cloudaudit.model.inventory import Gap
from cloudaudit.model.verdict import Outcome


class Replaced(msgspec.Struct, frozen=True):
    """A failure that is gone, or seems mended, while what failed may still be there."""

    finding: Finding  # as it was
    by: str  # what may hide it

    @property
    def said(self) -> str:
        """What happened, in one sentence."""
        subject = self.finding.subject
        return f"{subject.address} failed {self.finding.check} and {self.by}"


class Comparison(msgspec.Struct, frozen=True):
    """The outcome that each finding had in an earlier audit, and which bad ones were as bad before: these do not block.

    `hidden` are the failures that the change itself made UNKNOWN, `replaced` those whose resource is gone and may be something that
    is not known: both block, for a change cannot excuse itself.
    """

    label: str  # the revision or file that the earlier audit was made of
    before: Mapping[str, Outcome | None]  # by fingerprint; None: it was not there
    known: frozenset[str]
    gaps: frozenset[tuple[str, str, str]]
    wider: Mapping[str, Extent] = {}  # failures that reach further than before, and how far they did
    hidden: frozenset[str] = frozenset()  # fingerprints
    replaced: Sequence[Replaced] = ()
    gone: Sequence[Finding] = ()  # failures of resources that are not there any more

    def is_new(self, gap: Gap) -> bool:
        """Whether a gap was not there before."""
        return gap.identity not in self.gaps
