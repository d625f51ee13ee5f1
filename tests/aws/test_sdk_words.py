"""What the SDK's errors say is told without a password, whatever it is made of and wherever its address stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore import exceptions
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.api import Aws, Patience, explained
from cloudaudit_aws.credentials import opened
from cloudaudit_aws.sdk_words import host, worded

CALL = "ec2:DescribeVolumes"
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(lambda text: f"hunter2{text}2retnuh")


@given(
    user=SECRETS,
    password=SECRETS,
    place=st.sampled_from(["127.0.0.1:9", "proxy.example", "[::1]:8080"]),
    tail=st.sampled_from(["", "/", "/x?y=z"]),
)
def test_of_an_address_its_host_is_told(user: str, password: str, place: str, tail: str) -> None:
    assert host(f"http://{user}:{password}@{place}{tail}") == place


def test_what_is_no_host_is_not_told() -> None:
    assert host("http://hunter2 secret") == host("hunter2:x y") == host("") == "…"


def classes() -> list[type[exceptions.BotoCoreError]]:
    """Every error that the SDK has."""
    found = [value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, exceptions.BotoCoreError)]
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("address", ["http://audit:hunter2 x@127.0.0.1:9", "http://audit:a/hunter2?@127.0.0.1:9/", "audit:hunter2@[h"])
def test_no_error_of_the_sdk_tells_a_password(kind: type[exceptions.BotoCoreError], address: str) -> None:
    names = set(re.findall(r"{(\w+)", kind.fmt))
    values: dict[str, Any] = dict.fromkeys(names, address)
    values |= {"error": ValueError(f"Failed to parse: {address}")} if "error" in names else {}
    values |= {"last_response": {"Error": {"Message": address}}} if issubclass(kind, exceptions.WaiterError) else {}
    error = kind(**values)
    assert "hunter2" not in explained(CALL, error).detail
    assert "hunter2" not in worded(error)


def test_what_is_wrong_is_told_all_the_same() -> None:
    refused = exceptions.EndpointConnectionError(endpoint_url="https://audit:hunter2@ec2.eu-central-1.amazonaws.com/")
    assert worded(refused) == 'Could not connect to the endpoint URL: "ec2.eu-central-1.amazonaws.com"'
    tls = exceptions.SSLError(endpoint_url="https://h/", error=OSError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
    assert worded(tls) == "SSL validation failed for h OSError (CERTIFICATE_VERIFY_FAILED)"


@pytest.mark.parametrize(
    "password", ["hunter2", "hunter2 x", "hunter2%x", "hunter2@x", "a/hunter2", "a#hunter2", "a?hunter2", "a:hunter2", "[hunter2"]
)
@pytest.mark.parametrize("where", ["endpoint", "proxy"])
def test_a_call_that_fails_tells_no_password(where: str, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://audit:{password}@127.0.0.1:9"
    if where == "proxy":
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("HTTPS_PROXY", address)
    url = address if where == "endpoint" else "http://192.0.2.1/"
    aws = Aws(opened(None, emulated=True), endpoint_url=url, patience=Patience(attempts=1, connect=2.0))
    with pytest.raises(CallError) as caught:
        list(aws.pages(CALL, {}, "eu-central-1"))
    assert "hunter2" not in f"{caught.value} {caught.value.args}"
