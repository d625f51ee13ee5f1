"""Terraform's functions, by name."""

from __future__ import annotations

from cloudaudit.sources.terraform.hcl.functions.calling import Function, call
from cloudaudit.sources.terraform.hcl.functions.collections import COLLECTIONS
from cloudaudit.sources.terraform.hcl.functions.conversion import CONVERSIONS
from cloudaudit.sources.terraform.hcl.functions.encoding import ENCODINGS
from cloudaudit.sources.terraform.hcl.functions.filesystem import FILES
from cloudaudit.sources.terraform.hcl.functions.maps import MAPS
from cloudaudit.sources.terraform.hcl.functions.network import NETWORK
from cloudaudit.sources.terraform.hcl.functions.numbers import NUMBERS
from cloudaudit.sources.terraform.hcl.functions.sets import SETS
from cloudaudit.sources.terraform.hcl.functions.strings import STRINGS
from cloudaudit.sources.terraform.hcl.functions.time import TIME
from cloudaudit.sources.terraform.hcl.kinds import BOOL, NUMBER, STRING

FUNCTIONS: dict[str, Function] = {
    **COLLECTIONS,
    **CONVERSIONS,
    **ENCODINGS,
    **FILES,
    **MAPS,
    **NETWORK,
    **NUMBERS,
    **SETS,
    **STRINGS,
    **TIME,
}

_TEXTS = (
    *("abspath", "base64decode", "base64encode", "basename", "chomp", "cidrhost", "cidrnetmask", "cidrsubnet", "dirname", "file"),
    *("filebase64", "format", "formatdate", "indent", "join", "jsonencode", "lower", "pathexpand", "replace", "strrev", "substr"),
    *("templatestring", "textdecodebase64", "textencodebase64", "timeadd", "timestamp", "title", "tostring", "trim", "trimprefix"),
    *("trimspace", "trimsuffix", "upper", "urldecode", "urlencode", "uuid", "uuidv5", "yamlencode"),
)
_NUMBERS = ("abs", "ceil", "floor", "index", "length", "log", "max", "min", "parseint", "pow", "signum", "sum", "timecmp", "tonumber")
_TRUTHS = (
    *("alltrue", "anytrue", "can", "cidrcontains", "contains", "endswith", "fileexists", "issensitive", "startswith", "strcontains"),
    "tobool",
)
RESULTS = dict.fromkeys(_TEXTS, STRING) | dict.fromkeys(_NUMBERS, NUMBER) | dict.fromkeys(_TRUTHS, BOOL)
"""The type that a function gives, whatever it is given."""

CONVERTING = frozenset({"tobool", "tonumber", "tostring"})
"""Those of them that give null where they are given that."""

__all__ = ["CONVERTING", "FUNCTIONS", "RESULTS", "Function", "call"]
