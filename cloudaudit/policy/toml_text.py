"""Reading TOML that may be hostile, within bounds."""

from __future__ import annotations

import tomllib
from typing import Any

_DOTS = 50  # in a line: the parser's time and memory grow with the square of a dotted key


class TomlError(ValueError):
    """A text that cannot be read as TOML. The message goes on from the file's name: "is not TOML: ..."."""


def parsed(content: bytes, limit: int) -> tuple[dict[str, Any], str]:
    """The document and its text. Raises TomlError."""
    if len(content) > limit:
        raise TomlError(f"is larger than {limit:,} bytes")
    if any(line.count(b".") > _DOTS for line in content.split(b"\n")):
        raise TomlError(f"has a line with more than {_DOTS} dots")
    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text), text
    except (ValueError, RecursionError) as error:
        raise TomlError(f"is not TOML: {' '.join(str(error).split())}") from None
