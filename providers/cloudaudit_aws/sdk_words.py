"""What the SDK's own errors say. Their texts quote addresses with passwords in any spelling: they are told anew, by a host at most."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

from cloudaudit_aws.errors import one_line

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,40}")
_TLS = re.compile(r"\[SSL: ([A-Z0-9_]{3,60})\]")
_LEFT_OUT = "…"


def worded(error: Exception) -> str:
    """The SDK's sentence with only what cannot be a secret filled in: names, hosts, kinds of errors."""
    sentence, values = getattr(error, "fmt", None), getattr(error, "kwargs", None)
    if not isinstance(sentence, str) or not isinstance(values, Mapping):
        return type(error).__name__
    parts = (f"{text}{_filled(name, values) if name else ''}" for text, name, _, _ in string.Formatter().parse(sentence))
    return one_line("".join(parts))


def _filled(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if name.endswith("url"):
        return host(str(value))
    if isinstance(value, BaseException):
        tls = _TLS.search(str(value))
        return f"{type(value).__name__}{f' ({tls[1]})' if tls else ''}"
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else _LEFT_OUT


def host(address: str) -> str:
    """The host and port of an address, and nothing that stands before them: a user's name or password may hold any character."""
    rest = address.partition("://")[2] or address
    before = re.split(r"[/?#]", rest, maxsplit=1)[0]
    authority = re.split(r"[/?#]", rest.rpartition("@")[2], maxsplit=1)[0] if "@" in rest else before
    return authority if _HOST.fullmatch(authority) else _LEFT_OUT
