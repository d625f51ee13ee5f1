"""RDS and Aurora: the oldest TLS version that an engine accepts where its parameter group leaves that to it.

Sources: RDS User Guide, SSL/TLS support for MySQL and for MariaDB DB instances, and using SSL with a PostgreSQL DB instance (TLS 1.1 and
later); Aurora User Guide, TLS versions for Aurora MySQL. PostgreSQL names a least version since 12: it was TLS 1.0 there, which RDS has
not, and is TLS 1.2 since 13 (commit b1abfec).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from cloudaudit.model import Attr, Known, TlsVersion, Unknown, Why


class _Versions(msgspec.Struct, frozen=True):
    """Versions of an engine, from one up to another, and the oldest TLS version that they accept. None: that is not told."""

    before: tuple[int, ...]
    accept: TlsVersion | None
    since: tuple[int, ...] = ()


_AURORA_MYSQL = (_Versions((8, 0, 3, 4), TlsVersion.TLS_1_0),)
_POSTGRESQL = (_Versions((12,), TlsVersion.TLS_1_1), _Versions((13,), None, since=(12,)))
_OLD: Mapping[str, tuple[_Versions, ...]] = {
    "mysql": (_Versions((8, 0, 28), TlsVersion.TLS_1_0),),
    "mariadb": (
        _Versions((10, 4), None),
        _Versions((10, 4, 33), TlsVersion.TLS_1_0, since=(10, 4)),
        _Versions((10, 5, 24), TlsVersion.TLS_1_0, since=(10, 5)),
        _Versions((10, 6, 17), TlsVersion.TLS_1_0, since=(10, 6)),
    ),
    "aurora-mysql": _AURORA_MYSQL,
    "aurora": _AURORA_MYSQL,
    "postgres": _POSTGRESQL,
    "aurora-postgresql": _POSTGRESQL,
}
"""By engine, the versions that may accept less than TLS 1.2. All others have no older one, or name it in their parameter group."""

_ELSEWHERE = {
    "oracle-": "Oracle's stand in an option group (SQLNET.SSL_VERSION)",
    "db2-": "Db2's stand in its registry",
    "custom-": "those of RDS Custom are its owner's",
}
"""Engines, by the start of their names, whose TLS versions no parameter tells, and what does.

Sources: RDS User Guide, Oracle Secure Sockets Layer; using SSL/TLS with a Db2 DB instance; working with Amazon RDS Custom.
"""

_ANY = 1_000_000  # a number that is left to AWS, which picks the newest
_PARTS = 5  # of Aurora's both: 8.0.mysql_aurora.3.08.0
_VERSION = re.compile(r"\d+(?:\.\d+)*(?=[.-]|$)")


def by_default(engine: str, version: str | None) -> Attr[TlsVersion | None]:
    """What a version accepts: "5.7.44-rds.20250508", "8.0.mysql_aurora.3.08.0", "11.22"."""
    return _meant(engine, version, _which(engine, version))


def by_family(engine: str, family: str) -> Attr[TlsVersion | None] | None:
    """What all versions of a parameter group's family accept; None if that rests on which of them it is."""
    oldest, newest = _which(engine, f"{family}.0"), _which(engine, family)
    return _meant(engine, family, newest) if family and newest == oldest else None


def without_parameter(engine: str) -> Attr[TlsVersion | None]:
    """What an engine accepts that has no parameter for it: that stands where nothing is read, or there is no such engine."""
    told = next((where for start, where in _ELSEWHERE.items() if engine.startswith(start)), None)
    return Known(None) if told is None else Unknown(Why.UNSUPPORTED, f"no parameter tells which TLS versions {engine} accepts: {told}")


def _which(engine: str, version: str | None) -> _Versions | None:
    found = _VERSION.match((version or "").replace(".mysql_aurora", ""))
    if found is None:
        return None
    numbers = [int(part) for part in found[0].split(".")]
    number = (*numbers, *[_ANY] * (_PARTS - len(numbers)))
    return next((some for some in _OLD[engine] if some.since <= number < some.before), None)


def _meant(engine: str, version: str | None, which: _Versions | None) -> Attr[TlsVersion | None]:
    if which is None or which.accept is not None:
        return Known(which.accept if which is not None else None)
    return Unknown(Why.UNRESOLVED, f"which TLS versions {engine} {version} accepts by default is not told: set them in a parameter group")
