"""RDS for SQL Server: which TLS versions it accepts, by its parameters and by what its engine does without them.

Source: RDS User Guide, configuring SQL Server security protocols and ciphers. TLS 1.2 cannot be disabled.
"""

from __future__ import annotations

import re

from cloudaudit.model import Attr, Known, TlsVersion, Unknown, Why, both
from cloudaudit_aws.words import meaning

VERSIONS = {"rds.tls10": TlsVersion.TLS_1_0, "rds.tls11": TlsVersion.TLS_1_1}

_DEFAULT = "default"
_WORDS = {"enabled": "enabled", "disabled": "disabled", _DEFAULT: _DEFAULT}
_ENABLED_UNTIL = {
    12: (12, 0, 6449, 1),
    13: (13, 0, 6435, 1),
    14: (14, 0, 3465, 1),
    15: (15, 0, 4365, 2),
    16: (16, 0, 4120, 1),
}
"""The last minor version of each major one of which both are enabled by default."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\.v\d+)?")


def minimum(tls10: Attr[str | None], tls11: Attr[str | None], engine_version: Attr[str | None]) -> Attr[TlsVersion | None]:
    """The oldest version that is accepted, by the values of the two parameters."""
    oldest, old = _accepted(tls10, engine_version), _accepted(tls11, engine_version)
    if oldest == Known(value=True):
        return Known(TlsVersion.TLS_1_0, oldest.origin)
    return both(oldest, old, lambda ten, eleven: TlsVersion.TLS_1_0 if ten else TlsVersion.TLS_1_1 if eleven else TlsVersion.TLS_1_2)


def _accepted(value: Attr[str | None], engine_version: Attr[str | None]) -> Attr[bool]:
    word = value.then(lambda text: meaning((text or _DEFAULT).lower(), _WORDS, "the value of rds.tls10 or rds.tls11"))
    return word.then(lambda name: engine_version.then(_by_default) if name == _DEFAULT else Known(name == "enabled", value.origin))


def _by_default(engine_version: str | None) -> Attr[bool]:
    found = _VERSION.fullmatch(engine_version or "")
    number = tuple(int(part) for part in found.groups()) if found is not None else ()
    if not number or number[0] > max(_ENABLED_UNTIL):
        named = f"SQL Server {engine_version}" if engine_version else "an engine without a version"
        return Unknown(Why.UNRESOLVED, f"what {named} accepts by default is not told: set rds.tls10 and rds.tls11 in a parameter group")
    return Known(number[0] not in _ENABLED_UNTIL or number <= _ENABLED_UNTIL[number[0]])
