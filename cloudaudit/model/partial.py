"""Texts of which parts are known (`Unknown.partial`): what stands for the other parts is spelled as no data is.

A file that holds `${aws_s3_bucket.x.arn}` holds just these characters, and means no bucket.
"""

from __future__ import annotations

import re

_OPENS, _CLOSES = "\ufdd0", "\ufdd1"  # noncharacters of Unicode: no text is meant to hold them
_FORGED = re.compile(r"[\ufdd0-\ufdef]|\\u[fF][dD][dDeE][0-9a-fA-F]")  # as JSON spells them too
_QUOTED, _SPELLED = '"\\\n', "\ufdd2\ufdd3\ufdd4"
_SPELL, _READ = str.maketrans(_QUOTED, _SPELLED), str.maketrans(_SPELLED, _QUOTED)

PLACEHOLDER = re.compile(f"({_OPENS}[^{_CLOSES}]*{_CLOSES})")
"""One part that is not known."""


NAMELESS = _OPENS + _CLOSES
"""What stands for a part of which not even the name is known: two of these need not be equal, nor be texts."""


def placeholder(name: str) -> str:
    """What stands for an attribute, by absolute address; without quotes and escapes, for the text around it may be JSON."""
    return f"{_OPENS}{literal(name).translate(_SPELL)}{_CLOSES}"


_OF_APPLY = "~"  # an attribute of nothing: no address begins so
_MOMENT = re.compile(rf"{_OF_APPLY}(-?[0-9]+)\.\.(-?[0-9]+)")


def of_apply(earliest: float, latest: float) -> str:
    """What stands for a moment that lies so many seconds, at least and at most, after the one at which Terraform runs."""
    return placeholder(f"{_OF_APPLY}{earliest:.0f}..{latest:.0f}")


def after_apply(text: str | None) -> tuple[float, float] | None:
    """How many seconds a moment lies after the one at which Terraform runs, at least and at most; None of any other text."""
    found = _MOMENT.fullmatch(sole_placeholder(text) or "")
    return (float(found[1]), float(found[2])) if found is not None else None


def equals_itself(text: str | None) -> bool:
    """Whether every part that is not known has a name which means one value: two moments of one run need not be one."""
    return text is not None and NAMELESS not in text and _OPENS + _OF_APPLY not in text


def literal(text: str) -> str:
    """A text that is known, as it stands beside placeholders: it holds none, and does not become one as JSON."""
    return text if text.isascii() and "\\u" not in text else _FORGED.sub("\ufffd", text)


def holds_placeholder(text: str) -> bool:
    return _OPENS in text


def nameless(text: str) -> str:
    """The text with every part that is not known as one without a name: what a name holds is not split with the text."""
    return PLACEHOLDER.sub(NAMELESS, text) if _OPENS in text else text


def sole_placeholder(text: str | None) -> str | None:
    """The name that a text is the placeholder of, if it is one and nothing else."""
    found = PLACEHOLDER.fullmatch(text or "")
    return found[0][1:-1].translate(_READ) if found is not None else None


def beginning(text: str) -> str:
    """What is known to stand before the first part that is not."""
    return text.partition(_OPENS)[0]


def may_equal(one: str, other: str) -> bool:
    """Whether two texts may be one, of either of which parts may not be known: they begin and end alike, as far as that is told.

    What both begin and end with, parts that mean one value among that, tells nothing: "a-${x}" is never "a-${x}-b".
    """
    if not holds_placeholder(one) and not holds_placeholder(other):
        return one == other
    return one == other or (_alike(one, other) and _alike(*_apart(one, other)))


def _alike(one: str, other: str) -> bool:
    """Whether two texts begin and end alike, and are long enough for both, as far as that is told."""
    end, another_end = _ending(one), _ending(other)
    if not (end.endswith(another_end) or another_end.endswith(end)):
        return False
    start, another_start = beginning(one), beginning(other)
    if not (start.startswith(another_start) or another_start.startswith(start)):
        return False
    return (holds_placeholder(one) or len(one) >= len(another_start) + len(another_end)) and (
        holds_placeholder(other) or len(other) >= len(start) + len(end)
    )


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two texts without what both begin, and then end, with."""
    first, second = _units(one), _units(other)
    for _ in range(2):
        alike = 0
        for a, b in zip(first, second, strict=False):
            if a != b or not equals_itself(a):
                break
            alike += 1
        first, second = first[alike:][::-1], second[alike:][::-1]
    return "".join(first), "".join(second)


def _units(text: str) -> list[str]:
    """The characters of a text, and its parts that are not known."""
    return [unit for part in PLACEHOLDER.split(text) for unit in ((part,) if holds_placeholder(part) else part)]


def _ending(text: str) -> str:
    """What is known to stand behind the last part that is not."""
    return text.rpartition(_CLOSES)[2]
