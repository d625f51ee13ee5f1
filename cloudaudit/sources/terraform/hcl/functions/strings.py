"""Functions over text."""

from __future__ import annotations

import re
from typing import Any

from cloudaudit.model import Unknown, literal
from cloudaudit.model.partial import NAMELESS, nameless, sole_placeholder
from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context, Function, Needs, fixed
from cloudaudit.sources.terraform.hcl.functions.formatting import format_text
from cloudaudit.sources.terraform.hcl.functions.patterns import compiled, matches, replaced, template_of
from cloudaudit.sources.terraform.hcl.text import Text
from cloudaudit.sources.terraform.hcl.types import unified
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, to_list, to_number, to_text, unknown_of


def _lower(_: Context, value: Any) -> str:
    return "".join(low if len(low := character.lower()) == 1 else character for character in to_text(value))


def _upper(_: Context, value: Any) -> str:
    return "".join(high if len(high := character.upper()) == 1 else character for character in to_text(value))


def _title(_: Context, value: Any) -> str:
    return re.sub(r"(?:^|(?<=[^\w]))\w", lambda match: match.group().upper(), to_text(value))


def _chomp(_: Context, value: Any) -> str:
    return to_text(value).rstrip("\r\n")


def _trimspace(_: Context, value: Any) -> str:
    return to_text(value).strip()


def _trim(_: Context, value: Any, characters: Any) -> str:
    return to_text(value).strip(to_text(characters))


def _trimprefix(_: Context, value: Any, prefix: Any) -> str:
    return to_text(value).removeprefix(to_text(prefix))


def _trimsuffix(_: Context, value: Any, suffix: Any) -> str:
    return to_text(value).removesuffix(to_text(suffix))


def _startswith(_: Context, value: Any, prefix: Any) -> bool:
    return to_text(value).startswith(to_text(prefix))


def _endswith(_: Context, value: Any, suffix: Any) -> bool:
    return to_text(value).endswith(to_text(suffix))


def _strcontains(_: Context, value: Any, part: Any) -> bool:
    return to_text(part) in to_text(value)


def _strrev(_: Context, value: Any) -> str:
    return to_text(value)[::-1]


def _substr(_: Context, value: Any, offset: Any, length: Any) -> str:
    text, start, count = to_text(value), to_number(offset), to_number(length)
    if not isinstance(start, int) or not isinstance(count, int):
        raise EvaluationError("substr() needs whole numbers")
    if start < 0:
        start = max(len(text) + start, 0)
    return text[start:] if count < 0 else text[start : start + count]


def _indent(context: Context, spaces: Any, value: Any) -> str:
    width, text = to_number(spaces), to_text(value)
    if not isinstance(width, int) or width < 0:
        raise EvaluationError("indent() needs a number that is not negative")
    context.budget.measure(len(text) + width * text.count("\n"))
    return text.replace("\n", "\n" + " " * width)


def _join(context: Context, separator: Any, *lists: Any) -> Any:
    unknown = [unknown_of(part) for part in (separator, *lists) if is_unknown(part)]
    if unknown:
        return blend(unknown)
    between = to_text(separator)
    text = Text(context.budget)
    for place, item in enumerate(item for part in lists for item in to_list(part)):
        if place:
            text.add(between)
        text.add(item)
    return text.result()


def _split(_: Context, separator: Any, value: Any) -> list[str]:
    between, text = to_text(separator), to_text(value)
    return text.split(between) if between else list(text)


def _replace(context: Context, value: Any, search: Any, replacement: Any) -> Any:
    partial = value.partial if isinstance(value, Unknown) else None
    unknown = [unknown_of(part) for part in (value, search, replacement) if is_unknown(part)]
    if unknown and (partial is None or len(unknown) > 1 or sole_placeholder(partial) is not None):
        return blend(unknown)  # of a value of which nothing is known, nothing is known afterwards
    text, old, new = partial or to_text(value), to_text(search), to_text(replacement)
    result: str | None
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        if unknown:
            return blend(unknown)
        pattern = compiled(old[1:-1], text, context.budget)
        result = replaced(pattern, text, template_of(new, pattern))
    else:
        context.budget.measure(len(text) + text.count(old) * max(len(new) - len(old), 0))
        result = text.replace(old, new) if not unknown else _replaced(text, old, literal(new))
    return blend(unknown, partial=result) if unknown else result


def _replaced(partial: str, old: str, new: str) -> str | None:
    """The replacement within what is known of a text. The rest may hold what is replaced too: it is not what it was.

    None: what is replaced may begin in one and end in the other.
    """
    known = nameless(partial).split(NAMELESS)
    starts, ends = ({old[:size] for size in range(1, len(old))}, {old[size:] for size in range(1, len(old))})
    if any(piece.endswith(tuple(starts)) for piece in known[:-1]) or any(piece.startswith(tuple(ends)) for piece in known[1:]):
        return None
    return NAMELESS.join(piece.replace(old, new) for piece in known)


def _format(context: Context, layout: Any, *values: Any) -> Any:
    if is_unknown(layout):
        return blend([unknown_of(layout)])
    return format_text(context, to_text(layout), list(values))


def _formatlist(context: Context, layout: Any, *values: Any) -> Any:
    unknown = [unknown_of(value) for value in (layout, *values) if is_unknown(value)]
    if unknown:
        return blend(unknown)
    lengths = {len(value) for value in values if isinstance(value, list)}
    if len(lengths) > 1:
        raise EvaluationError("formatlist() of lists with different lengths")
    count = lengths.pop() if lengths else 1
    context.budget.fits(count * max(len(values), 1))
    rows = [[value[place] if isinstance(value, list) else value for value in values] for place in range(count)]
    return [format_text(context, to_text(layout), row) for row in rows]


def _regex(context: Context, pattern: Any, value: Any) -> Any:
    text = to_text(value)
    match = compiled(to_text(pattern), text, context.budget).search(text)
    if match is None:
        raise EvaluationError("regex() finds nothing that matches")
    return _captures(match)


def _regexall(context: Context, pattern: Any, value: Any) -> list[Any]:
    text = to_text(value)
    return unified([_captures(match) for match in matches(compiled(to_text(pattern), text, context.budget), text)], context.budget)


def _captures(match: re.Match[str]) -> Any:
    if match.re.groupindex:
        return dict(match.groupdict())
    return list(match.groups()) if match.re.groups else match.group()


def _templatestring(context: Context, template: Any, names: Any) -> Any:
    return context.render(to_text(template), names)


STRINGS: dict[str, Function] = {
    "chomp": fixed(_chomp),
    "endswith": fixed(_endswith, 2),
    "format": Function(_format, 1, None, Needs.NOTHING),
    "formatlist": Function(_formatlist, 1, None, Needs.NOTHING, returns="list"),
    "indent": fixed(_indent, 2),
    "join": Function(_join, 2, None, Needs.NOTHING),
    "lower": fixed(_lower),
    "regex": fixed(_regex, 2),
    "regexall": fixed(_regexall, 2, returns="list"),
    "replace": fixed(_replace, 3, Needs.NOTHING),
    "split": fixed(_split, 2, returns="list"),
    "startswith": fixed(_startswith, 2),
    "strcontains": fixed(_strcontains, 2),
    "strrev": fixed(_strrev),
    "substr": fixed(_substr, 3),
    "templatestring": fixed(_templatestring, 2, Needs.SHAPE),
    "title": fixed(_title),
    "trim": fixed(_trim, 2),
    "trimprefix": fixed(_trimprefix, 2),
    "trimspace": fixed(_trimspace),
    "trimsuffix": fixed(_trimsuffix, 2),
    "upper": fixed(_upper),
}
