"""What AWS's answers mean: one change of a recorded account each, and the verdict that a user sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.exit_code import ExitCode, decide
from cloudaudit.model import Collection, CoverageStatus, Finding, Why
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect
from cloudaudit_aws.scan import listings
from tests.aws.recorded import ABROAD, NUMBER, REGION, Answers, Recorded, answers, arn

POLICY = Policy()
THEIRS = "999999999999"


def scanned(found: Answers, partition: str = "aws") -> Collection:
    return collect(listings(), Recorded(found), Account("aws", NUMBER, REGION, (REGION,), partition), workers=1)


def findings(source: Collection, policy: Policy = POLICY) -> dict[tuple[str, str], Finding]:
    inventory = read(source, plugins.reader_of, policy.environments.rules())
    found = audit(inventory, plugins.checks(), policy, plugins.reader_of)
    return {(finding.check, finding.subject.address): finding for finding in found}


def said(found: Answers, check: str, address: str) -> str:
    return findings(scanned(found))[check, address].outcome


def item(found: Answers, call: str, key: str, value: str) -> dict[str, Any]:
    """The element of a listing's answer that has a value."""
    (elements,) = [part for part in found[call, ""].values() if isinstance(part, list)]
    element: dict[str, Any] = next(element for element in elements if element.get(key) == value)
    return element


def instance(name: str, changes: Mapping[str, Any]) -> Answers:
    found = answers()
    item(found, "rds:DescribeDBInstances", "DBInstanceIdentifier", name).update(changes)
    return found


def cluster(name: str, changes: Mapping[str, Any]) -> Answers:
    found = answers()
    item(found, "rds:DescribeDBClusters", "DBClusterIdentifier", name).update(changes)
    return found


DB = arn("rds", "db:{}")
CLUSTER = arn("rds", "cluster:{}")


class Refusing(Recorded):
    """Lists buckets nowhere but in the home region."""

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Any:
        if call == "s3:ListBuckets" and region != REGION:
            yield from super().pages("s3:NotRecorded", args, region)
        yield from super().pages(call, args, region)


def test_the_age_of_a_bucket_is_asked_where_it_is_told() -> None:
    recorded = Recorded(answers())
    source = collect(listings(), recorded, Account("aws", NUMBER, REGION, (REGION,), "aws"), workers=1)
    assert [region for call, _, region in recorded.asked if call == "s3:ListBuckets"] == [ABROAD]
    assert findings(source)["older-objects-encrypted", "arn:aws:s3:::plain"].outcome == "pass"
    assert findings(source)["older-objects-encrypted", "arn:aws:s3:::orders"].outcome == "unknown"


def test_the_date_of_the_last_change_proves_no_young_bucket() -> None:
    source = collect(listings(), Refusing(answers()), Account("aws", NUMBER, REGION, (REGION,), "aws"), workers=1)
    assert not source.gaps
    young, old = (findings(source)["older-objects-encrypted", f"arn:aws:s3:::{name}"] for name in ("plain", "orders"))
    assert (young.outcome, old.outcome) == ("unknown", "unknown")
    assert "us-east-1" in young.reason
    assert "older than encryption" in old.reason


def test_a_bucket_that_is_gone_is_dropped_and_counted() -> None:
    details = ("GetBucketEncryption", "GetBucketPolicy", "GetBucketReplication")
    source = scanned(answers() | {(f"s3:{detail}", "plain"): "NoSuchBucket" for detail in details})
    assert not source.gaps
    assert "arn:aws:s3:::plain" not in {record.address for record in source.records}
    (row,) = [row for row in source.coverage if row.type == "aws_s3_bucket"]
    assert (row.status, row.found, row.detail) == (CoverageStatus.COMPLETE, 3, "1 was listed and gone when asked about")


@pytest.mark.parametrize("detail", ["GetBucketEncryption", "GetBucketPolicy", "GetBucketReplication"])
def test_a_bucket_of_which_anything_answers_is_not_gone(detail: str) -> None:
    source = scanned(answers() | {(f"s3:{detail}", "plain"): "NoSuchBucket"})
    assert "arn:aws:s3:::plain" in {record.address for record in source.records}
    (gap,) = source.gaps
    assert (gap.references, gap.origin.call) == (("arn:aws:s3:::plain",), f"s3:{detail}")


def test_that_all_buckets_are_gone_is_a_gap() -> None:
    kept = {key: value for key, value in answers().items() if not key[0].startswith("s3:GetBucket")}
    details = ("GetBucketEncryption", "GetBucketPolicy", "GetBucketTagging", "GetBucketReplication")
    source = scanned(kept | {(f"s3:{detail}", ""): "NoSuchBucket" for detail in details})
    assert [gap.why for gap in source.gaps if "aws_s3_bucket" in gap.types] == [Why.TRUNCATED]


def test_a_parameter_group_that_is_gone_proves_no_default() -> None:
    found = instance("orders", {"EngineVersion": "14.2"}) | {("rds:DescribeDBParameters", '"tls"'): "DBParameterGroupNotFound"}
    assert said(found, "transport-encrypted", DB.format("orders")) == "unknown"


@pytest.mark.parametrize(
    ("parameters", "verdict"), [("TLSv1.2", "pass"), ("TLSv1", "fail"), ("TLSv1.9", "unknown"), (None, "not_applicable")]
)
def test_the_parameter_group_tells_the_least_tls_version(parameters: str | None, verdict: str) -> None:
    found = answers()
    told = found["rds:DescribeDBParameters", '"tls"']["Parameters"]
    found["rds:DescribeDBParameters", '"tls"'] = {
        "Parameters": [told[0], *([{**told[1], "ParameterValue": parameters}] if parameters is not None else [])]
    }
    assert said(found, "tls-minimum-version", DB.format("orders")) == verdict


def test_all_versions_that_mysql_accepts_count() -> None:
    assert said(answers(), "tls-minimum-version", DB.format("scratch")) == "fail"


@pytest.mark.parametrize(("status", "verdict"), [("in-sync", "pass"), ("pending-reboot", "unknown"), ("applying", "unknown")])
def test_a_group_that_is_not_in_force_proves_nothing(status: str, verdict: str) -> None:
    found = instance("orders", {"DBParameterGroups": [{"DBParameterGroupName": "tls", "ParameterApplyStatus": status}]})
    assert said(found, "transport-encrypted", DB.format("orders")) == verdict


def test_the_members_of_a_cluster_tell_what_is_in_force() -> None:
    member = {"DBInstanceIdentifier": "member", "IsClusterWriter": True}
    assert said(cluster("ledger", {"DBClusterMembers": [member]}), "transport-encrypted", CLUSTER.format("ledger")) == "unknown"


def test_what_aws_backup_looks_after_is_not_without_backups() -> None:
    point = {"AwsBackupRecoveryPointArn": arn("backup", "recovery-point:continuous:1")}
    for days, verdict in ((0, "unknown"), (35, "pass")):
        changes = {"BackupRetentionPeriod": days, **point}
        assert said(instance("orders", changes), "backups-kept-long-enough", DB.format("orders")) == verdict
        assert said(cluster("ledger", changes), "backups-kept-long-enough", CLUSTER.format("ledger")) == verdict
    assert said(instance("orders", {"BackupRetentionPeriod": 0}), "backups-kept-long-enough", DB.format("orders")) == "fail"


def test_the_replica_of_a_cluster_has_no_backups_of_its_own() -> None:
    changes = {"BackupRetentionPeriod": 0, "ReadReplicaSourceDBClusterIdentifier": CLUSTER.format("ledger")}
    assert ("backups-kept-long-enough", DB.format("orders")) not in findings(scanned(instance("orders", changes)))


def test_the_clusters_of_a_global_database_are_copies() -> None:
    assert said(answers(), "copies-in-allowed-jurisdiction", CLUSTER.format("worldwide")) == "fail"
    unread = answers() | {("rds:DescribeGlobalClusters", ""): "AccessDenied"}
    assert said(unread, "copies-in-allowed-jurisdiction", CLUSTER.format("worldwide")) == "unknown"
    recorded = Recorded(answers())
    collect(listings(), recorded, Account("aws", NUMBER, REGION, (REGION,), "aws"), workers=1)
    assert [args for call, args, _ in recorded.asked if call == "rds:DescribeGlobalClusters"] == [{"GlobalClusterIdentifier": "world"}]


@pytest.mark.parametrize(
    "told",
    [
        [],
        [{"GlobalClusterIdentifier": "world", "GlobalClusterMembers": []}],
        [{"GlobalClusterIdentifier": "other", "GlobalClusterMembers": [{"DBClusterArn": CLUSTER.format("other")}]}],
    ],
)
def test_an_answer_without_the_global_database_that_was_asked_for_tells_nothing(told: list[Any]) -> None:
    found = answers() | {("rds:DescribeGlobalClusters", ""): {"GlobalClusters": told}}
    assert said(found, "copies-in-allowed-jurisdiction", CLUSTER.format("worldwide")) == "unknown"


def test_a_group_that_lacks_a_parameter_of_its_engine_tells_nothing() -> None:
    found = instance("orders", {"EngineVersion": "14.2"}) | {("rds:DescribeDBParameters", '"tls"'): {"Parameters": []}}
    assert said(found, "transport-encrypted", DB.format("orders")) == "unknown"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("active", "fail"), ("pending-acceptance", "not_applicable"), ("provisioning", "not_applicable"), ("deleted", "not_applicable")],
)
def test_a_peering_joins_once_it_is_active(status: str, verdict: str) -> None:
    found = answers()
    item(found, "ec2:DescribeVpcPeeringConnections", "VpcPeeringConnectionId", "pcx-1")["Status"]["Code"] = status
    assert said(found, "no-peering-across-environments", arn("ec2", "vpc-peering-connection/pcx-1")) == verdict


@pytest.mark.parametrize(("accounts", "verdict"), [({}, "unknown"), ({THEIRS: "production"}, "pass"), ({THEIRS: "development"}, "fail")])
def test_a_network_of_another_account_has_the_environment_of_that_account(accounts: dict[str, str], verdict: str) -> None:
    """That account alone sees the tags of what it shares, and nothing here shows what it does not share."""
    policy = msgspec.structs.replace(POLICY, environments=msgspec.structs.replace(POLICY.environments, accounts=accounts))
    found = answers()
    peering = item(found, "ec2:DescribeVpcPeeringConnections", "VpcPeeringConnectionId", "pcx-1")
    peering["AccepterVpcInfo"] |= {"OwnerId": THEIRS, "VpcId": "vpc-9"}
    said = findings(scanned(found), policy)
    assert said["no-peering-across-environments", arn("ec2", "vpc-peering-connection/pcx-1")].outcome == verdict
    assert said["network-holds-one-environment", arn("ec2", "security-group/sg-8")].outcome == verdict, "it stands in a shared one"


def test_an_odd_peer_hides_no_other() -> None:
    found = answers()
    group = item(found, "ec2:DescribeSecurityGroups", "GroupId", "sg-1")
    group["IpPermissions"][0]["UserIdGroupPairs"] = [{"UserId": NUMBER}]
    group["IpPermissions"][0]["IpRanges"].append({"Description": "an address that is not told"})
    assert said(found, "sensitive-ports-closed-to-world", arn("ec2", "security-group/sg-1")) == "fail"


@pytest.mark.parametrize(
    ("check", "address", "verdict"),
    [
        ("data-in-allowed-jurisdiction", arn("ec2", "volume/vol-3"), "pass"),  # Hamburg
        ("data-in-allowed-jurisdiction", arn("ec2", "volume/vol-4"), "fail"),  # Casablanca
        ("data-in-allowed-jurisdiction", arn("ec2", "volume/vol-5"), "unknown"),
        ("data-in-allowed-jurisdiction", f"arn:aws:ec2:{REGION}::snapshot/snap-3", "unknown"),
        ("data-in-allowed-jurisdiction", f"arn:aws:ec2:{REGION}::snapshot/snap-4", "fail"),
        ("data-in-allowed-jurisdiction", arn("elasticloadbalancing", "loadbalancer/app/wave"), "fail"),
        ("data-in-allowed-jurisdiction", arn("elasticloadbalancing", "loadbalancer/app/outpost"), "unknown"),
        ("data-in-allowed-jurisdiction", DB.format("outpost"), "unknown"),
        ("transport-encrypted", arn("elasticloadbalancing", "listener/net/net/wire/5432"), "unknown"),
    ],
)
def test_verdicts_of_the_recorded_account(check: str, address: str, verdict: str) -> None:
    assert said(answers(), check, address) == verdict


def test_a_subnet_on_an_outpost_holds_a_database_there() -> None:
    subnet = {"SubnetIdentifier": "subnet-1", "SubnetOutpost": {"Arn": arn("outposts", "outpost/op-1")}}
    found = instance("orders", {"DBSubnetGroup": {"DBSubnetGroupName": "data", "VpcId": "vpc-1", "Subnets": [subnet]}})
    assert said(found, "data-in-allowed-jurisdiction", DB.format("orders")) == "unknown"


def test_a_bucket_without_a_configuration_is_encrypted_with_aes_in_china_too() -> None:
    found = answers() | {("s3:GetBucketEncryption", "plain"): "ServerSideEncryptionConfigurationNotFoundError"}
    assert findings(scanned(found, "aws-cn"))["data-encrypted-at-rest", "arn:aws-cn:s3:::plain"].outcome == "pass"


@pytest.mark.parametrize("call", ["kms:ListKeys", "kms:ListAliases", "kms:ListResourceTags"])
def test_a_last_page_that_says_that_more_follow_is_not_all(call: str) -> None:
    found = answers()
    for key, page in found.items():
        if key[0] == call:
            page["Truncated"] = True
    found = {key: page for key, page in found.items() if key[0] != "resourcegroupstaggingapi:GetResources"}  # then each is asked
    source = scanned(found)
    assert {(gap.why, gap.origin.call) for gap in source.gaps} == {(Why.TRUNCATED, call)}


def test_what_is_seen_and_not_read_is_no_clean_run() -> None:
    source = scanned(answers())
    assert source.unread == {"aws_docdb_cluster": 1, "aws_docdb_cluster_instance": 1}
    skipped = {row.type: row.found for row in source.coverage if row.status is CoverageStatus.SKIPPED}
    assert skipped == dict(source.unread)
    inventory = read(source, plugins.reader_of, POLICY.environments.rules())
    clean = [finding for finding in findings(source).values() if finding.outcome == "pass"]
    code, reasons = decide([inventory], clean, POLICY)
    assert (code, reasons) == (ExitCode.INCOMPLETE, ["2 resources seen that no table reads"])


@pytest.mark.parametrize(
    ("call", "types"),
    [
        ("elbv2:DescribeLoadBalancers", {"aws_lb", "aws_lb_listener", "aws_lb_listener_rule"}),
        ("rds:DescribeDBInstances", {"aws_db_instance", "aws_db_parameter_group"}),
    ],
)
def test_the_gap_of_a_refused_listing_names_what_lies_in_it(call: str, types: set[str]) -> None:
    source = scanned(answers() | {(call, ""): "AccessDenied"})
    (gap,) = source.gaps
    assert {*gap.types, *gap.nested} == types
