"""Regions and the law that they lie under. A name proves nothing: only a table row does."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from cloudaudit.model.attr import Attr, Known, Unknown, Why
from cloudaudit.model.facets import Location


class RegionTable:
    """A provider's regions, read from its `regions.json` when first asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _rows(self) -> dict[str, dict[str, str]]:
        rows: dict[str, dict[str, str]] = json.loads(self._path.read_text(encoding="utf-8"))["regions"]
        return {name.lower(): row for name, row in rows.items()}

    def locate(self, region: str) -> Attr[Location]:
        """The location of a region. UNSUPPORTED for a name that no row has: never a guess from its prefix."""
        name = region.strip().lower().replace(" ", "")
        row = self._rows.get(name)
        if row is None:
            return Unknown(Why.UNSUPPORTED, f'the region "{region}" is in no table')
        return Known(Location(name, row["jurisdiction"], row.get("country")))

    def pair(self, region: str) -> str | None:
        """The region that a provider copies geo-redundant data to, where it is fixed."""
        return self._rows.get(region.strip().lower().replace(" ", ""), {}).get("pair")
