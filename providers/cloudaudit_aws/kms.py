"""KMS: keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudaudit.model import Attr, Encryption, KeyHealth, Known, Location, Placement, Record, Related, Unknown, Why, both, reader
from cloudaudit.model.names import block_of
from cloudaudit.sources.live.names import pattern
from cloudaudit.sources.live.shape import Always, First, Item, Maybe, Source, Tags, find
from cloudaudit.sources.live.table import Detail, Listing, Named
from cloudaudit_aws import keys
from cloudaudit_aws.regions import locate, placement
from cloudaudit_aws.tagging import tags_of_many
from cloudaudit_aws.words import meaning

_SPEC = First(("KeyMetadata.KeySpec", "KeyMetadata.CustomerMasterKeySpec"))
"""The older API knows the second name only."""


_SYMMETRIC = {"SYMMETRIC_DEFAULT": True} | dict.fromkeys(
    (
        *("RSA_2048", "RSA_3072", "RSA_4096", "SM2"),
        *("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"),
        *("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"),
        *("ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"),
    ),
    False,
)
_MATERIALS = {"AWS_KMS": True, "EXTERNAL": False, "AWS_CLOUDHSM": False, "EXTERNAL_KEY_STORE": False}
_MANAGERS = {"AWS": False, "CUSTOMER": True}
"""Source: KMS API, KeyMetadata."""


def _customers(item: Item) -> bool:
    """Whether a key may be the customer's."""
    return bool(find(item, "DescribeKey.KeyMetadata.KeyManager") != "AWS")


def _tagged(key: Item) -> bool:
    """Whether it may be the customer's: AWS's own have no tags."""
    return bool(key["key_manager"] != "AWS")


def _rotates(item: Item) -> bool:
    """Whether it may rotate by itself: symmetric, with KMS's own material. Source: KMS API, GetKeyRotationStatus."""
    described = find(item, "DescribeKey.KeyMetadata") or {}
    foreign = (
        _MATERIALS.get(str(described.get("Origin"))) is False
        or _SYMMETRIC.get(str(described.get("KeySpec") or described.get("CustomerMasterKeySpec"))) is False
    )
    return not foreign and _customers(item)


def _shared(answer: Item) -> bool:
    """Whether a key may be in several regions: an answer that says nothing of it says that it is not, one that says nothing does not."""
    told = find(answer, "KeyMetadata") or {}
    return not told or told.get("MultiRegion") not in (None, False)


_GONE = ("NotFoundException",)


_STATE: dict[str, Source] = {"key_state": "KeyMetadata.KeyState", "key_manager": "KeyMetadata.KeyManager"}

KEYS = Listing(
    "aws_kms_key",
    tells=(
        "aws_kms_replica_key",
        "aws_kms_external_key",
        "aws_kms_replica_external_key",
    ),
    call="kms:ListKeys",
    feeds=(Encryption, KeyHealth, Placement),
    more="Truncated",
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
                "key_usage": Maybe("KeyMetadata.KeyUsage"),
                "multi_region": Maybe("KeyMetadata.MultiRegion"),
                "custom_key_store_id": Maybe("KeyMetadata.CustomKeyStoreId"),
                "deletion_window_in_days": Maybe("KeyMetadata.PendingDeletionWindowInDays"),
            },
            {
                **_STATE,
                "origin": "KeyMetadata.Origin",
                "deletion_date": Maybe("KeyMetadata.DeletionDate"),
                "valid_to": Maybe("KeyMetadata.ValidTo"),
                "primary_region": Maybe("KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region", unless=_shared),
                "replica_regions": Maybe("KeyMetadata.MultiRegionConfiguration.ReplicaKeys[].Region", unless=_shared),
            },
            gone=_GONE,
            holds={"KeyMetadata.KeyId": "{KeyId}"},
        ),
        Detail(
            "kms:GetKeyRotationStatus",
            {"KeyId": "{KeyId}"},
            {"enable_key_rotation": "KeyRotationEnabled", "rotation_period_in_days": Maybe("RotationPeriodInDays")},
            gone=_GONE,
            when=_rotates,
            names={"KeyId": "{KeyId}"},
            feeds=(KeyHealth,),
        ),
    ),
    lookups=(
        tags_of_many(
            "kms:key",
            "KeyArn",
            Detail(
                "kms:ListResourceTags",
                {"KeyId": "{KeyId}", "Limit": 50},
                {"tags": Tags("Tags", "TagKey", "TagValue")},
                more="Truncated",
                gone=_GONE,
            ),
            when=_tagged,
        ),
    ),
)

_KEYS_OF_STORES = {
    "aws_s3_bucket": ("server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",),
    **dict.fromkeys(("aws_ebs_volume", "aws_ebs_snapshot", "aws_db_instance", "aws_rds_cluster"), ("kms_key_id",)),
}


def _named(kind: str, holds: Mapping[str, str]) -> Listing:
    """Keys of other accounts and regions. KMS describes one of another account if its policy and the caller's allow it.

    Source: KMS API, DescribeKey (cross-account use).
    """
    return Listing(
        "aws_kms_key",
        named=Named(pattern(f"arn:{{partition}}:kms:{{region}}:{{owner}}:{kind}/.+"), _KEYS_OF_STORES),
        each="",
        id="{name}",
        values={"arn": "name"},
        details=(Detail("kms:DescribeKey", {"KeyId": "{name}"}, observed=_STATE, gone=_GONE, holds=holds),),
        feeds=(Encryption,),
    )


NAMED_KEYS = _named("key", {"KeyMetadata.Arn": "{name}"})
NAMED_ALIASES = _named("alias", {"KeyMetadata.AWSAccountId": "{owner}"})
"""The answer names the key of an alias, which no listing of the account tells: of it only whose it is can be compared."""

ALIASES = Listing(
    "aws_kms_alias",
    call="kms:ListAliases",
    feeds=(Encryption,),
    more="Truncated",
    args={"Limit": 100},
    each="Aliases",
    id="{AliasArn}",
    values={"name": "AliasName", "arn": "AliasArn", "target_key_id": Maybe("TargetKeyId")},
)

_REPLICAS = ("aws_kms_replica_key", "aws_kms_replica_external_key")
_STORE_ID = re.compile(r"(?:^|\.)aws_kms_custom_key_store\.[^.]+\.(?:id|custom_key_store_id)$")
"""The id of a store, declared or looked up: what others say of theirs may be null."""

_ROTATION_DEFAULT_DAYS = 365
"""Source: KMS API, EnableKeyRotation.RotationPeriodInDays."""


@reader("aws_kms_key", related=_REPLICAS)
def key(record: Record, related: Related) -> tuple[KeyHealth | None, Placement | None]:
    """A customer's key. AWS's own keys (`key_manager` = AWS) rotate and live as AWS decides: they have no health to judge."""
    manager = record.seen("key_manager")
    if manager == Known("AWS"):
        return None, None
    symmetric = record.text("customer_master_key_spec").then(lambda name: meaning(name or "SYMMETRIC_DEFAULT", _SYMMETRIC, "the key spec"))
    cipher = symmetric.map(lambda yes: keys.kms_cipher(record) if yes else None)
    health = KeyHealth(keys.key_state(record), cipher, _rotation(record), _rotatable(record, symmetric))
    managed = manager.then(lambda name: meaning(name, _MANAGERS, "the manager")) if isinstance(manager, Known) else manager
    if isinstance(managed, Unknown) and managed.why is not Why.ELSEWHERE:
        return KeyHealth.unknown(managed), Placement.unknown(managed)
    return health, placement(record, _replicas(record, related))


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


def _rotation(record: Record) -> Attr[float | None]:
    enabled = record.flag("enable_key_rotation")
    period = record.number("rotation_period_in_days", since=6)
    return enabled.then(lambda on: period.map(lambda days: days or _ROTATION_DEFAULT_DAYS) if on else Known(None, enabled.origin))


def _rotatable(record: Record, symmetric: Attr[bool]) -> Attr[bool]:
    """Only symmetric keys with KMS's own material rotate by themselves. Source: KMS Developer Guide, rotating keys."""
    material = record.seen("origin")
    told = isinstance(material, Known) or material.why is not Why.ELSEWHERE
    own: Attr[bool] = (
        material.then(lambda name: meaning(name, _MATERIALS, "the origin of the key's material")) if told else Known(value=True)
    )
    movable = both(own, symmetric, lambda kms, plain: kms and plain)
    return movable if movable == Known(value=False) else both(movable, _in_store(record), lambda may, elsewhere: may and not elsewhere)


def _in_store(record: Record) -> Attr[bool]:
    """Whether a key's material is in a store of the customer's own. The id of a store is no null, though not known yet."""
    store = record.text("custom_key_store_id", since=5)
    if isinstance(store, Unknown) and _STORE_ID.search(block_of(store.is_ or "")):
        return Known(value=True, origin=store.origin)
    return store.map(lambda name: name is not None)
