"""The seam between the engine and a cloud: pages of answers, and one error for all that can go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from cloudaudit.model import Origin, Unknown, Why

Page = Mapping[str, Any]
"""One page of an answer: plain values by the cloud's own names."""


class CallError(Exception):
    """A call that did not give what was asked of it, and why.

    `operation` is "s3:GetBucketEncryption"; `permission` is what it needs ("s3:GetEncryptionConfiguration"), or empty.
    `message` is one line of our own words, never a server's text about credentials. `code` is the cloud's own.
    `remedy` says what a person can do. `passing` errors (rate limits, broken connections) may pass by themselves.
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


class Transport(Protocol):
    """Asks a cloud. The one place where an adapter may meet its SDK's errors; it raises nothing but CallError."""

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Page]:
        """The pages of one operation ("ec2:DescribeVolumes") in one region, asked for one at a time.

        Raises:
            CallError: at the page that could not be had; the pages before it stand.
        """
        ...

    def stop(self) -> None:
        """Ends the retries of calls in flight; a later call fails at once."""
        ...
