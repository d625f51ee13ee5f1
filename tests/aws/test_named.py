"""Keys and buckets of other accounts and regions are asked about once, where they are: what may not be read is UNKNOWN, and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Collection, CoverageStatus, Finding, Outcome
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from tests.aws.loopback import Asked, Loopback, send, serialised

HOME, ABROAD, OTHER = "eu-central-1", "us-east-1", "999999999999"
KEY = f"arn:aws:kms:{ABROAD}:{OTHER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS = f"arn:aws:kms:{HOME}:{OTHER}:alias/shared"
OWN_ABROAD = f"arn:aws:kms:{ABROAD}:123456789012:key/0000abcd-12ab-34cd-56ef-1234567890ab"
DESCRIBE, HEAD = "kms:DescribeKey", "s3:HeadBucket"
DESCRIBED = {
    "KeyId": "k",
    "Arn": KEY,
    "AWSAccountId": OTHER,
    "Enabled": True,
    "KeyState": "Enabled",
    "KeyManager": "CUSTOMER",
    "Origin": "AWS_KMS",
    "MultiRegion": False,
}


def volumes(*keys: str) -> list[dict[str, Any]]:
    made = {"AvailabilityZone": f"{HOME}a", "Encrypted": True, "Tags": []}
    return [{"VolumeId": f"vol-{number}", "KmsKeyId": key, **made} for number, key in enumerate(keys)]


def findings(collection: Collection) -> dict[tuple[str, str], Finding]:
    found = audit(read(collection, plugins.reader_of, Policy().environments.rules()), plugins.checks(), Policy(), plugins.reader_of)
    return {(finding.check, finding.subject.address.rpartition("/")[2].rpartition(":")[2]): finding for finding in found}


def usable(collection: Collection, name: str = "vol-0") -> tuple[Outcome, str]:
    found = findings(collection)["encryption-key-usable", name]
    return found.outcome, found.reason


@pytest.mark.parametrize("key", [KEY, ALIAS, OWN_ABROAD])
@pytest.mark.parametrize(("state", "outcome"), [("Enabled", Outcome.PASS), ("PendingDeletion", Outcome.FAIL), ("Odd", Outcome.UNKNOWN)])
def test_a_key_is_asked_about_once_where_it_is(
    key: str, state: str, outcome: Outcome, cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(key, key, key))
    described = {**DESCRIBED, "KeyState": state, "Arn": key if ":key/" in key else KEY, "AWSAccountId": key.split(":")[4]}
    cloud.says(DESCRIBE, KeyMetadata=described, region=key.split(":")[3])
    collection = scanned()
    assert [usable(collection, f"vol-{number}")[0] for number in range(3)] == [outcome] * 3
    assert {region: times for (call, region), times in cloud.asked.items() if call == DESCRIBE} == {key.split(":")[3]: 1}
    assert not collection.gaps
    judged = {finding.subject.type for finding in findings(collection).values()}
    assert "aws_kms_key" not in judged, "it is judged where it lives"


@pytest.mark.parametrize("key", [KEY, ALIAS])
def test_an_answer_about_another_key_decides_nothing(key: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(key))
    cloud.says(DESCRIBE, KeyMetadata={**DESCRIBED, "Arn": OWN_ABROAD, "AWSAccountId": "123456789012"})
    collection = scanned()
    assert usable(collection)[0] is Outcome.UNKNOWN
    assert [gap.types for gap in collection.gaps] == [("aws_kms_key",)]


def test_a_key_that_may_not_be_described_is_unknown_and_says_what_is_missing(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(KEY))
    cloud.refuses(DESCRIBE, "AccessDeniedException", "no resource-based policy allows the kms:DescribeKey action", status=400)
    collection = scanned()
    outcome, reason = usable(collection)
    assert outcome is Outcome.UNKNOWN
    assert DESCRIBE in reason
    assert not collection.gaps, "what uses it says so: a waiver of that is one of all"


def test_a_key_that_is_gone_is_not_at_hand(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(KEY))
    cloud.refuses(DESCRIBE, "NotFoundException", status=400)
    collection = scanned()
    assert {row.status for row in collection.coverage if row.type != "*"} == {CoverageStatus.COMPLETE}, "no listing fell short"
    assert usable(collection)[0] is Outcome.UNKNOWN
    assert not collection.gaps


def test_a_region_that_is_closed_stays_one_gap_though_a_key_of_it_is_named(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.regions(HOME, ABROAD)
    cloud.refuses("*", "UnauthorizedOperation", region=ABROAD)
    cloud.on("ec2:DescribeRegions", lambda asked, handler: send(handler, 200, regions(asked)))
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(KEY), region=HOME)
    gaps = [gap.what for gap in scanned().gaps if ABROAD in gap.what]
    assert len(gaps) == 1
    assert gaps[0].startswith(f"nothing could be read in {ABROAD}")


def regions(asked: Asked) -> str:
    enabled = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in (HOME, ABROAD)]
    return serialised(asked, {"Regions": enabled})


def test_a_key_that_does_not_answer_is_a_gap(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(KEY))
    cloud.on(DESCRIBE, lambda _asked, handler: send(handler, 200, "<html>"))
    collection = scanned()
    assert usable(collection)[0] is Outcome.UNKNOWN
    assert [gap.types for gap in collection.gaps] == [("aws_kms_key",)]


@pytest.mark.parametrize(
    "name",
    [
        "arn:aws:kms:evil.example/#:999999999999:key/k",
        "arn:aws:kms:us-east-1.evil.example:999999999999:key/k",
        "arn:aws-cn:kms:cn-north-1:999999999999:key/k",
        f"arn:aws:kms:{HOME}:999999999999:secret/k",
        f"arn:aws:kms:{HOME}:123456789012:key/not-listed",
    ],
)
def test_nothing_else_is_asked_for(name: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """A name is data of the account: no part of it becomes an address that is no region of AWS."""
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(name))
    assert usable(scanned())[0] is Outcome.UNKNOWN
    assert not [call for call, _ in cloud.asked if call == DESCRIBE]


def replicates(cloud: Loopback, *destinations: str) -> None:
    buckets = [{"Name": name, "BucketRegion": HOME, "CreationDate": "2024-01-01T00:00:00Z"} for name in ("one", "two")]
    cloud.says("s3:ListBuckets", Buckets=buckets)
    rules = [
        {"ID": name, "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "Destination": {"Bucket": f"arn:aws:s3:::{name}"}}
        for name in destinations
    ]
    cloud.says("s3:GetBucketReplication", ReplicationConfiguration={"Role": "r", "Rules": rules})


def head(status: int, region: str = "") -> Callable[[Asked, Any], None]:
    def answer(_asked: Asked, handler: Any) -> None:
        handler.send_response(status)
        if region:
            handler.send_header("x-amz-bucket-region", region)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize(("region", "outcome"), [("eu-west-1", Outcome.PASS), (ABROAD, Outcome.FAIL)])
def test_where_a_bucket_of_another_account_is_also_a_refusal_tells(
    status: int, region: str, outcome: Outcome, cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    replicates(cloud, "theirs")
    cloud.on(HEAD, head(status, region))
    collection = scanned()
    found = findings(collection)
    assert [found["copies-in-allowed-jurisdiction", name].outcome for name in ("one", "two")] == [outcome] * 2
    assert sum(times for (call, _), times in cloud.asked.items() if call == HEAD) == 1, "asked once per bucket"
    assert ("data-in-allowed-jurisdiction", "theirs") not in found, "it is judged where it lives"
    assert not collection.gaps


@pytest.mark.parametrize("answer", [head(403), head(404), head(404, ABROAD), head(200)])
def test_a_bucket_whose_region_is_not_told_is_unknown(
    answer: Callable[[Asked, Any], None], cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    replicates(cloud, "theirs")
    cloud.on(HEAD, answer)
    assert findings(scanned())["copies-in-allowed-jurisdiction", "one"].outcome is Outcome.UNKNOWN


def test_a_known_copy_abroad_fails_whatever_the_other_is(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    replicates(cloud, "theirs", "closed")
    cloud.on(HEAD, lambda asked, handler: head(403, ABROAD if "theirs" in handler.path else "")(asked, handler))
    assert findings(scanned())["copies-in-allowed-jurisdiction", "one"].outcome is Outcome.FAIL


def test_the_calls_are_those_of_the_checks(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    replicates(cloud, "theirs")
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(KEY))
    cloud.on(HEAD, head(403, ABROAD))
    scanned(needs=plugins.needs_of(check for check in plugins.checks() if check.id == "transport-encrypted"))
    assert not {call for call, _ in cloud.asked} & {HEAD, DESCRIBE}


def test_a_name_that_an_answer_holds_in_another_shape_is_no_name(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("ec2:DescribeVolumes", Volumes=volumes(json.dumps({"key": KEY})))
    assert usable(scanned())[0] is Outcome.UNKNOWN
