"""RDS: what a parameter group, or an engine's default, says about TLS."""

from __future__ import annotations

import re

from cloudaudit.model import Attr, Doubt, Known, Plaintext, Record, Related, TlsVersion, Transport, Unknown, Why, both
from cloudaudit_aws import rds_accepted, rds_sqlserver, rds_storage
from cloudaudit_aws.words import meaning, oldest_tls

_FORCE_SSL = "rds.force_ssl"
_SECURE_TRANSPORT = "require_secure_transport"
_MINIMUM = {
    "postgres": "ssl_min_protocol_version",
    "aurora-postgresql": "ssl_min_protocol_version",
    "mysql": "tls_version",
    "mariadb": "tls_version",
    "aurora-mysql": "tls_version",
    "aurora": "tls_version",
}
"""The parameter that names the least TLS version, or all that are accepted."""

TLS_PARAMETERS = frozenset({_FORCE_SSL, _SECURE_TRANSPORT, *_MINIMUM.values(), *rds_sqlserver.VERSIONS})

_PARAMETERS = {
    "postgres": _FORCE_SSL,
    "aurora-postgresql": _FORCE_SSL,
    "sqlserver": _FORCE_SSL,
    "mysql": _SECURE_TRANSPORT,
    "mariadb": _SECURE_TRANSPORT,
    "aurora-mysql": _SECURE_TRANSPORT,
    "aurora": _SECURE_TRANSPORT,
}
_OPTIONAL_BEFORE = {
    "postgres": (15, 0),
    "aurora-postgresql": (17, 0),
    "mysql": (8, 5),
    "mariadb": (11, 8),
    "aurora-mysql": (8, 4),
    "aurora": (8, 4),
}
"""Versions before which the engine's default parameter group leaves TLS optional. Of later ones only the live group tells.

Sources: RDS User Guide, requiring SSL/TLS for all connections (MySQL: OFF up to 8.4, ON in 9.7), and the same of the Aurora User Guide.
"""

_OF_MYSQL = {"mysql": (5, 7), "mariadb": (10, 5), "aurora-mysql": (5, 7), "aurora": (5, 7)}
_OF_POSTGRESQL = {"postgres": (12, 0), "aurora-postgresql": (12, 0)}
_SINCE = {_SECURE_TRANSPORT: _OF_MYSQL, "tls_version": _OF_MYSQL, "ssl_min_protocol_version": _OF_POSTGRESQL}
"""Versions before which the engine has no such parameter.

Sources: RDS User Guide, requiring SSL/TLS for all connections; PostgreSQL 12, release notes.
"""

_SWITCH = dict.fromkeys(("1", "on", "true"), True) | dict.fromkeys(("0", "off", "false"), False)
_FAMILY = re.compile(r"([a-z-]+?)-?([0-9][0-9.]*)")
_ANY = 1_000_000  # a minor version that is as new as any
_VERSION = re.compile(r"^(\d+)(?:\.(\d+))?")


def transport(record: Record, related: Related, attribute: str, group_type: str) -> Transport:
    family = _family(record, related, attribute, group_type)
    engine = record.text("engine").then(lambda name: Known(name.lower()) if name else family.map(lambda found: found[0]))
    return Transport(
        engine.then(lambda name: _plaintext(record, related, name, attribute, group_type)),
        engine.then(lambda name: _minimum(record, related, name, attribute, group_type)),
    )


def _family(record: Record, related: Related, attribute: str, group_type: str) -> Attr[tuple[str, str]]:
    """The engine and version that a parameter group is for, which are those of its database: "postgres13", "mysql8.0".

    Source: RDS API, CreateDBParameterGroup.DBParameterGroupFamily.
    """
    group = related.target(record.text(attribute), group_type, near=record)
    text: Attr[str | None] = Known(None) if not isinstance(group, Known) or group.value is None else group.value.text("family")
    return text.map(lambda name: (found[1].rstrip("-"), found[2]) if (found := _FAMILY.fullmatch(name or "")) else ("", ""))


def _engine_version(record: Record, family: Attr[tuple[str, str]]) -> Attr[str | None]:
    """The version that a database has, by itself or by its parameter group."""
    return record.text("engine_version").then(lambda text: Known(text) if text else family.map(lambda found: found[1]))


def _plaintext(record: Record, related: Related, engine: str, attribute: str, group_type: str) -> Attr[Plaintext]:
    kind = "sqlserver" if engine.startswith("sqlserver") else engine
    parameter = _PARAMETERS.get(kind)
    family = _family(record, related, attribute, group_type)
    if parameter is None:
        named = f"the engine {engine}" if engine else "an engine that is not named"
        return Unknown(Why.UNSUPPORTED, f"no parameter tells whether {named} demands TLS", record.origin_of("engine"))
    reference = record.text(attribute)
    group = related.target(reference, group_type, near=record)
    if isinstance(group, Known) and group.value is not None:
        whole = _listed(group.value, related, parameter, record, kind)
        return whole.then(lambda found: _in_group(found, parameter).then(lambda value: _meaning(value, record, kind, family)))
    inherits = record.type == "aws_db_instance" and not record.report and reference == Known(None)
    if inherits and rds_storage.is_replica(record, related) != Known(value=False):
        return _of_replica(record, related, engine, attribute, group_type, family)
    if isinstance(reference, Known) and (reference.value is None or reference.value.startswith("default.")):
        return _meaning(None, record, kind, family)
    return group.bare if isinstance(group, Unknown) else _meaning(None, record, kind, family)


def _minimum(record: Record, related: Related, engine: str, attribute: str, group_type: str) -> Attr[TlsVersion | None]:
    """The oldest TLS version that the parameter group accepts, where it says so."""
    reference, parameter = record.text(attribute), _MINIMUM.get(engine)
    group = related.target(reference, group_type, near=record)
    by_default = isinstance(reference, Known) and (reference.value or "default.").startswith("default.")
    if isinstance(group, Unknown) and by_default and not related.live:  # the cloud has the engine's own groups, too
        group = Known(None)
    if engine.startswith("sqlserver"):
        return _of_sqlserver(record, related, group.bare if isinstance(group, Unknown) else group)
    if parameter is None:
        return rds_accepted.without_parameter(engine)
    if isinstance(group, Unknown):
        return group.bare
    told: Attr[str | None] = Known(None)
    if group.value is not None:
        told = _listed(group.value, related, _PARAMETERS[engine], record, engine).then(lambda found: _in_group(found, parameter))
    family = _family(record, related, attribute, group_type)
    unset = _by_default(record, related, engine, group, family)
    return told.then(lambda text: _in_force(record).then(lambda _: oldest_tls(text.split(","))) if text else unset)


def _by_default(
    record: Record, related: Related, engine: str, group: Known[Record | None], family: Attr[tuple[str, str]]
) -> Attr[TlsVersion | None]:
    """What an engine accepts whose parameter group leaves that to it, as far as its version tells, or all of the group's family."""
    version = _engine_version(record, family)
    accepted = version.then(lambda text: rds_accepted.by_default(engine, text))
    if isinstance(version, Unknown) and isinstance(family, Known):
        whole_family = rds_accepted.by_family(engine, family.value[1])
        accepted = accepted if whole_family is None else whole_family
    if accepted == Known(None):
        return accepted
    inherited = _inherited(record, related, group)
    if inherited is not None:
        return inherited
    whole = _listed(group.value, related, _MINIMUM[engine], record, engine) if group.value is not None else group
    return both(whole, accepted, lambda _, oldest: oldest).then(
        lambda oldest: _in_force(record).map(lambda _: oldest) if oldest is not None else Known(None)
    )


def _inherited(record: Record, related: Related, group: Attr[Record | None]) -> Doubt | None:
    """Why nothing is known of a replica that names no parameter group."""
    if group == Known(None) and not record.report and rds_storage.is_replica(record, related) != Known(value=False):
        return Unknown(Why.UNRESOLVED, "a replica has the parameter group of its source", record.origin)
    return None


def _of_sqlserver(record: Record, related: Related, group: Attr[Record | None]) -> Attr[TlsVersion | None]:
    inherited = _inherited(record, related, group)
    if inherited is not None:
        return inherited

    def told(name: str) -> Attr[str | None]:
        return group.then(
            lambda found: (
                _listed(found, related, name, record, "sqlserver").then(lambda whole: _in_group(whole, name)) if found else Known(None)
            )
        )

    accepted = rds_sqlserver.minimum(told("rds.tls10"), told("rds.tls11"), record.text("engine_version"))
    return accepted.then(lambda version: _in_force(record).map(lambda _: version))


def _of_replica(
    record: Record, related: Related, engine: str, attribute: str, group_type: str, family: Attr[tuple[str, str]]
) -> Attr[Plaintext]:
    """A replica without a group of its own has that of its source, in one region; in another the engine's default.

    Source: RDS API, CreateDBInstanceReadReplica.DBParameterGroupName.
    """
    source = rds_storage.source_of(record, related)
    near = source.scope.shares_place(record.scope) if source is not None else None
    if source is not None and near and source is not record and rds_storage.is_replica(source, related) == Known(value=False):
        return _plaintext(source, related, engine, attribute, group_type)
    if near is False:
        return _meaning(None, record, "sqlserver" if engine.startswith("sqlserver") else engine, family)
    return Unknown(Why.UNRESOLVED, "a replica has the parameter group of its source, which is not told here", record.origin)


def _listed(group: Record, related: Related, parameter: str, record: Record, engine: str) -> Attr[Record]:
    """The group, if it is whole: a live one names every parameter of its engine, set or not; Terraform those that a user set.

    Sources: RDS API, DescribeDBParameters; aws_db_parameter_group, whose state holds those of the source "user".
    """
    blocks = group.blocks("parameter")
    version = record.text("engine_version").map(_version)
    since = isinstance(version, Known) and version.value is not None and version.value < _SINCE.get(parameter, {}).get(engine, (0, 0))
    if not related.live or isinstance(blocks, Unknown) or since:
        return Known(group)
    if any(isinstance(name := block.text("name"), Unknown) or name.value == parameter for block in blocks.value):
        return Known(group)
    return Unknown(Why.TRUNCATED, f"{parameter} is missing among the parameters of the group, which names each, set or not", group.origin)


def _in_group(group: Record, parameter: str) -> Attr[str | None]:
    blocks = group.blocks("parameter")
    if isinstance(blocks, Unknown):
        return blocks.bare
    found: list[Attr[str | None]] = []
    for block in blocks.value:
        name = block.text("name")
        if isinstance(name, Unknown):
            return name.bare  # one that may set it, too
        if (name.value or "").lower() == parameter:  # the provider lowers the name: aws_db_parameter_group, expandParameters
            found.append(block.text("value"))
    if any(value != found[0] for value in found):
        return Unknown(Why.UNRESOLVED, f"{group.address} sets {parameter} to several values", group.origin)
    return found[0] if found else Known(None, group.origin)


def _meaning(value: str | None, record: Record, engine: str, family: Attr[tuple[str, str]]) -> Attr[Plaintext]:
    """What a parameter's value means; without one, the default of the engine and version."""
    if value is not None:
        demanded = meaning(value.lower(), _SWITCH, f"the value of {_PARAMETERS[engine]}")
        return demanded.then(lambda on: _applied(record) if on else Known(Plaintext.ACCEPTED))
    if engine == "sqlserver":
        return Known(Plaintext.ACCEPTED)
    optional = _engine_version(record, family).map(
        lambda text: (version := _version(text, unset=_ANY)) is not None and version < _OPTIONAL_BEFORE[engine]
    )
    if isinstance(optional, Known) and optional.value:
        return Known(Plaintext.ACCEPTED, optional.origin)
    parameter = _PARAMETERS[engine]
    detail = f"{parameter} is not set, so the engine's default decides: set it in a parameter group"
    return Unknown(Why.UNRESOLVED, detail, record.origin)


def _applied(record: Record) -> Attr[Plaintext]:
    """What a parameter that demands TLS does as long as the database may still run without it. Terraform does not tell.

    Source: RDS API, DBParameterGroupStatus.ParameterApplyStatus.
    """
    return _in_force(record).map(lambda _: Plaintext.REFUSED)


def _in_force(record: Record) -> Attr[bool]:
    """Whether the database runs with what its parameter group says, as far as that can be told."""
    status = record.seen("parameter_apply_status")
    if isinstance(status, Unknown):
        return Known(value=True) if status.why is Why.ELSEWHERE else status.bare
    if status.value in {None, "in-sync"}:
        return Known(value=True)
    return Unknown(Why.UNRESOLVED, f"what the parameter group says may not be in force: its state is {status.value}", status.origin)


def _version(text: str | None, *, unset: int = 0) -> tuple[int, int] | None:
    """The major and minor version; of a major version alone AWS picks the minor one."""
    match = _VERSION.match(text or "")
    return (int(match.group(1)), int(match.group(2) or unset)) if match else None
