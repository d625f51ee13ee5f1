"""AWS's APIs through botocore: with the credentials, what alone meets the SDK and its errors. It is imported when a call needs it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from threading import Lock
from typing import Any

import msgspec

from cloudaudit import __version__
from cloudaudit.model import Why
from cloudaudit.sources.live.transport import CallError, Deadline, Page
from cloudaudit_aws.actions import permission
from cloudaudit_aws.credentials import ROLE, NoCredentials, renewal, trouble
from cloudaudit_aws.errors import EXPIRED, one_line, refused, told_all_the_same
from cloudaudit_aws.sdk_words import worded

_BROKEN_ATTEMPTS = 4
"""How often a broken connection or a server's error is tried: a rate limit passes, these mostly do not."""


class Patience(msgspec.Struct, frozen=True):
    """How long a call is tried. Times are in seconds.

    `attempts` in all, after pauses of up to `first`, twice as long each time, `longest` at most; a server's Retry-After is
    honoured in full. `deadline` counts from the start, where no other is given. Without `sleep`, pauses end with the scan.
    """

    attempts: int = 8
    first: float = 0.5
    longest: float = 60.0
    deadline: float = 900.0
    connect: float = 10.0
    read: float = 30.0
    sleep: Callable[[float], object] | None = None
    now: Callable[[], float] = time.monotonic


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
        deadline: Deadline | None = None,
    ) -> None:
        self.session = session
        self.calls: Counter[str] = Counter() if calls is None else calls
        self.deadline = deadline or Deadline((patience or Patience()).deadline, (patience or Patience()).now)
        self._endpoint_url = endpoint_url
        self._patience = patience or Patience()
        self._workers = workers
        self._sleep = self._patience.sleep or self.deadline.pause
        self._clients: dict[tuple[str, str], Any] = {}
        self._down: set[tuple[str, str]] = set()
        self._lock = Lock()

    def as_role(self, session: Any) -> Aws:
        """The same transport with other credentials."""
        return Aws(
            session,
            endpoint_url=self._endpoint_url,
            patience=self._patience,
            workers=self._workers,
            calls=self.calls,
            deadline=self.deadline,
        )

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Page]:
        """See `Transport.pages`."""
        try:
            for page in self._pages(call, args, region):
                yield {name: value for name, value in page.items() if name != "ResponseMetadata"}
        except _errors() as error:
            raise self._explained(call, error) from None

    def _explained(self, call: str, error: Exception) -> CallError:
        told = explained(call, error, self.session.profile)
        if told.code in EXPIRED:
            told.remedy = renewal(self.session)
        return told

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
        try:
            client = self.client(service, region)
        except ValueError:
            remedy = "correct the endpoint (--endpoint-url, AWS_ENDPOINT_URL) or the name of the region"
            raise CallError(Why.FAILED, call, permission(call), "its address is none that can be asked", remedy=remedy) from None
        method = xform_name(operation)
        ask = partial(self._ask, call, getattr(client, method), (service, region))
        if not client.can_paginate(method):
            return iter((ask(**args),))
        paging = self.session.get_paginator_model(service).get_paginator(operation)
        pages = Paginator(partial(_once, call, ask, set()), paging, client.meta.service_model.operation_model(operation))
        return _to_the_end(call, pages.paginate(**args), paging)

    def _ask(self, call: str, method: Callable[..., Any], place: tuple[str, str], **args: Any) -> Any:
        """One page, tried until it comes, or the error is not one that passes, or attempts or time are used up."""
        attempt = 0
        while True:
            if self.deadline.left <= 0:
                raise self.deadline.missed(call, permission(call))
            try:
                answer = method(**args)
            except _errors() as error:
                told = told_all_the_same(call, getattr(error, "response", None))
                if told is not None:
                    return told
                attempt += 1
                self._pause(self._explained(call, error), _retry_after(error), attempt, place)
            else:
                self._down.discard(place)
                return answer

    def _pause(self, error: CallError, asked: float, attempt: int, place: tuple[str, str]) -> None:
        """Waits before the next attempt, or raises the error for good, with why it is not tried again.

        Where a service has stayed silent for all attempts in a region, its other calls there get one each until one is
        answered: a service that is down must not cost every resource the full patience.
        """
        patience = self._patience
        silent = error.status is None
        limit = patience.attempts if error.why is Why.THROTTLED else min(_BROKEN_ATTEMPTS, patience.attempts)
        if silent and attempt >= limit:
            self._down.add(place)
        if not error.passing or (silent and place in self._down):
            raise error
        if attempt >= limit:
            raise _given_up(error, f"in each of {attempt} attempts" if attempt > 1 else "", "scan again with fewer workers")
        backoff = random.uniform(0, min(patience.longest, patience.first * 2 ** (attempt - 1)))  # noqa: S311 (jitter, no secret)
        if max(backoff, asked) < self.deadline.left:
            self._sleep(max(backoff, asked))
        elif asked > backoff:
            how = f"and the server asks to wait for {asked:,.0f} s, beyond the deadline of the scan"
            raise _given_up(error, how, "scan again later, or with a longer deadline")
        else:
            raise _given_up(error, "until the deadline of the scan", "scan again with fewer workers or a longer deadline")


def _given_up(error: CallError, how: str, remedy: str) -> CallError:
    """A rate limit that did not pass: what was tried says what can help."""
    if error.why is Why.THROTTLED:
        error.message = f"{error.message}, {how}" if how else error.message
        error.remedy = remedy
    return error


def _once(call: str, ask: Callable[..., Any], seen: set[str], **args: Any) -> Any:
    """A page that was not asked for before: tokens that come again run in a circle, however long it is."""
    key = repr(sorted(args.items()))
    if key in seen:
        raise _circle(call)
    seen.add(key)
    return ask(**args)


def _circle(call: str) -> CallError:
    return CallError(Why.TRUNCATED, call, permission(call), "the answer's pages run in a circle")


def _to_the_end(call: str, pages: Iterable[Any], paging: Mapping[str, Any]) -> Iterator[Any]:
    """All pages. One that says that there is more, and not how to get it, is the last one and not the end."""
    more = paging.get("more_results")
    page: Any = None
    for page in pages:
        yield page
    if isinstance(more, str) and isinstance(page, Mapping) and page.get(more) is True:
        raise CallError(Why.TRUNCATED, call, permission(call), "it says that there is more, and not how to ask for it")


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


def explained(call: str, error: Exception, profile: str | None = None) -> CallError:
    """The one error that the engine knows, for whatever the SDK raises. `profile` is what a person would log in with."""
    from botocore import exceptions

    needs = permission(call)
    if isinstance(error, exceptions.ClientError):  # a role of the profile is assumed as the first call is signed
        return refused(ROLE if error.operation_name == ROLE.partition(":")[2] else call, error.response)
    failed = trouble(error, profile)
    if failed is not None:
        return CallError(Why.DENIED, call, needs, str(failed), remedy=failed.remedy)
    if isinstance(error, exceptions.PaginationError):
        return _circle(call)
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return CallError(Why.FAILED, call, needs, worded(error), passing=True)
    if isinstance(error, exceptions.BotoCoreError):
        return CallError(Why.FAILED, call, needs, f"{type(error).__name__}: {worded(error)}")
    if isinstance(error, OSError):
        return CallError(Why.FAILED, call, needs, f"{type(error).__name__}: {one_line(error.strerror or '')}")
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
    except (TypeError, ValueError, OverflowError):
        return 0.0
