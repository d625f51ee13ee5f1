"""Which control judges which resource type, from which source: made from the readers, the checks and the live tables."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cloudaudit import plugins
from cloudaudit.model import Control


class Row(msgspec.Struct, frozen=True):
    """One resource type: the checks that judge it, by control, and the sources that tell about it.

    `missing` are the controls that the catalogue demands of the type and no reader gives yet.
    """

    provider: str
    type: str
    checks: dict[Control, tuple[str, ...]]
    terraform: bool
    live: bool
    missing: tuple[Control, ...] = ()


def rows() -> Iterator[Row]:
    """Every type that is read, or that the catalogue says should be."""
    for provider in plugins.providers():
        known, listed = plugins.readers(provider), plugins.live_types(provider)
        catalogue = plugins.catalogue(provider)
        for kind in sorted(known.keys() | catalogue.keys()):
            judged: dict[Control, list[str]] = {}
            for check in plugins.checks() if kind in known else ():
                if set(check.needs) <= set(known[kind].facets):
                    judged.setdefault(check.control, []).append(check.id)
            wanted = (Control(name) for name in catalogue.get(kind, ()))
            told = kind in plugins.companions(provider) and kind not in plugins.unjudged(provider)
            missing = tuple(control for control in wanted if control not in judged and not told)
            checks = {control: tuple(ids) for control, ids in sorted(judged.items())}
            yield Row(provider.name, kind, checks, kind in known, kind in listed, missing)
