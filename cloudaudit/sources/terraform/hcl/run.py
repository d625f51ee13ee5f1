"""What the evaluation of one root shares: its files, its budget, the values given from outside, the gaps found so far."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Gap, Origin, Why
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.files import FETCHED_INTO, Library
from cloudaudit.sources.terraform.hcl.nodes import FileError, Node, Traversal
from cloudaudit.sources.terraform.redaction import Secrets

_MANIFEST_BYTES = 5_000_000
_FETCHED = ".terraform/modules/"  # where `terraform init` puts them, whatever a manifest says

_NAMED = 3  # files


class Fetched(msgspec.Struct, frozen=True):
    """A module that `terraform init` fetched."""

    folder: str
    source: str
    version: str


class Given(msgspec.Struct, frozen=True):
    """What a module that is not here is handed, other than by reference: texts that may be names, and anything of some types."""

    texts: set[str]
    types: set[str]


class Kept(msgspec.Struct, frozen=True):
    """What stood there before the change that is judged says of secrets."""

    addresses: frozenset[str] = frozenset()  # of variables and outputs that were sensitive
    texts: frozenset[str] = frozenset()
    freed: frozenset[str] = frozenset()
    judged: bool = False  # whether a change is
    known: Secrets = Secrets(())  # the texts, to be found in others


class Run:
    """One root under evaluation."""

    def __init__(self, library: Library, root: Path, unit: str, environment: Mapping[str, str] | None = None) -> None:
        self.library = library
        self.budget = Budget(library.bounds)
        self.root = root
        self.unit = unit
        self.environment = environment or {}  # of the caller, in which Terraform is taken to run
        self.values: dict[str, Any] = {}  # of the root's variables
        self.passed: dict[str, Origin] = {}  # what the caller's files of values set, and where
        self.loaded: Sequence[Path] = ()  # files of values
        self.secrecy = Kept()
        self.of_caller: set[str] = set()  # variables of the root to which the caller gives a value that no file of the root holds
        self.compared = False  # with what stood in a base, in the same run
        self.freed: set[str] = set()  # and those that `nonsensitive()` gave free
        self.guarded = False  # a secret of the caller is in play, and a change is judged: it gives nothing free that was not
        self.given: dict[tuple[str, Origin], Given] = {}  # what is handed to modules that are not here, by the gap that says so
        self.traversals: dict[int, tuple[Node, tuple[Traversal, ...]]] = {}  # of expressions, by identity: each is kept, and so is that
        self._gaps: dict[tuple[str, Origin], Gap] = {}
        self._fetched: dict[str, Fetched] | None = None

    @cached_property
    def unloaded(self) -> tuple[str, ...]:
        """The first files of values in the root and right below it that nothing loads: a variable may be meant to come from one."""
        known = {path.resolve() for path in self.loaded}
        try:
            found = sorted(path for pattern in ("*.tfvars", "*/*.tfvars") for path in self.root.glob(pattern))
        except OSError:
            return ()
        beside = (path for path in found if path.resolve() not in known and FETCHED_INTO not in path.parts)
        return tuple(self.library.shown(path) for path in islice(beside, _NAMED))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(self._gaps.values())

    def gap(
        self,
        why: Why,
        what: str,
        origin: Origin,
        *,
        remedy: str = "",
        types: tuple[str, ...] = (),
        references: tuple[str, ...] = (),
        content: str = "",
    ) -> None:
        """Note what is missing. The same thing missing at the same place again is one gap, which concerns all of them."""
        former = self._gaps.get((what, origin))
        if former is not None:
            references = tuple(dict.fromkeys(former.references + references)) if former.references and references else ()
            content = digest_of(former.content, content) if content else former.content
        self._gaps[what, origin] = Gap(why, what, origin, remedy, self.unit, types, references, content=content)

    def adopt(self, gaps: list[Gap]) -> None:
        """Note the gaps of a folder."""
        for gap in gaps:
            self._gaps[gap.what, gap.origin] = msgspec.structs.replace(gap, unit=self.unit)

    def fetched(self, key: str) -> Fetched | None:
        """The module that `terraform init` put into `.terraform/modules` for a call, by its path of names."""
        if self._fetched is None:
            self._fetched = self._read_manifest()
        return self._fetched.get(key)

    def _read_manifest(self) -> dict[str, Fetched]:
        path = self.root / FETCHED_INTO / "modules" / "modules.json"
        if not path.exists() or self.library.is_committed(path):
            return {}  # what is committed there is not what `terraform init` fetches
        try:
            entries = json.loads(self.library.text(path, _MANIFEST_BYTES))["Modules"]
            fetched = [entry for entry in entries if str(entry["Dir"]).startswith(_FETCHED) and ".." not in Path(str(entry["Dir"])).parts]
            return {str(entry["Key"]): Fetched(str(entry["Dir"]), str(entry["Source"]), str(entry.get("Version", ""))) for entry in fetched}
        except (FileError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            name = self.library.shown(path)
            self.gap(Why.FAILED, f"{name} could not be read", Origin(name), remedy="run `terraform init` again")
            return {}
