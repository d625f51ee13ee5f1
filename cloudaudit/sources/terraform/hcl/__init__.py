"""Terraform's configuration language as a source: parsed by tree-sitter, evaluated in three values, within bounds.

Nothing of the audited folder is run, nothing outside it is read, nothing is fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cloudaudit.model import Collection, Origin, SourceKind
from cloudaudit.sources.terraform.hcl import policy_document as _policy_document  # noqa: F401  (adds what it renders)
from cloudaudit.sources.terraform.hcl.behind import Behind
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.handed import concerned
from cloudaudit.sources.terraform.hcl.ledger import ledger
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.moves import moves
from cloudaudit.sources.terraform.hcl.place import state_of
from cloudaudit.sources.terraform.hcl.records import Collector
from cloudaudit.sources.terraform.hcl.roots import find_roots, roots_of
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.secrecy import kept, secrecy_of
from cloudaudit.sources.terraform.hcl.sensitive import Concealer
from cloudaudit.sources.terraform.hcl.survey import survey
from cloudaudit.sources.terraform.hcl.unseen import unseen
from cloudaudit.sources.terraform.hcl.variables import gather_values, matching, set_aside
from cloudaudit.sources.terraform.hcl.versions import makers
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.publishers import strangers
from cloudaudit.sources.terraform.trails import trails

_FRAMES = 4_000  # of Python; the bounds of nesting and of references in a row stay below


def read_root(
    root: Path,
    *,
    boundary: Path,
    unit: str,
    shown: Callable[[Path], str],
    inputs: Inputs,
    wanted: Callable[[str], bool],
    library: Library | None = None,
) -> Collection:
    """Everything that a root module declares, with the modules that it calls.

    `boundary` is the folder that no path may leave. `shown` gives a file's name for the user. `wanted` says whether a
    resource type's values are needed; blocks of other types are counted. A `library` keeps parsed modules between roots.
    """
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    library = library or Library(boundary, shown)
    run = Run(library, root.resolve(), unit, inputs.environment)
    run.compared = inputs.unseen is not None
    definition = library.definition(run.root)
    run.adopt(definition.gaps)
    run.values = gather_values(run, definition, inputs)
    run.secrecy = kept(inputs, unit, definition)
    module = Module(run, definition)
    collector = Collector(module, wanted)
    collector.collect()
    records = tuple(collector.records)
    run.adopt(list(strangers(makers(collector.modules, wanted), Origin(shown(run.root)), unit)))
    gaps = concerned(run.gaps, run.given, records)
    behind = Behind(collector.modules, records, wanted)
    rests = trails(records, behind.onward)
    secrecy = secrecy_of(collector.modules, run) if run.compared else None
    if run.budget.marking or run.secrecy.texts:
        concealer = Concealer([*run.budget.secrets, *run.secrecy.texts])
        records, gaps = tuple(map(concealer.record, records)), tuple(map(concealer.gap, gaps))
    return Collection(
        unit,
        SourceKind.HCL,
        records,
        gaps,
        census=collector.census,
        moved=moves(collector.moves),
        unread=collector.unread,
        state=state_of(module) if run.compared else "",
        places=collector.places,
        uncounted=frozenset(collector.uncounted),
        unseen=unseen(collector.modules, inputs.unseen) if inputs.unseen is not None else (),
        comments=collector.comments,
        looked_up=behind.looked_up,
        rests=rests,
        variables=frozenset(definition.variables),
        secrecy=secrecy,
        passed=run.passed,
    )


__all__ = ["Definition", "Library", "find_roots", "ledger", "matching", "read_root", "roots_of", "set_aside", "survey"]
