"""RDS: whether the storage of a database is encrypted, as its arguments or what it is made from decide."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from cloudaudit.model import Attr, Block, Cipher, Doubt, Encryption, KeyOwner, KeyState, Known, Record, Related, Unknown, Why
from cloudaudit.model.names import may_be_handed, spellings
from cloudaudit_aws import keys

_TYPES = ("aws_db_instance", "aws_rds_cluster")
_SOURCES = ("source_db_instance_identifier", "source_cluster_identifier")
_REPLICATED = {"aws_db_instance": "replicate_source_db", "aws_rds_cluster": "replication_source_identifier"}
_POINT_IN_TIME = "restore_to_point_in_time"
_AWS_OWNED = "sse-rds"
_KINDS = {_AWS_OWNED: True, "sse-kms": True, "none": False}
"""Source: RDS API, StorageEncryptionType. Under a key that AWS owns, StorageEncrypted is false, and the data are encrypted all the same."""

_BY_DEFAULT = "Aurora encrypts clusters made since 18 February 2026 by itself, under a key of its own; when this one was made is not told"
"""Source: Aurora User Guide, Overview of encryption."""


def encryption(record: Record, related: Related) -> Encryption:
    """How the storage is encrypted, and under whose key."""
    shared = _cluster_of(record, related)
    if shared is not None:
        return encryption(shared, related)
    encrypted = _encrypted(record, related)
    if record.seen("storage_encryption_type") == Known(_AWS_OWNED):
        owner, state = keys.key_used(Known(None, encrypted.origin), related, record)
    else:
        owner, state = _key(record, encrypted, related, frozenset())
    return Encryption(encrypted.map(lambda on: keys.kms_cipher(record) if on else Cipher.NONE), owner, state)


def _cluster_of(record: Record, related: Related) -> Record | None:
    """The Aurora cluster that an instance is a member of, if that is told: the storage is the cluster's.

    Source: Aurora User Guide, Aurora storage.
    """
    seen = record.seen("cluster_identifier")
    if record.type != "aws_db_instance" or not isinstance(seen, Known) or seen.value is None or not _aurora(record):
        return None
    found = related.target(seen, "aws_rds_cluster", near=record)
    return found.value if isinstance(found, Known) else None


def _aurora(record: Record) -> bool:
    """Whether it may be one of Aurora's. Terraform has another type for the instances of its clusters."""
    engine = record.text("engine")
    if isinstance(engine, Unknown):
        return record.type == "aws_rds_cluster" or record.origin.call is not None
    return (engine.value or "").startswith("aurora")


def _key(record: Record, encrypted: Attr[bool], related: Related, seen: frozenset[str]) -> tuple[Attr[KeyOwner], Attr[KeyState]]:
    """The key that a database names, else that of what it is made from: AWS's own only of one that is made anew.

    Source: RDS API, CreateDBInstanceReadReplica, RestoreDBInstance… and RestoreDBCluster…, KmsKeyId.
    """
    own = keys.named_key(record, encrypted)
    if own != Known(None) or record.report or record.address in seen:
        return keys.key_used(own, related, record)
    source = source_of(record, related)
    blocks = record.blocks(_POINT_IN_TIME)
    for block in blocks.value if source is None and isinstance(blocks, Known) else ():
        source = source or _earlier(block, record, related)
    if source is not None:
        return _key(source, _encrypted(source, related), related, seen | {record.address})
    made = (is_replica(record, related), _given(record.text("snapshot_identifier"), linked=False), blocks.map(bool))
    if all(one == Known(value=False) for one in made):
        return keys.key_used(own, related, record)
    doubt: Doubt = Unknown(Why.UNRESOLVED, "its key is that of what it is made from, which is not declared here", record.origin)
    return doubt, doubt


def is_replica(record: Record, related: Related) -> Attr[bool]:
    """A database that names another as its source, be the name known or not."""
    reference = record.text(_REPLICATED[record.type])
    return _given(reference, linked=_source(reference, record, related) is not None)


def source_of(record: Record, related: Related) -> Record | None:
    """What a replica is made from, where it is at hand."""
    return _source(record.text(_REPLICATED[record.type]), record, related)


def retention(record: Record) -> Attr[float]:
    """How many days backups are kept. Unset is 1 at most, but what is restored takes it over from what it is restored from.

    Source: RDS API, CreateDBInstance and CreateDBCluster; RDS User Guide, backup retention period.
    """
    own = record.number("backup_retention_period")
    if _backed_up(record):
        kept: Doubt = Unknown(Why.NOT_COLLECTED, "how long AWS Backup, which makes backups of it, keeps them", own.origin)
        return own.then(lambda days: Known(days) if days else kept)
    if record.report:
        return own.or_else(Known(1))
    restored = _either(_given(record.text("snapshot_identifier"), linked=False), Known(value=True), record.blocks(_POINT_IN_TIME).map(bool))
    inherited: Doubt = Unknown(Why.UNRESOLVED, "what is restored keeps backups as long as what it is restored from", record.origin)
    unset: Attr[float] = restored.then(lambda yes: inherited if yes else Known(1))
    return own.or_else(unset)


def _backed_up(record: Record) -> bool:
    """Whether AWS Backup makes, or may make, backups of a database: its answer names a recovery point."""
    point = record.seen("aws_backup")
    if isinstance(point, Unknown):
        return point.why not in {Why.ELSEWHERE, Why.NOT_COLLECTED}
    return point.value is not None


def _encrypted(record: Record, related: Related, seen: frozenset[str] = frozenset(), *, perhaps: bool = True) -> Attr[bool]:
    """`storage_encrypted`, but of what Terraform has yet to make from another database: as that one is.

    Unset it is off, but of Aurora; Aurora Serverless v1 is always encrypted (source: Aurora User Guide, Serverless v1).
    What exists (it has an ARN) is told by the API, and a change would make it anew. The API takes no such argument for
    replicas and restores. Source: RDS API, CreateDBInstanceReadReplica and RestoreDB….

    Without `perhaps`, only a source that is certain counts.
    """
    kind = _told_kind(record)
    if kind is not None:
        return kind
    own = record.flag("storage_encrypted")
    if record.report and own == Known(None):
        return Unknown(Why.UNSUPPORTED, "the answer does not say whether the storage is encrypted", own.origin)
    mode: Attr[str | None] = record.text("engine_mode") if record.type == "aws_rds_cluster" else Known(None)
    serverless = mode.map(lambda name: name == "serverless")
    result = _either(serverless, Known(value=True, origin=own.origin), _own(record, own))
    arn = record.text("arn")
    if record.report or (isinstance(arn, Known) and arn.value is not None) or record.address in seen:
        return result
    seen |= {record.address}
    restored = _restored(record, related)
    blocks = record.blocks(_POINT_IN_TIME)
    result = _either(_given(record.text("snapshot_identifier"), linked=False), restored, result)
    source = next(filter(None, (_earlier(block, record, related) for block in blocks.value)), None) if isinstance(blocks, Known) else None
    back = _encrypted(source, related, seen, perhaps=perhaps) if source is not None else blocks.then(lambda _: restored)
    result = _either(blocks.map(bool), back, result)
    replica = is_replica(record, related)
    if replica == Known(value=False):
        return result
    source = source_of(record, related)
    if source is not None:
        return _encrypted(source, related, seen, perhaps=perhaps)
    return _either(replica, _replicated(record, related) if perhaps else _believed(record, related), result)


def _told_kind(record: Record) -> Attr[bool] | None:
    """What the API says of the storage in so many words; None where it says nothing. What it says in no words that are known decides."""
    kind = record.seen("storage_encryption_type")
    if isinstance(kind, Unknown):
        return None if kind.why in {Why.ELSEWHERE, Why.NOT_COLLECTED} else kind.bare
    if kind.value is None:
        return None
    known = _KINDS.get(kind.value)
    if known is None:
        return Unknown(Why.UNSUPPORTED, f'the storage encryption type "{kind.value}" is in no table', kind.origin)
    return Known(value=known, origin=kind.origin)


def _own(record: Record, own: Attr[bool | None]) -> Attr[bool]:
    """`storage_encrypted` where nothing else decides.

    Of an Aurora cluster, unset means nothing any more, nor does `false` where it is the API's word: so it says under AWS's own key, too.
    The API shows a cluster's members as instances; Terraform has a type of its own for them.
    """
    unset: Attr[bool] = Known(value=False, origin=own.origin)
    if not _aurora(record) or not (record.type == "aws_rds_cluster" or record.report):
        return own.or_else(unset)
    arn = record.text("arn")
    answered = record.report or (isinstance(arn, Known) and arn.value is not None)
    doubt: Doubt = Unknown(Why.UNRESOLVED, _BY_DEFAULT, own.origin)
    return own.then(lambda on: doubt if on is None or (answered and not on) else Known(on, own.origin))


def _replicated(record: Record, related: Related) -> Attr[bool]:
    """A replica is encrypted as its source is. Of a source that is elsewhere, what the replica declares is believed.

    One that may be declared here counts as well: whatever its own source may be, that is elsewhere or declared, too.
    """
    believed = _believed(record, related)
    reference = record.text(_REPLICATED[record.type])
    target = related.target(reference, *_TYPES, near=record)
    if isinstance(target, Known) or isinstance(believed, Unknown):
        return believed
    declared = _declared(related)
    unlike = [address for address in declared.unlike[believed.value] if address != record.address]
    if not unlike:
        return believed
    if target.why is not Why.ELSEWHERE and not target.references:
        return target.bare  # it rests on nothing that is told, and may be any
    others = (other for kind in _TYPES for other in related.every(kind) if other is not record)
    led = {one.address for one in others if one.address in target.references or may_be_handed(reference, spellings(one))}
    return believed if led.isdisjoint(declared.open) and led.isdisjoint(unlike) else target.bare


def _believed(replica: Record, related: Related) -> Attr[bool]:
    """What a replica declares, whose source is not at hand."""
    doubt: Doubt = Unknown(Why.UNRESOLVED, "a replica is encrypted as its source is, which is not declared here", replica.origin)
    keyed = _keyed(replica, related).then(lambda given: Known(value=True) if given else doubt)
    return replica.flag("storage_encrypted").or_else(keyed)


class _Declared(msgspec.Struct, frozen=True):
    """The databases that are declared, by address: `unlike` a value by sources that are certain; `open` are those that may have others."""

    unlike: Mapping[bool, tuple[str, ...]]
    open: frozenset[str]


@lru_cache(maxsize=1)  # every replica is compared with all of them
def _declared(related: Related) -> _Declared:
    databases = [one for kind in _TYPES for one in related.every(kind)]
    encrypted = {one.address: _encrypted(one, related, perhaps=False) for one in databases}
    unsure = [one for one in databases if is_replica(one, related) != Known(value=False) and source_of(one, related) is None]
    return _Declared(
        {value: tuple(address for address, one in encrypted.items() if one != Known(value)) for value in (True, False)},
        frozenset(one.address for one in unsure if isinstance(related.target(one.text(_REPLICATED[one.type]), *_TYPES, near=one), Unknown)),
    )


def _restored(record: Record, related: Related) -> Attr[bool]:
    """What comes from a snapshot is encrypted as that is, or, a cluster, under a key of its own.

    `storage_encrypted = false` is believed: were it otherwise, Terraform would make the database anew. Its `true` proves nothing yet.
    """
    own = record.flag("storage_encrypted")
    if own == Known(value=False):
        return Known(value=False, origin=own.origin)
    doubt: Doubt = Unknown(Why.UNRESOLVED, "it is encrypted as what it is restored from, which is not declared here", record.origin)
    if record.type != "aws_rds_cluster":  # RestoreDBInstance… takes no key
        return doubt
    return _keyed(record, related).then(lambda given: Known(value=True) if given else doubt)


def _earlier(block: Block, record: Record, related: Related) -> Record | None:
    """The database whose earlier state is restored, where it is at hand."""
    return next((found for name in _SOURCES if (found := _source(block.text(name), record, related)) is not None), None)


def _keyed(record: Record, related: Related) -> Attr[bool]:
    reference = record.text("kms_key_id")
    owner, _ = keys.key_used(reference, related, record)
    return _given(reference, linked=owner == Known(KeyOwner.CUSTOMER))


def _given(reference: Attr[str | None], *, linked: bool) -> Attr[bool]:
    """Whether a reference refers to anything; one to a declared resource does, though its value is not known."""
    return Known(value=True, origin=reference.origin) if linked else reference.map(lambda name: name is not None)


def _source(reference: Attr[str | None], record: Record, related: Related) -> Record | None:
    """The database that a reference names, where it is at hand."""
    found = related.target(reference, *_TYPES, near=record)
    return found.value if isinstance(found, Known) else None


def _either(condition: Attr[bool], yes: Attr[bool], no: Attr[bool]) -> Attr[bool]:
    """One of two facts; where the condition is not known, what both say."""
    if isinstance(condition, Known):
        return yes if condition.value else no
    return no if isinstance(no, Known) and yes == no else condition.bare
