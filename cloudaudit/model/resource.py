"""Resource: what a record means, as facets."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Origin
from cloudaudit.model.facets import Facet
from cloudaudit.model.scope import Scope

Facets = Mapping[type[Facet], Facet]


class Resource(msgspec.Struct, frozen=True, eq=False):
    """A resource and its facets: the evidence for each concern that applies to it, and no other.

    `doubted` is the same resource, read without what is only probable: a verdict other than FAIL needs both.
    """

    type: str
    address: str
    id: str | None
    scope: Scope
    facets: Facets
    environment: Attr[str | None] = Known(None)
    tags: Attr[Mapping[str, str]] = Known({})
    origin: Origin = Origin()
    unit: str = ""
    doubted: Resource | None = None
    presence: Doubt | None = None  # why it is not known whether it is there, see Record

    def __eq__(self, other: object) -> bool:
        """Equal in meaning: what it is and its facets; where it was read, and by which source, does not count."""
        return isinstance(other, Resource) and (self.type, self.facets, self.environment) == (
            other.type,
            other.facets,
            other.environment,
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.type, self.address, self.unit))
