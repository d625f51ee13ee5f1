"""Managed prefix lists: what a rule lets in that names one.

A list may hold more than its owner declares here, so that a rule which names one stays unknown; what is declared to be in it is let in.
"""

from __future__ import annotations

from collections.abc import Iterator

from cloudaudit.model import Attr, Known, Related, Unknown

_LIST, _ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"
RELATED = (_LIST, _ENTRY)


def declared(name: Attr[str | None], related: Related) -> Iterator[Attr[str | None]]:
    """The ranges that a list is declared to hold, inline or by entries of their own.

    Source: Terraform, aws_ec2_managed_prefix_list, entry; aws_ec2_managed_prefix_list_entry.
    """
    found = related.target(name, _LIST)
    if isinstance(found, Unknown) or found.value is None:
        return
    blocks = found.value.blocks("entry")
    yield from (block.text("cidr") for block in blocks.value) if isinstance(blocks, Known) else ()
    entries = related.companions(found.value, _ENTRY, "prefix_list_id").records
    yield from (entry.text("cidr") for entry in entries if entry.presence is None)
