"""What the caller gives besides the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Secrecy
from cloudaudit.sources.terraform.redaction import is_secret_name

ENVIRONMENT = "TF_VAR_"


class Variant(msgspec.Struct, frozen=True):
    """Files of values of which each stands for an environment: those below a root, else those below a folder of the caller."""

    glob: str  # relative
    top: Path


class Inputs(msgspec.Struct, frozen=True):
    """What the caller passes besides the files. Of `arguments` the last one counts; they win over the files of the root."""

    arguments: Sequence[tuple[str, str] | Path] = ()  # --var name=value and --var-file, in the order of the command line
    environment: Mapping[str, str] = {}  # the caller's: TF_VAR_ entries, and what a provider takes from there
    given: Mapping[str, Any] = {}  # values as a plan holds them: they win over all, which Terraform has weighed already
    source: Path | None = None  # the folder that plans were made of
    versions: Mapping[str, int] = {}  # the major versions of providers, where no file tells them
    variants: Sequence[Variant] = ()  # a root is judged once with each of these files
    before: Mapping[str, Secrecy] | None = None  # what each unit said of secrets before the change that is judged
    unseen: Callable[[str], str | None] | None = None  # for a comparison: which kinds of blocks count that are not judged, and why

    def is_secret(self, unit: str, name: str) -> bool:
        """Whether the value of a variable may not be shown, whatever its block says now: for what stood there before the change to say.

        A variable that its root did not have may be that of another root, which moved. What comes from the caller's environment is one
        value for all roots: it is secret if one of them marked it, if there was none that could vouch for it, and if it is called so.
        """
        ambient = ENVIRONMENT + name in self.environment
        if ambient and is_secret_name(name):
            return True
        if self.before is None:
            return False
        address = f"var.{name}"
        told = [one.marks[address] for one in self.before.values() if address in one.marks]
        if ambient:
            return any(told) or not told
        own = self.before[unit].marks if unit in self.before else {}
        return own.get(address, any(told))

    def was_secret(self, unit: str) -> Iterator[str]:
        """The addresses of what was sensitive in a unit before the change that is judged."""
        if self.before is not None and unit in self.before:
            yield from (address for address, marked in self.before[unit].marks.items() if marked)
