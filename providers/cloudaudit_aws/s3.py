"""S3: buckets."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from cloudaudit.model import (
    PLACEHOLDER,
    Attr,
    Block,
    Cipher,
    Encryption,
    KeyOwner,
    KeyState,
    Known,
    Location,
    Placement,
    Plaintext,
    Record,
    Related,
    TlsVersion,
    Transport,
    Unknown,
    Why,
    one_of,
    reader,
)
from cloudaudit.model.partial import sole_placeholder
from cloudaudit.sources.live.names import pattern
from cloudaudit.sources.live.shape import Always, Blocks, First, Item, Maybe, Tags, Text
from cloudaudit.sources.live.table import Detail, Listing, Named, Reach
from cloudaudit_aws import cloudformation, keys
from cloudaudit_aws.bucket_names import arn_texts, unless_named, with_others
from cloudaudit_aws.bucket_policy import plaintext
from cloudaudit_aws.regions import locate
from cloudaudit_aws.tagging import tags_of_many
from cloudaudit_aws.words import meaning


def _unplaced(item: Item) -> bool:
    """Whether the listing does not tell its region: AWS's does."""
    return not item.get("BucketRegion")


def _constraint(answer: Item) -> str:
    """Source: S3 API, GetBucketLocation: no constraint is us-east-1; EU is the old name of eu-west-1."""
    return {"EU": "eu-west-1", "": "us-east-1"}.get(answer.get("LocationConstraint") or "", answer.get("LocationConstraint") or "")


_BUCKET = {"Bucket": "{Name}"}
_GONE = ("NoSuchBucket",)
_NOT_READ = Always(Unknown(Why.NOT_COLLECTED, "a live scan does not read it"))

_TRUE_DATES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
"""Of each partition the region where ListBuckets tells when a bucket was made. Elsewhere it tells when it was last changed.

Source: S3 API, Bucket.CreationDate; boto3 issue 1956, ScoutSuite issue 858.
"""

BUCKETS = Listing(
    "aws_s3_bucket",
    tells=(
        "aws_s3_bucket_policy",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_server_side_encryption_configuration",
    ),
    call="s3:ListBuckets",
    args={"MaxBuckets": 10_000},  # only paged answers name each bucket's region
    each="Buckets",
    id="arn:{partition}:s3:::{Name}",
    reach=Reach.GLOBAL,
    home=_TRUE_DATES,
    region="region",
    values={
        "id": "Name",
        "bucket": "Name",
        "arn": Text("arn:{partition}:s3:::{Name}"),
        "region": Maybe("BucketRegion"),
        "acl": _NOT_READ,
        "grant": _NOT_READ,
        "logging": _NOT_READ,
        "object_lock_enabled": _NOT_READ,
        "versioning": _NOT_READ,
        "lifecycle_rule": _NOT_READ,
    },
    observed={"creation_date": "CreationDate", "asked_in": "region"},
    details=(
        Detail("s3:GetBucketLocation", _BUCKET, {"region": _constraint}, gone=_GONE, when=_unplaced),
        Detail(
            "s3:GetBucketEncryption",
            _BUCKET,
            {
                "server_side_encryption_configuration": Blocks(
                    "ServerSideEncryptionConfiguration",
                    {
                        "rule": Blocks(
                            "Rules",
                            {
                                "apply_server_side_encryption_by_default": Blocks(
                                    "ApplyServerSideEncryptionByDefault",
                                    {
                                        "sse_algorithm": "SSEAlgorithm",
                                        "kms_master_key_id": Maybe("KMSMasterKeyID", unless=lambda default: "SSEAlgorithm" not in default),
                                    },
                                    filled=True,
                                ),
                                "bucket_key_enabled": Maybe("BucketKeyEnabled"),
                            },
                            filled=True,
                        )
                    },
                )
            },
            absent=("ServerSideEncryptionConfigurationNotFoundError",),
            gone=_GONE,
            feeds=(Encryption,),
        ),
        Detail("s3:GetBucketPolicy", _BUCKET, {"policy": "Policy"}, absent=("NoSuchBucketPolicy",), gone=_GONE, feeds=(Transport,)),
        Detail(
            "s3:GetBucketReplication",
            _BUCKET,
            {
                "replication_configuration": Blocks(
                    "ReplicationConfiguration",
                    {
                        "role": Maybe("Role"),
                        "rules": Blocks(
                            "Rules",
                            {
                                "id": Maybe("ID"),
                                "status": "Status",
                                "priority": Maybe("Priority"),
                                "prefix": Maybe(First(("Filter.Prefix", "Filter.And.Prefix", "Prefix"))),
                                "destination": Blocks(
                                    "Destination",
                                    {
                                        "bucket": "Bucket",
                                        "account_id": Maybe("Account"),
                                        "storage_class": Maybe("StorageClass"),
                                        "replica_kms_key_id": Maybe("EncryptionConfiguration.ReplicaKmsKeyID"),
                                    },
                                    filled=True,
                                ),
                            },
                            filled=True,
                        ),
                    },
                )
            },
            absent=("ReplicationConfigurationNotFoundError",),
            gone=_GONE,
            feeds=(Placement,),
        ),
    ),
    lookups=(
        tags_of_many(
            "s3",
            Text("arn:{partition}:s3:::{Name}"),
            Detail("s3:GetBucketTagging", _BUCKET, {"tags": Tags("TagSet")}, absent=("NoSuchTagSet", "NoSuchTagSetError"), gone=_GONE),
        ),
    ),
)

NAMED_BUCKETS = Listing(
    "aws_s3_bucket",
    named=Named(
        pattern("arn:{partition}:s3:::(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{{1,253}}[A-Za-z0-9])"),
        {"aws_s3_bucket": ("replication_configuration.rules.destination.bucket",)},
    ),
    each="",
    id="{name}",
    region="region",
    values={"id": "bucket", "bucket": "bucket", "arn": "name"},
    details=(Detail("s3:HeadBucket", {"Bucket": "{bucket}"}, {"region": "BucketRegion"}, gone=("404", "NoSuchBucket")),),
    feeds=(Placement,),
)
"""Buckets of other accounts: where one is S3 tells everybody, also whom it lets in no further. Source: S3 API, HeadBucket."""

ENCRYPTED_SINCE = datetime(2023, 1, 5, tzinfo=UTC)
"""Every object written since is encrypted with AES-256-GCM. Source: S3 User Guide, default encryption FAQ."""

_ALGORITHMS = {"AES256", "aws:kms", "aws:kms:dsse"}
_COPIES = {"Enabled": True, "Disabled": False}


@reader(
    "aws_s3_bucket",
    related=(
        "aws_s3_bucket_policy",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_server_side_encryption_configuration",
        *keys.RELATED,
        *cloudformation.TYPES,
    ),
)
def bucket(record: Record, related: Related) -> tuple[Encryption, Transport, Placement]:
    """A bucket, with its settings inline or in companion resources.

    Without a configuration new objects are encrypted with AES-256 all the same (`ENCRYPTED_SINCE`), and S3's endpoints
    refuse TLS below 1.2 (source: AWS, "TLS 1.2 to become the minimum for all AWS API endpoints"); plain HTTP they accept.
    A new bucket copies nothing (source: S3 API, CreateBucket takes no replication).
    """
    rules = related.blocks(
        record,
        "server_side_encryption_configuration.rule",
        "aws_s3_bucket_server_side_encryption_configuration",
        "bucket",
        "rule",
        unset=(),
    )
    unread = cloudformation.ruled(record, related)
    policy = unread if unread is not None else related.text(record, "policy", "aws_s3_bucket_policy", "bucket", "policy")
    policy = with_others(policy, record, related)
    refused, note = plaintext(policy, arn_texts(record))
    if refused == Known(Plaintext.ACCEPTED):
        refused = unless_named(record, policy, refused)
    return _encryption(record, rules, related), Transport(refused, Known(TlsVersion.TLS_1_2), note), _placement(record, related)


def _encryption(record: Record, rules: Attr[tuple[Block, ...]], related: Related) -> Encryption:
    older = record.seen("creation_date").then(lambda created: _older(created, record))
    if isinstance(rules, Unknown):
        each = [_encryption(record, Known(candidate, rules.origin), related) for candidate in rules.possible]
        ciphers, owners, states = [one.cipher for one in each], [one.key_owner for one in each], [one.key_state for one in each]
        return Encryption(one_of(ciphers, rules.bare), one_of(owners, rules.bare), one_of(states, rules.bare), older)
    if not rules.value:
        return Encryption(Known(Cipher.AES_256, rules.origin), older_objects=older)
    default = "apply_server_side_encryption_by_default"
    rule = rules.value[-1]  # S3 takes one; where there may be more than is known, that is the last
    algorithm = rule.text(f"{default}.sse_algorithm")
    cipher = algorithm.then(lambda name: _cipher(name, record))
    if algorithm == Known("AES256"):
        return Encryption(cipher, Known(KeyOwner.PROVIDER), Known(KeyState.ENABLED), older)
    if record.report and isinstance(cipher, Unknown):  # an algorithm that the cloud alone knows may use any key
        return Encryption(cipher, cipher.bare, cipher.bare, older)
    owner, state = keys.key_used(rule.text(f"{default}.kms_master_key_id"), related, record)
    if isinstance(algorithm, Unknown) and isinstance(state, Known) and state.value is not KeyState.ENABLED:
        return Encryption(cipher, algorithm.bare, algorithm.bare, older)  # with AES256 the key that is named is not used
    return Encryption(cipher, owner, state, older)


def _cipher(algorithm: str | None, record: Record) -> Attr[Cipher]:
    if algorithm is None or algorithm == "AES256":
        return Known(Cipher.AES_256)
    if algorithm in _ALGORITHMS:
        return Known(keys.kms_cipher(record))
    return Unknown(Why.UNSUPPORTED, f'the algorithm "{algorithm}" is in no table')


def _older(created: Any, record: Record) -> Attr[bool]:
    """Whether a bucket is older than encryption by default. A date of its last change proves that it is, never that it is not."""
    try:
        moment = created if isinstance(created, datetime) else datetime.fromisoformat(str(created))
    except ValueError:
        return Unknown(Why.UNSUPPORTED, "the creation date is not a date")
    older = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < ENCRYPTED_SINCE
    first = _TRUE_DATES.get(record.scope.partition or "aws")
    if older or record.seen("asked_in") == Known(first):
        return Known(older)
    return Unknown(Why.UNSUPPORTED, f"when the bucket was made is told in {first or 'no region'} alone: elsewhere its last change is")


def _placement(record: Record, related: Related) -> Placement:
    region = record.text("bucket_region", formerly="region")
    home = locate(region if not isinstance(region, Known) or region.value else record.scope.region)
    rules = related.blocks(record, "replication_configuration.rules", "aws_s3_bucket_replication_configuration", "bucket", "rule", unset=())
    return Placement(
        home,
        rules.map(lambda blocks: tuple(_copied(rule, related) for rule in blocks if rule.text("status") != Known("Disabled"))),
    )


def _copied(rule: Block, related: Related) -> Attr[Location]:
    """Where a rule copies to; a rule that may be disabled may copy nothing."""
    status = rule.text("status").then(lambda word: meaning(word, _COPIES, "the status of a replication rule"))
    return _destination(rule, related) if isinstance(status, Known) else status.bare


def _destination(rule: Block, related: Related) -> Attr[Location]:
    target = related.target(_without_prefix(rule.text("destination.bucket")), "aws_s3_bucket")
    if isinstance(target, Unknown):
        return target.bare
    if target.value is None:
        return Unknown(Why.UNRESOLVED, "a replication rule names no bucket")
    region = target.value.text("bucket_region", formerly="region")
    return locate(region if isinstance(region, Known) and region.value else target.value.scope.region)


def _without_prefix(arn: Attr[str | None]) -> Attr[str | None]:
    """The name in a bucket's ARN; of one that is made of a bucket's name, which bucket that is."""
    name = arn.read_as(lambda text: Known(text.rpartition(":")[2] if text else None))
    made = re.fullmatch(f"arn:.*:s3:::{PLACEHOLDER.pattern}", name.partial or "") if isinstance(name, Unknown) else None
    return msgspec.structs.replace(name, is_=sole_placeholder(made[1])) if made is not None else name
