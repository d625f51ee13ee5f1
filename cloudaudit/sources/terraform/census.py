"""The census of a plan: every resource block that it declares, by what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from cloudaudit.model import Census
from cloudaudit.sources.terraform.instances import Instance, Unreadable, joined, module_path
from cloudaudit.sources.terraform.links import Links


class Fates(msgspec.Struct, frozen=True):
    """What a plan tells of the blocks that it lists, each by address without instance keys, with its type."""

    kept: Mapping[str, str]
    gone: Mapping[str, str]
    lost: Mapping[str, str]  # listed, but not to be read, or deferred


def blocks(rows: Iterable[Instance | Unreadable]) -> dict[str, str]:
    """The addresses of the blocks that these come from, without instance keys, and their types."""
    return {joined(".".join(f"module.{name}" for name, _ in module_path(row.module)), row.block): row.type for row in rows}


class Tally(msgspec.Struct, frozen=True):
    """A census and what stands behind two of its figures."""

    census: Census
    unread: Mapping[str, int]  # types that no reader takes, with the number of blocks
    missing: Mapping[str, str]  # declared blocks of which the plan says nothing at all, with their types


def taken(links: Links, fates: Fates, wanted: Callable[[str], bool], *, records: int, partial: bool, destroying: bool) -> Tally:
    """The census of a plan.

    No instance of a block with `count` or `for_each` means that there is none, unless the plan is only a part.
    """
    conditional = _conditional(links)
    types = {**conditional[0], **fates.kept, **fates.gone, **fates.lost}
    evaluated = unknown = absent = 0
    unread: Counter[str] = Counter()
    missing: dict[str, str] = {}
    for block, kind in types.items():
        if not wanted(kind):
            unread[kind] += 1
        elif block in fates.kept:
            evaluated += 1
        elif block in fates.lost:
            unknown += 1
        elif block in fates.gone or destroying or (block in conditional[1] and not partial):
            absent += 1
        else:
            unknown += 1
            missing[block] = kind
    return Tally(Census(len(types), evaluated, unknown, absent, unread.total(), records), unread, missing)


def _conditional(links: Links) -> tuple[dict[str, str], set[str]]:
    """All declared blocks with their types, and which of them may have no instance."""
    declared: dict[str, str] = {}
    conditional: set[str] = set()
    for names, resource in links.declared:
        block = joined(".".join(f"module.{name}" for name in names), f"{resource.get('type')}.{resource.get('name')}")
        declared[block] = str(resource.get("type"))
        around: Sequence[Mapping[str, object]] = [links.call(names[:depth]) for depth in range(1, len(names) + 1)]
        if any("count_expression" in item or "for_each_expression" in item for item in (resource, *around)):
            conditional.add(block)
    return declared, conditional
