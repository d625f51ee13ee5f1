"""The verbs of `format`: Go's, in Terraform's subset."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cloudaudit.sources.terraform.hcl.bounds import EvaluationError
from cloudaudit.sources.terraform.hcl.functions.calling import Context
from cloudaudit.sources.terraform.hcl.functions.encoding import json_text
from cloudaudit.sources.terraform.hcl.text import Text
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, to_bool, to_number, to_text, unknown_of

_VERB = re.compile(r"%(?:(%)|([ +#0-]*)(\d{1,4})?(?:\.(\d{1,4})?)?(?:\[(\d{1,4})\])?([a-zA-Z]))")
_BASES = {"b": "b", "o": "o", "x": "x", "X": "X", "d": "d"}


def format_text(context: Context, layout: str, values: list[Any]) -> Any:
    """`format(layout, values...)`: Unknown with placeholders where values are. Raises EvaluationError."""
    text = Text(context.budget)
    position = used = highest = 0
    for match in _VERB.finditer(layout):
        literal = layout[position : match.start()]
        if "%" in literal:
            raise EvaluationError("format() does not know this verb")
        text.add(literal)
        position = match.end()
        percent, flags, width, _, index, verb = match.groups()
        if percent:
            text.add("%")
            continue
        place = int(index) - 1 if index else used
        if not 0 <= place < len(values):
            raise EvaluationError("format() has too few arguments")
        used = place + 1
        highest = max(highest, used)
        precise = "." in match.group()
        precision = int(match.group(4) or 0) if precise else None
        text.add(_verb(context, verb, values[place], flags, int(width or 0), precision))
    if "%" in layout[position:]:
        raise EvaluationError("format() does not know this verb")
    if highest < len(values):
        raise EvaluationError("format() has too many arguments")
    text.add(layout[position:])
    return text.result()


def _verb(context: Context, verb: str, value: Any, flags: str, width: int, precision: int | None) -> Any:
    if is_unknown(value):
        return value if verb in {"s", "v"} and not (flags or width or precision is not None) else blend([unknown_of(value)])
    if verb == "v":
        verb = _default_verb(value)
        if verb in {"j", "#"}:
            verb = "j"
    if verb == "j":
        body = json_text(value, context.budget)
        return body if is_unknown(body) else _padded(str(body), flags, width)
    if value is None:
        raise EvaluationError("format() of null")
    if verb == "t":
        return _padded("true" if to_bool(value) else "false", flags, width)
    if verb in {"s", "q"}:
        return _padded(_string(context, value, verb, precision), flags, width)
    return _number(verb, to_number(value), flags, width, precision)


def _default_verb(value: Any) -> str:
    if isinstance(value, bool):
        return "t"
    if isinstance(value, int | float):
        return "g"
    return "s" if isinstance(value, str) else "j"


def _string(context: Context, value: Any, verb: str, precision: int | None) -> str:
    text = to_text(value)
    if precision is not None:
        text = text[:precision]
    return str(json_text(text, context.budget)) if verb == "q" else text


def _number(verb: str, number: float, flags: str, width: int, precision: int | None) -> str:
    if verb in _BASES:
        if number != int(number):
            raise EvaluationError("format() needs a whole number here")
        text = format(abs(int(number)), _BASES[verb])
        if "#" in flags and verb in "xX":
            text = f"0{verb}{text}"
    elif verb in {"f", "F"}:
        places = 6 if precision is None else precision
        text = format(abs(Decimal(repr(number))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), "f")
    elif verb in {"e", "E"}:
        text = re.sub(r"([eE][+-])(\d)$", r"\g<1>0\2", format(abs(number), f".{6 if precision is None else precision}{verb}"))
    elif verb in {"g", "G"}:
        text = _shortest(abs(number), verb, precision)
    else:
        raise EvaluationError(f"format() does not know the verb %{verb}")
    sign = "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""
    if "0" in flags and "-" not in flags:
        return sign + text.rjust(width - len(sign), "0")
    return _padded(sign + text, flags, width)


def _shortest(number: float, verb: str, precision: int | None) -> str:
    if precision is not None:
        return format(number, f".{max(precision, 1)}{verb}")
    exponent = Decimal(repr(number)).adjusted() if number else 0
    if -4 <= exponent < 6:
        return to_text(number)
    return re.sub(r"(e[+-])(\d)$", r"\g<1>0\2", format(Decimal(repr(number)).normalize(), "e"))


def _padded(text: str, flags: str, width: int) -> str:
    if "-" in flags:
        return text.ljust(width)
    return text.rjust(width, "0" if "0" in flags else " ")
