"""What a live scan tells of the demo estate: Terraform's types and attributes, with where each was read."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from cloudaudit.model import Collection, CoverageStatus, Known, Origin, Record
from cloudaudit.sources.live.needs import Needs


def one(collection: Collection, kind: str, name: str) -> Record:
    """The record of a type that bears a name."""
    (found,) = [
        record
        for record in collection.records
        if record.type == kind
        and name in {record.values.get("bucket"), record.values.get("identifier"), record.values.get("name"), name_tag(record)}
    ]
    return found


def name_tag(record: Record) -> str | None:
    return (record.values.get("tags") or {}).get("Name")


def test_everything_is_read_and_said_to_be_complete(baseline: Collection) -> None:
    assert baseline.unit == "aws:123456789012"
    assert not baseline.gaps
    assert {row.status for row in baseline.coverage} == {CoverageStatus.COMPLETE}
    counted = Counter(record.type for record in baseline.records)
    for row in baseline.coverage:
        assert row.found == counted[row.type]
    assert counted["aws_s3_bucket"] == 6
    assert counted["aws_ebs_volume"] == 3
    assert counted["aws_db_instance"] == 4
    assert counted["aws_lb_listener"] == 5
    assert counted["aws_lb_listener_rule"] == 1, "the listeners' default rules are no resources"


def test_a_bucket_is_one_record_with_its_details_inline(baseline: Collection) -> None:
    bucket = one(baseline, "aws_s3_bucket", "acme-orders-production")
    assert bucket.id == "arn:aws:s3:::acme-orders-production"
    assert bucket.text("server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm") == Known(
        "aws:kms"
    )
    assert bucket.at("tags") == Known({"environment": "production"})
    policy = bucket.text("policy")
    assert isinstance(policy, Known)
    assert "aws:SecureTransport" in (policy.value or "")
    assert policy.origin == Origin(call="s3:GetBucketPolicy", attribute="policy")
    assert isinstance(bucket.seen("creation_date"), Known)


def test_a_bucket_without_a_policy_has_none_and_says_where_that_was_read(baseline: Collection) -> None:
    policy = one(baseline, "aws_s3_bucket", "acme-web-assets").text("policy")
    assert policy == Known(None)
    assert policy.origin == Origin(call="s3:GetBucketPolicy", attribute="policy")


@pytest.mark.parametrize(
    ("name", "region"), [("acme-web-assets", "eu-west-1"), ("acme-logs-overseas", "us-east-1"), ("acme-orders-production", "eu-central-1")]
)
def test_buckets_of_all_regions_stand_where_they_are(baseline: Collection, name: str, region: str) -> None:
    bucket = one(baseline, "aws_s3_bucket", name)
    assert bucket.scope.region == Known(region)
    assert bucket.values["region"] == region


def test_a_replica_names_its_destination(baseline: Collection) -> None:
    bucket = one(baseline, "aws_s3_bucket", "acme-archive-production")
    assert bucket.text("replication_configuration.rules.destination.bucket") == Known("arn:aws:s3:::acme-logs-overseas")


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [
        ("aws_ebs_volume", "orders", {"encrypted": True, "availability_zone": "eu-central-1a", "size": 8}),
        ("aws_ebs_volume", "build-cache", {"encrypted": False, "kms_key_id": None}),
        ("aws_ebs_snapshot", "build-cache", {"encrypted": False}),
        (
            "aws_db_instance",
            "orders-production",
            {"engine": "postgres", "storage_encrypted": True, "backup_retention_period": 30, "parameter_group_name": "postgres-tls"},
        ),
        ("aws_db_instance", "scratch-development", {"storage_encrypted": False, "backup_retention_period": 0}),
        ("aws_db_parameter_group", "postgres-tls", {"parameter": [{"name": "rds.force_ssl", "value": "1", "apply_method": "immediate"}]}),
        (
            "aws_rds_cluster_parameter_group",
            "aurora-tls",
            {"parameter": [{"name": "rds.force_ssl", "value": "1", "apply_method": "immediate"}]},
        ),
        ("aws_vpc", "production", {"cidr_block": "10.0.0.0/16", "tags": {"environment": "production", "Name": "production"}}),
        ("aws_subnet", "production-b", {"availability_zone": "eu-central-1b"}),
        ("aws_lb", "shop", {"load_balancer_type": "application", "internal": False, "tags": {"environment": "production"}}),
    ],
)
def test_what_the_services_say_stands_under_terraforms_names(baseline: Collection, kind: str, name: str, values: dict[str, Any]) -> None:
    record = one(baseline, kind, name)
    assert {attribute: record.values[attribute] for attribute in values} == values


def test_an_rds_cluster_refers_to_its_parameter_group(baseline: Collection) -> None:
    (cluster,) = [record for record in baseline.records if record.type == "aws_rds_cluster"]
    assert cluster.values["backup_retention_period"] == 35
    assert cluster.values["db_cluster_parameter_group_name"] == "aurora-tls"


def test_security_group_rules_have_terraforms_shape(baseline: Collection) -> None:
    admin, database, web = (one(baseline, "aws_security_group", name) for name in ("admin", "database", "web"))
    (rule,) = admin.values["ingress"]
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 22, 22)
    assert (rule["cidr_blocks"], rule["ipv6_cidr_blocks"]) == (["0.0.0.0/0"], ["::/0"])
    (rule,) = database.values["ingress"]
    assert rule["security_groups"] == [web.values["id"]]
    assert rule["self"] is False
    (rule,) = web.values["egress"]
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("-1", 0, 0)


def test_peerings_join_networks_by_id(baseline: Collection) -> None:
    vpcs = {record.values["id"]: name_tag(record) for record in baseline.records if record.type == "aws_vpc"}
    peerings = [record for record in baseline.records if record.type == "aws_vpc_peering_connection"]
    joined = {(vpcs[record.values["vpc_id"]], vpcs[record.values["peer_vpc_id"]]) for record in peerings}
    assert joined == {("production", "development"), ("staging", "development")}
    assert {record.values["accept_status"] for record in peerings} == {"active"}


def test_listeners_know_what_their_tls_policy_means(baseline: Collection) -> None:
    https = [record for record in baseline.records if record.type == "aws_lb_listener" and record.values["protocol"] == "HTTPS"]
    protocols = {record.values["ssl_policy"]: set(record.observed["ssl_protocols"]) for record in https}
    assert protocols == {
        "ELBSecurityPolicy-TLS13-1-2-2021-06": {"TLSv1.2", "TLSv1.3"},
        "ELBSecurityPolicy-2016-08": {"TLSv1", "TLSv1.1", "TLSv1.2"},
    }
    assert https[0].origin_of("ssl_protocols").call == "elbv2:DescribeSSLPolicies"


def test_a_rule_belongs_to_its_listener(baseline: Collection) -> None:
    (rule,) = [record for record in baseline.records if record.type == "aws_lb_listener_rule"]
    (listener,) = [record for record in baseline.records if record.id == rule.values["listener_arn"]]
    assert listener.values["port"] == 8080
    assert listener.text("default_action.redirect.protocol") == Known("HTTPS")
    assert rule.text("action.type") == Known("forward")


def test_keys_have_state_and_rotation(baseline: Collection) -> None:
    keys = [record for record in baseline.records if record.type == "aws_kms_key"]
    states = Counter((record.observed["key_state"], record.values["enable_key_rotation"]) for record in keys)
    assert states == {
        ("Enabled", True): 1,
        ("Enabled", False): 1,
        ("Disabled", False): 1,
        ("PendingDeletion", False): 1,
        ("Enabled", None): 1,
    }
    (signing,) = [record for record in keys if record.values["customer_master_key_spec"] == "RSA_2048"]
    assert signing.values["enable_key_rotation"] is None, "it cannot rotate, so nobody asks whether it does"


def test_workers_do_not_matter(read: Any, baseline: Collection) -> None:
    again = read(workers=2)
    assert [record.values for record in again.records] == [record.values for record in baseline.records]
    assert again.coverage == baseline.coverage


def test_only_wanted_types_are_read(read: Any) -> None:
    wanted = {"aws_ebs_volume", "aws_lb_listener"}
    collection = read(needs=Needs(lambda kind: kind in wanted))
    assert {row.type for row in collection.coverage} == {"aws_ebs_volume", "aws_lb", "aws_lb_listener"}
    assert {record.type for record in collection.records} == {"aws_ebs_volume", "aws_lb", "aws_lb_listener"}


def test_the_demo_is_the_same_at_every_run() -> None:
    script = """
from cloudaudit_aws.demo import HOME, serving
from cloudaudit_aws.scan import ScanOptions, scan
def told():
    with serving() as url:
        (collection,) = scan(ScanOptions(regions=(HOME,), endpoint_url=url, emulated=True))
        return [(record.address, record.values | {"create_time": None}) for record in collection.records]
assert (once := told()) == told() and len(once) > 50, once
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "and it is quiet"
