"""The seam between the engine and a cloud: pages of answers, and one error for all that can go wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import Any, Protocol

from cloudaudit.model import Origin, Unknown, Why

Page = Mapping[str, Any]
"""One page of an answer: plain values by the cloud's own names."""


class CallError(Exception):
    """A call that did not give what was asked of it, and why.

    `operation` is "s3:GetBucketEncryption"; `permission` is what it needs ("s3:GetEncryptionConfiguration"), or empty.
    `message` is one line of our own words, never a server's text about credentials. `code` is the cloud's own.
    `remedy` says what a person can do. `passing` errors (rate limits, broken connections) may pass by themselves; where an error
    is `regional`, a region as such refuses, and another one may answer; where it is `decreed`, an organisation's policy refuses it.
    """

    def __init__(
        self,
        why: Why,
        operation: str,
        permission: str = "",
        message: str = "",
        *,
        code: str = "",
        status: int | None = None,
        remedy: str = "",
        passing: bool = False,
        regional: bool = False,
        decreed: bool = False,
    ) -> None:
        super().__init__(why, operation, permission, message)
        self.why = why
        self.operation = operation
        self.permission = permission
        self.message = message
        self.code = code
        self.status = status
        self.remedy = remedy
        self.passing = passing
        self.regional = regional
        self.decreed = decreed

    def __str__(self) -> str:
        return Unknown(self.why, self.detail).cause

    @property
    def detail(self) -> str:
        """What stands in an Unknown: the permission first where the call was refused, the operation elsewhere."""
        named = self.permission or self.operation
        if self.why is not Why.DENIED and self.permission not in {"", self.operation}:
            named = f"{self.operation} ({self.permission})"
        return f"{named}: {self.message}" if self.message else named

    @property
    def unknown(self) -> Unknown[Any]:
        """The value of everything that the call would have told."""
        return Unknown(self.why, self.detail, Origin(call=self.operation))


class ScanEnded(CallError):  # noqa: N818  (it ends the reading of a call, and names the fact)
    """A call that was not made, or not answered, before the scan ended."""


class Deadline:
    """When a scan ends: its time is up, or a person stops it. One for every call of a scan, those under way included.

    `interrupt` is for a signal handler, which may run while this thread holds any lock: it leaves a mark and no more. Whoever
    waits for the calls looks at it, and stops them.
    """

    def __init__(self, seconds: float = math.inf, now: Callable[[], float] = time.monotonic) -> None:
        self.interrupted = False
        self._now = now
        self._ends = now() + seconds
        self._stopped = Event()

    @property
    def left(self) -> float:
        """The seconds that are left; 0 if the scan has ended."""
        over = self.interrupted or self._stopped.is_set()
        return 0.0 if over else max(self._ends - self._now(), 0.0)

    def interrupt(self) -> None:
        """A person ends the scan."""
        self.interrupted = True

    def stop(self) -> None:
        """Ends the pauses of all calls; a later call fails at once."""
        self._stopped.set()

    def pause(self, seconds: float) -> None:
        """Waits, but no longer than until `stop`."""
        self._stopped.wait(seconds)

    def missed(self, operation: str, permission: str = "") -> ScanEnded:
        """What became of a call that the scan did not wait for."""
        if self.interrupted:
            return ScanEnded(Why.NOT_COLLECTED, operation, permission, "the scan was interrupted", remedy="scan again")
        return ScanEnded(
            Why.FAILED, operation, permission, "the deadline of the scan had passed", remedy="scan again with a longer deadline"
        )


class Transport(Protocol):
    """Asks a cloud. The one place where an adapter may meet its SDK's errors; it raises nothing but CallError."""

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Page]:
        """The pages of one operation ("ec2:DescribeVolumes") in one region, asked for one at a time.

        Raises:
            CallError: at the page that could not be had; the pages before it stand.
        """
        ...
