"""Reading waivers: `cloudaudit-waivers.toml`, and comments of the configuration. What is malformed is a gap, never an error."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Comment, Extent, Gap, Origin, extent
from cloudaudit.opener import UnreadableError, content, named
from cloudaudit.policy.toml_text import TomlError, parsed
from cloudaudit.policy.waiver import Waiver, problem

FILE = "cloudaudit-waivers.toml"
DIRECTIVE = "cloudaudit:waive"

_BYTES = 250_000
_WAIVERS = 1_000
_TEXT = 1_000  # characters of one value
_COMMENT = 4_000  # characters
_PARTS = 100  # of an extent

_ANSWERS = ("owner", "ticket", "reason")
_KEYS = ("check", "resource", "fingerprint", "unit", "extent", *_ANSWERS, "expires", "accept-unknown")
_COMMENT_KEYS = (*_ANSWERS, "extent", "until", "accept-unknown")
_MEANT = {"until": "expires", "expires": "until", "address": "resource", "id": "resource", "why": "reason"}

_HEADER = re.compile(r"""[ \t]*\[\[[ \t]*(?:waiver|"waiver"|'waiver')[ \t]*\]\]""")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_ARGUMENT = re.compile(r'([\w-]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?=\s|$)\s*', re.DOTALL)
_EXAMPLE = f'{DIRECTIVE} CHECK reason="…" owner="…" ticket="…" until=2031-01-31'


class Source(msgspec.Struct, frozen=True):
    """A file of waivers: what it is called for the user, and whose word it is."""

    name: str
    in_repository: bool = False
    tree: str | None = None  # see Waiver.tree
    boundary: str | None = None  # the absolute folder that the file must not lead out of


class Read(msgspec.Struct, frozen=True):
    """The waivers of a text, and what is wrong with the rest of it."""

    waivers: tuple[Waiver, ...] = ()
    problems: tuple[Gap, ...] = ()


def read_file(path: Path, source: Source) -> Read:
    """The waivers of a file."""
    try:
        data = named(path, _BYTES) if source.boundary is None else content(path, _BYTES, within=Path(source.boundary))
        return read_toml(data, source)
    except UnreadableError as error:
        return refused(source, error.reason)


def read_toml(data: bytes, source: Source) -> Read:
    """The waivers of a TOML text: `[[waiver]]` tables, and nothing else."""
    try:
        document, text = parsed(data, _BYTES)
    except TomlError as error:
        return refused(source, str(error))
    tables = document.pop("waiver", [])
    for name in document:
        return refused(source, f"has the key {_short(name)}, and only [[waiver]] tables belong there")
    if not isinstance(tables, list):
        return refused(source, "needs [[waiver]] with two brackets for each waiver")
    if len(tables) > _WAIVERS:
        return refused(source, f"holds {len(tables):,} waivers, the limit is {_WAIVERS:,}")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    # A header inside a text of several lines is none: then no line is certain.
    places = lines if len(lines) == len(tables) else [None] * len(tables)
    made = [_entry(table, Origin(source.name, line), source) for table, line in zip(tables, places, strict=True)]
    return _sorted(made)


def refused(source: Source, reason: str) -> Read:
    """What a file gives that cannot be used."""
    what = f"{source.name} {' '.join(reason.split())}: none of its waivers counts"
    return Read(problems=(problem(what, Origin(source.name), "mend the file"),))


def _sorted(made: Sequence[Waiver | Gap]) -> Read:
    waivers = tuple(item for item in made if isinstance(item, Waiver))
    return Read(waivers, tuple(item for item in made if isinstance(item, Gap)))


def _entry(table: object, origin: Origin, source: Source) -> Waiver | Gap:
    if not isinstance(table, Mapping):
        return problem("a waiver is malformed: it is not a table", origin, "write [[waiver]] and a line for each key below it")
    fields = {name.replace("_", "-"): value for name, value in table.items()}
    fault = _fault(fields, _KEYS) or _aimless(fields)
    if fault is not None:
        return problem(f"a waiver is malformed: {fault}", origin, f"mend the entry; see {FILE} in the documentation")
    return _made(fields, origin, in_repository=source.in_repository, tree=source.tree)


def written(waiver: Waiver, before: bytes) -> bytes:
    """A waiver as it is appended to a file that holds `before`."""
    rows = {
        "check": waiver.check,
        "resource": waiver.resource,
        "unit": waiver.unit,
        "fingerprint": waiver.fingerprint,
        "owner": waiver.owner,
        "ticket": waiver.ticket,
        "reason": waiver.reason,
    }
    lines = ["[[waiver]]", *(f"{name} = {_quoted(value)}" for name, value in rows.items() if value is not None)]
    if waiver.extent is not None:
        lines.append(extent_line(waiver.extent))
    lines.append(f"expires = {waiver.expires}")
    if waiver.accept_unknown:
        lines.append("accept-unknown = true")
    end = "\r\n" if b"\r\n" in before else "\n"
    lead = "" if not before else end if before.endswith(b"\n") else end * 2
    return (lead + "".join(line + end for line in lines)).encode(errors="replace")


def extent_line(reached: Extent) -> str:
    """`extent = ["tcp IPv4 22"]`: what a waiver says that accepts a breach as far as it reaches."""
    return f"extent = [{', '.join(map(_quoted, reached.parts))}]"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are among its own, and DEL needs one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_comments(comments: Sequence[Comment]) -> Read:
    """The waivers that stand beside what they cover."""
    return _sorted([_commented(comment) for comment in comments])


def _commented(comment: Comment) -> Waiver | Gap:
    word, *rest = comment.text.split(None, 1) or [""]
    if word != DIRECTIVE:
        return problem(f'the comment "{_short(word)}" means nothing', comment.origin, f"did you mean {DIRECTIVE}?")
    fields, fault = _arguments("".join(rest))
    fault = fault or _fault(fields, ("check", *_COMMENT_KEYS))
    if fault is not None:
        return problem(f"a waiver is malformed: {fault}", comment.origin, f"write it as {_EXAMPLE}")
    if comment.block is None:
        what = f"the waiver of {fields['check']} stands neither in a resource block nor directly above one"
        return problem(what, comment.origin, f"move it to the block that it covers, or write it into {FILE}")
    fields["expires"] = fields.pop("until")
    made = _made(fields, comment.origin, in_repository=True, tree=None)
    return msgspec.structs.replace(made, block=comment.block, subject=comment.subject)


def _arguments(text: str) -> tuple[dict[str, Any], str | None]:
    """`CHECK name="value" …` as fields, and what is wrong with it."""
    if len(text) > _COMMENT:
        return {}, f"it is longer than {_COMMENT:,} characters"
    parts = text.split(None, 1)
    if not parts or "=" in parts[0]:
        return {}, "it names no check"
    fields: dict[str, Any] = {"check": parts[0]}
    rest = parts[1] if len(parts) > 1 else ""
    while rest:
        found = _ARGUMENT.match(rest)
        if found is None:
            return {}, f'name="value" is expected at {_short(rest)}'
        name, value = found[1].replace("_", "-"), found[2]
        if name in fields:
            return {}, f"{_short(name)} is given twice"
        plain = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value
        fields[name] = plain == "true" if name == "accept-unknown" and plain in {"true", "false"} else plain
        rest = rest[found.end() :]
    return fields, None


def _fault(fields: Mapping[str, Any], known: Sequence[str]) -> str | None:
    """The first thing that is wrong with the fields of a waiver."""
    return next(_faults(fields, known), None)


def _faults(fields: Mapping[str, Any], known: Sequence[str]) -> Iterator[str]:
    for name in fields:
        if name not in known:
            meant = _MEANT.get(name)
            close = [meant] if meant in known else difflib.get_close_matches(name, known, 1)
            yield f"{_short(name)} is not a key: " + (f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}")
    end = "until" if "until" in known else "expires"
    for name in (*_ANSWERS, end):
        if name not in fields:
            yield f"it has no {name}"
    for name, value in fields.items():
        if name == "extent":
            yield from _extent_faults(value)
        elif name not in {end, "accept-unknown"}:
            yield from _text_faults(name, value)
    if _day(fields.get(end)) is None:
        yield f"{end} = {_short(str(fields.get(end)))}: expected a day such as 2031-01-31"
    if not isinstance(fields.get("accept-unknown", False), bool):
        yield "accept-unknown: expected true or false"


def _is_seen(text: str) -> bool:
    """Whether a reader sees something: an owner of a zero-width space is nobody."""
    return any(char.isprintable() and not char.isspace() for char in text)


def _text_faults(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not (_is_seen(value) if name in _ANSWERS else value.strip()):
        yield f"{name}: expected a text"
    elif len(value) > _TEXT:
        yield f"{name} is longer than {_TEXT:,} characters"
    elif name == "fingerprint" and not _FINGERPRINT.fullmatch(value):
        yield f"fingerprint = {_short(value)}: expected the 16 digits of a finding"


def _extent_faults(value: object) -> Iterator[str]:
    parts = value if isinstance(value, list) else [value]
    if not parts or len(parts) > _PARTS:
        yield f"extent: expected one to {_PARTS} parts"
    for part in parts[:_PARTS]:
        yield from _text_faults("extent", part)


def _aimless(fields: Mapping[str, Any]) -> str | None:
    if "fingerprint" in fields or ("check" in fields and "resource" in fields):
        return None
    return "it says not what it covers: check and resource, or fingerprint"


def _day(value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _made(fields: Mapping[str, Any], origin: Origin, *, in_repository: bool, tree: str | None) -> Waiver:
    expires = _day(fields["expires"])
    assert expires is not None
    owner, ticket, reason = (" ".join(fields[name].split()) for name in _ANSWERS)
    return Waiver(
        owner,
        ticket,
        expires,
        reason,
        origin,
        in_repository,
        tree=tree,
        check=fields.get("check"),
        resource=fields.get("resource"),
        fingerprint=fields.get("fingerprint"),
        unit=fields.get("unit"),
        accept_unknown=fields.get("accept-unknown", False),
        extent=_extent(fields.get("extent")),
    )


def _extent(value: Any) -> Extent | None:
    """A list of parts, or one text with semicolons between them, as comments have it."""
    if value is None:
        return None
    return extent(part for text in (value if isinstance(value, list) else [value]) for part in text.split(";") if part.strip())


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
