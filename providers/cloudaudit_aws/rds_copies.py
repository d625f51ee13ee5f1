"""RDS: where the copies of a database live: its replicas, and its backups elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudaudit.model import Attr, Companions, Known, Location, Record, Related, Unknown, Why
from cloudaudit.model.copies import Copies, declared, together
from cloudaudit.model.identification import another_place
from cloudaudit.model.names import Named
from cloudaudit_aws.regions import locate

_BACKUPS = "aws_db_instance_automated_backups_replication"
_GLOBAL = "aws_rds_global_cluster"
RELATED = (_BACKUPS, _GLOBAL)


def copies(record: Record, related: Related) -> Copies:
    """Every copy of a database, as a fact of its own."""
    if record.type != "aws_db_instance":
        return _replicas(record, related)
    return together(_backup_copies(record, related), _replicas(record, related))


def _backup_copies(record: Record, related: Related) -> Copies:
    seen = record.seen("backup_replications")
    if isinstance(seen, Known) or seen.why is not Why.ELSEWHERE:
        return seen.map(lambda arns: tuple(locate(Known(_region_of_arn(arn))) for arn in arns or ()))
    return declared(record, related.companions(record, _BACKUPS, "source_db_instance_arn"), lambda copy: locate(copy.scope.region))


def _replicas(record: Record, related: Related) -> Copies:
    """Where the replicas in other regions live. Those beside it go by plain names; Terraform declares each on its own.

    Source: RDS API, DBInstance.ReadReplicaDBInstanceIdentifiers; Aurora User Guide, global databases.
    """
    seen = record.seen("read_replicas")
    if isinstance(seen, Unknown) and seen.why is Why.ELSEWHERE:
        return Known(tuple(_declared_replicas(record, related)))
    further = record.seen(_FURTHER[record.type]).map(lambda names: [name for name in names or () if _of_another(name, record)])
    return together(*(one.map(_places) for one in (seen, further)))


_FURTHER = {"aws_db_instance": "cluster_replicas", "aws_rds_cluster": "global_members"}
"""What else names copies of a database: Aurora replicas of an instance; the clusters of a global database, itself among them."""


def _of_another(name: str, record: Record) -> bool:
    return name != record.id


def _places(names: Iterable[str] | None) -> tuple[Attr[Location], ...]:
    return tuple(locate(Known(_region_of_arn(name))) for name in names or () if str(name).startswith("arn:"))


def _declared_replicas(record: Record, related: Related) -> Iterator[Attr[Location]]:
    source = "replicate_source_db" if record.type == "aws_db_instance" else "replication_source_identifier"
    named = related.companions(record, record.type, source, optional=True)
    meant = {other: _is_meant(other, source, record) for other in named.records}
    yield from (another_place(other, other.origin) for other, is_one in meant.items() if is_one is None)
    found = [Companions(tuple(other for other, is_one in meant.items() if is_one), named.doubt)]
    if record.type == "aws_rds_cluster":
        found.append(related.sharing(record, "global_cluster_identifier"))
        begun = related.companions(record, _GLOBAL, "source_db_cluster_identifier", optional=True)
        found.extend(related.companions(one, record.type, "global_cluster_identifier", optional=True) for one in begun.records)
        found.append(Companions((), begun.doubt))
    for companions in found:
        for other in companions.records:
            if other.presence is not None:
                yield other.presence.bare
            elif not other.scope.shares_place(record.scope):
                yield locate(other.scope.region)
        if companions.doubt is not None:
            yield companions.doubt


def _is_meant(replica: Record, source: str, record: Record) -> bool | None:
    """Whether a replica means a database: by a plain identifier it means one beside itself. None if that cannot be told.

    Source: RDS API, CreateDBInstanceReadReplica.SourceDBInstanceIdentifier.
    """
    name = replica.text(source)
    plain = isinstance(name, Known) and not isinstance(name.value, Named) and not (name.value or "").startswith("arn:")
    return replica.scope.shares_place(record.scope) if plain else True


def _region_of_arn(arn: str) -> str | None:
    parts = str(arn).split(":")
    return parts[3] if len(parts) > 5 else None
