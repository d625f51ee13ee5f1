"""JSON, YAML, CSV, base64, hashes and URLs."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import urllib.parse
import uuid
from typing import Any

from cloudaudit.model import Unknown, literal
from cloudaudit.model.partial import NAMELESS
from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed, never_known
from cloudaudit.sources.terraform.hcl.functions.yaml import read_yaml
from cloudaudit.sources.terraform.hcl.functions.yamlwriter import yaml_text
from cloudaudit.sources.terraform.hcl.values import blend, to_number, to_text, unknown_of

_DEPTH = 200
_MEASURED_EACH = 500  # characters
GO_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_HASHES = ("md5", "sha1", "sha256", "sha512")


def json_text(value: Any, budget: Budget) -> Any:
    """The value as `jsonencode` writes it. Unknown leaves stand as placeholders in `partial`."""
    writer = _JsonWriter(budget)
    writer.write(value, 0)
    if not writer.unknowns:
        return "".join(writer.pieces)
    return blend(writer.unknowns, partial="".join(writer.shape))


class _JsonWriter:
    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.pieces: list[str] = []
        self.unknowns: list[Unknown[Any]] = []
        self.shape: list[str] = []  # the same pieces, as they stand beside placeholders
        self.length = 0
        self.measured = 0

    def put(self, piece: str, shape: str | None = None) -> None:
        self.pieces.append(piece)
        self.shape.append(piece if shape is None else shape)
        self.length += len(piece)
        if self.length - self.measured > _MEASURED_EACH:
            self.budget.measure(self.length - self.measured, self.length)
            self.measured = self.length

    def write(self, value: Any, depth: int) -> None:
        if depth > _DEPTH:
            raise BoundError(f"a value nested more than {_DEPTH} levels")
        if value is None or isinstance(value, bool):
            self.put({None: "null", True: "true", False: "false"}[value])
        elif isinstance(value, str):
            text = json.dumps(value, ensure_ascii=False).translate(GO_ESCAPES)
            self.put(text, literal(text))
        elif isinstance(value, int | float):
            self.put(precision.written(value))
        elif isinstance(value, list):
            self.many("[", "]", [(None, item) for item in value], depth)
        elif isinstance(value, dict):
            self.many("{", "}", [(key, value[key]) for key in sorted(value)], depth)
        else:
            self.unknown(unknown_of(value))

    def many(self, opening: str, closing: str, items: list[tuple[str | None, Any]], depth: int) -> None:
        self.put(opening)
        for place, (key, item) in enumerate(items):
            if place:
                self.put(",")
            if key is not None:
                self.write(key, depth)
                self.put(":")
            self.write(item, depth + 1)
        self.put(closing)

    def unknown(self, value: Unknown[Any]) -> None:
        self.unknowns.append(value)
        text = NAMELESS if value.partial is None else value.partial
        self.put(json.dumps(text, ensure_ascii=False).translate(GO_ESCAPES))


def _jsonencode(context: Context, value: Any) -> Any:
    return json_text(value, context.budget)


def _jsondecode(context: Context, value: Any) -> Any:
    text = to_text(value)
    context.budget.measure(len(text))
    context.budget.spend(len(text) // 4)
    try:
        return json.loads(text, parse_float=_json_float, parse_constant=_refuse_constant)
    except ValueError:
        raise EvaluationError("jsondecode() of text that is not JSON") from None
    except RecursionError:
        raise BoundError("JSON nested too deeply") from None


def _json_float(text: str) -> int | float:
    return to_number(text)


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


def _yamlencode(context: Context, value: Any) -> str:
    return yaml_text(value, context.budget)


def _yamldecode(context: Context, value: Any) -> Any:
    return read_yaml(to_text(value), context.budget)


def _base64encode(_: Context, value: Any) -> str:
    return base64.b64encode(to_text(value).encode()).decode()


def _base64decode(_: Context, value: Any) -> str:
    return _decoded(to_text(value)).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EvaluationError("base64 text is needed") from None


def _textencodebase64(_: Context, value: Any, encoding: Any) -> str:
    return base64.b64encode(to_text(value).encode(_codec(encoding))).decode()


def _textdecodebase64(_: Context, value: Any, encoding: Any) -> str:
    return _decoded(to_text(value)).decode(_codec(encoding))


def _codec(encoding: Any) -> str:
    name = to_text(encoding).lower()
    if not name.startswith(("utf-", "utf8", "iso-8859-", "windows-", "us-ascii", "latin", "shift_jis", "euc-", "gb", "big5", "koi8")):
        raise EvaluationError("the encoding is not supported")
    return name


def _hash(name: str, encode: bool) -> Any:
    def run(_: Context, value: Any) -> str:
        digest = hashlib.new(name, to_text(value).encode(), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encode else digest.hexdigest()

    return run


def _urlencode(_: Context, value: Any) -> str:
    return urllib.parse.quote_plus(to_text(value), safe="")


def _urldecode(_: Context, value: Any) -> str:
    text = to_text(value)
    if "%" in urllib.parse.unquote_to_bytes(text.replace("%25", "")).decode(errors="replace"):
        raise EvaluationError("urldecode() of a malformed escape")
    return urllib.parse.unquote_plus(text, errors="strict")


def _csvdecode(context: Context, value: Any) -> list[dict[str, str]]:
    text = to_text(value)
    context.budget.measure(len(text))
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        raise EvaluationError("csvdecode() of text that is not CSV") from None
    if not rows:
        raise EvaluationError("csvdecode() of text without a header")
    header = rows[0]
    if len(set(header)) != len(header):
        raise EvaluationError("csvdecode() of text with a column twice")
    context.budget.fits(len(rows) * len(header))
    body = [row for row in rows[1:] if row]
    if any(len(row) != len(header) for row in body):
        raise EvaluationError("csvdecode() of rows with different lengths")
    return [dict(zip(header, row, strict=True)) for row in body]


def _uuidv5(_: Context, namespace: Any, name: Any) -> str:
    spaces = {"dns": uuid.NAMESPACE_DNS, "url": uuid.NAMESPACE_URL, "oid": uuid.NAMESPACE_OID, "x500": uuid.NAMESPACE_X500}
    key = to_text(namespace)
    return str(uuid.uuid5(spaces[key] if key in spaces else uuid.UUID(key), to_text(name)))


ENCODINGS: dict[str, Function] = {
    "base64decode": fixed(_base64decode),
    "base64encode": fixed(_base64encode),
    "base64gzip": never_known("base64gzip", "depends on the compressor"),
    "bcrypt": never_known("bcrypt", "is salted anew in each run"),
    "csvdecode": fixed(_csvdecode, returns="list"),
    "jsondecode": fixed(_jsondecode),
    "jsonencode": fixed(_jsonencode, needs=Needs.NOTHING),
    "rsadecrypt": never_known("rsadecrypt", "is not followed: it makes a secret"),
    "textdecodebase64": fixed(_textdecodebase64, 2),
    "textencodebase64": fixed(_textencodebase64, 2),
    "urldecode": fixed(_urldecode),
    "urlencode": fixed(_urlencode),
    "uuid": never_known("uuid", "is new in each run"),
    "uuidv5": fixed(_uuidv5, 2),
    "yamldecode": fixed(_yamldecode),
    "yamlencode": fixed(_yamlencode),
    **{name: fixed(_hash(name, encode=False)) for name in _HASHES},
    **{f"base64{name}": fixed(_hash(name, encode=True)) for name in ("sha256", "sha512")},
}
