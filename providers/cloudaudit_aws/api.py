"""AWS's APIs through botocore: the only module that meets the SDK and its errors. It is imported when a call needs it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from threading import Event, Lock
from typing import Any

import msgspec

from cloudaudit import __version__
from cloudaudit.model import Why
from cloudaudit.sources.live.transport import CallError, Page
from cloudaudit_aws.actions import permission
from cloudaudit_aws.errors import one_line, refused

_BROKEN_ATTEMPTS = 4
"""How often a broken connection or a server's error is tried: a rate limit passes, these mostly do not."""


class Patience(msgspec.Struct, frozen=True):
    """How long a call is tried. Times are in seconds.

    `attempts` in all, after pauses of up to `first`, twice as long each time, `longest` at most; a server's Retry-After is
    honoured in full. `deadline` counts from the start and ends all calls of an account. Without `sleep`, pauses end with `stop`.
    """

    attempts: int = 8
    first: float = 0.5
    longest: float = 60.0
    deadline: float = 900.0
    connect: float = 10.0
    read: float = 30.0
    sleep: Callable[[float], object] | None = None
    now: Callable[[], float] = time.monotonic


class NoCredentials(Exception):  # noqa: N818  (the fact, which the command line tells in one line)
    """There are no credentials, or AWS does not accept them."""


class SdkMissing(NoCredentials):
    """The SDK is an extra, and is not installed."""


def opened(profile: str | None, *, emulated: bool) -> Any:
    """A botocore session with credentials. An emulator gets throw-away ones; real ones are not looked for then.

    Raises:
        NoCredentials: nothing on this machine provides any.
    """
    try:
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise SdkMissing("reading AWS needs boto3: pip install 'cloudaudit[aws]'") from None
    session = _session(profile)
    try:
        if emulated:
            session.set_credentials("emulated", "emulated")
            return session
        resolver = session.get_component("credential_provider")
        resolver.providers = [_Provider(provider) for provider in resolver.providers]
        if session.get_credentials() is None:
            raise NoCredentials("no AWS credentials were found: set AWS_PROFILE, or use --profile, or log in")
    except BotoCoreError as error:
        raise NoCredentials(one_line(str(error))) from None
    return session


class _Provider:
    """A credential provider of the SDK, whose failures say which it is and never what it was given or put out.

    It runs what the machine is configured with (helpers, files, endpoints) and lets their errors through as they come. The
    SDK's own errors about the network or an answer with a code stay: `_explained` knows them.
    """

    def __init__(self, provider: Any) -> None:
        self.METHOD, self.CANONICAL_NAME = provider.METHOD, provider.CANONICAL_NAME
        self._provider = provider

    def load(self) -> Any:
        credentials = self._told(self._provider.load)
        if credentials is not None:  # some are fetched, or fetched again, only when a call is signed
            credentials.get_frozen_credentials = partial(self._told, credentials.get_frozen_credentials)
        return credentials

    def _told(self, work: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, MetadataRetrievalError

        failed = f"the credential provider {self.METHOD} failed"
        try:
            return work()
        except (CredentialRetrievalError, MetadataRetrievalError):
            raise NoCredentials(failed) from None
        except (BotoCoreError, ClientError):
            raise
        except OSError as error:
            reason = f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}"
            raise NoCredentials(one_line(f"{failed}: {reason}")) from None
        except Exception as error:  # noqa: BLE001  (a provider runs what a person has configured)
            raise NoCredentials(f"{failed} ({type(error).__name__})") from None


def assumed(aws: Aws, role_arn: str, external_id: str | None, region: str) -> Any:
    """A session with a role's credentials. They last an hour, longer than a scan's deadline.

    Raises:
        NoCredentials: the role may not be assumed.
    """
    wish = {"RoleArn": role_arn, "RoleSessionName": "cloudaudit"} | ({"ExternalId": external_id} if external_id else {})
    try:
        answer = next(aws.pages("sts:AssumeRole", wish, region))
    except CallError as error:
        raise NoCredentials(f"the role {role_arn} cannot be assumed: {error}") from None
    keys = answer["Credentials"]
    session = _session(None)
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return session


def _session(profile: str | None) -> Any:
    from botocore.session import Session

    session = Session(profile=profile)
    session.register_component("data_loader", _loader())
    return session


@cache
def _loader() -> Any:
    """The API descriptions, which every session would else read again: 10 MB each."""
    from botocore.loaders import create_loader

    return create_loader()


class Aws:
    """A transport over one botocore session: one account. `calls` counts every HTTP request by operation."""

    def __init__(
        self,
        session: Any,
        *,
        endpoint_url: str | None = None,
        patience: Patience | None = None,
        workers: int = 32,
        calls: Counter[str] | None = None,
    ) -> None:
        self.session = session
        self.calls: Counter[str] = Counter() if calls is None else calls
        self._endpoint_url = endpoint_url
        self._patience = patience or Patience()
        self._workers = workers
        self._ends = self._patience.now() + self._patience.deadline
        self._stopped = Event()
        self._sleep = self._patience.sleep or self._stopped.wait
        self._clients: dict[tuple[str, str], Any] = {}
        self._down: set[tuple[str, str]] = set()
        self._lock = Lock()

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Page]:
        """See `Transport.pages`."""
        try:
            for page in self._pages(call, args, region):
                yield {name: value for name, value in page.items() if name != "ResponseMetadata"}
        except _errors() as error:
            raise _explained(call, error) from None

    def stop(self) -> None:
        """See `Transport.stop`."""
        self._ends = self._patience.now()
        self._stopped.set()

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region, made once. Making one is not thread-safe."""
        with self._lock:
            made = self._clients.get((service, region))
            if made is None:
                made = self._clients[service, region] = self._made(service, region)
            return made

    def _made(self, service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(
            max_pool_connections=self._workers,
            retries={"mode": "standard", "total_max_attempts": 1},  # `_ask` retries: it knows Retry-After and the deadline
            connect_timeout=self._patience.connect,
            read_timeout=self._patience.read,
            user_agent_extra=f"cloudaudit/{__version__}",
        )
        client = self.session.create_client(service, region_name=region, endpoint_url=self._endpoint_url, config=config)
        client.meta.events.register_first("request-created", partial(self._count, service))
        return client

    def _count(self, service: str, event_name: str, **_: Any) -> None:
        with self._lock:
            self.calls[f"{service}:{event_name.rpartition('.')[2]}"] += 1

    def _pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        from botocore import xform_name
        from botocore.paginate import Paginator

        service, _, operation = call.partition(":")
        client = self.client(service, region)
        method = xform_name(operation)
        ask = partial(self._ask, call, getattr(client, method), (service, region))
        if not client.can_paginate(method):
            return iter((ask(**args),))
        paging = self.session.get_paginator_model(service).get_paginator(operation)
        return iter(Paginator(ask, paging, client.meta.service_model.operation_model(operation)).paginate(**args))

    def _ask(self, call: str, method: Callable[..., Any], place: tuple[str, str], **args: Any) -> Any:
        """One page, tried until it comes, or the error is not one that passes, or attempts or time are used up."""
        attempt = 0
        while True:
            if self._patience.now() >= self._ends:
                raise CallError(Why.FAILED, call, permission(call), "the deadline of the scan had passed before it was asked")
            try:
                answer = method(**args)
            except _errors() as error:
                attempt += 1
                self._pause(_explained(call, error), _retry_after(error), attempt, place)
            else:
                self._down.discard(place)
                return answer

    def _pause(self, error: CallError, asked: float, attempt: int, place: tuple[str, str]) -> None:
        """Waits before the next attempt, or raises the error for good.

        Where a service has stayed silent for all attempts in a region, its other calls there get one each until one is
        answered: a service that is down must not cost every resource the full patience.
        """
        patience = self._patience
        silent = error.status is None
        limit = patience.attempts if error.why is Why.THROTTLED else min(_BROKEN_ATTEMPTS, patience.attempts)
        if silent and attempt >= limit:
            self._down.add(place)
        if not error.passing or attempt >= limit or (silent and place in self._down):
            raise error
        backoff = random.uniform(0, min(patience.longest, patience.first * 2 ** (attempt - 1)))  # noqa: S311 (jitter, no secret)
        pause = max(backoff, asked)
        if patience.now() + pause >= self._ends:
            raise error
        self._sleep(pause)


@cache
def _errors() -> tuple[type[Exception], ...]:
    """What botocore raises: its own errors, and plain ones where its parsers meet an answer that they do not expect.

    An `OSError` is one of this machine: those of the network come as botocore's own.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return (
        NoCredentials,
        ClientError,
        BotoCoreError,
        ResponseParserError,
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    )


@cache
def _credential_errors() -> tuple[type[Exception], ...]:
    from botocore import exceptions

    return (
        NoCredentials,
        exceptions.CredentialRetrievalError,
        exceptions.MetadataRetrievalError,
        exceptions.NoAuthTokenError,
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
    )


def _explained(call: str, error: Exception) -> CallError:
    from botocore import exceptions

    needs = permission(call)
    if isinstance(error, exceptions.ClientError):
        return refused(call, error.response)
    if isinstance(error, _credential_errors()):
        reason = str(error) if isinstance(error, NoCredentials) else type(error).__name__
        remedy = "renew the credentials and scan again"
        return CallError(Why.DENIED, call, needs, f"no valid credentials ({reason})", remedy=remedy)
    if isinstance(error, exceptions.PaginationError):
        return CallError(Why.TRUNCATED, call, needs, "the answer's pages run in a circle")
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return CallError(Why.FAILED, call, needs, one_line(str(error)), passing=True)
    if isinstance(error, exceptions.BotoCoreError | OSError):
        return CallError(Why.FAILED, call, needs, f"{type(error).__name__}: {one_line(str(error))}")
    return CallError(Why.FAILED, call, needs, f"the answer cannot be parsed ({type(error).__name__})")


def _retry_after(error: Exception) -> float:
    """The seconds that a server asks to wait. Sources: RFC 9110, 10.2.3; AWS SDKs, x-amz-retry-after (milliseconds)."""
    response = getattr(error, "response", None)
    headers = (response.get("ResponseMetadata") or {}).get("HTTPHeaders") or {} if isinstance(response, dict) else {}
    own, standard = str(headers.get("x-amz-retry-after", "")), str(headers.get("retry-after", ""))
    if re.fullmatch(r"\d{1,9}", own):
        return int(own) / 1000
    if re.fullmatch(r"\d{1,9}", standard):
        return float(standard)
    try:
        return max((parsedate_to_datetime(standard) - datetime.now(UTC)).total_seconds(), 0.0) if standard else 0.0
    except (TypeError, ValueError):
        return 0.0
