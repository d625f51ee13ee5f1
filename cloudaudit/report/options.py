"""Options: what the caller of a report may choose. The formats for machines heed few of them."""

from __future__ import annotations

from typing import Literal

import msgspec


class Options(msgspec.Struct, frozen=True):
    """How a report looks. The defaults suit a file."""

    width: int = 100  # columns of the text report
    color: bool = False
    unicode: bool = True  # False: what is not ASCII stands as an escape
    verbose: bool = False  # every finding, PASS too, and what was read
    max_characters: int = 65_536  # of a comment; GitHub takes no longer one
    sarif_profile: Literal["strict", "github"] = "strict"


PLAIN = Options()
