"""What is missing from an answer decides nothing: every part of every recorded answer, taken out or replaced by nothing.

A verdict may become UNKNOWN; a finding may vanish where a gap names its type. It never becomes PASS, FAIL or NOT_APPLICABLE,
but by a part that AWS leaves out where there is nothing to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Outcome, Why
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.shape import Blocks, First, Maybe, Source, Tags
from cloudaudit.sources.live.table import Listing
from cloudaudit_aws.group_rules import Permissions
from cloudaudit_aws.scan import listings
from tests.aws.recorded import NUMBER, REGION, Answers, Recorded, answers, apart
from tests.aws.test_tables import READS

LISTINGS = listings()
ACCOUNT = Account("aws", NUMBER, REGION, (REGION,), "aws")
POLICY = Policy()
GONE = object()
GOOD = answers()

MAY_BE_ABSENT = {
    "s3:GetBucketEncryption ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID": "AWS's own key",
    "ec2:DescribeVolumes Volumes[].OutpostArn": "only those on an Outpost have it",
    "ec2:DescribeSnapshots Snapshots[].OutpostArn": "only those on an Outpost have it",
    "ec2:DescribeSnapshots Snapshots[].AvailabilityZone": "only those in a Local Zone have it",
    "ec2:DescribeVpcs Vpcs[].Tags": "EC2 leaves it out where there are none",
    "ec2:DescribeSubnets Subnets[].Tags": "EC2 leaves it out where there are none",
    "ec2:DescribeSecurityGroups SecurityGroups[].Tags": "EC2 leaves it out where there are none",
    "rds:DescribeDBInstances DBInstances[].ReadReplicaSourceDBInstanceIdentifier": "only replicas have it",
    "rds:DescribeDBInstances DBInstances[].DBClusterIdentifier": "only members of a cluster have it",
    "rds:DescribeDBInstances DBInstances[].DBInstanceAutomatedBackupsReplications": "only those that are copied have it",
    "rds:DescribeDBInstances DBInstances[].ReadReplicaDBClusterIdentifiers": "only those with such replicas have it",
    "rds:DescribeDBInstances DBInstances[].AwsBackupRecoveryPointArn": "only what AWS Backup looks after has it",
    "rds:DescribeDBInstances DBInstances[].BackupTarget": "older than Outposts, which it is about",
    "rds:DescribeDBClusters DBClusters[].GlobalClusterIdentifier": "only members of a global database have it",
    "rds:DescribeDBClusters DBClusters[].AwsBackupRecoveryPointArn": "only what AWS Backup looks after has it",
    "rds:DescribeDBParameters Parameters[].ParameterValue": "a parameter that is not set has none",
    "rds:DescribeDBClusterParameters Parameters[].ParameterValue": "a parameter that is not set has none",
    "elbv2:DescribeLoadBalancers LoadBalancers[].AvailabilityZones[].OutpostId": "only those on an Outpost have it",
}
"""What AWS leaves out where there is nothing to tell: its absence is an answer."""

Place = tuple[tuple[str, str], tuple[str | int, ...]]
Outcomes = Mapping[tuple[str, str, str], Outcome]


def judged(found: Answers, tables: Sequence[Listing] = LISTINGS) -> tuple[Outcomes, set[str]]:
    """The outcomes by check and resource, and the types that a gap names."""
    source = collect(tables, Recorded(found), ACCOUNT, workers=1)
    inventory = read(source, plugins.reader_of, POLICY.environments.rules())
    findings = audit(inventory, plugins.checks(), POLICY, plugins.reader_of)
    told = {(finding.check, finding.subject.type, finding.subject.address): finding.outcome for finding in findings}
    return told, {kind for gap in source.gaps for kind in (*gap.types, *gap.nested)}


def parts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all parts of an answer."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inner:
        yield (*path, step)
        yield from parts(part, (*path, step))


def places() -> Iterator[Place]:
    for key, page in GOOD.items():
        if isinstance(page, dict):
            yield from ((key, path) for path in parts(page))


def without(places: Iterable[Place], new: Any) -> Answers:
    """The answers with another value at some places; `GONE` for none."""
    found = dict(GOOD)
    for key, path in sorted(places, key=lambda place: place[1][-1] if isinstance(place[1][-1], int) else 0, reverse=True):
        page = found[key] = apart(GOOD[key]) if found[key] is GOOD[key] else found[key]
        for step in path[:-1]:
            page = page[step]
        if new is GONE:
            del page[path[-1]]
        else:
            page[path[-1]] = apart(new)
    return found


def shown(place: Place) -> str:
    """Where a part stands, elements of lists apart: "ec2:DescribeVolumes Volumes[].Encrypted"."""
    (call, _), path = place
    return f"{call} " + "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@cache
def kinds() -> dict[str, list[Place]]:
    """The places by what stands there, so that it can be taken out of every answer of an operation at once."""
    found: dict[str, list[Place]] = {}
    for place in places():
        found.setdefault(shown(place), []).append(place)
    return found


def of(operation: str) -> dict[str, list[Place]]:
    return {name: found for name, found in kinds().items() if name.startswith(f"{operation} ")}


def value(place: Place) -> Any:
    found = GOOD[place[0]]
    for step in place[1]:
        found = found[step]
    return found


def breaches(changes: Iterable[tuple[str, Sequence[Place], Any]], tables: Sequence[Listing] = LISTINGS) -> dict[str, list[str]]:
    """What moved, by part: to another verdict than UNKNOWN, or out of the report without a gap that names its type.

    A resource that was of no concern may become one of which something is not known: what is known of it stands.
    """
    before, _ = judged(GOOD, tables)
    found: dict[str, list[str]] = {}
    for name, group, new in changes:
        after, named = judged(without(group, new), tables)
        fresh = {key[2] for key, outcome in after.items() if outcome is Outcome.UNKNOWN} - {key[2] for key in before}
        lost = [f"{key}: lost" for key in before if key not in after and key[1] not in named]
        moved = [
            f"{key}: {before.get(key, 'nothing')} -> {outcome}"
            for key, outcome in after.items()
            if outcome is not Outcome.UNKNOWN
            and before.get(key) is not outcome
            and not (key[2] in fresh or (key[1] in named and key not in before))
        ]
        if lost or moved:
            found.setdefault(name, []).extend([*lost, *moved])
    return found


OPERATIONS = sorted({call for call, _ in GOOD})


@cache
def _service(name: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


def model(call: str) -> Any:
    service, _, name = call.partition(":")
    return _service(service).operation_model(name).output_shape


def shape_at(place: Place) -> Any:
    shape = model(place[0][0])
    for step in place[1]:
        shape = shape.member if isinstance(step, int) else shape.members[step]
    return shape


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answers_are_such_as_botocore_gives(operation: str) -> None:
    shape = model(operation)
    for place in (place for group in of(operation).values() for place in group[:1]):
        assert shape_at(place) is not None, place
    for (call, _), page in GOOD.items():
        if call == operation and isinstance(page, dict):
            assert not ParamValidator().validate(page, shape).has_errors()


def required(source: Source, prefix: str = "") -> Iterator[str]:
    """The parts that a source needs, by the names of `kinds`, elements of lists apart."""
    match source:
        case str():
            yield _INDEX.sub("", prefix + source)
        case Blocks(path, shape):
            for inner in shape.values():
                yield from required(inner, f"{prefix}{path}.")
        case First(sources):
            yield from required(sources[0], prefix)
        case Tags(path, key, value_):
            yield from (f"{prefix}{path}.{name}" for name in (key, value_))
        case _:
            pass


_INDEX = re.compile(r"\[\d*\]")


def test_the_answers_hold_whatever_the_tables_need() -> None:
    recorded = {name.replace("[]", "") for name in kinds()}
    for listing, table in READS:
        each = getattr(table, "each", "")
        needed = {path for source in (*table.values.values(), *table.observed.values()) for path in required(source)}
        for path in needed - {"region"}:
            if listing.call and not path.startswith("parent."):
                assert f"{table.call} {f'{each}.{path}'.strip('.')}" in recorded


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_missing_from_every_answer_decides_nothing(operation: str) -> None:
    members = {name: group for name, group in of(operation).items() if not name.endswith("[]")}
    found = breaches((name, group, GONE) for name, group in members.items())
    assert {name: found[name] for name in found if name not in MAY_BE_ABSENT} == {}
    assert {name for name in MAY_BE_ABSENT if name.startswith(f"{operation} ")} == set(found), "a reason for nothing"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_and_text_in_the_place_of_a_structure_decide_nothing(operation: str) -> None:
    structures = {name: group for name, group in of(operation).items() if isinstance(value(group[0]), dict | list)}
    nothing: tuple[Any, ...] = ({}, "text")
    changes = [(name, group, new) for name, group in structures.items() for new in nothing]
    assert breaches(changes) == {}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_answer_is_an_error_of_our_own(operation: str) -> None:
    """Who reads that one was met looks for a fault where none is."""
    odd: tuple[Any, ...] = (GONE, [1])
    changes = ((name, group, new) for name, group in of(operation).items() for new in odd)
    sources = ((name, collect(LISTINGS, Recorded(without(group, new)), ACCOUNT, workers=1)) for name, group, new in changes)
    assert {name for name, source in sources if any(gap.why is Why.CRASHED for gap in source.gaps)} == set()


WORDS = {name: group for name, group in kinds().items() if getattr(shape_at(group[0]), "enum", None)}


@pytest.mark.parametrize("name", WORDS)
def test_a_word_that_is_in_no_table_decides_nothing(name: str) -> None:
    assert breaches([(name, WORDS[name], "in-no-table")]) == {}


def enumerated() -> Iterator[tuple[str, str]]:
    for name, group in WORDS.items():
        yield from ((name, word) for word in shape_at(group[0]).enum if word not in NOT_IN_A_TABLE)


NOT_IN_A_TABLE = {"aws:fsx", "aws:backup"}
"""Algorithms of buckets that FSx and AWS Backup keep; what they do is not documented for S3."""


@pytest.mark.parametrize(("name", "word"), list(enumerated()))
def test_every_word_that_botocore_knows_is_in_a_table(name: str, word: str) -> None:
    source = collect(LISTINGS, Recorded(without(WORDS[name], word)), ACCOUNT, workers=1)
    inventory = read(source, plugins.reader_of, POLICY.environments.rules())
    reasons = {finding.reason for finding in audit(inventory, plugins.checks(), POLICY, plugins.reader_of)}
    assert not {reason for reason in reasons if "in no table" in reason}


FILLED = (
    "s3:GetBucketEncryption ServerSideEncryptionConfiguration.Rules",
    "s3:GetBucketEncryption ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault",
    "s3:GetBucketReplication ReplicationConfiguration.Rules",
    "elbv2:DescribeListeners Listeners[].DefaultActions",
    "elbv2:DescribeRules Rules",
    "elbv2:DescribeRules Rules[].Actions",
    "elbv2:DescribeLoadBalancers LoadBalancers[].AvailabilityZones",
    "elbv2:DescribeSSLPolicies SslPolicies[].SslProtocols",
)


@pytest.mark.parametrize("name", FILLED)
def test_an_empty_list_of_what_there_is_always_one_of_decides_nothing(name: str) -> None:
    assert breaches([(name, kinds()[name], [])]) == {}


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_missing_from_one_answer_decides_nothing(operation: str) -> None:
    changes: tuple[tuple[str, Any], ...] = (("missing", GONE), ("null", None), ("nothing", {}))
    for name, new in changes:
        found = breaches(
            (kind, [place], new) for kind, group in of(operation).items() for place in group if new is not GONE or not kind.endswith("[]")
        )
        assert {kind: found[kind] for kind in found if new == {} or kind not in MAY_BE_ABSENT} == {}, name


def _may_be_absent(place: Place) -> bool:
    return any(f"{shown(place)}.".startswith((f"{name}.", f"{name}[")) for name in MAY_BE_ABSENT)


REQUIRED = [place for place in places() if isinstance(place[1][-1], str) and not _may_be_absent(place)]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(REQUIRED), min_size=2, max_size=5), st.sampled_from((GONE, None, "")))
def test_what_is_missing_from_several_answers_decides_nothing(chosen: list[Place], new: Any) -> None:
    outermost = {
        place for place in chosen if not any(place[0] == key and place[1][: len(way)] == way for key, way in chosen if way != place[1])
    }
    assert breaches([("several parts", sorted(outermost, key=repr), new)]) == {}


def test_the_law_catches_a_table_that_asks_for_nothing() -> None:
    lax = [
        msgspec.structs.replace(table, values={**table.values, "ingress": Maybe(Permissions("IpPermissions"))})
        if table.type == "aws_security_group"
        else table
        for table in LISTINGS
    ]
    name = "ec2:DescribeSecurityGroups SecurityGroups[].IpPermissions"
    assert set(breaches([(name, kinds()[name], GONE)], lax)) == {name}
