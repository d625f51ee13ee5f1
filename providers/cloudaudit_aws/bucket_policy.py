"""Does a bucket policy refuse plain HTTP? Judged by what the policy means, never by its text.

Plain HTTP is refused if one statement denies every S3 action, to everyone, on the bucket and all its objects, on the one
condition that `aws:SecureTransport` is false, or on none; or several do, that cover these together. Anything narrower leaves some
request in the clear. Of a policy of which parts are unknown, what is said holds whatever these parts are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from glob import escape
from typing import Any

from cloudaudit.model import PLACEHOLDER, Attr, Doubt, Known, Plaintext, Unknown, Why, holds_placeholder, literal, placeholder
from cloudaudit.model.partial import NAMELESS, beginning, sole_placeholder

_LIMIT = 1_000_000  # bytes; AWS's own limit is 20 KB
_LONGEST = 2048  # characters of a pattern; longer than any ARN
_ANY_BUCKET = "arn:aws:s3:::"
_VARIABLE = re.compile(r"(\$\{[^}]*\})")
"""A policy variable (`${aws:username}`), or a character that IAM spells so (`${*}`)."""

PARTITION = placeholder("the partition")
"""What stands for the partition of a provider whose region is not known, whichever data source was asked for it."""

_ASKED = re.compile(r"(?:^|\.)data\.aws_partition\.[^.]+\.(?:partition|id)$")
_UNNAMED = "\ufdef"
_ONE = "[!\ufdd0-\ufdef]"
"""What `?` matches: a character, never a part of which the length is not known either."""

_NUMBER = re.compile(r"\d(\.\d)?")
_WHATEVER: Mapping[str, Any] = dict.fromkeys(("Effect", "Principal", "Action", "Resource", "Condition"), NAMELESS)
"""A statement of which nothing is known."""

_OLD_DENIED_FROM = {"numericlessthan": 1.2, "numericlessthanequals": 1.1}
"""By operator, the least value of s3:TlsVersion with which a Deny covers TLS 1.0 and 1.1."""


def plaintext(policy: Attr[str | None], names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    """What becomes of plain HTTP under a policy, and what decides it.

    `names` are the texts that stand for the bucket's ARN, among them placeholders for one that only the cloud knows.
    """
    if isinstance(policy, Unknown):
        if policy.partial is not None:
            return _partly(policy, PLACEHOLDER.sub(_partition, policy.partial), names)
        if policy.possible:
            return policy.then(lambda text: _judged(text and literal(text), names)[0]), ""
        return policy.bare, ""
    if not policy.value:
        return Known(Plaintext.ACCEPTED, policy.origin), "no bucket policy denies plain HTTP"
    outcome, note = _judged(literal(policy.value), names)
    return (Known(outcome.value, policy.origin) if isinstance(outcome, Known) else outcome), note


def _partition(part: re.Match[str]) -> str:
    return PARTITION if _ASKED.search(sole_placeholder(part[0]) or "") else part[0]


def _partly(policy: Unknown[Any], text: str, names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    """What a policy does whatever its unknown parts are.

    A Deny only adds: at least what its known statements refuse is refused, at most what all would with the widest parts.
    """
    statements = _statements(text)
    if isinstance(statements, Unknown):
        return policy.bare, ""
    statements = [{key: value for key, value in statement.items() if key != "Sid"} for statement in statements]
    narrow = [statement for one in statements if (statement := _narrowest(one, names)) is not None]
    least, note = _outcome(narrow, names)
    most, _ = _outcome([_widest(statement, names) for statement in statements], names)
    if isinstance(least, Known) and least == most:
        return Known(least.value, policy.origin), note
    return policy.bare, ""


def _holds_unknown(value: Any, names: frozenset[str]) -> bool:
    """Whether a part of a value is a placeholder, other than for the bucket itself."""
    if isinstance(value, Mapping):
        return any(_holds_unknown(part, names) for item in value.items() for part in item)
    if isinstance(value, list):
        return any(_holds_unknown(item, names) for item in value)
    if not isinstance(value, str) or not holds_placeholder(value):
        return False
    for name in names:
        value = value.replace(name, "")
    return holds_placeholder(value)


_ADD_UP = ("Principal", "Action", "Resource")
"""What is listed there adds up: an element that is not known takes nothing away."""


def _narrowest(statement: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any] | None:
    """The statement without what is unknown of it; None if it may deny nothing."""

    def narrowed(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {kind: narrowed(listed) for kind, listed in value.items() if not _holds_unknown(kind, names)}
        return [item for item in (value if isinstance(value, list) else [value]) if not _holds_unknown(item, names)]

    told = {key: narrowed(value) if key in _ADD_UP and _holds_unknown(value, names) else value for key, value in statement.items()}
    return None if _holds_unknown(told, names) else told


def _widest(statement: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    """The statement with the widest part in the place of each that is unknown."""

    def widened(value: Any, widest: Any) -> Any:
        if isinstance(value, list):
            return [widened(item, widest) for item in value]
        return widest if _holds_unknown(value, names) else value

    condition = statement.get("Condition")
    excepted = [key for key in ("NotAction", "NotResource") if _holds_unknown(statement.get(key), names)]
    if isinstance(spared := statement.get("NotPrincipal"), str) and _holds_unknown(spared, names):
        excepted.append("NotPrincipal")  # there may be none; whoever it names is spared
    return {
        **{key: value for key, value in statement.items() if key not in excepted},
        "Effect": widened(statement.get("Effect"), "Deny"),
        "Principal": widened(statement.get("Principal", "*" if "NotPrincipal" in excepted else None), "*"),
        "Action": widened(statement.get("Action"), "*") if "NotAction" not in excepted else "*",
        "Resource": widened(statement.get("Resource"), "*") if "NotResource" not in excepted else "*",
        **({"Condition": {}} if condition is not None and _holds_unknown(condition, names) else {}),
    }


def _judged(text: str | None, names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    if not text:
        return Known(Plaintext.ACCEPTED), "no bucket policy denies plain HTTP"
    statements = _statements(text)
    if isinstance(statements, Unknown):
        return statements, ""
    return _outcome(statements, names)


def _outcome(statements: list[Mapping[str, Any]], names: frozenset[str]) -> tuple[Attr[Plaintext], str]:
    doubted: list[str] = []
    unsure: list[Doubt] = []
    resources: list[str] = []
    perhaps: list[str] = []
    for statement in statements:
        if not (_denies_on(statement, "aws:securetransport") or _denies_always(statement)):
            continue
        shortfall = _narrowed(statement) or _condition_shortfall(statement)
        if isinstance(shortfall, Unknown):
            perhaps.extend(_texts(statement.get("Resource")))
            unsure.append(shortfall)
            continue
        if shortfall is None:
            resources.extend(_texts(statement.get("Resource")))
            shortfall = "the Deny does not cover both the bucket and its objects"
        if not _denies_always(statement):
            doubted.append(shortfall)
    if _covered(resources, names):
        return Known(Plaintext.REFUSED), "the bucket policy denies every request without TLS"
    if unsure and _covered([*resources, *perhaps], names):
        return unsure[0], ""
    if any(_denies_by_version_only(statement, names) for statement in statements):
        return Known(Plaintext.REFUSED_BY_VERSION_CONDITION), "the bucket policy denies old TLS versions only"
    return Known(Plaintext.ACCEPTED), doubted[0] if doubted else "the bucket policy does not deny plain HTTP"


def _statements(text: str) -> list[Mapping[str, Any]] | Doubt:
    if len(text) > _LIMIT:
        return Unknown(Why.BOUNDED, "the bucket policy is larger than 1 MB")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Unknown(Why.UNSUPPORTED, "the bucket policy is not JSON")
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    listed = statements if isinstance(statements, list) else [statements]
    found = [_WHATEVER if isinstance(item, str) and PLACEHOLDER.fullmatch(item) else item for item in listed]
    mappings: list[Mapping[str, Any]] = [item for item in found if isinstance(item, Mapping)]
    return mappings if len(mappings) == len(found) else Unknown(Why.UNSUPPORTED, "the bucket policy has no list of statements")


def _narrowed(statement: Mapping[str, Any]) -> str | None:
    """Why a Deny does not hold for everyone and every action; its resources apart."""
    for key in ("NotPrincipal", "NotResource"):
        if key in statement:
            return f"the Deny is narrowed by {key}"
    if "NotAction" in statement:
        spares = any(begins_alike(action.lower(), "s3:") for action in _texts(statement["NotAction"]))
        return "the Deny is narrowed by NotAction" if spares else None
    if not _everyone(statement.get("Principal")):
        return "the Deny does not hold for everyone"
    if not any(_matches_all(action.lower(), "s3:") for action in _texts(statement.get("Action"))):
        return f"the Deny covers only {', '.join(_texts(statement.get('Action'))) or 'no action'}"
    return None


def _covered(resources: list[str], names: frozenset[str]) -> bool:
    """Whether these stand for the bucket and for all its objects."""
    if any(_matches_all(resource, _ANY_BUCKET) for resource in resources):
        return True
    bucket = any(_matches(resource, name) for resource in resources for name in names)
    return bucket and any(_matches_all(resource, f"{name}/") for resource in resources for name in names)


def _matches_all(pattern: str, start: str) -> bool:
    """Whether a pattern matches all texts that begin so and go on: it matches the shortest such, and its end can grow."""
    wild = pattern[len(pattern.rstrip("*?")) :]
    return "*" in wild and _matches(pattern, f"{start}\0")


def _matches(pattern: str, text: str) -> bool:
    """As IAM does it: `*` is any text, slashes too, and `?` one character. A `${...}` has no wildcards in it.

    A part that is not known is one character that nothing else spells: it is matched by itself, and by `*`.
    """
    if len(pattern) > _LONGEST:
        return False
    marks = {part: chr(0xFDD5 + place) for place, part in enumerate(dict.fromkeys(PLACEHOLDER.findall(text)))}
    parts = _VARIABLE.split(PLACEHOLDER.sub(lambda part: marks.get(part[0], _UNNAMED), pattern))
    globs = (escape(part) if part.startswith("${") else part.replace("[", "[[]").replace("?", _ONE) for part in parts)
    return fnmatchcase(PLACEHOLDER.sub(lambda part: marks[part[0]], text), "".join(globs))


def begins_alike(pattern: str, start: str) -> bool:
    """Whether a pattern may match a text that begins so."""
    known = re.split(r"[*?$]", beginning(pattern), maxsplit=1)[0]
    return known.startswith(start) or (start.startswith(known) and known != pattern)


def _condition_shortfall(statement: Mapping[str, Any]) -> str | Doubt | None:
    """Why a Deny does not hold for every request without TLS: all of its conditions must."""
    condition = statement.get("Condition")
    if not condition:
        return None
    assert isinstance(condition, Mapping)
    shortfalls = [
        _shortfall(str(operator), str(key), values)
        for operator, keys in condition.items()
        for key, values in (keys.items() if isinstance(keys, Mapping) else [("", None)])
    ]
    found = [shortfall for shortfall in shortfalls if shortfall is not None]
    return next((shortfall for shortfall in found if isinstance(shortfall, str)), found[0] if found else None)


def _shortfall(operator: str, key: str, values: Any) -> str | Doubt | None:
    """Why a condition does not hold for every request without TLS: there aws:SecureTransport is "false", and one value alone.

    Source: IAM User Guide, condition operators (Bool, Null, IfExists, set operators) and global condition keys.
    """
    if key.lower() != "aws:securetransport":
        return "the Deny is narrowed by a further condition"
    kind = operator.lower().removeprefix("foranyvalue:").removeprefix("forallvalues:").removesuffix("ifexists")
    if kind in {"bool", "null"}:  # the key is in every request
        return None if "false" in {text.lower() for text in _texts(values)} else "the Deny does not hold where aws:SecureTransport is false"
    return Unknown(Why.UNSUPPORTED, f"the Deny rests on the condition operator {operator}")


def _denies_by_version_only(statement: Mapping[str, Any], names: frozenset[str]) -> bool:
    if not _denies_on(statement, "s3:tlsversion") or _narrowed(statement) or not _covered(_texts(statement.get("Resource")), names):
        return False
    condition = statement["Condition"]
    if len(condition) != 1 or len(next(iter(condition.values()))) != 1:
        return False
    operator, keys = next(iter(condition.items()))
    lowest = _OLD_DENIED_FROM.get(str(operator).lower().removesuffix("ifexists"))
    values = _texts(next(iter(keys.values())))
    return lowest is not None and any(_NUMBER.fullmatch(value) and float(value) >= lowest for value in values)


def _denies_always(statement: Mapping[str, Any]) -> bool:
    return _denies(statement) and statement.get("Condition", {}) == {}


def _denies_on(statement: Mapping[str, Any], key: str) -> bool:
    condition = statement.get("Condition")
    if not _denies(statement) or not isinstance(condition, Mapping):
        return False
    return any(isinstance(keys, Mapping) and any(str(name).lower() == key for name in keys) for keys in condition.values())


def _denies(statement: Mapping[str, Any]) -> bool:
    return str(statement.get("Effect", "")).lower() == "deny"


def _everyone(principal: Any) -> bool:
    """Kinds of principals add up: what stands beside everyone takes nobody away."""
    return "*" in _texts(principal.get("AWS") if isinstance(principal, Mapping) else principal)


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items if item is not None]
