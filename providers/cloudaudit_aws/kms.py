"""KMS: keys."""

from __future__ import annotations

from cloudaudit.model import Attr, Cipher, KeyHealth, Known, Location, Placement, Record, Related, Unknown, Why, both, reader
from cloudaudit.sources.live.shape import Always, First, Item, Tags, find
from cloudaudit.sources.live.table import Detail, Listing
from cloudaudit_aws import keys
from cloudaudit_aws.regions import locate, placement

_SPEC = First(("KeyMetadata.KeySpec", "KeyMetadata.CustomerMasterKeySpec"))
"""The older API knows the second name only."""


def _customers(item: Item) -> bool:
    """Whether a key may be the customer's."""
    return find(item, "DescribeKey.KeyMetadata.KeyManager") in {None, "CUSTOMER"}


def _rotates(item: Item) -> bool:
    """Whether a key may rotate by itself: symmetric, with KMS's own material. Source: KMS API, GetKeyRotationStatus."""
    described = find(item, "DescribeKey.KeyMetadata") or {}
    own = described.get("Origin") in {None, "AWS_KMS"} and _SPEC(find(item, "DescribeKey") or {}) in {None, "SYMMETRIC_DEFAULT"}
    return own and _customers(item)


KEYS = Listing(
    "aws_kms_key",
    tells=(
        "aws_kms_replica_key",
        "aws_kms_external_key",
        "aws_kms_replica_external_key",
    ),
    call="kms:ListKeys",
    args={"Limit": 1000},
    each="Keys",
    id="{KeyArn}",
    values={
        "id": "KeyId",
        "key_id": "KeyId",
        "arn": "KeyArn",
        "policy": Always(Unknown(Why.NOT_COLLECTED, "a live scan does not read key policies")),
    },
    details=(
        Detail(
            "kms:DescribeKey",
            {"KeyId": "{KeyId}"},
            {
                "is_enabled": "KeyMetadata.Enabled",
                "customer_master_key_spec": _SPEC,
                "key_usage": "KeyMetadata.KeyUsage",
                "multi_region": "KeyMetadata.MultiRegion",
                "custom_key_store_id": "KeyMetadata.CustomKeyStoreId",
                "deletion_window_in_days": "KeyMetadata.PendingDeletionWindowInDays",
            },
            {
                "key_state": "KeyMetadata.KeyState",
                "key_manager": "KeyMetadata.KeyManager",
                "origin": "KeyMetadata.Origin",
                "deletion_date": "KeyMetadata.DeletionDate",
                "valid_to": "KeyMetadata.ValidTo",
                "primary_region": "KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region",
                "replica_regions": "KeyMetadata.MultiRegionConfiguration.ReplicaKeys[].Region",
            },
            shows="KeyMetadata",
        ),
        Detail(
            "kms:GetKeyRotationStatus",
            {"KeyId": "{KeyId}"},
            {"enable_key_rotation": "KeyRotationEnabled", "rotation_period_in_days": "RotationPeriodInDays"},
            absent=("UnsupportedOperationException",),
            shows="KeyRotationEnabled",
            when=_rotates,
        ),
        Detail(
            "kms:ListResourceTags",
            {"KeyId": "{KeyId}", "Limit": 50},
            {"tags": Tags("Tags", "TagKey", "TagValue")},
            shows="Tags",
            when=_customers,
        ),
    ),
)

ALIASES = Listing(
    "aws_kms_alias",
    call="kms:ListAliases",
    args={"Limit": 100},
    each="Aliases",
    id="{AliasArn}",
    values={"name": "AliasName", "arn": "AliasArn", "target_key_id": "TargetKeyId"},
)

_REPLICAS = ("aws_kms_replica_key", "aws_kms_replica_external_key")
_ROTATION_DEFAULT_DAYS = 365
"""Source: KMS API, EnableKeyRotation.RotationPeriodInDays."""


@reader("aws_kms_key", related=_REPLICAS)
def key(record: Record, related: Related) -> tuple[KeyHealth | None, Placement | None]:
    """A customer's key. AWS's own keys (`key_manager` = AWS) rotate and live as AWS decides: they have no health to judge."""
    if record.seen("key_manager") == Known("AWS"):
        return None, None
    spec = record.text("customer_master_key_spec")
    return KeyHealth(
        keys.key_state(record), spec.map(lambda name: _cipher(name, record)), _rotation(record), _rotatable(record, spec)
    ), placement(record, _replicas(record, related))


def _replicas(record: Record, related: Related) -> Attr[tuple[Attr[Location], ...]]:
    """The other regions that a multi-region key is in: a replica tells its primary and all replicas, itself included.

    Source: KMS API, MultiRegionConfiguration. Terraform declares each replica on its own.
    """
    seen = record.seen("replica_regions")
    if isinstance(seen, Unknown) and seen.why is Why.ELSEWHERE:
        return _declared_replicas(record, related)
    primary = record.seen("primary_region") if "primary_region" in record.observed else Known(None)
    regions = both(seen, primary, lambda replicas, first: dict.fromkeys(str(name) for name in (first, *(replicas or ())) if name))
    others = both(regions, record.scope.region, lambda names, own: [name for name in names if name != own])
    return others.map(lambda names: tuple(locate(Known(name)) for name in names))


def _declared_replicas(record: Record, related: Related) -> Attr[tuple[Attr[Location], ...]]:
    """The replicas that are declared as such. One whose primary cannot be told may be one of this key, if that can have any."""
    if record.flag("multi_region", since=4) in (Known(None), Known(value=False)):
        return Known(())
    copies: list[Attr[Location]] = []
    for kind in _REPLICAS:
        found = related.companions(record, kind, "primary_key_arn")
        copies.extend(locate(replica.scope.region) if replica.presence is None else replica.presence.bare for replica in found.records)
        copies.extend([found.doubt] if found.doubt is not None else [])
    return Known(tuple(copies))


def _cipher(spec: str | None, record: Record) -> Cipher | None:
    return keys.kms_cipher(record) if spec in {None, "SYMMETRIC_DEFAULT"} else None


def _rotation(record: Record) -> Attr[float | None]:
    enabled = record.flag("enable_key_rotation")
    period = record.number("rotation_period_in_days", since=6)
    return enabled.then(lambda on: period.map(lambda days: days or _ROTATION_DEFAULT_DAYS) if on else Known(None, enabled.origin))


def _rotatable(record: Record, spec: Attr[str | None]) -> Attr[bool]:
    """Only symmetric keys with KMS's own material rotate by themselves. Source: KMS Developer Guide, rotating keys."""
    material = record.seen("origin")
    if isinstance(material, Unknown) and material.why is not Why.ELSEWHERE:
        return material
    own = not isinstance(material, Known) or material.value in {None, "AWS_KMS"}
    store = record.text("custom_key_store_id", since=5)
    in_store = isinstance(store, Known) and store.value is not None
    return spec.map(lambda name: own and not in_store and name in {None, "SYMMETRIC_DEFAULT"})
