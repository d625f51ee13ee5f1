"""What a live scan does not look at: it is named, so that silence about it is not taken for its absence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cloudaudit.model import ANY_TYPE, Coverage, CoverageStatus, Why
from cloudaudit.sources.live.table import Listing

_BESIDE_THE_CATALOGUE = ("aws_s3_directory_bucket",)
"""Types that a call beside ours would show: ListBuckets leaves directory buckets out."""


def unlisted(listings: Iterable[Listing], unit: str, account: str) -> Coverage:
    """One row that names every type of the catalogue that no table tells about."""
    catalogue = json.loads(Path(__file__).with_name("catalogue.json").read_text(encoding="utf-8"))
    told = {kind for listing in listings for kind in (listing.type, *listing.tells)}
    names = sorted({*catalogue, *_BESIDE_THE_CATALOGUE} - told)
    detail = f"a live scan does not look at {', '.join(names)}"
    return Coverage(unit, ANY_TYPE, CoverageStatus.SKIPPED, 0, account, None, Why.NOT_COLLECTED, detail)
