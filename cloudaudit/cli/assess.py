"""From collections to a result: the one path that every audit takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from cloudaudit import plugins
from cloudaudit.against import Former, Move, compare
from cloudaudit.audit import audit
from cloudaudit.exit_code import decide
from cloudaudit.model import Collection, Comment, Comparison, Finding, Gap, Inventory, Outcome
from cloudaudit.policy import Check, Policy
from cloudaudit.reading import read
from cloudaudit.report.result import Result, result_of

if TYPE_CHECKING:
    from cloudaudit.cli.waivers import Waivers

_ORDER = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED, Outcome.PASS, Outcome.NOT_APPLICABLE)


class Audited(msgspec.Struct, frozen=True):
    """All units of an audit: of each only findings, gaps and counts are kept."""

    inventories: Sequence[Inventory]
    findings: list[Finding]
    comments: Sequence[Comment]
    moves: Sequence[Move]
    resources: int

    @property
    def gaps(self) -> Iterable[Gap]:
        return (gap for inventory in self.inventories for gap in inventory.gaps)


def audited(collections: Iterable[Collection], checks: Sequence[Check], policy: Policy) -> Audited:
    """Audit one unit of work after another."""
    rules = policy.environments.rules()
    inventories: list[Inventory] = []
    findings: list[Finding] = []
    comments: list[Comment] = []
    moves: list[Move] = []
    resources = 0
    for collection in collections:
        inventory = read(collection, plugins.reader_of, rules)
        findings.extend(audit(inventory, checks, policy, plugins.reader_of))
        comments.extend(collection.comments)
        moves.extend((collection.unit, old, new) for old, new in collection.moved)
        resources += len(inventory.resources)
        inventories.append(msgspec.structs.replace(inventory, resources=()))
    return Audited(inventories, findings, comments, moves, resources)


def assess(
    command: str,
    collections: Iterable[Collection],
    checks: Sequence[Check],
    policy: Policy,
    waivers: Waivers | None = None,
    earlier: Former | None = None,
    *,
    block_on_all: bool = False,
) -> Result:
    """The result of an audit. Without `waivers` nothing is waived; with `earlier` only what got worse blocks, unless all is to."""
    found = audited(collections, checks, policy)
    findings, problems = found.findings, list[Gap]()
    if waivers is not None and (waivers.files or found.comments):
        from cloudaudit.cli.waivers import waived

        findings, problems = waived(findings, found.inventories, found.comments, waivers, checks, policy)
    findings.sort(key=_rank)
    beside = _beside(findings, earlier, found.moves, block_on_all=block_on_all)
    findings = [_wider(finding, beside) for finding in findings]
    code, reasons = decide(found.inventories, findings, policy, problems, beside)
    return result_of(command, found.inventories, findings, found.resources, checks, int(code), reasons, problems=problems, against=beside)


def _beside(findings: Sequence[Finding], earlier: Former | None, moves: Sequence[Move], *, block_on_all: bool) -> Comparison | None:
    if earlier is None:
        return None
    comparison = compare(findings, earlier, moves)
    return msgspec.structs.replace(comparison, known=frozenset(), gaps=frozenset()) if block_on_all else comparison


def _wider(finding: Finding, beside: Comparison | None) -> Finding:
    """A finding that reaches further than it did says so."""
    former = beside.wider.get(finding.fingerprint) if beside is not None else None
    if beside is None or former is None:
        return finding
    return msgspec.structs.replace(finding, reason=f"{finding.reason}; wider than in {beside.label}: there {'; '.join(former.parts)}")


def _rank(finding: Finding) -> tuple[int, int, str, str, str, str]:
    subject = finding.subject
    return (_ORDER.index(finding.outcome), -finding.severity.rank, finding.check, subject.unit, subject.address, subject.id or "")
