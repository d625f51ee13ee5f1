"""S3: buckets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cloudaudit.model import (
    Attr,
    Block,
    Cipher,
    Encryption,
    KeyOwner,
    KeyState,
    Known,
    Location,
    Placement,
    Record,
    Related,
    TlsVersion,
    Transport,
    Unknown,
    Why,
    gather,
    reader,
)
from cloudaudit_aws import keys
from cloudaudit_aws.bucket_policy import plaintext
from cloudaudit_aws.regions import locate

ENCRYPTED_SINCE = datetime(2023, 1, 5, tzinfo=UTC)
"""Every object written since is encrypted with AES-256-GCM. Source: S3 User Guide, default encryption FAQ."""

_ALGORITHMS = {"AES256", "aws:kms", "aws:kms:dsse"}


@reader(
    "aws_s3_bucket",
    related=(
        "aws_s3_bucket_policy",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_server_side_encryption_configuration",
        *keys.RELATED,
    ),
)
def bucket(record: Record, related: Related) -> tuple[Encryption, Transport, Placement]:
    """A bucket, with its settings inline or in companion resources.

    Without a configuration new objects are encrypted with AES-256 all the same (`ENCRYPTED_SINCE`), and S3's endpoints
    refuse TLS below 1.2 (source: AWS, "TLS 1.2 to become the minimum for all AWS API endpoints"); plain HTTP they accept.
    """
    rules = related.blocks(
        record,
        "server_side_encryption_configuration.rule",
        "aws_s3_bucket_server_side_encryption_configuration",
        "bucket",
        "rule",
    )
    policy = related.text(record, "policy", "aws_s3_bucket_policy", "bucket", "policy")
    refused, note = plaintext(policy, _arn_texts(record))
    return _encryption(record, rules, related), Transport(refused, Known(TlsVersion.TLS_1_2), note), _placement(record, related)


def _encryption(record: Record, rules: Attr[tuple[Block, ...]], related: Related) -> Encryption:
    older = record.seen("creation_date").then(_older)
    if isinstance(rules, Unknown):
        return Encryption(rules, rules, rules, older)
    if not rules.value:
        return Encryption(Known(keys.kms_cipher(record), rules.origin), older_objects=older)
    default = "apply_server_side_encryption_by_default"
    rule = rules.value[0]
    algorithm = rule.text(f"{default}.sse_algorithm")
    cipher = algorithm.then(lambda name: _cipher(name, record))
    if algorithm == Known("AES256"):
        return Encryption(cipher, Known(KeyOwner.PROVIDER), Known(KeyState.ENABLED), older)
    owner, state = keys.key_used(rule.text(f"{default}.kms_master_key_id"), related)
    return Encryption(cipher, owner, state, older)


def _cipher(algorithm: str | None, record: Record) -> Attr[Cipher]:
    if algorithm is None or algorithm == "AES256":
        return Known(Cipher.AES_256)
    if algorithm in _ALGORITHMS:
        return Known(keys.kms_cipher(record))
    return Unknown(Why.UNSUPPORTED, f'the algorithm "{algorithm}" is in no table')


def _older(created: Any) -> Attr[bool]:
    try:
        moment = created if isinstance(created, datetime) else datetime.fromisoformat(str(created))
    except ValueError:
        return Unknown(Why.UNSUPPORTED, "the creation date is not a date")
    return Known((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < ENCRYPTED_SINCE)


def _arn_texts(record: Record) -> frozenset[str]:
    texts = {f"${{{record.address}.arn}}"}
    for name in (f"${{{record.address}.id}}", f"${{{record.address}.bucket}}", record.values.get("bucket"), record.values.get("id")):
        if isinstance(name, str) and name:
            partitions = ("aws", "aws-cn", "aws-us-gov", "aws-eusc", "*", "${data.aws_partition.current.partition}")
            texts.update(f"arn:{partition}:s3:::{name}" for partition in partitions)
    return frozenset(texts | ({record.id} if record.id else set()))


def _placement(record: Record, related: Related) -> Placement:
    region = record.text("bucket_region")
    home = locate(region if not isinstance(region, Known) or region.value else record.scope.region)
    rules = related.blocks(record, "replication_configuration.rules", "aws_s3_bucket_replication_configuration", "bucket", "rule")
    return Placement(home, rules.then(lambda blocks: gather(_destination(rule, related) for rule in blocks if _enabled(rule))))


def _enabled(rule: Block) -> bool:
    return rule.text("status") != Known("Disabled")


def _destination(rule: Block, related: Related) -> Attr[Location]:
    target = related.target(_without_prefix(rule.text("destination.bucket")), "aws_s3_bucket")
    if isinstance(target, Unknown):
        return Unknown(Why.UNRESOLVED, f"the region of the replica is not known: {target.cause}", target.origin)
    if target.value is None:
        return Unknown(Why.UNRESOLVED, "a replication rule names no bucket")
    region = target.value.text("bucket_region")
    return locate(region if isinstance(region, Known) and region.value else target.value.scope.region)


def _without_prefix(arn: Attr[str | None]) -> Attr[str | None]:
    return arn.map(lambda text: text.rpartition(":")[2] if text else None)
