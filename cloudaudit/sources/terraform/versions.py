"""The major versions of a provider that version constraints admit: some defaults rest on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(-\S+)?(?:\+\S*)?")
_TERM = re.compile(r"\s*(=|!=|<=|<|>=|>|~>)?\s*v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?\S*\s*")


def admits(constraint: str, version: str) -> bool:
    """Whether a constraint admits a version, as far as both are understood. One that is not released has to be named exactly."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return True
    here, early = _numbers(found), bool(found[4])
    for match in filter(None, map(_TERM.fullmatch, constraint.split(","))):
        operator, there = match[1] or "=", _numbers(match, 2)
        told = sum(match[place] is not None for place in (2, 3, 4))
        upper = (there[0] + 1, 0, 0) if told < 3 else (there[0], there[1] + 1, 0)
        met = {
            "=": here == there,
            "!=": here != there,
            ">": here > there,
            ">=": here >= there,
            "<": here < there,
            "<=": here <= there,
            "~>": there <= here < upper,
        }[operator]
        if not met or (early and operator != "="):
            return False
    return True


def _numbers(match: re.Match[str], first: int = 1) -> tuple[int, int, int]:
    return int(match[first] or 0), int(match[first + 1] or 0), int(match[first + 2] or 0)


def majors(constraints: Iterable[str]) -> tuple[int, int] | None:
    """The oldest and the newest major version that all of some constraints admit; None if nothing bounds them above.

    `terraform init` installs the newest version that the constraints admit: without an upper bound, that is the newest there is.
    """
    oldest, newest = [0], []
    for match in filter(None, (_TERM.fullmatch(term) for text in constraints for term in text.split(","))):
        operator, major, minor, patch = match.groups()
        number = int(major)
        if operator == "<" and not int(minor or 0) and not int(patch or 0):
            newest.append(number - 1)
        elif operator in {"<", "<="}:
            newest.append(number)
        elif operator == "!=":
            continue
        elif operator in {">", ">="}:
            oldest.append(number)
        else:  # "~> 2", too, admits 2.x only: source: Terraform's parser of constraints, apparentlymart/go-versions
            oldest.append(number)
            newest.append(number)
    return (min(max(oldest), *newest), min(newest)) if newest else None
