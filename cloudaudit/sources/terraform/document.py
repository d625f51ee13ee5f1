"""One JSON document from a file that nobody vouches for: bounded, strict, and where it cannot be read, a gap that says why and where."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Gap, Origin, Why
from cloudaudit.opener import UnreadableError, content, named

SIZE_LIMIT = 512 * 1024 * 1024
"""Bytes of a document, after decompression. The largest states in the wild are below 200 MB."""

DEPTH_LIMIT = 200
"""Levels of nesting. A provider's deepest schema has about 30."""

_POSITION = re.compile(r"\s*\(byte (\d+)\)")
_AS_JSON = "make the JSON with: terraform show -json FILE > plan.json"


class _RefusedError(Exception):
    def __init__(self, why: Why, what: str, remedy: str = "", line: int | None = None) -> None:
        super().__init__(what)
        self.why = why
        self.what = what
        self.remedy = remedy
        self.line = line


class _DuplicateError(ValueError):
    """A key that an object states twice."""


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one: for parts whose absence means the same as a wrong shape."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> Sequence[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def as_text(value: Any) -> str:
    """The value where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def read_document(path: Path, *, file: str, unit: str) -> Mapping[str, Any] | Gap:
    """The JSON object in a file, or the gap that it leaves.

    UTF-8 and UTF-16 with a byte order mark (a Windows shell's `>` writes these) and gzip are taken. A key that an object states
    twice is refused: parsers differ in which of the two they believe, so no verdict can rest on either.
    """
    try:
        document = _parsed(_as_utf8(_inflated(named(path, SIZE_LIMIT))))
    except UnreadableError as refusal:
        why = Why.BOUNDED if refusal.too_large else Why.FAILED
        remedy = "split the state or the plan" if refusal.too_large else ""
        return Gap(why, f"{file} {refusal.reason}", Origin(file=file), remedy, unit)
    except _RefusedError as refusal:
        return Gap(refusal.why, f"{file} {refusal.what}", Origin(file=file, line=refusal.line), refusal.remedy, unit)
    return document


def digest(path: Path, within: Path | None = None) -> str:
    """What identifies the content of a regular file; empty where it cannot be had."""
    try:
        data = content(path, SIZE_LIMIT, within=within) if within is not None else named(path, SIZE_LIMIT)
        return hashlib.sha256(data).hexdigest()[:16]
    except UnreadableError:
        return ""


def digest_of(*said: str) -> str:
    """What identifies texts, in their order."""
    return hashlib.sha256("\0".join(said).encode(errors="surrogateescape")).hexdigest()[:16]


def _within_limit(data: bytes) -> bytes:
    if len(data) > SIZE_LIMIT:
        raise _RefusedError(Why.BOUNDED, f"is larger than {SIZE_LIMIT // 1024**2} MB", "split the state or the plan")
    return data


def _inflated(data: bytes) -> bytes:
    if data.startswith(b"PK\x03\x04"):
        raise _RefusedError(Why.UNSUPPORTED, "is a binary plan", "terraform show -json FILE > plan.json")
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _within_limit(stream.read(SIZE_LIMIT + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise _RefusedError(Why.FAILED, "is damaged: its compressed data does not unpack") from error


def _as_utf8(data: bytes) -> bytes:
    encoding = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data[:2] == b"{\x00":
        encoding = "utf-16-le"
    elif data[:2] == b"\x00{":
        encoding = "utf-16-be"
    if not encoding:
        return data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        raise _RefusedError(Why.FAILED, "is damaged: it is neither UTF-8 nor UTF-16") from error


def _parsed(data: bytes) -> Mapping[str, Any]:
    if not data.strip():
        raise _RefusedError(Why.FAILED, "is an empty file, which no plan and no state is", "write the file anew")
    if _is_log(data):
        raise _RefusedError(Why.UNSUPPORTED, "is the log of `terraform plan -json`, not a plan", _AS_JSON)
    try:
        document = msgspec.json.decode(data)
        json.loads(data, object_pairs_hook=_unique)
    except _DuplicateError as error:
        raise _RefusedError(Why.FAILED, f"states the key {error} twice in one object", "write the file anew") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise _malformed(data, str(error)) from error
    if not isinstance(document, dict):
        raise _not_terraform()
    if _is_deep(document):
        raise _too_deep()
    return document


def _too_deep() -> _RefusedError:
    return _RefusedError(Why.BOUNDED, f"is nested deeper than {DEPTH_LIMIT} levels")


def _not_terraform() -> _RefusedError:
    return _RefusedError(Why.FAILED, "is not a Terraform plan, state or configuration", _AS_JSON)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    """Looks at the keys of one object only, so that the second pass over a document keeps nothing of it."""
    if len(dict(pairs)) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _DuplicateError(repr(name[:80]))
        seen.add(name)


def _malformed(data: bytes, message: str) -> _RefusedError:
    """The refusal of text that is not JSON, at the line where it ceases to be. The message of the parser quotes no content."""
    if data.lstrip()[:1] not in {b"{", b"["}:
        return _not_terraform()
    found = _POSITION.search(message)
    if found is None and "truncated" in message:
        line = data.count(b"\n") + 1
        return _RefusedError(Why.FAILED, f"ends in the middle, after {len(data)} bytes", "write the file anew", line)
    if found is None:
        return _RefusedError(Why.FAILED, f"is not valid JSON: {message}", "write the file anew")
    offset = int(found[1])
    line = data.count(b"\n", 0, offset) + 1
    problem = _POSITION.sub("", message).removeprefix("JSON is malformed: ")
    return _RefusedError(Why.FAILED, f"is not valid JSON: {problem} at line {line}, byte {offset}", "write the file anew", line)


def _is_log(data: bytes) -> bool:
    first = data.split(b"\n", 1)[0]
    if b'"@level"' not in first:
        return False
    try:
        entry = msgspec.json.decode(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and "@level" in entry


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(DEPTH_LIMIT):
        level = [child for node in level for child in (node.values() if type(node) is dict else node) if type(child) in {dict, list}]
        if not level:
            return False
    return True
