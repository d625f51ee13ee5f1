"""The least that a reader must be granted, generated from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cloudaudit.sources.live.table import Listing


def calls(listings: Iterable[Listing]) -> tuple[str, ...]:
    """Every operation that the tables name, sorted."""
    return tuple(sorted({call for listing in listings for call in listing.calls}))


def policy_document(operations: Iterable[str], actions: Callable[[str], tuple[str, ...]]) -> dict[str, Any]:
    """An IAM policy that allows these operations and nothing else. `actions` gives the IAM actions that an operation needs."""
    allowed = sorted({action for operation in operations for action in actions(operation)})
    statement = {"Sid": "CloudauditReadOnly", "Effect": "Allow", "Action": allowed, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
