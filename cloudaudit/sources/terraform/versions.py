"""The major versions of a provider that version constraints admit: some defaults rest on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TERM = re.compile(r"\s*(=|<=|<|>=|>|~>)?\s*v?(\d{1,9})(?:\.(\d+))?(?:\.(\d+))?\S*\s*")


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
        elif operator in {">", ">="}:
            oldest.append(number)
        else:  # "~> 2", too, admits 2.x only: source: Terraform's parser of constraints, apparentlymart/go-versions
            oldest.append(number)
            newest.append(number)
    return (min(max(oldest), *newest), min(newest)) if newest else None
