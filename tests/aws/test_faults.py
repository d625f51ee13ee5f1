"""Any one operation fails in any way: what rests on it is Unknown or uncovered, by name, and nothing else moves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from cloudaudit.model import Collection, Coverage, CoverageStatus, Record, Unknown, Why
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.permissions import calls
from cloudaudit.sources.live.table import Listing, within
from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.actions import permission
from cloudaudit_aws.api import Aws
from cloudaudit_aws.scan import listings

LISTINGS = listings()
NOT_IN_THE_DEMO = {"rds:DescribeGlobalClusters", "s3:HeadBucket"}
"""Asked for what the demo estate does not have; `test_meaning` and `test_named` refuse them."""
STAND_INS = {lookup.singly.call: lookup.call for listing in LISTINGS for lookup in listing.lookups if lookup.singly is not None}
"""What is asked of one item where the call that tells it of many is not answered. See `test_tags`."""

CALLS = [call for call in calls(LISTINGS) if call not in {*NOT_IN_THE_DEMO, *STAND_INS.values()}]
NOTHING: tuple[Any, ...] = (None, False, [], {})
FAULTS: dict[str, tuple[Why, Callable[[Any, str], None]]] = {
    "denied": (Why.DENIED, lambda faults, operation: faults.refuse(operation, "AccessDenied")),
    "throttled for ever": (Why.THROTTLED, lambda faults, operation: faults.refuse(operation, "ThrottlingException", status=400)),
    "token expired": (Why.DENIED, lambda faults, operation: faults.refuse(operation, "ExpiredToken", status=400)),
    "connection refused": (Why.FAILED, lambda faults, operation: faults.disconnect(operation)),
}


class Replay:
    """The answers of a first, undisturbed read; one operation goes to AWS again. So each fault costs its own calls only.

    What stands in for another is asked for because that one is refused.
    """

    def __init__(self, aws: Aws, pages: dict[str, list[Any]], asked_again: str = "") -> None:
        self.aws = aws
        self.kept = pages
        self.asked_again = asked_again

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        if call == STAND_INS.get(self.asked_again):
            raise CallError(Why.DENIED, call)
        key = json.dumps([call, args, region], sort_keys=True)
        if call == self.asked_again or self.kept.get(key) is None:
            pages = []
            for page in self.aws.pages(call, args, region):
                pages.append(page)
                yield page
            if call != self.asked_again:
                self.kept[key] = pages
        else:
            yield from self.kept[key]


_ANSWERS: dict[str, list[Any]] = {}


@pytest.fixture
def disturbed(faults: Any, baseline: Collection, account: Any, hurried: Any) -> Callable[[str], Collection]:
    def reading(operation: str) -> Collection:
        return collect(LISTINGS, Replay(Aws(faults.session, patience=hurried), _ANSWERS, operation), account)

    assert baseline.records
    return reading


def listed_by(operation: str) -> list[Listing]:
    return [listing for listing in LISTINGS if listing.call == operation]


def fed_by(operation: str) -> dict[str, set[str]]:
    """The attributes, by type, that an operation beyond the listings feeds."""
    fed: dict[str, set[str]] = {}
    for listing in LISTINGS:
        for read in listing.reads:
            if read.call == operation:
                fed.setdefault(listing.type, set()).update(read.values, read.observed)
    return fed


def attributes(record: Record) -> dict[str, Any]:
    return {**record.values, **record.observed}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", CALLS)
def test_a_failed_operation_shows_and_moves_nothing_else(
    operation: str, fault: str, faults: Any, disturbed: Callable[[str], Collection], baseline: Collection
) -> None:
    why, inject = FAULTS[fault]
    inject(faults, operation)
    started = time.monotonic()
    collection = disturbed(operation)
    assert time.monotonic() - started < 20
    about = [gap for gap in collection.gaps if gap.origin.call == operation]
    assert about, "a failure without a gap is silence"
    assert {gap.why for gap in about} == {why}
    assert len(about) <= 3, "one gap per operation and region, not one per resource"
    if fault == "token expired":
        assert all("credentials have expired" in gap.what for gap in about)
    found = {record.address: record for record in collection.records}
    lost = {inner.type for listing in listed_by(operation) for inner in within(listing, LISTINGS)}
    for before in baseline.records:
        after = found.get(before.address)
        if after is None:
            assert before.type in lost
        else:
            assert_only_fed_attributes_changed(before, after, fed_by(operation).get(before.type, set()), why, operation)
    for kind in lost:
        assert_uncovered(collection.coverage, kind, why, operation)
    assert not set(found) - {record.address for record in baseline.records}


def assert_only_fed_attributes_changed(before: Record, after: Record, fed: set[str], why: Why, operation: str) -> None:
    values = attributes(before)
    for name, value in attributes(after).items():
        if isinstance(values[name], Unknown):
            assert values[name].why is Why.NOT_COLLECTED
            continue
        same = value == values[name] or (value in NOTHING and values[name] in NOTHING)
        if name in fed and not same:
            assert isinstance(value, Unknown)
            assert value.why is why
            assert permission(operation) in value.detail
            assert value.origin is not None
            assert value.origin.call == operation
        elif name != "latest_restorable_time":
            assert same, f"{after.address} {name}"


def assert_uncovered(coverage: Any, kind: str, why: Why, operation: str) -> None:
    rows: list[Coverage] = [row for row in coverage if row.type == kind]
    assert {row.status for row in rows} <= {CoverageStatus.FAILED, CoverageStatus.PARTIAL}
    assert rows
    assert {row.why for row in rows} == {why}
    assert all(permission(operation) in row.detail for row in rows)


@pytest.mark.parametrize("operation", [call for call in CALLS if fed_by(call)])
def test_every_detail_that_fails_is_unknown_somewhere(operation: str, faults: Any, disturbed: Callable[[str], Collection]) -> None:
    faults.refuse(operation, "AccessDenied")
    collection = disturbed(operation)
    unknown = [
        value
        for record in collection.records
        for value in attributes(record).values()
        if isinstance(value, Unknown) and value.why is Why.DENIED
    ]
    assert unknown
    assert {value.detail for value in unknown} == {permission(operation)}


def test_one_gap_names_all_that_a_denied_detail_concerns(faults: Any, read: Callable[..., Collection]) -> None:
    faults.refuse("s3:GetBucketPolicy", "AccessDenied", region="eu-central-1")
    (gap,) = read().gaps
    assert gap.what == "s3:GetBucketPolicy was refused in eu-central-1 for 4 aws_s3_bucket"
    assert (gap.remedy, gap.detail) == ("allow s3:GetBucketPolicy", "s3:GetBucketPolicy")
    assert (gap.unit, gap.types) == ("aws:123456789012", ("aws_s3_bucket",))
    names = ("archive-production", "invoices-production", "orders-production", "reports-test")
    assert gap.references == tuple(f"arn:aws:s3:::acme-{name}" for name in names)


def test_the_permission_is_the_one_that_aws_names(faults: Any, read: Callable[..., Collection]) -> None:
    message = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:DescribeKey with an explicit deny in a service control policy"
    faults.refuse("kms:DescribeKey", "AccessDeniedException", message, status=400)
    (gap,) = read().gaps
    assert gap.what == "kms:DescribeKey was refused in eu-central-1 for 5 aws_kms_key: denied by a service control policy"
    assert gap.remedy == "lift the denial of kms:DescribeKey in that policy"


def test_half_of_the_calls_throttled_changes_nothing_but_the_number_of_calls(
    faults: Any, read: Callable[..., Collection], baseline: Collection
) -> None:
    faults.stumble()
    collection = read()
    assert not collection.gaps
    assert [record.values for record in collection.records] == [record.values for record in baseline.records]


def test_page_one_stands_where_page_two_fails(faults: Any, read: Callable[..., Collection]) -> None:
    volume = "<item><volumeId>vol-1</volumeId><encrypted>true</encrypted></item>"
    page = f"<volumeSet>{volume}</volumeSet><nextToken>more</nextToken>"
    faults.answer("ec2:DescribeVolumes", 200, f"<DescribeVolumesResponse>{page}</DescribeVolumesResponse>", times=1)
    faults.refuse("ec2:DescribeVolumes", "UnauthorizedOperation")
    collection = read()
    assert [record.values["id"] for record in collection.records if record.type == "aws_ebs_volume"] == ["vol-1"]
    (row,) = [row for row in collection.coverage if row.type == "aws_ebs_volume"]
    assert (row.status, row.found, row.detail) == (CoverageStatus.PARTIAL, 1, "ec2:DescribeVolumes")


@pytest.mark.parametrize(
    ("body", "status"),
    [("<DescribeVolumesResponse><volumeSet>", 200), ("no XML at all", 200), ("", 500), ("<html>busy</html>", 503), ("\0\ufffd", 200)],
)
def test_an_answer_that_cannot_be_parsed_is_a_failed_listing(body: str, status: int, faults: Any, read: Callable[..., Collection]) -> None:
    faults.answer("ec2:DescribeVolumes", status, body)
    collection = read()
    (row,) = [row for row in collection.coverage if row.type == "aws_ebs_volume"]
    assert (row.status, row.why) == (CoverageStatus.FAILED, Why.FAILED)
    assert len(collection.gaps) == 1


def test_json_of_another_shape_costs_only_what_it_should_have_told(faults: Any, read: Callable[..., Collection]) -> None:
    faults.answer("kms:DescribeKey", 200, '{"KeyMetadata": ["a list"]}')
    collection = read()
    keys = [record for record in collection.records if record.type == "aws_kms_key"]
    assert len(keys) == 5
    assert all(isinstance(key.values["is_enabled"], Unknown) for key in keys)
    assert [key.values["tags"] for key in keys if key.values["tags"] is not None], "the tags are told by another call"


def test_one_element_without_a_name_loses_only_itself(faults: Any, read: Callable[..., Collection], baseline: Collection) -> None:
    key = next(record.values for record in baseline.records if record.type == "aws_kms_key")
    named = {"KeyId": key["key_id"], "KeyArn": key["arn"]}
    faults.answer("kms:ListKeys", 200, json.dumps({"Keys": [{"KeyId": "abc"}, {"KeyId": "abd"}, named]}))
    collection = read()
    assert [record.values["key_id"] for record in collection.records if record.type == "aws_kms_key"] == [key["key_id"]]
    (row,) = [row for row in collection.coverage if row.type == "aws_kms_key"]
    assert (row.status, row.found, row.why) == (CoverageStatus.PARTIAL, 1, Why.UNSUPPORTED)
    assert any(gap.why is Why.UNSUPPORTED and "kms:ListKeys" in gap.what and "2 aws_kms_key" in gap.what for gap in collection.gaps)


def test_databases_of_other_engines_are_counted_not_lost(faults: Any, read: Callable[..., Collection]) -> None:
    named = "<DBClusterIdentifier>graph</DBClusterIdentifier><DBClusterArn>arn:aws:rds:x:1:cluster:graph</DBClusterArn>"
    found = f"<DBClusters><DBCluster>{named}<Engine>neptune</Engine></DBCluster></DBClusters>"
    body = f"<DescribeDBClustersResponse><DescribeDBClustersResult>{found}</DescribeDBClustersResult></DescribeDBClustersResponse>"
    faults.answer("rds:DescribeDBClusters", 200, body)
    collection = read()
    (row,) = [row for row in collection.coverage if row.type == "aws_neptune_cluster"]
    assert (row.status, row.found) == (CoverageStatus.SKIPPED, 1)
    assert row.detail == "rds:DescribeDBClusters shows them, no table reads them"
    assert not [record for record in collection.records if record.type == "aws_rds_cluster"]
