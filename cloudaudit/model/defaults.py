"""What stands in the place of what a configuration leaves out: defaults of a provider's versions, and blocks left to the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Known, Origin, Unknown, Why
from cloudaudit.model.record import Record

T = TypeVar("T")


class ByVersion(msgspec.Struct, Generic[T], frozen=True):
    """A default that a provider has changed: by the major version from which on it holds, and where that is documented."""

    values: Mapping[int, T]
    source: str

    def of(self, record: Record, path: str) -> Attr[T]:
        """The default of an attribute of a configuration; both, as candidates, if its constraints admit versions of either side.

        Where nothing bounds the version it is the newest: that is what `terraform init` installs, and the evidence says so.
        """
        if record.majors is None:
            return Known(self.values[max(self.values)], self._origin(record, path, "the provider's default, assumed: newest version"))
        oldest, newest = record.majors
        first = max((since for since in self.values if since <= oldest), default=min(self.values))
        given = tuple(dict.fromkeys(self.values[since] for since in sorted(self.values) if first <= since <= newest)) or (
            self.values[min(self.values)],
        )
        if len(given) == 1:
            return Known(given[0], self._origin(record, path, f"the provider's default in version {oldest}"))
        detail = f"the default depends on the provider's version, {oldest} to {newest}: keep .terraform.lock.hcl beside the configuration"
        return Unknown(Why.UNRESOLVED, detail, record.origin, possible=given)

    @staticmethod
    def _origin(record: Record, path: str, default: str) -> Origin:
        return msgspec.structs.replace(record.origin_of(path), default=default)


def by_version(values: Mapping[int, T], *, source: str) -> ByVersion[T]:
    """`by_version({0: TLS_1_0, 3: TLS_1_2}, source="…")`."""
    return ByVersion(values, source)


def left_out(record: Record, block: str) -> bool:
    """Whether the configuration leaves a whole nested block to the cloud.

    In general such a block may come to hold anything. A reader asks where it knows what a new resource gets.
    """
    attr = record.at(block)
    return isinstance(attr, Unknown) and attr.why is Why.UNSET


def two_valued(flag: Attr[bool | None]) -> Attr[bool]:
    """A flag that is off unless set: whatever one that is not known rests on, it is one of two."""
    if isinstance(flag, Known):
        return flag.map(bool)
    either = tuple(dict.fromkeys(map(bool, flag.possible or (True, False))))
    return Unknown(flag.why, flag.detail, flag.origin, flag.references, either)
