"""Whose account, which regions: what a scan does before and around the tables."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.loaders import create_loader

import cloudaudit_aws.scan as scanning
from cloudaudit.model import Collection, CoverageStatus, Known, Why
from cloudaudit.sources.live.needs import Needs
from cloudaudit.sources.live.table import Detail
from cloudaudit_aws import credentials, demo
from cloudaudit_aws.credentials import NoCredentials, SdkMissing
from cloudaudit_aws.looked_at import REGIONS, UnknownRegion
from cloudaudit_aws.s3 import BUCKETS as BUCKET_TABLE
from cloudaudit_aws.scan import IDENTITY, ScanOptions, scan
from tests.aws.loopback import Loopback
from tests.laws.fixture_audits import holds_unknown

BUCKETS = "s3:ListBuckets"


@pytest.fixture
def scanned(faults: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Collection]:
    """Scans with the faults that the test has set."""
    monkeypatch.setattr(scanning, "opened", lambda _profile, emulated: faults.session)  # noqa: ARG005
    monkeypatch.setenv("AWS_DEFAULT_REGION", demo.HOME)

    def run(*regions: str, calls: Counter[str] | None = None, **options: Any) -> Collection:
        chosen = ScanOptions(regions=regions, emulated=True, max_attempts=1, **options)
        (collection,) = scan(chosen, Needs(lambda kind: kind in {"aws_s3_bucket", "aws_vpc"}), calls=calls)
        return collection

    return run


def test_every_enabled_region_is_looked_at(scanned: Callable[..., Collection]) -> None:
    collection = scanned()
    assert not collection.gaps
    assert {"eu-central-1", "eu-west-1", "us-east-1"} <= {row.region for row in collection.coverage if row.type == "aws_vpc"}
    record = collection.records[0]
    assert (record.unit, record.scope.account, record.scope.partition) == ("aws:123456789012", Known("123456789012"), "aws")


def test_leaving_regions_out_is_said_and_hides_no_bucket(scanned: Callable[..., Collection]) -> None:
    collection = scanned("eu-central-1", "eu-west-1")
    buckets = {record.scope.region for record in collection.records if record.type == "aws_s3_bucket"}
    assert buckets == {Known("eu-central-1"), Known("eu-west-1"), Known("us-east-1")}
    assert {row.region for row in collection.coverage if row.type == "aws_vpc"} == {"eu-central-1", "eu-west-1"}
    skipped = [row for row in collection.coverage if row.type == "*" and row.region is not None]
    assert {row.status for row in skipped} == {CoverageStatus.SKIPPED}
    (gap,) = collection.gaps
    assert gap.what.startswith(f"{len(skipped)} enabled regions, by --region: ")
    assert gap.decided
    assert "us-east-1" in gap.what
    assert (gap.why, gap.remedy) == (Why.NOT_COLLECTED, "scan without --region")
    assert "aws_vpc" in gap.types
    assert {"aws_lb_listener", "aws_lb_listener_rule", "aws_db_parameter_group"} <= set(gap.nested)
    assert "aws_s3_bucket" not in gap.types


@pytest.mark.parametrize("name", ["eu-central-9", "frankfurt", "", "../etc", "eu-central-1.evil.example"])
def test_a_region_that_does_not_exist_is_a_usage_error(name: str, scanned: Callable[..., Collection]) -> None:
    with pytest.raises(UnknownRegion, match="region"):
        scanned(name)


@pytest.mark.parametrize("regions", [(), ("eu-west-1",)])
def test_if_the_regions_cannot_be_listed_that_is_said(regions: tuple[str, ...], faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.refuse(REGIONS, "UnauthorizedOperation")
    collection = scanned(*regions)
    looked_at = regions or (demo.HOME,)
    assert {row.region for row in collection.coverage if row.type == "aws_vpc"} == set(looked_at)
    (row,) = [row for row in collection.coverage if row.type == "*" and row.status is not CoverageStatus.SKIPPED]
    assert (row.status, row.why, row.detail) == (CoverageStatus.PARTIAL, Why.DENIED, "ec2:DescribeRegions")
    (gap,) = collection.gaps
    assert gap.what == f"access denied, needs ec2:DescribeRegions; looked at {looked_at[0]} alone"


def test_an_account_without_any_region_is_not_an_empty_account(faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.answer(REGIONS, 200, "<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>")
    collection = scanned()
    assert [gap.why for gap in collection.gaps] == [Why.TRUNCATED]
    assert any(record.type == "aws_vpc" for record in collection.records)


def test_a_region_that_is_switched_off_loses_only_itself(faults: Any, scanned: Callable[..., Collection]) -> None:
    before = scanned("eu-central-1", "eu-west-1")
    faults.refuse("ec2:DescribeVpcs", "AuthFailure", "AWS was not able to validate", 401, region="eu-west-1")
    after = scanned("eu-central-1", "eu-west-1")
    status = {row.region: row.status for row in after.coverage if row.type == "aws_vpc"}
    assert status == {"eu-central-1": CoverageStatus.COMPLETE, "eu-west-1": CoverageStatus.FAILED}
    (gap,) = [gap for gap in after.gaps if gap.why is Why.DENIED]
    assert gap.what == "ec2:DescribeVpcs was refused in eu-west-1: the credentials are not valid here (AuthFailure)"
    assert "enable the region" in gap.remedy
    lost = {record.address for record in before.records if record.type == "aws_vpc" and record.scope.region == Known("eu-west-1")}
    kept = {record.address: record.values for record in before.records if record.address not in lost}
    assert {record.address: record.values for record in after.records} == kept


def test_types_that_nobody_looks_at_are_named(scanned: Callable[..., Collection]) -> None:
    (row,) = [row for row in scanned("eu-central-1").coverage if (row.type, row.region) == ("*", None)]
    assert (row.status, row.found, row.why) == (CoverageStatus.SKIPPED, 0, Why.NOT_COLLECTED)
    named = set(row.detail.removeprefix("a live scan does not look at ").split(", "))
    assert {"aws_dynamodb_table", "aws_efs_file_system", "aws_docdb_cluster", "aws_s3_directory_bucket", "aws_sqs_queue"} <= named
    assert not named & {"aws_s3_bucket", "aws_s3_bucket_policy", "aws_lb_listener", "aws_default_vpc"}


def listed(region: str | None) -> str:
    place = f"<BucketRegion>{region}</BucketRegion>" if region else ""
    bucket = f"<Bucket><Name>acme-web-assets</Name><CreationDate>2020-01-01T00:00:00Z</CreationDate>{place}</Bucket>"
    return f"<ListAllMyBucketsResult><Buckets>{bucket}</Buckets></ListAllMyBucketsResult>"


def test_a_listing_that_names_the_region_saves_a_call(faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.answer(BUCKETS, 200, listed("eu-west-1"))
    calls: Counter[str] = Counter()
    collection = scanned("eu-central-1", calls=calls)
    (bucket,) = [record for record in collection.records if record.type == "aws_s3_bucket"]
    assert bucket.scope.region == Known("eu-west-1")
    assert bucket.seen("creation_date") == Known("2020-01-01T00:00:00Z")
    assert calls["s3:GetBucketLocation"] == 0
    assert calls["s3:GetBucketPolicy"] == 1


@pytest.mark.parametrize(("constraint", "region"), [("", "us-east-1"), ("EU", "eu-west-1"), ("eu-north-1", "eu-north-1")])
def test_a_location_constraint_is_a_region(constraint: str, region: str, faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.answer(BUCKETS, 200, listed(None))
    faults.answer("s3:GetBucketLocation", 200, f"<LocationConstraint>{constraint}</LocationConstraint>")
    (bucket,) = [record for record in scanned("eu-central-1").records if record.type == "aws_s3_bucket"]
    assert bucket.scope.region == Known(region)


def test_a_bucket_whose_place_is_unknown_is_still_read(faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.refuse("s3:GetBucketLocation", "AccessDenied")
    buckets = [record for record in scanned("eu-central-1").records if record.type == "aws_s3_bucket"]
    assert len(buckets) >= 6
    assert {getattr(bucket.scope.region, "detail", None) for bucket in buckets} == {"s3:GetBucketLocation"}
    assert all(isinstance(bucket.text("policy"), Known) for bucket in buckets)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("InvalidClientTokenId", "AWS does not accept the credentials (InvalidClientTokenId)"),
        ("ExpiredToken", "the credentials have expired"),
        ("SignatureDoesNotMatch", "AWS does not accept the credentials (SignatureDoesNotMatch)"),
        ("RequestTimeTooSkewed", "the clock of this machine and that of AWS are too far apart (RequestTimeTooSkewed)"),
        ("AccessDenied", "access denied, needs sts:GetCallerIdentity"),
    ],
)
def test_credentials_that_aws_rejects_are_one_gap_with_what_helps(
    code: str, said: str, faults: Any, scanned: Callable[..., Collection]
) -> None:
    faults.refuse(IDENTITY, code, "what a server says")
    collection = scanned()
    (gap,) = collection.gaps
    assert said in gap.what
    assert "what a server says" not in f"{gap}"
    assert gap.remedy
    assert [row.status for row in collection.coverage] == [CoverageStatus.FAILED]


def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoCredentials, match="no AWS credentials were found"):
        next(scan(ScanOptions()))
    with pytest.raises(NoCredentials, match="nobody"):
        next(scan(ScanOptions(profile="nobody")))


def test_without_the_sdk_a_scan_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    with pytest.raises(SdkMissing, match=r"pip install 'cloudaudit\[aws\]'"):
        next(scan(ScanOptions()))


@pytest.mark.parametrize(
    ("service", "shape", "member"),
    [("rds", "DBCluster", "GlobalClusterIdentifier"), ("ec2", "Snapshot", "AvailabilityZone"), ("s3", "ServerSideEncryptionRule", None)],
)
def test_an_sdk_that_drops_what_a_scan_asks_for_is_too_old(
    service: str, shape: str, member: str | None, cloud: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows neither what is newer than itself nor that it was sent: a global database would be none."""
    loader = create_loader()
    loader.load_service_model(service, "service-2")["shapes"][shape]["members"].pop(member, None)
    monkeypatch.setattr(credentials, "_loader", lambda: loader)
    read = scan(ScanOptions(endpoint_url=cloud.url, emulated=True))
    if member is None:
        assert next(read).unit
        return
    with pytest.raises(SdkMissing, match=rf"too old to tell {service}:\w+ \w+\.{member}: pip install --upgrade 'cloudaudit\[aws\]'"):
        next(read)
    assert next(scan(ScanOptions(endpoint_url=cloud.url, emulated=True), Needs(lambda kind: kind == "aws_vpc"))).unit


@pytest.mark.parametrize("throttled", [True, False])
def test_an_account_that_cannot_be_told_is_a_gap_not_an_empty_result(
    throttled: bool, faults: Any, scanned: Callable[..., Collection]
) -> None:
    if throttled:
        faults.refuse(IDENTITY, "Throttling", status=400)
    else:
        faults.disconnect(IDENTITY)
    collection = scanned()
    assert (collection.unit, list(collection.records)) == ("aws", [])
    assert [gap.types for gap in collection.gaps] == [()], "it may hide anything"
    assert [row.status for row in collection.coverage] == [CoverageStatus.FAILED]


def test_an_identity_without_an_account_is_a_gap(faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.answer(IDENTITY, 200, "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")
    assert [gap.why for gap in scanned().gaps] == [Why.FAILED]


def test_a_role_is_assumed_and_its_account_is_scanned(scanned: Callable[..., Collection]) -> None:
    calls: Counter[str] = Counter()
    collection = scanned("eu-central-1", role_arn="arn:aws:iam::444455556666:role/audit", external_id="the company", calls=calls)
    assert collection.unit == "aws:444455556666"
    assert calls["sts:AssumeRole"] == 1


@pytest.mark.parametrize(
    ("code", "why", "said", "remedy"),
    [
        ("AccessDenied", Why.DENIED, "", "allow sts:AssumeRole"),
        ("Throttling", Why.THROTTLED, ": Throttling", "scan again with fewer workers"),
    ],
)
def test_a_role_that_cannot_be_assumed_is_one_gap(
    code: str, why: Why, said: str, remedy: str, faults: Any, scanned: Callable[..., Collection]
) -> None:
    faults.refuse("sts:AssumeRole", code)
    (gap,) = scanned(role_arn="arn:aws:iam::1:role/audit").gaps
    assert (gap.why, gap.remedy) == (why, remedy)
    assert gap.what == f"the account cannot be read: sts:AssumeRole: the role arn:aws:iam::1:role/audit cannot be assumed{said}"


def test_an_answer_without_credentials_is_no_role(faults: Any, scanned: Callable[..., Collection]) -> None:
    faults.answer("sts:AssumeRole", 200, "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>")
    (gap,) = scanned(role_arn="arn:aws:iam::1:role/audit").gaps
    assert "the answer holds no credentials" in gap.what


@pytest.mark.usefixtures("emulator")
def test_no_more_calls_than_the_facets_need() -> None:
    calls: Counter[str] = Counter()
    (collection,) = scan(ScanOptions(regions=(demo.HOME,), emulated=True), calls=calls)
    of = Counter(record.type for record in collection.records)
    rotating = sum(record.values.get("customer_master_key_spec") == "SYMMETRIC_DEFAULT" for record in collection.records)
    plain = sum(record.type == "aws_lb_listener" and record.values["protocol"] == "HTTP" for record in collection.records)
    fewest = (
        3  # identity, regions, buckets
        + 11  # listings of the region
        + (1 + 3) * of["aws_s3_bucket"]  # where it is; encryption, policy, replication
        + 1  # tags of the buckets of the region
        + 2  # of two that are alone in theirs
        + of["aws_kms_key"]  # description
        + 1  # tags of the keys
        + rotating
        + of["aws_db_parameter_group"]
        + of["aws_rds_cluster_parameter_group"]
        + of["aws_lb"]  # its listeners
        + plain  # its rules
        + 2  # tags of load balancers and listeners, twenty a call
        + 1  # TLS policies
    )
    assert sum(calls.values()) == fewest, json.dumps(calls, indent=1)


# A policy is text to the API: its reader finds that it is none. botocore reads a location out of any body.
_TOLD = [detail for detail in BUCKET_TABLE.details if detail.call not in {"s3:GetBucketPolicy", "s3:GetBucketLocation"}]


@pytest.mark.parametrize("body", ["", "<html><head/><body>Please log in</body></html>", "<Answer/>"])
@pytest.mark.parametrize("detail", _TOLD, ids=lambda detail: detail.call)
def test_a_body_of_another_shape_tells_nothing_about_a_bucket(
    faults: Any, scanned: Callable[..., Collection], detail: Detail, body: str
) -> None:
    faults.answer(detail.call, 200, body, {"Content-Type": "text/html"})
    collection = scanned("eu-central-1")
    buckets = [record for record in collection.records if record.type == "aws_s3_bucket"]
    assert buckets
    for record in buckets:
        assert all(holds_unknown(record.values[name]) for name in detail.values), record.values
    assert any(detail.call.partition(":")[2] in gap.what or gap.origin.call == detail.call for gap in collection.gaps), collection.gaps
