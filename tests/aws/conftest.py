"""The demo estate on moto inside this process, and a way to make any one operation of it fail as AWS would."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from moto import mock_aws

from cloudaudit.model import Collection, Origin
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.needs import ALL, Needs
from cloudaudit.sources.live.transport import Deadline
from cloudaudit_aws import demo
from cloudaudit_aws.api import Aws, Patience
from cloudaudit_aws.credentials import opened
from cloudaudit_aws.scan import ScanOptions, listings, scan
from tests.aws.loopback import Loopback, loopback

HOME = demo.HOME
ACCOUNT = Account("aws", demo.ACCOUNT, HOME, (HOME,), "aws", Origin(call="sts:GetCallerIdentity"))
HURRIED = Patience(attempts=2, first=0.0, deadline=30.0)
_SERVICES = {"elastic-load-balancing-v2": "elbv2", "resource-groups-tagging-api": "resourcegroupstaggingapi"}


class Faults:
    """Answers given in place of AWS's, by operation. They pass botocore's own parsers and our retries."""

    def __init__(self) -> None:
        self.session = opened(None, emulated=True)
        self.session.get_component("event_emitter").register_first("before-send", self._send)
        self._answers: dict[str, list[Callable[[Any], Any]]] = {}
        self._stumbling = False
        self._stumbled: set[str] = set()

    def answer(
        self,
        operation: str,
        status: int,
        body: str,
        headers: Mapping[str, str] | None = None,
        *,
        region: str = "",
        times: int | None = None,
    ) -> None:
        """This answer from now on, in one region or in all; with `times`, as often, after earlier such answers and before later ones."""
        left = iter(range(times)) if times is not None else None

        def respond(request: Any) -> Any:
            if region not in request.url or (left is not None and next(left, None) is None):
                return None
            return _response(request.url, status, body, headers or {})

        self._answers.setdefault(operation, []).append(respond)

    def refuse(self, operation: str, code: str, message: str = "", status: int = 403, **options: Any) -> None:
        """An error with a code."""
        self.answer(operation, status, _error(operation, code, message), **options)

    def disconnect(self, operation: str) -> None:
        """Nothing listens where the call goes."""
        from botocore.exceptions import EndpointConnectionError

        def respond(request: Any) -> Any:
            raise EndpointConnectionError(endpoint_url=request.url)

        self._answers.setdefault(operation, []).append(respond)

    def stumble(self) -> None:
        """The first of two equal calls is throttled."""
        self._stumbling = True

    def _send(self, request: Any, event_name: str, **_: Any) -> Any:
        service, name = event_name.split(".")[1:]
        operation = f"{_SERVICES.get(service, service)}:{name}"
        call = f"{operation} {request.url} {request.body!r}"
        if self._stumbling and call not in self._stumbled:
            self._stumbled.add(call)
            return _response(request.url, 400, _error(operation, "ThrottlingException", ""), {})
        answers = (respond(request) for respond in self._answers.get(operation, ()))
        return next((answer for answer in answers if answer is not None), None)


def _error(operation: str, code: str, message: str) -> str:
    """An error in the service's own protocol."""
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    bodies: dict[str, str] = {
        "s3": error,
        "ec2": f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>",
        **dict.fromkeys(("kms", "resourcegroupstaggingapi"), json.dumps({"__type": code, "message": message})),
    }
    return bodies.get(operation.partition(":")[0], f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>")


def _response(url: str, status: int, body: str, headers: Mapping[str, str]) -> Any:
    from botocore.awsrequest import AWSResponse

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield body.encode()

    return AWSResponse(url, status, dict(headers), Raw())


@pytest.fixture(scope="session")
def emulator() -> Iterator[None]:
    """moto, with the demo estate in it. Tests only read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with mock_aws():
            demo.build()
            yield


@pytest.fixture
def faults(emulator: None) -> Faults:  # noqa: ARG001  (it must run)
    return Faults()


@pytest.fixture(scope="session")
def account() -> Account:
    """The demo account, in its home region."""
    return ACCOUNT


@pytest.fixture(scope="session")
def hurried() -> Patience:
    """Two attempts and no pauses."""
    return HURRIED


@pytest.fixture
def read(faults: Faults) -> Callable[..., Collection]:
    """Reads the home region and the buckets, with the faults that the test has set."""

    def reading(patience: Patience = HURRIED, **options: Any) -> Collection:
        return collect(listings(), Aws(faults.session, patience=patience), ACCOUNT, **options)

    return reading


@pytest.fixture(scope="session")
def baseline(emulator: None) -> Collection:  # noqa: ARG001  (it must run)
    """The estate as it is, without faults."""
    return collect(listings(), Aws(opened(None, emulated=True), patience=HURRIED), ACCOUNT)


@pytest.fixture
def cloud() -> Iterator[Loopback]:
    with loopback() as served:
        yield served


@pytest.fixture
def scanned(cloud: Loopback, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Collection]:
    """Scans the account behind the server."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)

    def run(
        deadline: float = 60.0,
        *,
        emulated: bool = True,
        ends: Deadline | None = None,
        progress: Any = None,
        needs: Needs = ALL,
        calls: Counter[str] | None = None,
        **options: Any,
    ) -> Collection:
        chosen = ScanOptions(endpoint_url=cloud.url, emulated=emulated, deadline_seconds=deadline, **options)
        (collection,) = scan(chosen, needs, deadline=ends, progress=progress, calls=calls)
        return collection

    return run
