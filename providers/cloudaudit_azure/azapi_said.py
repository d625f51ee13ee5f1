"""What an azapi resource says: of which type what it sets is, by what name or id that is found, and what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from cloudaudit.model import Attr, Known, Record, Unknown, Why
from cloudaudit.model.partial import NAMELESS, holds_placeholder, nameless
from cloudaudit_azure.azapi_types import FACTS

P = TypeVar("P")

_ACTION = "azapi_resource_action"
TYPES = ("azapi_resource", "azapi_update_resource", _ACTION)
OWN = {kind: next(iter(facts)) for kind, facts in FACTS.items()}
_SEGMENT = re.compile(r"/([^/]+)/(?=([^/]+))")
_INDEX = re.compile(r"\[[^\]]*\]")
_WRITES = {"put", "patch", "delete"}


class Said(msgspec.Struct, frozen=True):
    """What an azapi resource says, read once: it is compared with every resource of its kind."""

    writes: bool
    deletes: bool  # or may
    arm: str | None  # the type without its API version, in lower case; None if it is not known
    own: str | None  # the last name in the id of what is set
    by_name: bool  # found by that name, beside the id of its parent
    names: Mapping[str, str]  # in the id of what is set, or of what that is a part of, by the segment before them
    link: Attr[str | None]  # that id, or the name


@lru_cache(maxsize=4096)
def said_by(record: Record) -> Said:
    kind, name = record.text("type"), record.text("name")
    whole: Attr[str | None] = record.text("resource_id") if record.type != TYPES[0] else Known(None)  # which has no such attribute
    arm = _type_told(kind)
    id_ = whole if whole != Known(None) else record.text("parent_id")
    text = nameless((id_.value if isinstance(id_, Known) else id_.partial or NAMELESS) or "").lower()
    action = _action(record)
    if isinstance(action, Unknown):
        arm, text = None, f"{text}/{NAMELESS}"
    elif action.value:
        words = action.value.lower().split("/")
        below = "providers" not in words  # else it is of a type of its own, by its own id
        arm, text = "/".join((arm, *words[::2])) if arm and below else None, "/".join((text, *words))
    last = lower(name) if name != Known(None) else text.rpartition("/")[2]
    by_name = whole == Known(None) and arm in OWN.values()
    link = name if by_name else id_
    return Said(
        writes(record),
        method(record) in {"delete", None},
        arm,
        last if last and not holds_placeholder(last) else None,
        by_name,
        dict(_SEGMENT.findall(text)),
        link,
    )


def _type_told(kind: Attr[str | None]) -> str | None:
    """A type without its API version, which need not be known, in lower case; None if the type is not."""
    if isinstance(kind, Unknown) and kind.why is Why.IGNORED:
        return None
    told = nameless((kind.partial if isinstance(kind, Unknown) else kind.value) or NAMELESS).partition("@")[0]
    return None if holds_placeholder(told) else told.lower()


def among(table: Mapping[str, P], record: Record) -> list[P]:
    """What a table tells of the type of what azapi sets: all of it where that is not known, for it may be of any."""
    return [told for arm, told in table.items() if said_by(record).arm in {arm, None}]


def _action(record: Record) -> Attr[str | None]:
    """The path below a resource that an action is sent to, and so what it sets, and of which type."""
    if record.type != _ACTION:
        return Known(None)
    return record.text("action").map(lambda path: path.strip("/") if path else None)


def lower(name: Attr[str | None]) -> str | None:
    return name.value.lower() if isinstance(name, Known) and name.value is not None else None


def writes(record: Record) -> bool:
    """Whether it sets or removes anything: most actions only ask or restart, and some come when all of it is destroyed."""
    return method(record) in {*_WRITES, None} and not (record.type == _ACTION and record.text("when") == Known("destroy"))


def method(record: Record) -> str | None:
    """How it is sent; None if that is not known."""
    if record.type != _ACTION:
        return "put"
    method = record.text("method")
    return None if isinstance(method, Unknown) else (method.value or "POST").lower()


def bodies(record: Record) -> tuple[Attr[Any], Attr[Any]]:
    """What is sent: the provider merges both parts into one."""
    return record.at("body"), _sensitive(record)


def _sensitive(record: Record) -> Attr[Any]:
    """The part of a body that is write-only: null in every plan and state. A plan tells that it is set, a state which versions are."""
    body = record.at("sensitive_body", since=2)
    if isinstance(body, Known) and body.value is None and record.configured is not None:
        written = "sensitive_body" in record.configured
        return Unknown(Why.UNRECORDED, "a plan does not hold sensitive_body", body.origin) if written else body
    versions = record.at("sensitive_body_version", since=2)
    if body != Known(None) or not record.report or not isinstance(versions, Known) or not isinstance(versions.value, Mapping):
        return body
    return Known(_nested(versions.value), versions.origin)


def _nested(paths: Iterable[str]) -> Mapping[str, Any]:
    """A body of which only is known that something stands at dotted paths."""
    body: dict[str, Any] = {}
    for path in paths:
        inner, (*steps, last) = body, _INDEX.sub("", path).split(".")
        for step in steps:
            below = inner.setdefault(step, {})
            if not isinstance(below, dict):
                break
            inner = below
        else:
            inner.setdefault(last, Unknown(Why.UNRECORDED, "a state does not hold sensitive_body"))
    return body
