"""Does a bucket policy refuse plain HTTP? Judged by what the policy means, never by its text.

Plain HTTP is refused if one statement denies every S3 action, to everyone, on the bucket and all its objects, on the one
condition that `aws:SecureTransport` is false. Anything narrower leaves some request in the clear.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudaudit.model import Attr, Known, Plaintext, Unknown, Why

_LIMIT = 1_000_000  # bytes; AWS's own limit is 20 KB


def plaintext(policy: Attr[str | None], names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    """What becomes of plain HTTP under a policy, and what decides it.

    `names` are the texts that stand for the bucket's ARN, among them `${address.arn}` for one that only the cloud knows.
    """
    if isinstance(policy, Unknown) and policy.partial is not None:
        policy = Known(policy.partial, policy.origin)
    if isinstance(policy, Unknown):
        if policy.possible:
            return policy.then(lambda text: _judged(text, names)[0]), ""
        return policy, ""
    if not policy.value:
        return Known(Plaintext.ACCEPTED, policy.origin), "no bucket policy denies plain HTTP"
    outcome, note = _judged(policy.value, names)
    return (Known(outcome.value, policy.origin) if isinstance(outcome, Known) else outcome), note


def _judged(text: str | None, names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    if not text:
        return Known(Plaintext.ACCEPTED), "no bucket policy denies plain HTTP"
    statements = _statements(text)
    if isinstance(statements, Unknown):
        return statements, ""
    shortfalls = []
    for statement in statements:
        shortfall = _shortfall(statement, names)
        if shortfall is None:
            return Known(Plaintext.REFUSED), "the bucket policy denies every request without TLS"
        if shortfall:
            shortfalls.append(shortfall)
    if any(_denies_by_version_only(statement, names) for statement in statements):
        return Known(Plaintext.REFUSED_BY_VERSION_CONDITION), "the bucket policy denies old TLS versions only"
    return Known(Plaintext.ACCEPTED), shortfalls[0] if shortfalls else "the bucket policy does not deny plain HTTP"


def _statements(text: str) -> list[Mapping[str, Any]] | Unknown:
    if len(text) > _LIMIT:
        return Unknown(Why.BOUNDED, "the bucket policy is larger than 1 MB")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Unknown(Why.UNSUPPORTED, "the bucket policy is not JSON")
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(item, Mapping) for item in statements):
        return Unknown(Why.UNSUPPORTED, "the bucket policy has no list of statements")
    return statements


def _shortfall(statement: Mapping[str, Any], names: frozenset[str]) -> str | None:
    """Why a statement does not refuse plain HTTP; None if it does, "" if it is not about that at all."""
    if not _denies_on(statement, "aws:securetransport"):
        return ""
    return _narrowed(statement, names) or _condition_shortfall(statement)


def _narrowed(statement: Mapping[str, Any], names: frozenset[str]) -> str | None:
    for key in ("NotPrincipal", "NotAction", "NotResource"):
        if key in statement:
            return f"the Deny is narrowed by {key}"
    if not _everyone(statement.get("Principal")):
        return "the Deny does not hold for everyone"
    if not any(action.lower() in {"*", "s3:*"} for action in _texts(statement.get("Action"))):
        return f"the Deny covers only {', '.join(_texts(statement.get('Action'))) or 'no action'}"
    resources = set(_texts(statement.get("Resource")))
    if "*" in resources:
        return None
    if not resources & names or not resources & {f"{name}/*" for name in names}:
        wildcard = any(resource in {"arn:aws:s3:::*", "arn:*:s3:::*"} for resource in resources)
        return None if wildcard else "the Deny does not cover both the bucket and its objects"
    return None


def _condition_shortfall(statement: Mapping[str, Any]) -> str | None:
    condition = statement.get("Condition")
    assert isinstance(condition, Mapping)
    if len(condition) != 1 or len(next(iter(condition.values()))) != 1:
        return "the Deny is narrowed by a further condition"
    operator, keys = next(iter(condition.items()))
    if str(operator).lower() not in {"bool", "boolifexists"}:
        return f"the Deny rests on the condition operator {operator}"
    values = {text.lower() for text in _texts(next(iter(keys.values())))}
    return None if values == {"false"} else "the Deny does not hold where aws:SecureTransport is false"


def _denies_by_version_only(statement: Mapping[str, Any], names: frozenset[str]) -> bool:
    return _denies_on(statement, "s3:tlsversion") and _narrowed(statement, names) is None


def _denies_on(statement: Mapping[str, Any], key: str) -> bool:
    condition = statement.get("Condition")
    if str(statement.get("Effect", "")).lower() != "deny" or not isinstance(condition, Mapping):
        return False
    return any(isinstance(keys, Mapping) and any(str(name).lower() == key for name in keys) for keys in condition.values())


def _everyone(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return set(principal) == {"AWS"} and "*" in _texts(principal["AWS"])
    return "*" in _texts(principal)


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items if item is not None]
