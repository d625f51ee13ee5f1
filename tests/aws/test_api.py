"""The seam to AWS: what its errors mean, how long a call is tried, what is counted, and what is never said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError, ReadTimeoutError, SSOTokenLoadError

from cloudaudit.model import Why
from cloudaudit.report.remedies import remedy as advice
from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.api import Aws, Patience, explained
from cloudaudit_aws.credentials import NoCredentials, opened
from cloudaudit_aws.errors import DENIED, EXPIRED, INVALID, SKEWED, THROTTLED, refused

VOLUMES = "ec2:DescribeVolumes"


class Clock:
    """Time that passes only in pauses."""

    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def patience(self, **changes: Any) -> Patience:
        return Patience(sleep=self.sleep, now=self.now, **changes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def error_of(aws: Aws, call: str = VOLUMES) -> CallError:
    with pytest.raises(CallError) as caught:
        list(aws.pages(call, {}, "eu-central-1"))
    return caught.value


def test_a_throttled_call_ends_after_its_attempts(faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "RequestLimitExceeded", status=503)
    aws = Aws(faults.session, patience=clock.patience(attempts=5))
    error = error_of(aws)
    assert error.why is Why.THROTTLED
    assert aws.calls == {VOLUMES: 5}, "every HTTP request counts"
    assert len(clock.pauses) == 4
    assert all(pause <= 0.5 * 2**number for number, pause in enumerate(clock.pauses))


def test_a_throttled_call_ends_at_the_deadline(faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400)
    aws = Aws(faults.session, patience=clock.patience(attempts=10**6, deadline=120.0))
    assert error_of(aws).why is Why.THROTTLED
    assert clock.time <= 120.0
    aws.deadline.stop()
    late = error_of(aws)
    assert (late.why, late.permission) == (Why.FAILED, VOLUMES)
    assert "deadline" in late.message


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "17"},
        {"x-amz-retry-after": "17000"},
        {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)},
    ],
)
def test_retry_after_is_honoured(headers: dict[str, str], faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400, headers=headers, times=1)
    list(Aws(faults.session, patience=clock.patience(deadline=7200.0)).pages(VOLUMES, {}, "eu-central-1"))
    (pause,) = clock.pauses
    assert pause == 17 or 3000 < pause <= 3600


@pytest.mark.parametrize(
    ("headers", "options", "said", "remedy"),
    [
        ({}, {"attempts": 3}, "Throttling, in each of 3 attempts", "scan again with fewer workers"),
        ({}, {"attempts": 10**6, "deadline": 60.0}, "Throttling, until the deadline of the scan", "fewer workers or a longer deadline"),
        ({"Retry-After": "3600"}, {}, "asks to wait for 3,600 s, beyond the deadline", "scan again later, or with a longer deadline"),
    ],
)
def test_what_is_throttled_says_how_it_ended(
    headers: dict[str, str], options: dict[str, Any], said: str, remedy: str, faults: Any, clock: Clock
) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400, headers=headers)
    error = error_of(Aws(faults.session, patience=clock.patience(**options)))
    assert said in error.message
    assert error.remedy.endswith(remedy)
    assert ("until the deadline" in f"{error}") == ("until the deadline" in said), "it is said only when it was"


def test_a_stop_ends_a_pause_at_once(faults: Any) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400, headers={"Retry-After": "60"})
    aws = Aws(faults.session)
    timer = Timer(0.5, aws.deadline.stop)
    timer.start()
    begin = monotonic()
    assert error_of(aws).why is Why.FAILED
    assert monotonic() - begin < 20


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "1e308", "9" * 40, "Wed, 99 Foo 2026"])
def test_an_odd_retry_after_does_no_harm(nonsense: str, faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400, headers={"Retry-After": nonsense}, times=1)
    list(Aws(faults.session, patience=clock.patience()).pages(VOLUMES, {}, "eu-central-1"))
    assert max(clock.pauses) <= 60


def test_a_retry_after_beyond_the_deadline_ends_the_call(faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "Throttling", status=400, headers={"Retry-After": "999999999"})
    assert error_of(Aws(faults.session, patience=clock.patience())).why is Why.THROTTLED
    assert clock.pauses == []


def test_a_service_that_is_down_does_not_cost_every_call_the_full_patience(faults: Any, clock: Clock) -> None:
    faults.disconnect("s3:GetBucketPolicy")
    aws = Aws(faults.session, patience=clock.patience())
    for _ in range(10):
        with pytest.raises(CallError):
            list(aws.pages("s3:GetBucketPolicy", {"Bucket": "acme-web-assets"}, "eu-central-1"))
    assert aws.calls["s3:GetBucketPolicy"] == 4 + 9


def test_denied_calls_are_not_tried_again(faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, "UnauthorizedOperation")
    aws = Aws(faults.session, patience=clock.patience())
    assert error_of(aws).why is Why.DENIED
    assert aws.calls == {VOLUMES: 1}


def response(code: str, message: str = "", status: int = 400) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}


@pytest.mark.parametrize(
    ("codes", "why", "said"),
    [
        (EXPIRED, Why.DENIED, "the credentials have expired"),
        (INVALID, Why.DENIED, "the credentials are not valid here"),
        (SKEWED, Why.DENIED, "the clock of this machine"),
        (DENIED, Why.DENIED, ""),
        (THROTTLED, Why.THROTTLED, ""),
        (frozenset({"InternalError", "InvalidParameterValue", "NoSuchBucket", ""}), Why.FAILED, ""),
    ],
)
def test_what_codes_mean(codes: frozenset[str], why: Why, said: str) -> None:
    for code in codes:
        error = refused("s3:GetBucketEncryption", response(code))
        assert (error.why, error.code) == (why, code)
        assert "s3:GetEncryptionConfiguration" in error.detail
        assert said in error.message


@pytest.mark.parametrize(("status", "why"), [(401, Why.DENIED), (403, Why.DENIED), (429, Why.THROTTLED), (500, Why.FAILED)])
def test_a_code_that_no_table_knows_is_judged_by_its_status(status: int, why: Why) -> None:
    error = refused("kms:ListKeys", response("Whatever", status=status))
    assert error.why is why
    assert error.passing == (status in {429, 500})


@pytest.mark.parametrize("broken", [{}, {"Error": None}, {"Error": {"Code": None}}, {"ResponseMetadata": {}}])
def test_an_error_without_a_code_is_a_failure(broken: dict[str, Any]) -> None:
    assert refused("kms:ListKeys", broken).why is Why.FAILED


def test_aws_names_the_permission_better_than_a_table() -> None:
    message = "User: x is not authorized to perform: kms:ListAliases on resource: *"
    assert refused("kms:ListKeys", response("AccessDeniedException", message)).detail == "kms:ListAliases"


_MAY_NOT = "User: arn:aws:iam::1:user/x is not authorized to perform: s3:GetBucketPolicy on resource: y"


@pytest.mark.parametrize(
    ("said", "message", "remedy"),
    [
        ("with an explicit deny in a permissions boundary", "denied by a permissions boundary", "lift the denial of {} in that boundary"),
        ("with an explicit deny in a VPC endpoint policy", "denied by a VPC endpoint policy", "lift the denial of {} in that policy"),
        ("because no identity-based policy allows the s3:GetBucketPolicy action", "", "allow {}"),
        ("because no permissions boundary allows the action", "no permissions boundary allows it", "allow {} in that boundary too"),
        ("because no service control policy allows the action", "no service control policy allows it", "allow {} in that policy too"),
        ("because no resource-based policy allows the action", "no resource-based policy allows it", "allow {} in that policy too"),
        ("because no session policy allows the action", "no session policy allows it", "allow {} in that policy too"),
    ],
)
def test_the_remedy_is_where_the_denial_is(said: str, message: str, remedy: str) -> None:
    error = refused("s3:GetBucketPolicy", response("AccessDenied", f"{_MAY_NOT} {said}", 403))
    assert (error.message, error.remedy) == (message, remedy.format("s3:GetBucketPolicy"))
    assert ("grant it" in advice(error.unknown)) == (not message)


@pytest.mark.parametrize("code", ["RequestTimeout", "RequestTimeoutException", "InternalError", "ServiceUnavailable"])
def test_what_passes_is_tried_again_whatever_its_status(code: str, faults: Any, clock: Clock) -> None:
    faults.refuse(VOLUMES, code, status=400, times=2)
    aws = Aws(faults.session, patience=clock.patience())
    assert list(aws.pages(VOLUMES, {}, "eu-central-1"))
    assert aws.calls == {VOLUMES: 3}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("RequestTimeTooSkewed", ""),
        ("RequestExpired", ""),
        ("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z"),
        ("InvalidSignatureException", "Signature not yet current: 20260101T000000Z is still later than 20251231T230000Z"),
    ],
)
@pytest.mark.parametrize(("minutes", "said"), [(125, "behind"), (-125, "ahead of")])
def test_a_clock_that_is_wrong_is_called_that(code: str, text: str, minutes: int, said: str) -> None:
    answer = response(code, text, 403)
    answer["ResponseMetadata"]["HTTPHeaders"] = {"date": format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)}
    error = refused("sts:GetCallerIdentity", answer)
    assert error.message == f"the clock of this machine is 125 minutes {said} that of AWS ({code})"
    assert "timedatectl set-ntp true" in error.remedy


SECRET = "FwoGZXIvYXdzEJr-session-token"


@pytest.mark.parametrize("code", sorted(EXPIRED | INVALID | SKEWED | DENIED | THROTTLED))
def test_what_a_server_repeats_of_a_signed_request_is_never_said(code: str) -> None:
    message = f"The Canonical String for this request should have been 'POST / x-amz-security-token:{SECRET}'"
    error = refused("sts:GetCallerIdentity", response(code, message))
    assert SECRET not in f"{error} {error.detail} {error.message} {error.remedy} {error!r}"


@pytest.mark.parametrize("code", ["AuthorizationHeaderMalformed", "IncompleteSignatureException", "SomethingNew"])
def test_a_key_id_that_a_server_repeats_is_never_said(code: str) -> None:
    error = refused("s3:ListBuckets", response(code, "Credential=AKIAIOSFODNN7EXAMPLE/20260101 is not good, ASIAIOSFODNN7EXAMPLE"))
    assert "IOSFODNN7EXAMPLE" not in f"{error} {error.message} {error.remedy}"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """A machine with this AWS configuration, and no other credentials."""

    def configured(line: str = "", **environment: str) -> None:
        config = tmp_path / "config"
        config.write_text(f"[default]\n{line}\n")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        places = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
        for name, value in (places | environment).items():
            monkeypatch.setenv(name, value)

    return configured


@pytest.mark.parametrize(
    ("line", "environment", "said"),
    [
        ("credential_process = /nonexistent/x", {}, "custom-process failed: No such file or directory: /nonexistent/x"),
        ("credential_process = echo hello-TOPSECRET", {}, "custom-process failed (JSONDecodeError)"),
        ("credential_process = sh -c 'echo TOPSECRET >&2; exit 3'", {}, "custom-process failed"),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/TOPSECRET"}, "container-role failed (ValueError)"),
    ],
)
def test_a_credential_provider_that_fails_is_named_and_never_quoted(
    line: str, environment: dict[str, str], said: str, machine: Callable[..., None]
) -> None:
    machine(line, **environment)
    with pytest.raises(NoCredentials) as caught:
        opened(None, emulated=False)
    assert str(caught.value) == f"the credential provider {said}"


def test_credentials_that_cannot_be_fetched_when_a_call_needs_them_are_none(machine: Callable[..., None], clock: Clock) -> None:
    machine(AWS_ROLE_ARN="arn:aws:iam::123456789012:role/x", AWS_WEB_IDENTITY_TOKEN_FILE="/nonexistent")
    error = error_of(Aws(opened(None, emulated=False), patience=clock.patience()))
    assert (error.why, error.remedy) == (Why.DENIED, "renew the credentials and scan again")
    assert "assume-role-with-web-identity failed: No such file or directory: /nonexistent" in error.message


def test_a_failures_text_is_one_short_line() -> None:
    error = refused("kms:ListKeys", response("ValidationException", "bad\n\x1b[31mtext " + "x" * 10_000))
    assert "\n" not in error.message
    assert "\x1b" not in error.message
    assert len(error.message) < 250


@pytest.mark.parametrize(
    ("raised", "why", "passing"),
    [
        (NoCredentialsError(), Why.DENIED, False),
        (SSOTokenLoadError(error_msg="expired"), Why.DENIED, False),
        (ReadTimeoutError(endpoint_url="https://ec2"), Why.FAILED, True),
        (KeyError("Buckets"), Why.FAILED, False),
        (OSError(24, "Too many open files"), Why.FAILED, False),
    ],
)
def test_what_the_sdk_raises_isexplained(raised: Exception, why: Why, passing: bool) -> None:
    error = explained(VOLUMES, raised)
    assert (error.why, error.passing) == (why, passing)
    assert error.operation == VOLUMES


def test_pages_that_run_in_a_circle_are_truncated(faults: Any, hurried: Patience) -> None:
    faults.answer(VOLUMES, 200, "<DescribeVolumesResponse><volumeSet/><nextToken>same</nextToken></DescribeVolumesResponse>")
    assert error_of(Aws(faults.session, patience=hurried)).why is Why.TRUNCATED


@pytest.mark.parametrize("address", ["http://[::1", "no address", "ftp:x"])
def test_an_address_that_is_none_is_said_to_be(address: str, hurried: Patience) -> None:
    with pytest.raises(CallError) as caught:
        list(Aws(opened(None, emulated=True), endpoint_url=address, patience=hurried).pages(VOLUMES, {}, "eu-central-1"))
    assert (caught.value.why, caught.value.message) == (Why.FAILED, "its address is none that can be asked")
    assert "--endpoint-url" in caught.value.remedy


@pytest.mark.parametrize("call", ["ec2:NoSuchOperation", "nosuchservice:Describe", "ec2:DescribeVolumes"])
def test_a_call_that_cannot_even_be_made_is_a_failure(call: str, faults: Any, hurried: Patience) -> None:
    with pytest.raises(CallError) as caught:
        list(Aws(faults.session, patience=hurried).pages(call, {"NoSuchArgument": 1}, "eu-central-1"))
    assert caught.value.why is Why.FAILED


def test_clients_are_made_once_for_all_threads(faults: Any, read: Callable[..., Any]) -> None:
    made: list[tuple[str, str]] = []
    create = faults.session.create_client

    def counted(service: str, **options: Any) -> Any:
        made.append((service, options["region_name"]))
        return create(service, **options)

    faults.session.create_client = counted
    try:
        read()
    finally:
        faults.session.create_client = create
    assert len(made) == len(set(made)) == 8, "s3 in three regions, five other services in one"


def test_the_tables_need_no_sdk() -> None:
    script = """
import sys
from cloudaudit_aws.scan import listings, permissions
assert permissions() and listings()
loaded = {"boto3", "botocore", "moto", "concurrent.futures.thread"} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", script], check=True)
