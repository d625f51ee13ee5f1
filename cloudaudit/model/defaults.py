"""Blocks that a plan leaves to the cloud, where the cloud's own default is documented."""

from __future__ import annotations

from cloudaudit.model.attr import Unknown, Why
from cloudaudit.model.record import Record


def left_out(record: Record, block: str) -> bool:
    """Whether the configuration leaves a whole nested block to the cloud.

    In general such a block may come to hold anything. A reader asks where it knows what a new resource gets.
    """
    attr = record.at(block)
    return isinstance(attr, Unknown) and attr.why is Why.UNSET
