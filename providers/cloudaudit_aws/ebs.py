"""EBS: volumes, snapshots and the account's default encryption."""

from __future__ import annotations

from cloudaudit.model import Attr, Cipher, Encryption, Known, Placement, Record, Related, Unknown, Why, reader
from cloudaudit.sources.live.shape import Maybe, Tags, Text
from cloudaudit.sources.live.table import Listing
from cloudaudit_aws import keys
from cloudaudit_aws.regions import placement

_DEFAULT_KEY = "aws_ebs_default_kms_key"
_VOLUME_ARN = "arn:{partition}:ec2:{region}:{account}:volume/{VolumeId}"
_SNAPSHOT_ARN = "arn:{partition}:ec2:{region}::snapshot/{SnapshotId}"

VOLUMES = Listing(
    "aws_ebs_volume",
    call="ec2:DescribeVolumes",
    args={"MaxResults": 1000},
    each="Volumes",
    id=_VOLUME_ARN,
    values={
        "id": "VolumeId",
        "arn": Text(_VOLUME_ARN),
        "encrypted": "Encrypted",
        "kms_key_id": Maybe("KmsKeyId"),
        "availability_zone": "AvailabilityZone",
        "outpost_arn": Maybe("OutpostArn"),
        "size": Maybe("Size"),
        "type": Maybe("VolumeType"),
        "snapshot_id": Maybe("SnapshotId"),
        "create_time": Maybe("CreateTime"),
        "tags": Maybe(Tags("Tags")),
    },
    observed={"attached_to": Maybe("Attachments[].InstanceId")},
)

SNAPSHOTS = Listing(
    "aws_ebs_snapshot",
    call="ec2:DescribeSnapshots",
    args={"OwnerIds": ["self"], "MaxResults": 1000},
    each="Snapshots",
    id=_SNAPSHOT_ARN,
    values={
        "id": "SnapshotId",
        "arn": Text(_SNAPSHOT_ARN),
        "encrypted": "Encrypted",
        "kms_key_id": Maybe("KmsKeyId"),
        "volume_id": Maybe("VolumeId"),
        "volume_size": Maybe("VolumeSize"),
        "owner_id": Maybe("OwnerId"),
        "storage_tier": Maybe("StorageTier"),
        "outpost_arn": Maybe("OutpostArn"),
        "tags": Maybe(Tags("Tags")),
    },
    observed={"start_time": Maybe("StartTime"), "state": Maybe("State"), "availability_zone": Maybe("AvailabilityZone")},
)

_SNAPSHOTS = ("aws_ebs_snapshot", "aws_ebs_snapshot_copy")
_SOURCES = {"aws_ebs_volume": "snapshot_id", "aws_ebs_snapshot_copy": "source_snapshot_id"}
_GENERATIONS = 5


@reader("aws_ebs_volume", related=("aws_ebs_encryption_by_default", _DEFAULT_KEY, *_SNAPSHOTS, *keys.RELATED))
def volume(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A volume is encrypted if it says so, if its snapshot is, or, unset, if the account's default says so.

    Source: EC2 API, Volume.Encrypted; EBS encrypts with AES-256-XTS under a KMS key.
    """
    return _encryption(record, _flag(record).or_else(_default(record, related)), related), placement(record)


@reader("aws_ebs_snapshot", related=("aws_ebs_volume", "aws_ebs_encryption_by_default", _DEFAULT_KEY, *keys.RELATED))
def snapshot(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A snapshot is encrypted as its volume was. Source: EC2 API, Snapshot.Encrypted."""
    encrypted = _snapshot_flag(record, related)
    if record.report:
        return _encryption(record, encrypted, related), placement(record)
    source = related.target(record.text("volume_id"), "aws_ebs_volume")
    if isinstance(source, Known) and source.value is not None:
        of_volume = _encryption(source.value, encrypted, related)
        return of_volume, placement(record)
    missing = source.bare if isinstance(source, Unknown) else Unknown(Why.UNRESOLVED, "the snapshot names no volume", record.origin)
    doubt = related.outside(missing, "the volume, whose key it has,")
    return Encryption(encrypted.map(lambda value: keys.kms_cipher(record) if value else Cipher.NONE), doubt, doubt), placement(record)


@reader("aws_ebs_snapshot_copy", related=("aws_ebs_encryption_by_default", _DEFAULT_KEY, *_SNAPSHOTS, "aws_ebs_volume", *keys.RELATED))
def snapshot_copy(record: Record, related: Related) -> tuple[Encryption, Placement]:
    """A copy is encrypted if it says so or the account's default does; else as its source, which stands elsewhere."""
    return _encryption(record, _flag(record).or_else(_default(record, related)), related), placement(record)


def _snapshot_flag(record: Record, related: Related, depth: int = 0) -> Attr[bool | None]:
    """Whether a snapshot, or a copy of one, is encrypted."""
    own = _flag(record)
    if record.type == "aws_ebs_snapshot_copy":
        return own.or_else(_default(record, related, depth))
    source = related.target(record.text("volume_id"), "aws_ebs_volume")
    return own.or_else(source.then(lambda found: _inherited(found, related, depth)))


def _inherited(volume_record: Record | None, related: Related, depth: int) -> Attr[bool | None]:
    if volume_record is None:
        return Unknown(Why.UNRESOLVED, "the snapshot names no volume")
    return _flag(volume_record).or_else(_default(volume_record, related, depth))


def _flag(record: Record) -> Attr[bool | None]:
    return _answered(record.flag("encrypted"), record)


def _answered(flag: Attr[bool | None], record: Record) -> Attr[bool | None]:
    """A flag that may be left out of a configuration, where a default stands in its place, but not of the cloud's answer."""
    if record.report and flag == Known(None):
        return Unknown(Why.UNSUPPORTED, "the answer does not say whether it is encrypted", flag.origin)
    return flag


def _default(record: Record, related: Related, depth: int = 0) -> Attr[bool | None]:
    """What is made without saying so is encrypted if the account's default says so, or what it is made from is.

    Source: EC2 API, CreateVolume and CopySnapshot; EBS encryption, effects of encryption by default.
    """
    account = _account(record, related)
    name = _SOURCES.get(record.type)
    snapshot_id = record.text(name) if name else Known(None)
    if account == Known(value=True) or snapshot_id == Known(None):
        return account
    source = _of_snapshot(snapshot_id, related, depth)
    return source if source == Known(value=True) or account == Known(value=False) else account


def _of_snapshot(snapshot_id: Attr[str | None], related: Related, depth: int) -> Attr[bool | None]:
    if depth > _GENERATIONS:
        return Unknown(Why.BOUNDED, "the snapshot is a copy of a copy of many")
    found = related.target(snapshot_id, *(_SNAPSHOTS[:1] if related.live else _SNAPSHOTS))  # a copy is a snapshot like any other there
    if isinstance(found, Unknown) or found.value is None:
        cause = found.cause if isinstance(found, Unknown) else "it is not named"
        return Unknown(Why.UNRESOLVED, f"whether the snapshot is encrypted is not told: {cause}", snapshot_id.origin)
    return _snapshot_flag(found.value, related, depth + 1)


def _account(record: Record, related: Related) -> Attr[bool | None]:
    account = related.only("aws_ebs_encryption_by_default", record)
    if account == Known(None) or (isinstance(account, Unknown) and account.why is Why.ELSEWHERE):
        return Unknown(Why.UNRESOLVED, "encrypted is not set, so the account's EBS default decides: set encrypted = true")
    return account.then(_enabled)


def _enabled(default: Record | None) -> Attr[bool | None]:
    assert default is not None
    return _answered(default.flag("enabled"), default).map(lambda value: value is not False)


def _key(record: Record, encrypted: Attr[bool | None], related: Related) -> Attr[str | None]:
    """The key that a volume names, else the account's default for EBS, which may be a customer's, when it is made.

    Source: EC2 API, CreateVolume.KmsKeyId and GetEbsDefaultKmsKeyId.
    """
    own = keys.named_key(record, encrypted)
    if own != Known(None) or encrypted == Known(value=False):
        return own
    if record.type == "aws_ebs_volume" and not record.report and record.text("snapshot_id") != Known(None):
        return Unknown(Why.UNRESOLVED, "its key is that of the snapshot that it is made from, or the account's default", record.origin)
    default = related.only(_DEFAULT_KEY, record)
    return default.then(lambda found: found.text("key_arn") if found is not None else own)


def _encryption(record: Record, encrypted: Attr[bool | None], related: Related) -> Encryption:
    owner, state = keys.key_used(_key(record, encrypted, related), related, record)
    cipher = encrypted.map(lambda value: keys.kms_cipher(record) if value else Cipher.NONE)
    return Encryption(cipher, owner, state)
