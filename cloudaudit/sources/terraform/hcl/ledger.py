"""The ledger: each folder with Terraform in it is a root, a module of which an instance was evaluated, or a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cloudaudit.model import Gap, LedgerLine, Origin, Role, Why
from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.survey import Aside, Survey

_ACCEPT = "audit it by itself, or accept it by its path: gaps.accept in the policy"


def ledger(
    found: Survey, roots: Mapping[Path, str], library: Library, unit_of: Callable[[Path], str]
) -> tuple[tuple[LedgerLine, ...], tuple[Gap, ...]]:
    """What became of all that was found, after its roots were read; and the gaps among it."""
    lines: list[LedgerLine] = []
    gaps: list[Gap] = []
    for place in found.folders:
        shown = library.shown(place)
        if place in roots:
            lines.append(LedgerLine(shown, Role.ROOT, roots[place]))
        elif place in library.instantiated:
            lines.append(LedgerLine(shown, Role.MODULE, "an instance of it is evaluated"))
        elif library.definition(place).resources or library.definition(place).modules:
            why = "it is called, but no instance of it is evaluated"
            lines.append(LedgerLine(shown, Role.GAP, why))
            held = digest_of(*(digest(path, library.boundary) for path in found.folders[place]))
            gaps.append(_gap(f"{shown} is not audited: {why}", Origin(shown), unit_of(place), held))
        else:
            lines.append(LedgerLine(shown, Role.ASIDE, "it declares no resource"))
    for aside in found.asides:
        line, gap = _aside(aside, roots, library, unit_of)
        lines.append(line)
        gaps.extend(gap)
    return tuple(lines), tuple(gaps)


def _aside(
    aside: Aside, roots: Mapping[Path, str], library: Library, unit_of: Callable[[Path], str]
) -> tuple[LedgerLine, Iterator[Gap] | tuple[Gap, ...]]:
    shown = library.shown(aside.place)
    if not aside.weighs or (aside.beside and aside.place.parent not in roots):
        return LedgerLine(shown, Role.ASIDE, aside.why), ()
    content = aside.content or (digest(aside.place, library.boundary) if aside.place.is_file() else "")
    gap = _gap(f"{shown}: {aside.why}", Origin(shown), unit_of(aside.place.parent), content)
    return LedgerLine(shown, Role.GAP, aside.why), (gap,)


def _gap(what: str, origin: Origin, unit: str, content: str = "") -> Gap:
    return Gap(Why.UNSUPPORTED, what, origin, _ACCEPT, unit, content=content, acceptable=True)
