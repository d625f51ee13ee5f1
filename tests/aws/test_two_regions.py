"""What has one name in two regions is two things: what is true or refused in one says nothing of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from cloudaudit.model import Collection, Outcome
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect
from cloudaudit_aws.scan import listings
from tests.aws.loopback import Loopback
from tests.aws.recorded import ABROAD, KEYS, NUMBER, REGION, Answers, Recorded, answers, arn
from tests.aws.test_meaning import findings, item
from tests.aws.test_reviewed import changed

ACCOUNT = Account("aws", NUMBER, REGION, (REGION, ABROAD), "aws")
Change = dict[str, Any]


def moved(value: Any) -> Any:
    """The same abroad. Networks have ids that no other region has."""
    if isinstance(value, dict):
        return {name: moved(part) for name, part in value.items()}
    if isinstance(value, list):
        return [moved(part) for part in value]
    return value.replace(REGION, ABROAD).replace("vpc-", "vpc-9") if isinstance(value, str) else value


class TwoRegions(Recorded):
    """The recorded account once at home and once abroad, with its buckets."""

    def __init__(self, home: Answers, abroad: Answers) -> None:
        super().__init__(home)
        self.abroad = Recorded({(call, moved(of)): moved(page) for (call, of), page in abroad.items()})

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        elsewhere = region == ABROAD and not call.startswith("s3:")
        return self.abroad.pages(call, args, region) if elsewhere else super().pages(call, args, region)


def outcomes(home: Answers, abroad: Answers) -> dict[tuple[str, str], Outcome]:
    source = collect(listings(), TwoRegions(home, abroad), ACCOUNT, workers=1)
    return {key: finding.outcome for key, finding in findings(source).items()}


def change(call: str, of: str, at: str, to: Any) -> Change:
    return {"call": call, "of": of, "at": at, "to": to}


_LEDGER = "DBClusters[DBClusterIdentifier=ledger]"
_DEFAULT = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"
_BY_NAME = change("s3:GetBucketEncryption", "overseas", _DEFAULT, {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/used"})
_WEAK = change("rds:DescribeDBParameters", '"tls"', "Parameters[ParameterName=rds.force_ssl].ParameterValue", "0")
_WEAK_CLUSTER = change("rds:DescribeDBClusterParameters", "", "Parameters[ParameterName=rds.force_ssl].ParameterValue", "0")
_BARE = [
    change("rds:DescribeDBClusters", "", f"{_LEDGER}.StorageEncrypted", False),
    change("rds:DescribeDBClusters", "", f"{_LEDGER}.StorageEncryptionType", "none"),
]
_RETIRED = change("kms:ListAliases", "", "Aliases[AliasName=alias/used].TargetKeyId", KEYS["retired"])
_DISABLED = change("kms:DescribeKey", KEYS["used"], "KeyMetadata.KeyState", "Disabled")
_OLD = change("elbv2:DescribeSSLPolicies", "", "SslPolicies[0].SslProtocols", ["TLSv1"])
_OPEN = "SecurityGroups[GroupId=sg-1].IpPermissions"
_REFUSED = {"call": "elbv2:DescribeRules", "of": 'listener/app/app/shop/80"', "to": "AccessDenied"}


def at_both(service: str, name: str) -> tuple[str, str]:
    return arn(service, name), arn(service, name, ABROAD)


CASES: dict[str, tuple[Sequence[Change], Sequence[Change], str, tuple[str, str], tuple[str, str]]] = {
    "a parameter group abroad": ([], [_WEAK], "transport-encrypted", at_both("rds", "db:orders"), ("pass", "fail")),
    "a parameter group at home": ([_WEAK], [], "transport-encrypted", at_both("rds", "db:orders"), ("fail", "pass")),
    "a cluster's group": ([], [_WEAK_CLUSTER], "transport-encrypted", at_both("rds", "cluster:ledger"), ("pass", "fail")),
    "the storage of a cluster": ([], _BARE, "data-encrypted-at-rest", at_both("rds", "db:member"), ("pass", "fail")),
    "an alias that a bucket names": (
        [_BY_NAME],
        [_RETIRED],
        "encryption-key-usable",
        ("arn:aws:s3:::by-alias", "arn:aws:s3:::overseas"),
        ("pass", "fail"),
    ),
    "a key of one id": ([], [_DISABLED], "encryption-key-usable", at_both("rds", "db:orders"), ("pass", "fail")),
    "a group of one id": (
        [],
        [change("ec2:DescribeSecurityGroups", "", _OPEN, [])],
        "sensitive-ports-closed-to-world",
        at_both("ec2", "security-group/sg-1"),
        ("fail", "pass"),
    ),
    "a policy of one name": (
        [],
        [_OLD],
        "tls-minimum-version",
        at_both("elasticloadbalancing", "listener/app/app/shop/443"),
        ("pass", "fail"),
    ),
    "rules that are refused": (
        [],
        [_REFUSED],
        "transport-encrypted",
        at_both("elasticloadbalancing", "listener/app/app/shop/80"),
        ("pass", "unknown"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_region_has_its_own(case: str) -> None:
    home, abroad, check, addresses, expected = CASES[case]
    found = outcomes(changed(home), changed(abroad))
    assert tuple(found[check, address] for address in addresses) == expected


_SOURCE = "DBInstances[DBInstanceIdentifier=replica].ReadReplicaSourceDBInstanceIdentifier"


@pytest.mark.parametrize(
    ("source", "abroad", "outcome"),
    [
        (arn("rds", "db:orders", ABROAD), [], None),
        (arn("rds", "db:deleted", ABROAD), [], "unknown"),
        (arn("rds", "db:deleted", ABROAD), [{"call": "rds:DescribeDBInstances", "to": "AccessDenied"}], None),
        (arn("rds", "db:orders", ABROAD).replace(NUMBER, "999999999999"), [], None),
    ],
)
def test_a_replica_leaves_its_backups_to_no_source_that_was_deleted(source: str, abroad: Sequence[Change], outcome: str | None) -> None:
    """None: its source is judged, or a gap says that it may be."""
    found = outcomes(changed([change("rds:DescribeDBInstances", "", _SOURCE, source)]), changed(abroad))
    assert found.get(("backups-kept-long-enough", arn("rds", "db:replica"))) == outcome


@pytest.mark.parametrize(("looked_at", "outcome"), [((REGION, ABROAD), "unknown"), ((), "unknown"), ((REGION,), None)])
def test_a_source_in_a_region_that_is_left_out_is_the_concern_of_whoever_looks_there(
    looked_at: tuple[str, ...], outcome: str | None, cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    replica = item(answers(), "rds:DescribeDBInstances", "DBInstanceIdentifier", "replica")
    replica = {name: value for name, value in replica.items() if not isinstance(value, datetime)}
    source = {"ReadReplicaSourceDBInstanceIdentifier": arn("rds", "db:deleted", ABROAD)}
    cloud.regions(REGION, ABROAD)
    cloud.says("rds:DescribeDBInstances", region=REGION, DBInstances=[replica | source])
    found = findings(scanned(regions=looked_at)).get(("backups-kept-long-enough", arn("rds", "db:replica")))
    assert (found.outcome if found is not None else None) == outcome


@pytest.mark.parametrize("call", sorted({call for call, _ in answers() if not call.startswith("s3:")}))
def test_what_is_refused_in_one_region_moves_nothing_in_the_other(call: str) -> None:
    before = outcomes(answers(), answers())
    refused: Answers = {key: "AccessDenied" if key[0] == call else page for key, page in answers().items()}
    after = outcomes(answers(), refused)
    assert {key: outcome for key, outcome in before.items() if ABROAD not in key[1] and after.get(key) is not outcome} == {}
