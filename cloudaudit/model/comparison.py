"""Comparison: an audit set beside an earlier one."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cloudaudit.model.extent import Extent
from cloudaudit.model.inventory import Gap
from cloudaudit.model.verdict import Outcome


class Comparison(msgspec.Struct, frozen=True):
    """The outcome that each finding had in an earlier audit, and which bad ones were as bad before: these do not block."""

    label: str  # the revision or file that the earlier audit was made of
    before: Mapping[str, Outcome | None]  # by fingerprint; None: it was not there
    known: frozenset[str]
    gaps: frozenset[tuple[str, str, str]]
    wider: Mapping[str, Extent] = {}  # failures that reach further than before, and how far they did

    def is_new(self, gap: Gap) -> bool:
        """Whether a gap was not there before."""
        return gap.identity not in self.gaps
