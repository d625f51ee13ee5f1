"""Which regions a scan looks at: what is decided is told and is no gap, what is closed is proved, what refuses is one line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudaudit.model import Collection, CoverageStatus, Gap, Known, Origin, Why
from cloudaudit.sources.live.needs import Needs
from cloudaudit_aws.api import Aws
from cloudaudit_aws.credentials import opened
from cloudaudit_aws.looked_at import gaps as gaps_of
from cloudaudit_aws.looked_at import regions as regions_of
from cloudaudit_aws.scan import ScanOptions, listings, scan
from tests.aws.loopback import Loopback, loopback

REGIONS, VPCS, VOLUMES, BUCKETS, IDENTITY = (
    "ec2:DescribeRegions",
    "ec2:DescribeVpcs",
    "ec2:DescribeVolumes",
    "s3:ListBuckets",
    "sts:GetCallerIdentity",
)
ENABLED = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
BY_DECREE = "not authorized to perform: ec2:DescribeVpcs with an explicit deny in a service control policy"
TYPES = {"aws_vpc", "aws_s3_bucket", "aws_lb", "aws_lb_listener"}


@pytest.fixture
def cloud() -> Iterator[Loopback]:
    with loopback() as served:
        served.regions(*ENABLED)
        served.says(BUCKETS, Buckets=[{"Name": "b", "CreationDate": "2024-01-01T00:00:00Z", "BucketRegion": "eu-central-1"}])
        yield served


@pytest.fixture
def scanned(cloud: Loopback, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Collection]:
    """Scans some types of the account behind the server."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)

    def run(*regions: str, **options: Any) -> Collection:
        chosen = ScanOptions(regions=regions, endpoint_url=cloud.url, emulated=True, max_attempts=1, **options)
        (collection,) = scan(chosen, Needs(lambda kind: kind in TYPES))
        return collection

    return run


def looked_at(collection: Collection) -> set[str | None]:
    return {row.region for row in collection.coverage if row.type == "aws_vpc"}


def closed(cloud: Loopback, *regions: str) -> None:
    """The organisation denies every call in these regions."""
    for region in regions:
        cloud.refuses("*", "UnauthorizedOperation", BY_DECREE, region=region)
        for call in (REGIONS, BUCKETS):
            cloud.refuses(call, "UnauthorizedOperation", BY_DECREE, region=region)


def test_a_region_that_aws_has_and_does_not_name_is_told(cloud: Loopback) -> None:
    """All are named, enabled or not: one that is missing was lost on the way, and so is what it holds."""
    session = opened(None, emulated=True)
    every = session.get_available_regions("ec2", partition_name="aws")
    aws = Aws(session, endpoint_url=cloud.url)

    def gaps(*named: str, asked: tuple[str, ...] = (), emulated: bool = False) -> list[Gap]:
        cloud.regions(*named)
        found = regions_of(aws, asked, (), "eu-central-1", "aws", emulated=emulated)
        return list(gaps_of(found, "aws:1", listings()))

    assert gaps(*every) == gaps(*every, "xx-new-1") == []
    (gap,) = gaps(*(name for name in every if name not in {"eu-west-1", "us-east-1"}))
    assert gap.what == f"{REGIONS} does not name eu-west-1, us-east-1: AWS has them, used or not"
    assert (gap.why, gap.decided, "aws_vpc" in gap.types) == (Why.TRUNCATED, False, True)
    assert gaps("eu-central-1", emulated=True) == [], "an emulator has what it has"
    assert all(gap.decided for gap in gaps("eu-central-1", asked=("eu-central-1",)))


def test_regions_that_are_left_out_are_a_decision(scanned: Callable[..., Collection]) -> None:
    collection = scanned("eu-central-1")
    (gap,) = collection.gaps
    assert (gap.decided, gap.what) == (True, "3 enabled regions, by --region: eu-west-1, us-east-1, us-west-2")
    assert ("aws_vpc" in gap.types, "aws_lb_listener" in gap.nested) == (True, True)
    assert "aws_s3_bucket" not in gap.types


def test_what_the_organisation_refuses_where_the_policy_uses_nothing_is_decided(
    cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    closed(cloud, "us-east-1", "us-west-2")
    collection = scanned(expected=("eu-central-1", "eu-west-1"))
    (gap,) = collection.gaps
    assert (gap.decided, gap.remedy) == (True, "")
    assert gap.what.startswith(
        "nothing could be read in us-east-1, us-west-2: 2 operations were refused: denied by a service control policy"
    )
    assert not collection.told
    rows = {(row.region, row.status) for row in collection.coverage if row.type == "aws_vpc"}
    assert {status for region, status in rows if region in {"us-east-1", "us-west-2"}} == {CoverageStatus.SKIPPED}


def test_a_service_that_the_organisation_leaves_open_is_read_whatever_the_policy_says(
    cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    """AWS's own region deny leaves some services open: that one refuses proves nothing about another."""
    closed(cloud, "us-east-1", "us-west-2")
    cloud.says(VPCS, Vpcs=[{"VpcId": "vpc-1", "OwnerId": "1", "CidrBlock": "10.0.0.0/16", "IsDefault": False}], region="us-west-2")
    collection = scanned(expected=("eu-central-1", "eu-west-1"))
    assert [record.scope.region for record in collection.records if record.type == "aws_vpc"] == [Known("us-west-2", Origin(call=VPCS))]
    assert list(collection.told) == ["us-west-2 is not among the policy's regions, and holds 1 resource"]


@pytest.mark.parametrize(
    "code", ["AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnauthorizedOperation", "InternalError", "Throttling"]
)
def test_a_refusal_that_is_none_of_the_organisation_is_a_gap(code: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    closed(cloud, "us-east-1", "us-west-2")
    cloud.refuses(VPCS, code, region="us-west-2")
    (gap,) = [gap for gap in scanned(expected=("eu-central-1", "eu-west-1")).gaps if not gap.decided]
    assert gap.what.startswith(f"{VPCS} was ") or gap.what.startswith(f"{VPCS} did not answer in us-west-2")
    assert gap.remedy


@pytest.mark.parametrize("regions", [(), ("eu-central-1",)])
def test_a_home_that_is_closed_loses_nothing_but_itself(
    regions: tuple[str, ...], cloud: Loopback, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    closed(cloud, "us-east-1")
    collection = scanned(*regions)
    assert looked_at(collection) == set(regions or ENABLED)
    assert [record.type for record in collection.records] == ["aws_s3_bucket"]
    if not regions:
        (gap,) = collection.gaps
        assert gap.what.startswith("nothing could be read in us-east-1: 2 operations were refused: denied by a service control policy: ")


def test_a_home_that_is_not_enabled_is_no_matter_of_the_credentials(
    cloud: Loopback, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-2")
    cloud.refuses("*", "AuthFailure", status=401, region="eu-south-2")
    for call in (IDENTITY, REGIONS, BUCKETS):
        cloud.refuses(call, "InvalidClientTokenId", region="eu-south-2")
    assert not scanned().gaps


def test_refused_regions_are_one_line_for_one_cause(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    closed(cloud, "us-east-1", "us-west-2")
    cloud.refuses(VPCS, "UnauthorizedOperation", region="eu-west-1")
    single, gap = scanned().gaps
    assert single.what == f"{VPCS} was refused in eu-west-1"
    assert gap.what == (
        "nothing could be read in us-east-1, us-west-2: 2 operations were refused: denied by a service control policy: "
        "ec2:DescribeVpcs, elbv2:DescribeLoadBalancers"
    )
    assert {"aws_vpc", "aws_lb"} <= set(gap.types)
    assert gap.why is Why.DENIED


def test_a_bucket_in_a_refused_region_is_named_and_no_other_doubted(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    made = "2024-01-01T00:00:00Z"
    names = {"a": "us-west-2", "b": "eu-central-1"}
    cloud.says(BUCKETS, Buckets=[{"Name": name, "CreationDate": made, "BucketRegion": region} for name, region in names.items()])
    closed(cloud, "us-west-2")
    whole, buckets = scanned().gaps
    assert whole.what.startswith("nothing could be read in us-west-2: 2 operations were refused")
    assert buckets.what.startswith("nothing of 1 aws_s3_bucket could be read in us-west-2: 4 operations were refused: denied by a service")
    assert buckets.references == ("arn:aws:s3:::a",)


def test_one_detail_refused_in_two_regions_is_one_line(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    names = {"a": "eu-central-1", "b": "eu-west-1"}
    made = "2024-01-01T00:00:00Z"
    cloud.says(BUCKETS, Buckets=[{"Name": name, "CreationDate": made, "BucketRegion": region} for name, region in names.items()])
    cloud.refuses("s3:GetBucketPolicy", "AccessDenied")
    (gap,) = scanned().gaps
    assert gap.what == "s3:GetBucketPolicy was refused in eu-central-1, eu-west-1 for 2 aws_s3_bucket"
    assert gap.references == ("arn:aws:s3:::a", "arn:aws:s3:::b")


def test_buckets_are_listed_where_it_is_allowed(
    cloud: Loopback, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An organisation may leave DescribeRegions open everywhere, and nothing else."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    cloud.refuses("*", "UnauthorizedOperation", BY_DECREE, region="us-east-1")
    cloud.refuses(BUCKETS, "AccessDenied", BY_DECREE, region="us-east-1")
    collection = scanned()
    assert [record.type for record in collection.records] == ["aws_s3_bucket"]
    assert [gap.what for gap in collection.gaps if "s3:" in gap.what] == []


def test_the_servers_words_are_not_shown(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """They can repeat what was signed, and its token; so can a code that is none."""
    token = "FwoGZXIvYXdzEJr//////////wEaDHunter2Token"
    cloud.refuses(VPCS, "InvalidRequest", f"X-Amz-Security-Token {token} is bad", status=400, region="us-west-2")
    cloud.refuses(VPCS, f"Weird{token}", "", region="us-east-1")
    told = sorted(gap.what for gap in scanned().gaps)
    assert not any("FwoG" in what for what in told)
    assert any("InvalidRequest (HTTP 4" in what for what in told)


def test_a_region_of_the_policy_that_aws_does_not_name_is_a_gap(scanned: Callable[..., Collection]) -> None:
    collection = scanned(expected=("eu-cental-1", "cn-north-1", *ENABLED))
    assert looked_at(collection) == set(ENABLED)
    (gap,) = collection.gaps
    assert (gap.decided, gap.what) == (False, f"{REGIONS} does not name eu-cental-1, which the policy names among its regions")


def test_a_region_of_which_a_part_was_read_is_not_excused(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """Its first page shows that something is there, whatever the organisation refuses after it."""
    cloud.refuses(VPCS, "UnauthorizedOperation", BY_DECREE, region="us-east-1")
    vpc = {"VpcId": "vpc-1", "OwnerId": "123456789012", "Tags": []}
    cloud.says(VPCS, Vpcs=[vpc], NextToken="more", region="us-east-1", times=1)
    (gap,) = scanned(expected=("eu-central-1",)).gaps
    assert (gap.decided, gap.remedy) == (False, "lift the denial of ec2:DescribeVpcs in that policy")
