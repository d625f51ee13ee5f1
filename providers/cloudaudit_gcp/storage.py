"""Cloud Storage: buckets."""

from __future__ import annotations

from cloudaudit.model import Attr, Encryption, Location, Placement, Record, Related, reader
from cloudaudit_gcp import keys
from cloudaudit_gcp.regions import locate


@reader("google_storage_bucket", related=keys.RELATED)
def bucket(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A bucket: always encrypted with AES-256, under Google's key or one of the customer's.

    Without a location the API takes the US (source: Cloud Storage API, buckets.insert). Which protocols reach a bucket is not
    the bucket's to say, so it has no Transport.
    """
    home = locate(record.text("location").map(lambda name: name or "US"))
    return keys.encryption(record.text("encryption.default_kms_key_name"), related), Placement(home, _regions(record))


def _regions(record: Record) -> Attr[tuple[Attr[Location], ...]]:
    """The two regions of a dual-region that the customer chose."""
    names = record.elements("custom_placement_config.data_locations", since=5)
    return names.map(lambda regions: tuple(locate(region) for region in sorted(regions, key=repr)))
