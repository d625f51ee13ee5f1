"""Words of AWS's interfaces, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cloudaudit.model import Attr, Known, TlsVersion, Unknown, Why

T = TypeVar("T")


def meaning(word: object, table: Mapping[str, T], what: str) -> Attr[T]:
    """What a word means by a table that has all words there are: another one is new, and nothing is known of it."""
    found = table.get(word) if isinstance(word, str) else None
    return Known(found) if found is not None else Unknown(Why.UNSUPPORTED, f'{what} "{word}" is in no table')


def oldest_tls(protocols: Iterable[object]) -> Attr[TlsVersion]:
    """The oldest of some protocols, by the names that AWS and its databases have for them (`TLSv1`, `TLSv1.2`)."""
    versions = []
    for name in protocols:
        text = str(name).strip().removeprefix("TLSv").replace("SSLv3", TlsVersion.SSL_3)
        try:
            versions.append(TlsVersion("1.0" if text == "1" else text))
        except ValueError:
            return Unknown(Why.UNSUPPORTED, f'the protocol "{name}" is in no table')
    return Known(min(versions, key=lambda version: version.rank))
