"""RDS for MySQL and Aurora MySQL: whether they accept TLS 1.0 where `tls_version` is not set.

Sources: RDS User Guide, SSL/TLS support for MySQL DB instances; Aurora User Guide, TLS versions for Aurora MySQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_WITHOUT_SINCE: Mapping[str, tuple[int, int, int]] = {"mysql": (8, 0, 28), "aurora-mysql": (8, 0, 0), "aurora": (8, 0, 0)}
"""The first version, by engine, that has TLS 1.0 and 1.1 no more, or of which that is not told; all before accept them by default."""

_ANY = 1_000_000  # a number that is left to AWS, which picks the newest
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?=[.-]|$)")


def dated(engine: str) -> bool:
    """Whether some versions of an engine accept TLS 1.0 by default."""
    return engine in _WITHOUT_SINCE


def old_by_default(engine: str, version: str | None) -> bool:
    """Whether a version of such an engine does: "5.7.44-rds.20250508", "8.0.mysql_aurora.3.08.0"."""
    found = _VERSION.match(version or "")
    return found is not None and tuple(int(part or _ANY) for part in found.groups()) < _WITHOUT_SINCE[engine]


def family_is_old(engine: str, family: str) -> bool | None:
    """Whether all versions of a parameter group's family do, or none; None if that rests on which of them it is."""
    oldest, newest = old_by_default(engine, f"{family}.0"), old_by_default(engine, family)
    return newest if family and newest == oldest else None
