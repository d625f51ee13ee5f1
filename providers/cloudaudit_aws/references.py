"""How AWS's arguments name other resources."""

from __future__ import annotations

from cloudaudit.model import Attr, Known, Record, Related


def referred(reference: Attr[str | None], related: Related, near: Record, *types: str) -> Attr[Record | None]:
    """The record that an argument names. An ARN says where that is; a bare id, name or alias means one beside `near`."""
    anywhere = isinstance(reference, Known) and (reference.value or "").startswith("arn:")
    return related.target(reference, *types, near=None if anywhere else near)
