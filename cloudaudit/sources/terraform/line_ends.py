"""What a checkout writes otherwise than git keeps it, without any program: line ends, and the object's name (`ident`).

Source: gitattributes(5), `text`, `eol`, `ident`; git's convert.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cloudaudit.sources.terraform.git import ask

ASKED = ("ident", "text", "crlf", "eol")
_IDENT = re.compile(rb"\$Id(?:\$|:([^$\n]*)\$)|\$Id[\s\S]|\$I?[\s\S]")  # what does not fit is passed over, a `$` in it too
_FOREIGN = re.compile(rb"\s(?!\Z)")
_LONE = re.compile(rb"(?<!\r)\n")
_ODD = bytes(sorted({*range(ord(" ")), 0x7F} - set(b"\b\t\n\x0c\r\x1b")))
_END_OF_FILE = b"\x1a"
_SHARE = 7  # of printable bytes, as a power of two: so many may be of another kind


class Ends(msgspec.Struct, frozen=True):
    """How line ends are written where attributes leave that to the configuration."""

    crlf: bool  # what counts as a text ends its lines with CR LF
    guessed: bool  # and whatever looks like one is one


class Rule(msgspec.Struct, frozen=True):
    """What a checkout does with a file."""

    ident: bool = False
    crlf: bool = False
    guessed: bool = False  # only if it looks like a text without CR

    def written(self, data: bytes, name: str) -> bytes:
        """What is written for the content of an object."""
        if self.ident:
            data = _IDENT.sub(lambda found: _identified(found, name), data)
        if not self.crlf or (self.guessed and (b"\r" in data or _is_binary(data))):
            return data
        return _LONE.sub(b"\r\n", data)


def ends(repository: Path) -> Ends:
    """What the configuration says of line ends."""
    told = ask(repository, "config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$").stdout.decode(errors="replace").lower()
    settings = dict(entry.partition("\n")[::2] for entry in told.split("\0"))
    automatic = settings.get("core.autocrlf", "") in {"true", "1", "yes", "on"}
    inwards = settings.get("core.autocrlf") == "input"
    return Ends(automatic or (not inwards and settings.get("core.eol") == "crlf"), automatic)


def rule(attributes: Mapping[bytes, bytes], otherwise: Ends) -> Rule | None:
    """The rule that attributes make; None if the file is written as it is kept."""
    eol = attributes.get(b"eol", b"")
    text = attributes.get(b"text", b"set" if attributes.get(b"crlf") == b"set" else b"")
    if text == b"unset" or (not text and attributes.get(b"crlf") == b"unset"):
        crlf = False
    elif eol in {b"crlf", b"lf"}:
        crlf = eol == b"crlf"
    elif b"input" in {text, attributes.get(b"crlf")}:
        crlf = False
    else:
        crlf = otherwise.crlf and (bool(text) or otherwise.guessed)
    made = Rule(attributes.get(b"ident") == b"set", crlf, text == b"auto" or (not text and not eol))
    return made if made.ident or made.crlf else None


def _identified(found: re.Match[bytes], name: str) -> bytes:
    whole, said = found[0], found[1]
    other = said is not None and said[:1] == b" " and _FOREIGN.search(said, 1)  # what another system wrote
    fits = said is not None or whole == b"$Id$"
    return b"$Id: " + name.encode() + b" $" if fits and not other else whole


def _is_binary(data: bytes) -> bool:
    if b"\0" in data:
        return True
    text = data.removesuffix(_END_OF_FILE)
    odd = len(text) - len(text.translate(None, _ODD))
    lines = text.count(b"\n")
    return (len(text) - odd - lines) >> _SHARE < odd
