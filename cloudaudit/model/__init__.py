"""The vocabulary of cloudaudit: attrs, records, facets, resources, inventories, verdicts. It imports nothing of ours."""

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why, both, first_unknown
from cloudaudit.model.comparison import Comparison, Replaced
from cloudaudit.model.control import Control, Severity
from cloudaudit.model.extent import Extent, extent, numbers
from cloudaudit.model.facets import (
    Backup,
    Cipher,
    Encryption,
    Facet,
    Ingress,
    KeyHealth,
    KeyOwner,
    KeyState,
    Location,
    Peer,
    Peering,
    Placement,
    Plaintext,
    Rule,
    Segment,
    TlsVersion,
    Transport,
)
from cloudaudit.model.filter import EITHER, open_to_world
from cloudaudit.model.finding import Acceptance, Finding, Subject
from cloudaudit.model.inventory import ANY_TYPE, Census, Collection, Comment, Coverage, CoverageStatus, Gap, Inventory, SourceKind
from cloudaudit.model.jurisdiction import RegionTable
from cloudaudit.model.reader import Reader, reader
from cloudaudit.model.record import Block, IgnoredPath, Record, Scope
from cloudaudit.model.related import Companions, Related
from cloudaudit.model.resource import Resource
from cloudaudit.model.verdict import Evidence, Outcome, Verdict, every, failed, judge, not_applicable, passed, undecided

__all__ = [
    "ANY_TYPE",
    "EITHER",
    "Acceptance",
    "Attr",
    "Backup",
    "Block",
    "Census",
    "Cipher",
    "Collection",
    "Comment",
    "Companions",
    "Comparison",
    "Control",
    "Coverage",
    "CoverageStatus",
    "Doubt",
    "Encryption",
    "Evidence",
    "Extent",
    "Facet",
    "Finding",
    "Gap",
    "IgnoredPath",
    "Ingress",
    "Inventory",
    "KeyHealth",
    "KeyOwner",
    "KeyState",
    "Known",
    "Location",
    "Origin",
    "Outcome",
    "Peer",
    "Peering",
    "Placement",
    "Plaintext",
    "Reader",
    "Record",
    "RegionTable",
    "Related",
    "Replaced",
    "Resource",
    "Rule",
    "Scope",
    "Segment",
    "Severity",
    "SourceKind",
    "Subject",
    "TlsVersion",
    "Transport",
    "Unknown",
    "Verdict",
    "Why",
    "both",
    "every",
    "extent",
    "failed",
    "first_unknown",
    "judge",
    "not_applicable",
    "numbers",
    "open_to_world",
    "passed",
    "reader",
    "undecided",
]
