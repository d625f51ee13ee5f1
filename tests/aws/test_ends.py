"""How a scan ends: in time and with what it has read, whatever a server does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from cloudaudit.model import Collection, CoverageStatus, Why
from cloudaudit.sources.live.transport import Deadline
from tests.aws.loopback import Asked, Loopback, send, serialised

VOLUMES, BUCKETS, KEYS, IDENTITY = "ec2:DescribeVolumes", "s3:ListBuckets", "kms:ListKeys", "sts:GetCallerIdentity"
VOLUME = {"VolumeId": "vol-1", "AvailabilityZone": "eu-central-1a", "Encrypted": True, "KmsKeyId": "arn:aws:kms:eu-central-1:1:key/k"}


def addresses(collection: Collection, kind: str) -> list[str]:
    return [record.values["id"] for record in collection.records if record.type == kind]


def test_an_account_without_faults_is_read_whole(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says(VOLUMES, Volumes=[VOLUME])
    collection = scanned()
    assert not collection.gaps
    assert {row.status for row in collection.coverage if row.type != "*"} == {CoverageStatus.COMPLETE}
    assert addresses(collection, "aws_ebs_volume") == ["vol-1"]


@pytest.mark.parametrize("fault", ["hangs", "drips"])
def test_a_scan_ends_with_what_it_has_read(fault: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """The time is up once everything else has answered."""
    time = [0.0]

    def last(done: int, known: int) -> None:
        time[0] = 100.0 if known - done == 1 else 0.0

    cloud.says(VOLUMES, Volumes=[VOLUME])
    getattr(cloud, fault)(KEYS)
    collection = scanned(ends=Deadline(10.0, lambda: time[0]), progress=last)
    (gap,) = collection.gaps
    assert gap.what == f"the deadline of the scan had passed before these had answered: {KEYS} (once)"
    assert (gap.remedy, gap.types) == ("scan again with a longer deadline", ("aws_kms_key",))
    assert addresses(collection, "aws_ebs_volume") == ["vol-1"]
    statuses = {row.type: (row.status, row.why) for row in collection.coverage}
    assert statuses["aws_kms_key"] == (CoverageStatus.FAILED, Why.FAILED)
    assert statuses["aws_ebs_volume"][0] is CoverageStatus.COMPLETE


def test_what_was_never_to_be_asked_is_not_missed(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """The listing tells where its buckets are: the scan does not wait for a call that says so."""
    hung = ("s3:GetBucketEncryption", "eu-central-1")
    cloud.says(BUCKETS, Buckets=[{"Name": name, "BucketRegion": "eu-central-1", "CreationDate": "2024-01-01T00:00:00Z"} for name in "ab"])
    cloud.hangs(hung[0])
    gaps = scanned(ends=Deadline(10.0, lambda: 100.0 if cloud.asked[hung] == 2 else 0.0)).gaps
    missed = "\n".join(gap.what for gap in gaps)
    assert f"{hung[0]} (2 times)" in missed
    assert "GetBucketLocation" not in missed


@pytest.mark.parametrize("fault", ["hangs", "drips"])
def test_an_identity_that_never_comes_ends_the_scan_in_time(fault: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    getattr(cloud, fault)(IDENTITY)
    began = monotonic()
    collection = scanned(0.5)
    assert monotonic() - began < 0.5 + 5, "two seconds at most, and what a busy machine adds"
    (gap,) = collection.gaps
    assert gap.what == f"the account cannot be read: {IDENTITY}: the deadline of the scan had passed"
    assert [row.status for row in collection.coverage] == [CoverageStatus.FAILED]


def test_pages_that_run_in_a_circle_are_cut(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    for number in range(20):
        cloud.says(VOLUMES, Volumes=[VOLUME], NextToken="ab"[number % 2], times=1)
    collection = scanned()
    assert cloud.asked[VOLUMES, "eu-central-1"] == 3
    (gap,) = collection.gaps
    assert (gap.why, gap.what) == (
        Why.TRUNCATED,
        f"{VOLUMES} answered incompletely in eu-central-1: the answer's pages run in a circle",
    )
    assert addresses(collection, "aws_ebs_volume") == ["vol-1"]


def test_an_answer_that_says_it_is_cut_and_not_how_to_go_on_is_incomplete(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says(KEYS, Keys=[{"KeyId": "k", "KeyArn": "arn:aws:kms:eu-central-1:1:key/k"}], Truncated=True)
    gaps = [gap for gap in scanned().gaps if gap.origin.call == KEYS]
    assert [(gap.why, "says that there is more" in gap.what) for gap in gaps] == [(Why.TRUNCATED, True)]


def test_one_deadline_holds_for_the_role_too(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """The role costs nearly all of the time; with a deadline of its own, its first call would have as much again."""
    time = [0.0]
    role = {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t"}

    def late(asked: Asked, handler: Any) -> None:
        time[0] = 9.9
        send(handler, 200, serialised(asked, {"Credentials": role}))

    def never(_asked: Asked, _handler: Any) -> None:
        time[0] = 10.1
        cloud.over.wait(60)

    cloud.on("sts:AssumeRole", late)
    cloud.on(IDENTITY, never)
    began = monotonic()
    (gap,) = scanned(ends=Deadline(10.0, lambda: time[0]), role_arn="arn:aws:iam::1:role/r").gaps
    assert monotonic() - began < 30
    assert f"{IDENTITY}: the deadline of the scan had passed" in gap.what


_SSO = """[profile sso]
sso_session = s
sso_account_id = 123456789012
sso_role_name = audit
[sso-session s]
sso_start_url = https://example.invalid/start
sso_region = eu-central-1
"""


@pytest.mark.parametrize(
    ("config", "said", "remedy"),
    [
        (_SSO, "the SSO session has expired, or nobody has logged in", "aws sso login --profile sso"),
        (
            "[profile sso]\ncredential_process = /nonexistent/helper\n",
            "the credential provider custom-process failed: No such file or directory: /nonexistent/helper",
            "renew the credentials and scan again",
        ),
    ],
)
def test_credentials_that_cannot_be_had_are_one_gap_with_the_command_that_helps(
    config: str, said: str, remedy: str, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (gap,) = scanned(emulated=False, profile="sso").gaps
    assert said in gap.what
    assert gap.remedy == remedy


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ExpiredToken", "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew"),
        ("InvalidClientTokenId", "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew"),
        ("RequestTimeTooSkewed", "timedatectl set-ntp true"),
    ],
)
def test_credentials_that_are_refused_say_how_to_renew_them(
    code: str, remedy: str, cloud: Loopback, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    cloud.refuses(IDENTITY, code)
    (gap,) = scanned(emulated=False).gaps
    assert remedy in gap.remedy


def test_a_role_of_the_profile_that_is_refused_is_named(
    cloud: Loopback, scanned: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The SDK assumes it when the first call is signed: that call is not what was refused."""
    base = "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n"
    (tmp_path / "config").write_text(
        f"{base}[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nregion = eu-central-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.url)
    cloud.refuses("sts:AssumeRole", "AccessDenied")
    (gap,) = scanned(emulated=False, profile="role").gaps
    assert (gap.why, gap.remedy) == (Why.DENIED, "allow sts:AssumeRole")
    assert "sts:AssumeRole" in gap.what
