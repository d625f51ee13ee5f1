"""From collections to a result: the one path that every audit takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from cloudaudit import plugins
from cloudaudit.against import Beside, Former, Move, compare, still_covered
from cloudaudit.audit import audit
from cloudaudit.elsewhere import Places, elsewhere, places
from cloudaudit.exit_code import decide
from cloudaudit.hiding import Unseen, vanished
from cloudaudit.model import Collection, Comment, Comparison, Finding, Gap, Inventory, Origin, Outcome, Role, Secrecy, SourceKind
from cloudaudit.model.shown import shown
from cloudaudit.policy import Check, Policy
from cloudaudit.policy.accepting import Sorted, accept, decided
from cloudaudit.reading import read
from cloudaudit.report.result import Notice, NoticeKind, Result, result_of

if TYPE_CHECKING:
    from cloudaudit.cli.waivers import Waivers

_ORDER = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED, Outcome.PASS, Outcome.NOT_APPLICABLE)


class Audited(msgspec.Struct, frozen=True):
    """All units of an audit: of each only findings, gaps and counts are kept.

    `declared` are the names that each resource of a configuration sets, of those that keep what they have when left out.
    """

    inventories: Sequence[Inventory]
    findings: list[Finding]
    comments: Sequence[Comment]
    moves: Sequence[Move]
    resources: int
    declared: Mapping[tuple[str, str], frozenset[str]] = {}
    secrecy: Mapping[str, Secrecy] = {}  # of each unit
    unseen: Unseen = {}
    places: Places = Places()
    uncounted: frozenset[tuple[str, str]] = frozenset()  # unit and address of what may be there several times

    @property
    def roots(self) -> set[str]:
        """The folders that are roots."""
        return {line.place for part in self.inventories for line in part.ledger if line.role is Role.ROOT}

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
    declared: dict[tuple[str, str], frozenset[str]] = {}
    secrecy: dict[str, Secrecy] = {}
    unseen: Counter[tuple[str, str, str]] = Counter()
    placed: list[Collection] = []
    uncounted: set[tuple[str, str]] = set()
    for collection in collections:
        inventory = read(collection, plugins.reader_of, rules)
        findings.extend(audit(inventory, checks, policy, plugins.reader_of))
        comments.extend(collection.comments)
        declared.update(_declared(collection))
        secrecy |= {collection.unit: collection.secrecy} if collection.secrecy is not None else {}
        moves.extend((collection.unit, old, new) for old, new in collection.moved)
        unseen.update((collection.unit, *entry) for entry in _unseen(collection, inventory))
        uncounted.update((collection.unit, address) for address in collection.uncounted)
        placed.append(Collection(collection.unit, collection.kind, (), state=collection.state, places=collection.places))
        resources += len(inventory.resources)
        inventories.append(msgspec.structs.replace(inventory, resources=()))
    return Audited(inventories, findings, comments, moves, resources, declared, secrecy, unseen, places(placed), frozenset(uncounted))


def _unseen(collection: Collection, inventory: Inventory) -> Iterable[tuple[str, str]]:
    """What is not read. Of what blocks of a plan or a state say, only their number is known."""
    if collection.kind is SourceKind.HCL:
        return collection.unseen
    counted: Counter[str] = Counter()
    for kind, count in inventory.unread.items():
        counted[kind.partition(" ")[0]] += count  # without the type of its own that a reader tells beside the block's
    return ((kind, str(number)) for kind, count in counted.items() for number in range(count))


def _declared(collection: Collection) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    for record in collection.records if collection.kind is SourceKind.HCL else ():
        names = plugins.kept_when_left_out(record.type)
        yield (record.unit, record.address), frozenset(name for name in names if record.values.get(name) is not None)


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
    waived, notices, problems = found.findings, list[Notice](), list[Gap]()
    if waivers is not None and (waivers.files or waivers.base or found.comments):
        from cloudaudit.cli import waivers as waiving

        bound = None
        if waivers.base is not None and earlier is not None and not waivers.new_count:
            bound = still_covered(waived, waivers.covered, earlier, Beside(found.moves, uncounted=found.uncounted))
        applied = waiving.waived(waived, found.inventories, found.comments, waivers, checks, policy, bound)
        waived, problems = applied.findings, list(applied.problems)
        kind = NoticeKind.WAIVER_ASIDE if waivers.base is None else NoticeKind.NEW_WAIVER
        notices = [Notice(kind, f"{waiver.title} {waiver.said}", waiver.origin) for waiver in applied.aside]
    notices += [Notice(NoticeKind.POLICY, text, Origin()) for inventory in found.inventories for text in inventory.told]
    aside = {inventory.unit: inventory.aside for inventory in found.inventories if inventory.aside}
    notices += [Notice(NoticeKind.VALUES_ASIDE, f"has {shown(files)}", Origin(unit)) for unit, files in aside.items()]
    found, accepted = _sorted(found, decided)
    if waivers is not None and policy.gaps.accept:
        rules, today = policy.gaps.accept, waivers.today
        found, by_policy = _sorted(found, lambda gaps: accept(gaps, rules, today))
        accepted += by_policy
        problems += accept((), rules, today).problems
    beside = _beside(waived, earlier, found, block_on_all=block_on_all)
    if beside is not None and earlier is not None:
        found, beside, others = _out_of_sight(found, beside, earlier, policy, waivers)
        accepted += others
        notices += [Notice(NoticeKind.HIDDEN, replaced.said, replaced.finding.origin) for replaced in beside.replaced]
    findings = sorted((_compared(finding, beside) for finding in waived), key=_rank)
    code, reasons = decide(found.inventories, findings, policy, problems, beside)
    result = result_of(command, found.inventories, findings, found.resources, checks, int(code), reasons, problems=problems, against=beside)
    return msgspec.structs.replace(result, accepted=accepted, notices=notices, new_waivers_count=waivers is not None and waivers.new_count)


def _sorted(found: Audited, sort: Callable[[Iterable[Gap]], Sorted]) -> tuple[Audited, list[Gap]]:
    """What was found without the gaps that are accepted, and these."""
    inventories, accepted = [], list[Gap]()
    for inventory in found.inventories:
        told = sort(inventory.gaps)
        accepted += told.accepted
        inventories.append(msgspec.structs.replace(inventory, gaps=told.left))
    return msgspec.structs.replace(found, inventories=inventories), accepted


def _out_of_sight(
    found: Audited, beside: Comparison, earlier: Former, policy: Policy, waivers: Waivers | None
) -> tuple[Audited, Comparison, Sequence[Gap]]:
    """The audit with a gap for each unit that is gone or stands elsewhere, which mends no failure; and those that the policy accepts."""
    now = {part.unit for part in found.inventories}
    moved = elsewhere(earlier.bad, earlier.places, found.places, beside.label)
    gaps = [*vanished({unit for unit, _ in earlier.declared}, now, beside.gone, beside.label), *moved.values()]
    if not gaps:
        return found, beside, ()
    by_policy = accept(gaps, policy.gaps.accept if waivers is not None else (), waivers.today if waivers is not None else date.max)
    told = Inventory("", SourceKind.HCL, (), by_policy.left)
    left = [finding for finding in beside.gone if finding.subject.unit in now - moved.keys()]
    found = msgspec.structs.replace(found, inventories=[*found.inventories, told])
    return found, msgspec.structs.replace(beside, gone=left), by_policy.accepted


def _beside(findings: Sequence[Finding], earlier: Former | None, found: Audited, *, block_on_all: bool) -> Comparison | None:
    if earlier is None:
        return None
    units = [part.unit for part in found.inventories if part.unit]
    left_out = {
        key: sorted(names - found.declared[key])
        for key, names in earlier.declared.items()
        if key in found.declared and names - found.declared[key]
    }
    present = Beside(found.moves, units, found.unseen, list(found.gaps), left_out, found.uncounted)
    comparison = compare(findings, earlier, present, plugins.makes_anything)
    return msgspec.structs.replace(comparison, known=frozenset(), gaps=frozenset()) if block_on_all else comparison


def _compared(finding: Finding, beside: Comparison | None) -> Finding:
    """A finding that reaches further than it did, or that the change hides, says so."""
    if beside is None:
        return finding
    former = beside.wider.get(finding.fingerprint)
    if former is not None:
        return msgspec.structs.replace(finding, reason=f"{finding.reason}; wider than in {beside.label}: there {'; '.join(former.parts)}")
    if finding.fingerprint in beside.hidden:
        return msgspec.structs.replace(finding, reason=f"{finding.reason}; it failed in {beside.label}, and the change hides it")
    return finding


def _rank(finding: Finding) -> tuple[int, int, str, str, str, str]:
    subject = finding.subject
    return (_ORDER.index(finding.outcome), -finding.severity.rank, finding.check, subject.unit, subject.address, subject.id or "")
