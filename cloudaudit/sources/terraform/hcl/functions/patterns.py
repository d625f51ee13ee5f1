"""Regular expressions: RE2's syntax on Python's engine. That one backtracks, so patterns that could take long are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec

from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget, EvaluationError

_PATTERN_LENGTH = 1_000
_STEPS = 20_000_000
_STEPS_PER_UNIT = 2_000
_REPEAT = 1_000
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d{1,4})(,(\d{0,4}))?\})\??")
_GROUP = re.compile(r"\((?:\?(?:P?<([A-Za-z_]\w*)>|([ims]+):|:|([ims]+)\)))?")
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_GUARDED = re.compile(r"\\?([^\w\s\\\[\](){}.^$|?*+])(\[[^\]]+\]|\\[dw]|[a-z])(?:[*+]|\{\d+(?:,\d*)?\})")
_CLOSINGS = re.compile(r"(?:\)(?![*+{])\??|\((?:\?:)?(?!\?))+")
_LITERAL = re.compile(r"\\?([^\w\s\\\[\](){}.^$|?*+]|(?<!\\)[A-Za-z0-9 ])(?![*?{])")
_SET_ITEM = re.compile(r"\[:(\^?)([a-z]+):\]|\\(.)|([^\\])", re.DOTALL)
_CLASS_ESCAPES = "dDwWsS"
_ESCAPES = _CLASS_ESCAPES + "bBAtnrfvx"


class _Choice(msgspec.Struct, frozen=True):
    """A place where matching may branch: so many ways, or one at each `stop` of the text, or (None) anywhere in it."""

    ways: int = 0
    stop: str | None = None

    def branches(self, text: str) -> int:
        """How many ways at most, in a text of lower case."""
        if self.ways:
            return self.ways
        return len(text) + 1 if self.stop is None else text.count(self.stop) + 2


class _Scan:
    """Reads an RE2 pattern, writes Python's, and notes where matching may branch."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.out: list[str] = []
        self.choices: list[_Choice] = []
        self.groups: list[list[bool]] = [[False, False]]  # of each open group: may its length vary, has it alternatives
        self.closed = [False, False]  # of the group that just ended
        self.opened: list[int] = []  # where the bodies of open groups begin
        self.body = ""  # of the group that just ended
        self.position = 0

    def run(self) -> str:
        pattern = self.pattern
        while self.position < len(pattern):
            start = self.position
            atom = self._atom(pattern[start])
            if atom is not None:
                self._quantified(atom)
        if len(self.groups) != 1:
            raise EvaluationError("the pattern has an unbalanced parenthesis")
        return "".join(self.out)

    def _atom(self, character: str) -> str | None:
        """The next atom in Python's syntax, or None for what takes no quantifier."""
        self.closed = [False, False]
        if character == "(":
            self._open()
            return None
        if character == ")":
            if len(self.groups) == 1:
                raise EvaluationError("the pattern has an unbalanced parenthesis")
            self.closed = self.groups.pop()
            self.body = self.pattern[self.opened.pop() : self.position]
            for place in (0, 1):
                self.groups[-1][place] = self.groups[-1][place] or self.closed[place]
            self.position += 1
            return ")"
        if character == "|":
            self.groups[-1][1] = True
            self.choices.append(_Choice(2))
        if character in "|^$":
            self.position += 1
            self.out.append(r"\Z" if character == "$" else character)
            return None
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escape()
        if character in "*+?":
            raise EvaluationError("the pattern has a repetition of nothing")
        self.position += 1
        return character

    def _open(self) -> None:
        match = _GROUP.match(self.pattern, self.position)
        if match is None or (self.pattern.startswith("(?", self.position) and match.end() == self.position + 1):
            raise EvaluationError("the pattern has a group that RE2 does not know")
        name, scoped, flags = match.groups()
        self.position = match.end()
        if flags:
            if self.out:
                raise EvaluationError("the pattern has flags after its beginning")
            self.out.append(f"(?{flags})")
            return
        self.groups.append([False, False])
        self.opened.append(self.position)
        self.out.append(f"(?P<{name}>" if name else f"(?{scoped}:" if scoped else match.group())

    def _set(self) -> str:
        end = self.position + 1
        out = ["["]
        if self.pattern.startswith("^", end):
            out.append("^")
            end += 1
        first = True
        while first or not self.pattern.startswith("]", end):
            match = _SET_ITEM.match(self.pattern, end)
            if match is None:
                raise EvaluationError("the pattern has an unbalanced bracket")
            out.append(_set_item(match))
            end = match.end()
            first = False
        self.position = end + 1
        return "".join(out) + "]"

    def _escape(self) -> str | None:
        escaped = self.pattern[self.position + 1 : self.position + 2]
        if not escaped or (escaped.isalnum() and escaped not in _ESCAPES + "zaQ"):
            raise EvaluationError("the pattern has an escape that is not supported")
        self.position += 2
        if escaped == "Q":
            end = self.pattern.find("\\E", self.position)
            quoted = self.pattern[self.position : end if end >= 0 else len(self.pattern)]
            self.position = end + 2 if end >= 0 else len(self.pattern)
            self.out.append(re.escape(quoted))
            return None
        if escaped in "zAbB":
            self.out.append(r"\Z" if escaped == "z" else f"\\{escaped}")
            return None
        return f"\\{escaped}"

    def _quantified(self, atom: str) -> None:
        self.out.append(atom)
        match = _QUANTIFIER.match(self.pattern, self.position)
        if match is None:
            return
        self.position = match.end()
        self.out.append(match.group())
        symbol, least, comma, most = match.groups()
        if symbol == "?":
            self.groups[-1][0] = True
            self.choices.append(_Choice(2))
            return
        if _QUANTIFIER.match(self.pattern, self.position):
            raise EvaluationError("the pattern repeats a repetition")
        if least and not comma:
            most = least
        if (least and int(least) > _REPEAT) or (most and int(most) > _REPEAT):
            raise EvaluationError(f"the pattern repeats more than {_REPEAT} times")
        if self.closed[0] or self.closed[1]:
            self._repeated_group()
            return
        self.groups[-1][0] = self.groups[-1][0] or least is None or most != least
        if least and most:
            self.choices.append(_Choice(int(most) - int(least) + 1))
            return
        self.choices.append(self._after(atom))

    def _repeated_group(self) -> None:
        """`(/[^/]+)*` cannot go wrong: each turn begins where the one before has to end. All else may."""
        match = _GUARDED.fullmatch(self.body)
        if match is None or self.closed[1] or re.fullmatch(match[2], match[1], re.ASCII | re.IGNORECASE):
            raise BoundError("a regular expression that repeats a repetition or alternatives")
        self.choices[-1] = _Choice(stop=match[1])

    def _after(self, atom: str) -> _Choice:
        """Where an unbounded repetition may stop, by what has to follow it."""
        rest = _CLOSINGS.sub("", self.pattern[self.position :], count=1)
        if not rest or rest == "$":
            return _Choice(1)
        literal = _LITERAL.match(rest)
        if literal is None or atom == ")":
            return _Choice()
        follower = literal.group(1)
        sure = not re.fullmatch(atom, follower, re.ASCII | re.IGNORECASE | re.DOTALL)
        return _Choice(1) if sure else _Choice(stop=follower.lower())


def _set_item(match: re.Match[str]) -> str:
    negated, posix, escaped, plain = match.groups()
    if posix:
        if negated or posix not in _POSIX:
            raise EvaluationError("the pattern has a character class that is not supported")
        return _POSIX[posix]
    if escaped:
        if escaped.isalnum() and escaped not in _ESCAPES:
            raise EvaluationError("the pattern has an escape that is not supported")
        return f"\\{escaped}"
    return f"\\{plain}" if plain in "[&~|" else str(plain)


@lru_cache(maxsize=256)
def _translated(pattern: str) -> tuple[re.Pattern[str], tuple[_Choice, ...]]:
    if len(pattern) > _PATTERN_LENGTH:
        raise BoundError(f"a regular expression of more than {_PATTERN_LENGTH:,} characters")
    scan = _Scan(pattern)
    try:
        return re.compile(scan.run(), re.ASCII), tuple(scan.choices)
    except (re.error, OverflowError, RecursionError):
        raise EvaluationError("the pattern is not a regular expression") from None


def compiled(pattern: str, text: str, budget: Budget) -> re.Pattern[str]:
    """The pattern, if matching it against this text surely ends soon.

    Raises EvaluationError for what RE2 refuses, BoundError for what a backtracking engine could take long for.
    """
    expression, choices = _translated(pattern)
    lowered = text.lower()
    steps = (len(text) + 1) * (1 if pattern.startswith("^") else len(text) + 1)
    for choice in choices:
        steps *= choice.branches(lowered)
    if choices and steps > _STEPS:
        raise BoundError("a regular expression that could take long on this text")
    budget.spend(1 + min(steps, _STEPS) // _STEPS_PER_UNIT)
    return expression


def matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches as Go finds them: none that is empty where another one ends."""
    end = -1
    for match in pattern.finditer(text):
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def replaced(pattern: re.Pattern[str], text: str, template: Callable[[re.Match[str]], str]) -> str:
    """The text with every match replaced."""
    pieces: list[str] = []
    place = 0
    for match in matches(pattern, text):
        pieces += text[place : match.start()], template(match)
        place = match.end()
    return "".join((*pieces, text[place:]))


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})", re.ASCII)


def template_of(replacement: str, pattern: re.Pattern[str]) -> Callable[[re.Match[str]], str]:
    """What replaces a match: `$1`, `${name}` and `$$` in the replacement, as in Go."""

    def expand(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            dollar, bare, braced = reference.groups()
            if dollar:
                return "$"
            name = bare or braced
            if name.isdigit():
                return (match.group(int(name)) or "") if len(name) < 4 and int(name) <= pattern.groups else ""
            return (match.group(name) or "") if name in pattern.groupindex else ""

        return _REFERENCE.sub(group, replacement)

    return expand
