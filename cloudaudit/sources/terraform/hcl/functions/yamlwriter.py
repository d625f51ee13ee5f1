"""YAML as `yamlencode` writes it: keys and strings in double quotes, text of several lines as a literal block."""

from __future__ import annotations

import json
from typing import Any

from cloudaudit.sources.terraform.hcl import precision
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget

_DEPTH = 200


def yaml_text(value: Any, budget: Budget) -> str:
    """The document, with its last line break."""
    lines: list[str] = []
    _write(value, "", "", lines, budget, 0)
    plain = value is None or isinstance(value, bool | int | float)
    return "\n".join(lines) + ("\n...\n" if plain else "\n")  # a document of nothing but a plain scalar says where it ends


def _write(value: Any, head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    """Append the lines of a value that begins behind `head`."""
    if depth > _DEPTH:
        raise BoundError(f"a value nested more than {_DEPTH} levels")
    if isinstance(value, dict) and value:
        _entries([(f"{json.dumps(key, ensure_ascii=False)}:", value[key]) for key in sorted(value)], head, indent, lines, budget, depth)
    elif isinstance(value, list) and value:
        _items(value, head, indent, lines, budget, depth)
    else:
        text = _scalar(value, indent if head.endswith("- ") else indent + "  ")
        budget.measure(len(text) + len(head))
        lines.append(f"{head} {text}" if head and not head.endswith(" ") else head + text)


def _entries(pairs: list[tuple[str, Any]], head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    if head.endswith(":"):
        lines.append(head)
        head = indent
    for place, (key, item) in enumerate(pairs):
        nested = isinstance(item, dict) and item
        _write(
            item,
            (head if place == 0 and head.endswith("- ") else indent) + key,
            indent + "  " if nested else indent,
            lines,
            budget,
            depth + 1,
        )


def _items(items: list[Any], head: str, indent: str, lines: list[str], budget: Budget, depth: int) -> None:
    if head.endswith(":"):
        lines.append(head)
        head = indent
    for place, item in enumerate(items):
        _write(item, (head if place == 0 and head.endswith("- ") else indent) + "- ", indent + "  ", lines, budget, depth + 1)


def _scalar(value: Any, indent: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return precision.written(value)
    if isinstance(value, str):
        if value.endswith("\n") and value.strip() and value.isprintable() is False and _is_block(value):
            body = value[:-1].split("\n")
            return "|\n" + "\n".join(f"{indent}{line}" if line else "" for line in body)
        return json.dumps(value, ensure_ascii=False)
    return "[]" if isinstance(value, list) else "{}"


def _is_block(value: str) -> bool:
    return all(line.isprintable() for line in value.split("\n")) and not value.endswith("\n\n") and not value.startswith((" ", "\n"))
