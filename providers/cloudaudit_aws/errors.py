"""What AWS's error codes mean. Needs no SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cloudaudit.model import Why
from cloudaudit.model.shown import uncredentialed
from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.actions import permission

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
SKEWED = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
INVALID = frozenset(
    {
        "AuthFailure",
        "AuthorizationHeaderMalformed",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "InvalidToken",
        "InvalidTokenId",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "SubscriptionRequiredException",
        "UnrecognizedClientException",
    }
)
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Client.UnauthorizedOperation",
        "Forbidden",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
    }
)
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
TRANSIENT = frozenset(
    {
        "DependencyTimeoutException",
        "InternalError",
        "InternalFailure",
        "KMSInternalException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "Unavailable",
    }
)
"""Failures that pass by themselves, whatever status they come with: S3 says RequestTimeout with 400."""

_ACTION = re.compile(r"not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)")
_POLICY = re.compile(
    r"(?:explicit deny in an? |because no )(?P<kind>(?:identity-based|resource-based|resource control|service control|session|vpc endpoint)"
    r" policy|permissions boundary)",
    re.IGNORECASE,
)
"""The kind of policy that refuses. Source: IAM User Guide, Troubleshoot access denied error messages."""

_SKEW = re.compile(r"signature (?:expired|not yet current)", re.IGNORECASE)
"""What SignatureDoesNotMatch says where it is a matter of time. Source: AWS General Reference, Signature Version 4."""

_CODE, _LONGEST = re.compile(r"[A-Za-z]+\d?[A-Za-z]*(?:\.[A-Za-z]+)*|\d{3}"), 60
"""What an error's code looks like: words of letters. A token has digits."""

_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")


def refused(operation: str, response: Mapping[str, Any]) -> CallError:
    """The error that an answer with an error code is.

    The server's words are not shown: they can repeat what was signed, and its token. A code is, if it looks like one.
    """
    error = response.get("Error") or {}
    code, text = str(error.get("Code") or ""), str(error.get("Message") or "")
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    needs = permission(operation)
    if code in SKEWED or (code in INVALID and _SKEW.search(text)):
        remedy = "set the clock of this machine (timedatectl set-ntp true), and scan again"
        return CallError(Why.DENIED, operation, needs, f"{_apart(response)} ({code})", code=code, status=status, remedy=remedy)
    if code in EXPIRED:
        remedy = "renew the credentials and scan again"
        return CallError(Why.DENIED, operation, needs, "the credentials have expired", code=code, status=status, remedy=remedy)
    if code in INVALID:
        message = f"the credentials are not valid here ({code})"
        remedy = "use credentials that are valid in this region, and enable the region if the account should use it"
        return CallError(Why.DENIED, operation, needs, message, code=code, status=status, remedy=remedy, regional=True)
    if code in THROTTLED or status == 429:
        return CallError(Why.THROTTLED, operation, needs, _code(code), code=code, status=status, passing=True)
    if code in DENIED or status in {401, 403}:
        return _denied(operation, needs, text, code, status)
    message = f"{_code(code)}{f' (HTTP {status})' if status else ''}"
    passing = code in TRANSIENT or (isinstance(status, int) and status >= 500)
    return CallError(Why.FAILED, operation, needs, message, code=code, status=status, passing=passing)


_TOLD_ALL_THE_SAME = {"s3:HeadBucket": ("BucketRegion", "x-amz-bucket-region")}
"""What the header of a refusal tells. Source: S3 API, HeadBucket; S3 User Guide, finding a bucket's region."""


def told_all_the_same(operation: str, response: Any) -> dict[str, str] | None:
    """What an answer tells although it refuses: that a bucket is closed, or elsewhere, says where it is."""
    member, header = _TOLD_ALL_THE_SAME.get(operation, ("", ""))
    metadata = response.get("ResponseMetadata") or {} if member and isinstance(response, dict) else {}
    value = (metadata.get("HTTPHeaders") or {}).get(header)
    return {member: value} if value and metadata.get("HTTPStatusCode") in {301, 400, 403} else None


def _code(code: str) -> str:
    if not code:
        return "an error without a code"
    return code if len(code) <= _LONGEST and _CODE.fullmatch(code) else "an error with an odd code"


def _denied(operation: str, needs: str, text: str, code: str, status: int | None) -> CallError:
    """What refuses a call, and where it has to be allowed: each kind of policy can refuse what all the others allow."""
    action, policy = _ACTION.search(text), _POLICY.search(text)
    named = action[1] if action else needs
    kind = policy["kind"].lower().replace("vpc", "VPC") if policy else "identity-based policy"
    message, remedy = "", f"allow {named}"
    if policy is not None and policy[0].lower().startswith("explicit"):
        message, remedy = f"denied by a{'n' if kind[0] == 'i' else ''} {kind}", f"lift the denial of {named} in that {kind.split()[-1]}"
    elif kind != "identity-based policy":
        message, remedy = f"no {kind} allows it", f"allow {named} in that {kind.split()[-1]} too"
    decreed = kind == "service control policy"  # those close regions
    return CallError(Why.DENIED, operation, named, message, code=code, status=status, remedy=remedy, regional=decreed, decreed=decreed)


def _apart(response: Mapping[str, Any]) -> str:
    """How far this machine's clock is from the server's, as far as the answer tells."""
    try:
        theirs = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
        minutes = round((datetime.now(UTC) - theirs).total_seconds() / 60)
    except (KeyError, TypeError, ValueError, OverflowError):
        minutes = 0
    if abs(minutes) < 2:
        return "the clock of this machine and that of AWS are too far apart"
    return f"the clock of this machine is {abs(minutes):,} minutes {'ahead of' if minutes > 0 else 'behind'} that of AWS"


def one_line(text: str, limit: int = 160) -> str:
    """A text from outside, fit to be shown: one line, no control characters, no password of an address, not long."""
    cleaned = uncredentialed(" ".join("".join(character if character.isprintable() else " " for character in text).split()))
    cleaned = _KEY_ID.sub("(key id)", cleaned)
    return cleaned if len(cleaned) <= limit else f"{cleaned[: limit - 1]}…"
