"""A scan makes the calls that its tables say, and no other: as many as a program computes from them and from what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Finding, Outcome
from cloudaudit.policy import Check, Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.needs import ALL, Estate, Needs, asked, empty_region, fewest
from cloudaudit_aws.scan import listings, rows
from tests.aws.conftest import ACCOUNT
from tests.aws.loopback import Asked, Loopback, every_region, send, serialised
from tests.aws.recorded import Recorded, answers

HOME, OTHER = "eu-central-1", "eu-west-1"
REGIONS = (HOME, OTHER)
LISTINGS = listings()


def judged(needs: Needs, *checks: Check) -> tuple[dict[tuple[str, str], tuple[Outcome, str]], Counter[str]]:
    transport = Recorded(answers())
    source = collect(LISTINGS, transport, ACCOUNT, needs=needs)
    found: list[Finding] = audit(read(source, plugins.reader_of, Policy().environments.rules()), checks, Policy(), plugins.reader_of)
    told = {(finding.check, finding.subject.address): (finding.outcome, finding.reason) for finding in found}
    return told, Counter(call for call, _, _ in transport.asked)


@pytest.mark.parametrize("check", plugins.checks(), ids=lambda check: check.id)
def test_a_check_alone_says_what_it_says_among_all_and_asks_less(check: Check) -> None:
    whole, all_calls = judged(ALL, check)
    alone, calls = judged(plugins.needs_of([check]), check)
    assert alone == whole
    assert whole, "the recorded account shows every check"
    assert calls.total() < all_calls.total()
    assert all(calls[call] <= all_calls[call] for call in calls)


def test_all_checks_together_need_every_call() -> None:
    assert judged(plugins.needs_of(plugins.checks()))[1] == judged(ALL)[1]


@pytest.mark.parametrize(
    ("check", "operations"),
    [
        ("transport-encrypted", {"s3:GetBucketPolicy"}),
        ("data-in-allowed-jurisdiction", {"s3:GetBucketReplication"}),
        ("data-encrypted-at-rest", {"s3:GetBucketEncryption"}),
    ],
)
def test_of_a_bucket_that_is_asked_which_a_check_needs(check: str, operations: set[str]) -> None:
    (chosen,) = [one for one in plugins.checks() if one.id == check]
    told = {
        row.call for row in asked(LISTINGS, plugins.needs_of([chosen])) if row.type == "aws_s3_bucket" and row.feeds and not row.condition
    }
    assert told == operations


def estate(cloud: Loopback, regions: Sequence[str] = REGIONS) -> None:
    """205 buckets, volumes on two pages, keys, databases and load balancers in two regions; in further ones there is nothing."""
    cloud.regions(*regions)
    buckets = [
        {"Name": f"b-{number}", "BucketRegion": REGIONS[number == 0], "CreationDate": "2024-01-01T00:00:00Z"} for number in range(205)
    ]
    cloud.says("s3:ListBuckets", Buckets=buckets)
    tagged = [{"ResourceARN": f"arn:aws:s3:::b-{number}", "Tags": []} for number in range(1, 151)]

    def tags(asked: Asked, handler: Any) -> None:
        start = int(asked.body.get("PaginationToken") or 0)
        part = tagged[start : start + asked.body["ResourcesPerPage"]] if asked.body["ResourceTypeFilters"] == ["s3"] else []
        more = str(start + len(part)) if start + len(part) < len(tagged) and part else ""
        send(handler, 200, serialised(asked, {"ResourceTagMappingList": part, "PaginationToken": more}))

    cloud.on("resourcegroupstaggingapi:GetResources", tags)

    def volumes(asked: Asked, handler: Any) -> None:
        start = int(asked.form.get("NextToken") or 0)
        numbers = range(start, min(start + int(asked.form["MaxResults"]), 1001))
        found = [{"VolumeId": f"vol-{number}", "AvailabilityZone": f"{HOME}a", "Encrypted": False, "Tags": []} for number in numbers]
        more = {"NextToken": str(numbers.stop)} if numbers.stop < 1001 else {}
        send(handler, 200, serialised(asked, {"Volumes": found, **more}))

    cloud.on("ec2:DescribeVolumes", volumes, region=HOME)
    keys = [{"KeyId": f"k-{number}", "KeyArn": f"arn:aws:kms:{HOME}:123456789012:key/k-{number}"} for number in range(3)]
    cloud.says("kms:ListKeys", region=HOME, Keys=keys, Truncated=False)

    def describe(asked: Asked, handler: Any) -> None:
        number = asked.body["KeyId"][-1]
        metadata = {"KeyId": f"k-{number}", "Enabled": True, "KeyState": "Enabled", "KeyManager": "AWS" if number == "0" else "CUSTOMER"}
        metadata |= {"Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT" if number == "1" else "RSA_2048", "MultiRegion": False}
        send(handler, 200, serialised(asked, {"KeyMetadata": metadata}))

    cloud.on("kms:DescribeKey", describe)
    cloud.says("kms:GetKeyRotationStatus", KeyRotationEnabled=True, RotationPeriodInDays=365)
    cloud.says("elbv2:DescribeLoadBalancers", region=OTHER, LoadBalancers=[balancer(number) for number in range(21)])

    def listeners(asked: Asked, handler: Any) -> None:
        own = asked.form["LoadBalancerArn"]
        send(handler, 200, serialised(asked, {"Listeners": [listener(own)] if own.endswith(("/0", "/1")) else []}))

    cloud.on("elbv2:DescribeListeners", listeners)
    cloud.on("elbv2:DescribeTags", elb_tags)

    def rules(asked: Asked, handler: Any) -> None:
        arn = asked.form["ListenerArn"].replace(":listener/", ":listener-rule/") + "/1"
        rule = {"RuleArn": arn, "Priority": "default", "IsDefault": True, "Actions": [{"Type": "forward"}]}
        send(handler, 200, serialised(asked, {"Rules": [rule]}))

    cloud.on("elbv2:DescribeRules", rules)
    cloud.says("elbv2:DescribeSSLPolicies", SslPolicies=[{"Name": "p", "SslProtocols": ["TLSv1.2"]}])


def balancer(number: int) -> dict[str, Any]:
    arn = f"arn:aws:elasticloadbalancing:{OTHER}:123456789012:loadbalancer/app/{number}"
    return {"LoadBalancerArn": arn, "Type": "application", "AvailabilityZones": [{"ZoneName": f"{OTHER}a", "SubnetId": "s"}]}


def listener(of: str) -> dict[str, Any]:
    secure = of.endswith("/0")
    more = {"Protocol": "HTTPS", "SslPolicy": "p"} if secure else {"Protocol": "HTTP"}
    arn = of.replace(":loadbalancer/", ":listener/") + "/l"
    return {"ListenerArn": arn, "LoadBalancerArn": of, "Port": 443, "DefaultActions": [{"Type": "forward"}], **more}


def elb_tags(asked: Asked, handler: Any) -> None:
    arns = [value for name, value in asked.form.items() if name.startswith("ResourceArns.")]
    assert len(arns) <= 20
    send(handler, 200, serialised(asked, {"TagDescriptions": [{"ResourceArn": arn, "Tags": []} for arn in arns]}))


FOUND = {
    "aws_s3_bucket": {HOME: 204, OTHER: 1},
    "aws_ebs_volume": {HOME: 1001},
    "aws_kms_key": {HOME: 3},
    "aws_lb": {OTHER: 21},
    "aws_lb_listener": {OTHER: 2},
}
FULFIL = {
    ("kms:GetKeyRotationStatus", "aws_kms_key"): {HOME: 1},
    ("resourcegroupstaggingapi:GetResources", "aws_kms_key"): {HOME: 2},
    ("elbv2:DescribeRules", "aws_lb_listener"): {OTHER: 1},
    ("elbv2:DescribeSSLPolicies", "aws_lb_listener"): {OTHER: 1},
}


NAMED = {"aws_s3_bucket": {HOME: 150}, "aws_kms_key": {}}
"""What has a tag, or had one."""


@pytest.mark.parametrize("checks", [None, "transport-encrypted", "backups-kept-long-enough", "key-rotates"])
def test_a_scan_makes_exactly_the_calls_that_are_computed(checks: str | None, cloud: Loopback, scanned: Callable[..., Any]) -> None:
    estate(cloud)
    needs = ALL if checks is None else plugins.needs_of(check for check in plugins.checks() if check.id == checks)
    calls: Counter[str] = Counter()
    collection = scanned(needs=needs, calls=calls)
    assert not collection.gaps
    assert calls == fewest(rows(needs), Estate(REGIONS, FOUND, FULFIL, NAMED))
    served: Counter[str] = Counter()
    for (call, _), times in cloud.asked.items():
        served[call] += times
    assert served == calls, "what is counted is what is sent"


def test_a_scan_of_24_regions_makes_in_each_empty_one_exactly_the_calls_that_are_computed(
    cloud: Loopback, scanned: Callable[..., Any]
) -> None:
    further = [name for name in every_region() if name not in {*REGIONS, "us-east-1"}][:22]  # there is asked what is of no region
    estate(cloud, (*REGIONS, *further))
    calls: Counter[str] = Counter()
    assert not scanned(calls=calls).gaps
    assert calls == fewest(rows(), Estate((*REGIONS, *further), FOUND, FULFIL, NAMED))
    asked_in = {name: Counter({call: times for (call, region), times in cloud.asked.items() if region == name}) for name in further}
    assert asked_in == dict.fromkeys(further, empty_region(rows()))
