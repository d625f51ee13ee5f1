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

__all__ = ["FUNCTIONS", "Function", "call"]
