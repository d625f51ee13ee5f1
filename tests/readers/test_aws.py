"""What AWS attributes mean, case by case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import (
    Attr,
    Backup,
    Cipher,
    Doubt,
    Encryption,
    Gap,
    Ingress,
    KeyHealth,
    KeyOwner,
    KeyState,
    Known,
    Origin,
    Outcome,
    Placement,
    Plaintext,
    Resource,
    Scope,
    SourceKind,
    TlsVersion,
    Transport,
    Unknown,
    Verdict,
    Why,
)
from cloudaudit.policy import Policy
from cloudaudit.policy.schema import TlsPolicy
from cloudaudit_aws.elb import minimum_version
from cloudaudit_aws.kms import KEYS
from cloudaudit_aws.regions import place_of_zone
from cloudaudit_checks.key_management.encryption_key_usable import encryption_key_usable
from cloudaudit_checks.tls_in_transit.transport_encrypted import transport_encrypted
from tests.readers.records import record, resources

DENIED: Doubt = Unknown(Why.DENIED, "rds:DescribeDBParameters")


@pytest.mark.parametrize(
    ("policy", "version"),
    [
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", TlsVersion.TLS_1_3),
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", TlsVersion.TLS_1_2),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04", TlsVersion.TLS_1_2),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", TlsVersion.TLS_1_1),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", TlsVersion.TLS_1_0),
        ("ELBSecurityPolicy-2016-08", TlsVersion.TLS_1_0),
        ("ELBSecurityPolicy-2015-05", TlsVersion.TLS_1_0),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", TlsVersion.TLS_1_2),
        ("ELBSecurityPolicy-FS-1-1-2019-08", TlsVersion.TLS_1_1),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", TlsVersion.TLS_1_2),
        ("ELBSecurityPolicy-TLS13-1-2-Future-2031-01", TlsVersion.TLS_1_2),
    ],
)
def test_the_oldest_version_of_a_security_policy(policy: str, version: TlsVersion) -> None:
    assert minimum_version(policy) == Known(version)


@pytest.mark.parametrize("policy", ["", "ELBSecurityPolicy-Future", "MyPolicy-TLS13-1-2", "ELBSecurityPolicy-TLS13-1-25"])
def test_a_security_policy_that_nothing_knows_is_unknown(policy: str) -> None:
    assert isinstance(minimum_version(policy), Unknown)


def listener(values: dict[str, Any], **observed: Any) -> Transport:
    kind = SourceKind.LIVE if observed else SourceKind.HCL
    found = resources([record("aws_lb_listener", values=values, **observed)], kind)["aws_lb_listener.x"].facets[Transport]
    assert isinstance(found, Transport)
    return found


def test_a_listener_without_a_policy_accepts_tls_1_0_declared_or_live() -> None:
    assert listener({"protocol": "HTTPS"}).minimum_version == Known(TlsVersion.TLS_1_0)
    live = listener({"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-2016-08"}, ssl_protocols=["TLSv1", "TLSv1.1", "TLSv1.2"])
    assert live.minimum_version == Known(TlsVersion.TLS_1_0)


def test_the_live_answer_goes_before_the_table() -> None:
    live = listener({"protocol": "TLS", "ssl_policy": "ELBSecurityPolicy-Custom"}, ssl_protocols=["TLSv1.3", "TLSv1.2"])
    assert live.minimum_version == Known(TlsVersion.TLS_1_2)


def verdict(transport: Transport, *behind: str) -> Verdict:
    subject = Resource("aws_lb_listener", "aws_lb_listener.x", None, Scope("aws"), {Transport: transport})
    return transport_encrypted.verdict(subject, Policy(tls=TlsPolicy(encrypted_behind=behind)))


@pytest.mark.parametrize(
    ("protocol", "ways"), [("TCP", ["tcp/443"]), ("UDP", ["udp/443"]), ("TCP_UDP", ["tcp/443", "udp/443"]), ("TCP_QUIC", ["tcp/443"])]
)
def test_what_a_listener_passes_on_is_encrypted_if_the_policy_says_so_of_all_its_ways(protocol: str, ways: list[str]) -> None:
    found = listener({"protocol": protocol, "port": 443})
    assert verdict(found, *ways, "tcp/6443").outcome is Outcome.PASS
    for way in ways:
        told = verdict(found, *(other for other in ways if other != way), "tcp/44", "tcp/4433")
        assert told.outcome is Outcome.UNKNOWN
        assert f"tls.encrypted-behind for {' and '.join(ways)}" in told.because, "what can be done is said"


@pytest.mark.parametrize("port", [None, Unknown(Why.UNRESOLVED, "var.port")])
def test_what_is_behind_a_port_that_is_not_known_is_not_known(port: Any) -> None:
    assert verdict(listener({"protocol": "TCP", "port": port}), "tcp/443").outcome is Outcome.UNKNOWN


def test_of_protocols_and_ports_that_may_be_each_counts() -> None:
    ports = Unknown(Why.UNRESOLVED, "var.port", possible=(443, 6443))
    assert verdict(listener({"protocol": "TCP", "port": ports}), "tcp/443", "tcp/6443").outcome is Outcome.PASS
    assert verdict(listener({"protocol": "TCP", "port": ports}), "tcp/443").outcome is Outcome.UNKNOWN
    either = {"protocol": Unknown(Why.UNRESOLVED, "var.tls", possible=("TLS", "TCP")), "port": 443}
    assert verdict(listener(either), "tcp/443").outcome is Outcome.PASS
    assert verdict(listener(either)).outcome is Outcome.UNKNOWN
    plain = {"protocol": Unknown(Why.UNRESOLVED, "var.tls", possible=("HTTP", "TCP")), "port": 80, "default_action": [{"type": "forward"}]}
    assert verdict(listener(plain), "tcp/80").outcome is Outcome.UNKNOWN


def test_quic_is_tls_1_3_whatever_the_policy() -> None:
    quic = listener({"protocol": "QUIC", "ssl_policy": "ELBSecurityPolicy-2016-08"})
    assert (quic.plaintext, quic.minimum_version) == (Known(Plaintext.REFUSED), Known(TlsVersion.TLS_1_3))


def test_each_protocol_that_a_listener_may_have_is_judged() -> None:
    def either(*names: str) -> Transport:
        return listener({"protocol": Unknown(Why.UNRESOLVED, "var.tls", possible=names), "default_action": [{"type": "forward"}]})

    mixed = either("HTTPS", "HTTP")
    assert isinstance(mixed.plaintext, Unknown)
    assert mixed.plaintext.possible == (Plaintext.REFUSED, Plaintext.ACCEPTED)
    assert isinstance(mixed.minimum_version, Unknown)
    assert mixed.minimum_version.possible == (TlsVersion.TLS_1_0, None)
    assert either("HTTPS", "TLS").plaintext == Known(Plaintext.REFUSED)
    doubt = either("TLS", "TCP").plaintext
    assert isinstance(doubt, Unknown)
    assert doubt.possible == (Plaintext.REFUSED, Plaintext.PASSED_ON)


def test_a_gateway_load_balancers_listener_has_no_transport_to_judge() -> None:
    values: dict[str, Any] = {"load_balancer_arn": Unknown(Why.COMPUTED, "arn", references=("aws_lb.g",), is_="aws_lb.g.arn")}
    for kind, expected in (("gateway", False), ("network", True)):
        found = resources([record("aws_lb", "g", {"load_balancer_type": kind}), record("aws_lb_listener", values=values)])
        assert (Transport in found["aws_lb_listener.x"].facets) is expected


def database(engine: str, version: str, parameters: list[dict[str, Any]] | Unknown[Any] | None, **observed: Any) -> Transport:
    values = {"engine": engine, "engine_version": version, "parameter_group_name": "own" if parameters is not None else None}
    records = [record("aws_db_instance", values=values, **observed)]
    if parameters is not None:
        records.append(record("aws_db_parameter_group", values={"name": "own", "parameter": parameters}))
    found = resources(records)["aws_db_instance.x"].facets[Transport]
    assert isinstance(found, Transport)
    return found


@pytest.mark.parametrize(
    ("engine", "version", "parameters", "expected"),
    [
        ("postgres", "16.4", [{"name": "rds.force_ssl", "value": "1"}], Plaintext.REFUSED),
        ("postgres", "16.4", [{"name": "rds.force_ssl", "value": "0"}], Plaintext.ACCEPTED),
        ("postgres", "14.9", None, Plaintext.ACCEPTED),
        ("sqlserver-se", "15.00", [{"name": "rds.force_ssl", "value": "1"}], Plaintext.REFUSED),
        ("sqlserver-ex", "15.00", None, Plaintext.ACCEPTED),
        ("mysql", "8.0.39", [{"name": "require_secure_transport", "value": "ON"}], Plaintext.REFUSED),
        ("mysql", "8.0.39", [{"name": "require_secure_transport", "value": "on"}], Plaintext.REFUSED),
        ("mariadb", "10.11", [{"name": "require_secure_transport", "value": "1"}], Plaintext.REFUSED),
        ("mysql", "8.0.39", [{"name": "max_connections", "value": "10"}], Plaintext.ACCEPTED),
    ],
)
def test_what_a_parameter_group_demands(engine: str, version: str, parameters: Any, expected: Plaintext) -> None:
    assert database(engine, version, parameters).plaintext == Known(expected)


@pytest.mark.parametrize(("engine", "version"), [("postgres", "16.4"), ("oracle-se2", "19"), ("db2-se", "11.5"), ("", ""), ("mysql", "")])
def test_what_no_parameter_tells_is_unknown(engine: str, version: str) -> None:
    assert isinstance(database(engine, version, None).plaintext, Unknown)


def test_a_group_that_waits_for_a_reboot_may_not_be_in_force() -> None:
    waiting, off = (
        database("postgres", "16.4", [{"name": "rds.force_ssl", "value": value}], parameter_apply_status="pending-reboot") for value in "10"
    )
    assert isinstance(waiting.plaintext, Unknown), "what waits may be another parameter"
    assert off.plaintext == Known(Plaintext.ACCEPTED)


def test_an_unread_parameter_group_is_unknown_and_names_the_permission() -> None:
    assert database("postgres", "16.4", DENIED).plaintext == DENIED


def encryption(kind: str, values: dict[str, Any], *others: Any, live: bool = False) -> Encryption:
    found = resources([record(kind, values=values), *others], SourceKind.LIVE if live else SourceKind.HCL)[f"{kind}.x"].facets[Encryption]
    assert isinstance(found, Encryption)
    return found


def test_a_volume_that_does_not_say_follows_the_account() -> None:
    on = record("aws_ebs_encryption_by_default", "d", {"enabled": True})
    off = record("aws_ebs_encryption_by_default", "d", {"enabled": False})
    assert encryption("aws_ebs_volume", {}, on).cipher == Known(Cipher.AES_256)
    assert encryption("aws_ebs_volume", {}, off).cipher == Known(Cipher.NONE)
    assert isinstance(encryption("aws_ebs_volume", {}).cipher, Unknown)
    assert encryption("aws_ebs_volume", {"encrypted": "true"}).cipher == Known(Cipher.AES_256)


def test_a_live_answer_that_does_not_say_is_not_the_default() -> None:
    on = record("aws_ebs_encryption_by_default", "d", {"enabled": True})
    empty = record("aws_ebs_encryption_by_default", "d", {"enabled": None})
    assert isinstance(encryption("aws_ebs_volume", {"encrypted": None}, on, live=True).cipher, Unknown)
    assert isinstance(encryption("aws_ebs_snapshot_copy", {}, empty, live=True).cipher, Unknown)
    assert encryption("aws_ebs_volume", {}, empty).cipher == Known(Cipher.AES_256)


def test_the_account_default_of_another_region_does_not_count() -> None:
    elsewhere = record("aws_ebs_encryption_by_default", "d", {"enabled": True}, region="eu-west-1")
    assert isinstance(encryption("aws_ebs_volume", {}, elsewhere).cipher, Unknown)


@pytest.mark.parametrize(
    ("key", "state"),
    [
        ({"key_id": "k", "is_enabled": False}, KeyState.DISABLED),
        ({"key_id": "k"}, KeyState.ENABLED),
    ],
)
def test_a_store_knows_the_state_of_its_declared_key(key: dict[str, Any], state: KeyState) -> None:
    store = encryption("aws_db_instance", {"storage_encrypted": True, "kms_key_id": "k"}, record("aws_kms_key", "k", key))
    assert (store.key_owner, store.key_state) == (Known(KeyOwner.CUSTOMER), Known(state))


def test_a_live_key_tells_its_own_state() -> None:
    key = record(
        "aws_kms_key", "k", {"key_id": "k", "is_enabled": False}, key_state="PendingDeletion", key_manager="CUSTOMER", origin="AWS_KMS"
    )
    store = encryption("aws_db_instance", {"storage_encrypted": True, "kms_key_id": "k"}, key, live=True)
    assert store.key_state == Known(KeyState.PENDING_DELETION)


def test_a_live_key_of_another_account_is_unknown_and_a_declared_one_is_judged_elsewhere() -> None:
    values = {"storage_encrypted": True, "kms_key_id": "arn:aws:kms:eu-central-1:999999999999:key/k"}
    live, declared = (encryption("aws_db_instance", values, live=live).key_state for live in (True, False))
    assert isinstance(live, Unknown)
    assert isinstance(declared, Unknown)
    assert (live.why, declared.why) == (Why.UNRESOLVED, Why.ELSEWHERE)


def test_china_encrypts_with_another_cipher() -> None:
    chinese = resources([record("aws_ebs_volume", values={"encrypted": True}, region="cn-north-1")])["aws_ebs_volume.x"]
    found = chinese.facets[Encryption]
    assert isinstance(found, Encryption)
    assert found.cipher == Known(Cipher.SM4_128)


@pytest.mark.parametrize(
    ("zone", "place", "country"),
    [
        ("eu-central-1a", "eu-central-1", "DE"),
        ("us-gov-west-1b", "us-gov-west-1", "US"),
        ("eu-central-1-ham-1a", "eu-central-1-ham-1a", "DE"),
        ("eu-central-1-waw-1a", "eu-central-1-waw-1a", "PL"),
        ("eu-north-1-cph-1a", "eu-north-1-cph-1a", "DK"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1-wl1-bos-wlz-1", "US"),
        ("eu-west-3-cmn-wlz-1a", "eu-west-3-cmn-wlz-1a", "MA"),
        ("us-east-1-lim-1a", "us-east-1-lim-1a", "PE"),
    ],
)
def test_a_zone_stands_in_its_region_or_in_a_city_of_its_own(zone: str, place: str, country: str) -> None:
    assert place_of_zone(zone).map(lambda found: (found.region, found.country)) == Known((place, country))


@pytest.mark.parametrize("zone", ["eu-central-1-xyz-1a", "eu-utopia-1a", "somewhere", "eu-central-1-ham-1a\n"])
def test_a_zone_in_no_table_is_nowhere_that_is_known(zone: str) -> None:
    assert isinstance(place_of_zone(zone), Unknown)


@pytest.mark.parametrize(
    ("kind", "values", "allowed"),
    [
        ("aws_ebs_volume", {"availability_zone": "eu-west-3-cmn-wlz-1a"}, False),
        ("aws_ebs_volume", {"availability_zone": "eu-central-1-waw-1a"}, True),
        ("aws_ebs_volume", {"availability_zone": "eu-central-1a", "outpost_arn": "arn:aws:outposts:eu-central-1:1:outpost/op-1"}, None),
        ("aws_db_instance", {"availability_zone": "eu-central-1a", "backup_target": "outposts"}, None),
        ("aws_db_instance", {"availability_zone": "eu-central-1a", "backup_target": "region"}, True),
    ],
)
def test_what_stands_outside_its_region_is_not_in_its_country(kind: str, values: dict[str, Any], allowed: bool | None) -> None:
    placement = resources([record(kind, values=values, region="eu-central-1")])[f"{kind}.x"].facets[Placement]
    assert isinstance(placement, Placement)
    home = placement.home.map(lambda found: found.jurisdiction == "EU")
    assert home == Known(allowed) if allowed is not None else isinstance(home, Unknown)


@pytest.mark.parametrize(
    ("region", "jurisdiction"),
    [("eu-central-1", "EU"), ("eusc-de-east-1", "EU"), ("eu-west-2", "adequacy"), ("eu-central-2", "adequacy"), ("us-east-1", "adequacy")],
)
def test_names_that_begin_with_eu_prove_nothing(region: str, jurisdiction: str) -> None:
    placement = resources([record("aws_lb", region=region)])["aws_lb.x"].facets[Placement]
    assert isinstance(placement, Placement)
    assert placement.home.map(lambda location: location.jurisdiction) == Known(jurisdiction)


def test_a_region_in_no_table_is_unknown() -> None:
    placement = resources([record("aws_lb", region="eu-utopia-1")])["aws_lb.x"].facets[Placement]
    assert isinstance(placement, Placement)
    assert isinstance(placement.home, Unknown)


def test_a_replica_has_no_backups_of_its_own() -> None:
    found = resources([record("aws_db_instance", values={"replicate_source_db": "other", "backup_retention_period": 0})])
    assert Backup not in found["aws_db_instance.x"].facets


@pytest.mark.parametrize(
    ("values", "observed", "rotation"),
    [
        ({"enable_key_rotation": True}, {}, Known(365)),
        ({"enable_key_rotation": True, "rotation_period_in_days": 90}, {}, Known(90)),
        ({}, {}, Known(None)),
    ],
)
def test_how_often_a_key_rotates(values: dict[str, Any], observed: dict[str, Any], rotation: Known[Any]) -> None:
    health = resources([record("aws_kms_key", values=values, **observed)])["aws_kms_key.x"].facets[KeyHealth]
    assert isinstance(health, KeyHealth)
    assert health.rotation_days == rotation


def test_an_imported_key_cannot_rotate() -> None:
    health = resources([record("aws_kms_key", origin="EXTERNAL", key_state="Enabled", key_manager="CUSTOMER")])["aws_kms_key.x"].facets[
        KeyHealth
    ]
    assert isinstance(health, KeyHealth)
    assert health.rotatable == Known(value=False)


@pytest.mark.parametrize(("own", "others"), [("eu-west-1", ["us-east-1", "eu-central-1"]), ("us-east-1", ["eu-west-1", "eu-central-1"])])
def test_a_multi_region_key_is_in_the_region_of_its_primary_too(own: str, others: list[str]) -> None:
    key = record("aws_kms_key", region=own, primary_region="us-east-1", replica_regions=["eu-west-1", "eu-central-1"])
    found = resources([key], SourceKind.LIVE)["aws_kms_key.x"].facets[Placement]
    assert isinstance(found, Placement)
    assert isinstance(found.copies, Known)
    assert [copy.value.region for copy in found.copies.value if isinstance(copy, Known)] == others


@pytest.mark.parametrize(
    ("name", "spec"), [("KeySpec", "RSA_2048"), ("CustomerMasterKeySpec", "RSA_2048"), ("KeySpec", "SYMMETRIC_DEFAULT")]
)
def test_an_older_answer_tells_the_kind_of_a_key_by_another_name(name: str, spec: str) -> None:
    answer = {"KeyMetadata": {name: spec, "KeyManager": "CUSTOMER"}}
    described, rotation = KEYS.details
    assert rotation.when is not None
    assert rotation.when({"DescribeKey": answer}) is (spec == "SYMMETRIC_DEFAULT")
    read = described.values["customer_master_key_spec"]
    assert not isinstance(read, str)
    assert read(answer) == spec


def test_a_store_that_is_not_encrypted_uses_no_key() -> None:
    def outcome(cipher: Attr[Cipher], state: KeyState = KeyState.ENABLED) -> Outcome:
        return encryption_key_usable.function(Encryption(cipher, key_state=Known(state))).outcome

    assert outcome(Known(Cipher.NONE), KeyState.DISABLED) is Outcome.PASS
    assert outcome(Known(Cipher.AES_256), KeyState.DISABLED) is Outcome.FAIL
    assert outcome(DENIED, KeyState.DISABLED) is Outcome.UNKNOWN
    assert outcome(DENIED) is Outcome.PASS


def test_a_key_of_aws_itself_has_no_health_to_judge() -> None:
    assert KeyHealth not in resources([record("aws_kms_key", key_manager="AWS", key_state="Enabled")])["aws_kms_key.x"].facets


WORLD = "0.0.0.0/0"
atoms = st.lists(st.tuples(st.sampled_from([22, 443, 5432]), st.sampled_from([WORLD, "10.0.0.0/8", "::/0"])), max_size=4)


@given(atoms)
def test_inline_and_split_rules_mean_the_same(rules: list[tuple[int, str]]) -> None:
    def block(port: int, cidr: str) -> dict[str, Any]:
        family = "ipv6_cidr_blocks" if ":" in cidr else "cidr_blocks"
        return {"from_port": port, "to_port": port, "protocol": "tcp", family: [cidr]}

    def split(index: int, port: int, cidr: str) -> Any:
        family = "cidr_ipv6" if ":" in cidr else "cidr_ipv4"
        values = {"security_group_id": "sg-1", "from_port": port, "to_port": port, "ip_protocol": "tcp", family: cidr}
        return record("aws_vpc_security_group_ingress_rule", str(index), values)

    inline = record("aws_security_group", values={"id": "sg-1", "ingress": [block(*rule) for rule in rules]})
    bare = record("aws_security_group", values={"id": "sg-1"})
    separate = [split(index, *rule) for index, rule in enumerate(rules)]
    assert resources([inline])["aws_security_group.x"] == resources([bare, *separate])["aws_security_group.x"]


@given(atoms, st.randoms())
def test_the_order_of_rules_does_not_matter(rules: list[tuple[int, str]], random: Any) -> None:
    blocks = [{"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": [cidr, "10.0.0.0/8"]} for port, cidr in rules]
    shuffled = random.sample(blocks, len(blocks))
    there, back = (
        resources([record("aws_security_group", values={"ingress": some})])["aws_security_group.x"] for some in (blocks, shuffled)
    )
    assert there == back


def test_a_rule_that_may_belong_to_the_group_makes_it_unknown() -> None:
    group = record("aws_security_group", values={"id": "sg-1"})
    which: Attr[str] = Unknown(Why.UNRESOLVED, "var.group has no default")
    stray = record("aws_vpc_security_group_ingress_rule", "r", {"security_group_id": which, "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"})
    facet = resources([group, stray])["aws_security_group.x"].facets[Ingress]
    assert isinstance(facet, Ingress)
    assert isinstance(facet.rules, Known)
    assert isinstance(facet.rules.value[0].applies, Unknown)


SPLIT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "aws_s3_bucket_policy": ({"policy": '{"Statement": []}'}, {"policy": '{"Statement": []}'}),
    "aws_s3_bucket_server_side_encryption_configuration": (
        {"server_side_encryption_configuration": [{"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}]},
        {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]},
    ),
}


@pytest.mark.parametrize("kind", SPLIT)
def test_a_bucket_means_the_same_inline_and_split(kind: str) -> None:
    inline, split = SPLIT[kind]
    whole = resources([record("aws_s3_bucket", values={"bucket": "data", **inline})])["aws_s3_bucket.x"]
    parts = resources([record("aws_s3_bucket", values={"bucket": "data"}), record(kind, "c", {"bucket": "data", **split})])[
        "aws_s3_bucket.x"
    ]
    assert whole == parts


def test_a_file_that_could_not_be_read_may_hold_the_policy() -> None:
    gap = Gap(Why.FAILED, "policy.tf does not parse", Origin("policy.tf", 3))
    found = resources([record("aws_s3_bucket", values={"bucket": "data"})], gaps=[gap])["aws_s3_bucket.x"].facets[Transport]
    assert isinstance(found, Transport)
    assert isinstance(found.plaintext, Unknown)
    assert "policy.tf" in found.plaintext.cause


def test_two_policies_for_one_bucket_compete() -> None:
    policies = [record("aws_s3_bucket_policy", name, {"bucket": "data", "policy": "{}"}) for name in ("a", "b")]
    found = resources([record("aws_s3_bucket", values={"bucket": "data"}), *policies])["aws_s3_bucket.x"].facets[Transport]
    assert isinstance(found, Transport)
    assert isinstance(found.plaintext, Unknown)


def opened(*records: Any) -> dict[str, Any]:
    """The outcome of the ports check, by address."""
    from cloudaudit.plugins import checks
    from cloudaudit.policy import Policy

    check = next(check for check in checks() if check.id == "sensitive-ports-closed-to-world")
    found = resources(list(records))
    return {address: check.verdict(one, Policy()).outcome.value for address, one in found.items() if check.applies_to(one)}


SSH = {"from_port": 22, "to_port": 22, "ip_protocol": "tcp", "cidr_ipv4": WORLD}


def test_a_known_open_port_fails_whatever_else_may_apply() -> None:
    group = record(
        "aws_security_group",
        values={"id": "sg-1", "ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": [WORLD]}]},
    )
    stray = record(
        "aws_vpc_security_group_ingress_rule", "r", {**SSH, "security_group_id": Unknown(Why.UNRESOLVED, "var.group has no default")}
    )
    assert opened(group, stray)["aws_security_group.x"] == "fail"


def either(*values: Any) -> Unknown[Any]:
    return Unknown(Why.UNRESOLVED, "var.u has no default", possible=values)


@pytest.mark.parametrize(
    "block",
    [
        {"from_port": either(22, 443), "to_port": either(22, 443), "protocol": either("tcp", "icmp"), "cidr_blocks": either([WORLD], [])},
        {"from_port": 22, "to_port": 22, "protocol": "tcp", "prefix_list_ids": either(["pl-1"], ["pl-2"])},
        {"from_port": 0, "to_port": 0, "protocol": either("-1", "tcp"), "cidr_blocks": [WORLD]},
    ],
)
def test_either_of_two_rules_is_neither(block: dict[str, Any]) -> None:
    assert opened(record("aws_security_group", values={"ingress": [block]}))["aws_security_group.x"] == "unknown"
    split = {**block, "type": either("ingress", "egress"), "security_group_id": "sg-elsewhere"}
    assert opened(record("aws_security_group_rule", "r", split))["aws_security_group_rule.r"] == "unknown"


def test_a_rule_whose_group_is_elsewhere_is_judged_by_itself_and_only_then() -> None:
    elsewhere = record("aws_vpc_security_group_ingress_rule", "r", {**SSH, "security_group_id": "sg-elsewhere"})
    assert opened(elsewhere) == {"aws_vpc_security_group_ingress_rule.r": "fail"}
    group = record("aws_security_group", values={"id": "sg-elsewhere"})
    assert opened(group, elsewhere) == {"aws_security_group.x": "fail"}
    out = {"security_group_id": "sg-2", "type": "egress", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": [WORLD]}
    assert opened(record("aws_security_group_rule", "out", out)) == {}


def test_a_rule_that_may_not_be_there_opens_nothing_for_sure() -> None:
    import msgspec

    group = record("aws_security_group", values={"id": "sg-1"})
    rule = record("aws_vpc_security_group_ingress_rule", "r", {**SSH, "security_group_id": "sg-1"})
    assert (
        opened(group, msgspec.structs.replace(rule, presence=Unknown(Why.UNRESOLVED, "var.n has no default")))["aws_security_group.x"]
        == "unknown"
    )


def test_a_rule_of_a_group_that_is_not_declared_may_be_of_any() -> None:
    group = record("aws_security_group", values={})
    error: Doubt = Unknown(Why.UNRESOLVED, "aws_security_group.gone is not declared", references=("aws_security_group.gone",))
    world = {"type": "ingress", "cidr_blocks": ["0.0.0.0/0"], "protocol": "-1"}
    assert opened(group, record("aws_security_group_rule", "r", {"security_group_id": error, **world}))["aws_security_group.x"] == "unknown"
