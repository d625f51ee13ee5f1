"""What a splat reaches to: the steps that are taken on each element, and those on the list of them.

HCL's parser: `[*]` takes all that follows, further splats too; the legacy `.*` takes names and legacy indices, `[0]` is of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import TypeAlias

import msgspec

from cloudaudit.sources.terraform.hcl import nodes


class Mark(Enum):
    """Where a splat begins."""

    FULL = auto()
    ATTRIBUTES = auto()


class Legacy(msgspec.Struct, frozen=True, gc=False):
    """The index of `.0`."""

    place: int


FULL, ATTRIBUTES = Mark.FULL, Mark.ATTRIBUTES
Part: TypeAlias = "str | nodes.Index | Legacy | Mark"


def nested(parts: Sequence[Part]) -> tuple[nodes.Step, ...]:
    """The steps, of parts as they are written."""
    starts = [place for place, part in enumerate(parts) if part is FULL]
    steps: tuple[nodes.Step, ...] = ()
    end = len(parts)
    for start in reversed(starts):
        steps = (nodes.Splat((*_steps(parts[start + 1 : end]), *steps)),)
        end = start
    return (*_steps(parts[:end]), *steps)


def _steps(parts: Sequence[Part]) -> list[nodes.Step]:
    """The steps of parts without a full splat."""
    steps: list[nodes.Step] = []
    each: list[nodes.Step] | None = None  # of the legacy splat that is open
    for part in parts:
        if each is not None and isinstance(part, str | Legacy):
            each.append(_step(part))
            continue
        if each is not None:
            steps.append(nodes.Splat(tuple(each)))
            each = None
        if part is ATTRIBUTES:
            each = []
        elif not isinstance(part, Mark):
            steps.append(_step(part))
    if each is not None:
        steps.append(nodes.Splat(tuple(each)))
    return steps


def _step(part: str | nodes.Index | Legacy) -> nodes.Step:
    return nodes.Index(nodes.Literal(part.place)) if isinstance(part, Legacy) else part
