"""From a root to records: every resource block is counted, those that a reader wants are evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from cloudaudit.model import Census, Comment, Doubt, Origin, Record, Unknown, Why
from cloudaudit.model.names import block_of
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import META, names_set
from cloudaudit.sources.terraform.hcl.bounds import BoundError, Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.handed import note_absence
from cloudaudit.sources.terraform.hcl.left_to_others import left_to_others
from cloudaudit.sources.terraform.hcl.marks import SensitiveFraction, SensitiveTruth
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.moves import adopted, forgotten, imported
from cloudaudit.sources.terraform.hcl.open import OpenCollection
from cloudaudit.sources.terraform.hcl.place import configurations, place_of
from cloudaudit.sources.terraform.hcl.precision import Precise
from cloudaudit.sources.terraform.hcl.providers import provider_majors, scope_of, with_default_tags
from cloudaudit.sources.terraform.hcl.resources import Instance
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.sourcing import Absence, located
from cloudaudit.sources.terraform.hcl.values import Opaque, untold

_DEPTH = 64
_NOT_PASSED = frozenset({"source", "providers", "count", "for_each", "depends_on"})
_ADOPTED: Doubt = Unknown(Why.UNRESOLVED, "{} is not set, and what an import block adopts keeps what it has")
_FATES = ("unread", "absent", "evaluated", "unknown")  # of a block with several, the last one counts


class Visit(msgspec.Struct, frozen=True):
    """A module instance to be walked, the calls that lead to it, and whether it is there at all."""

    module: Module
    path: tuple[str, ...] = ()
    absent: bool = False
    presence: Unknown[Any] | None = None  # why the instances of the module are not known
    several: bool = False  # there may be more than one of what is not known


class Collector:
    """Walks a root and its modules."""

    def __init__(self, root: Module, wanted: Callable[[str], bool]) -> None:
        self.root = root
        self.run = root.run
        self.wanted = wanted
        self.records: list[Record] = []
        self.instances = 0
        self.uncounted: set[str] = set()  # addresses that may stand for several
        self.moves: list[tuple[Module, nodes.Block]] = []
        self.modules: list[Module] = []  # those that are there, or may be
        self.places: dict[str, str] = {}  # for a comparison: where each record's provider works, and where those work that are configured
        self._fates: dict[tuple[tuple[str, ...], str], int] = {}
        self._remarks: dict[Comment, bool] = {}
        self._late: Unknown[Any] | None = None
        self._adopted = adopted(root)

    @property
    def unread(self) -> dict[str, int]:
        """The types of which no block was evaluated, for nobody wants them, with the number of their blocks."""
        kinds = Counter(name.partition(".")[0] for (_, name), fate in self._fates.items() if not fate)
        return {kind: kinds[kind] for kind in sorted(kinds)}

    @property
    def census(self) -> Census:
        fates = list(self._fates.values())
        unread, absent, evaluated, unknown = (fates.count(fate) for fate in range(len(_FATES)))
        return Census(len(fates), evaluated, unknown, absent, unread, self.instances)

    @property
    def comments(self) -> tuple[Comment, ...]:
        """What the configuration says to cloudaudit, but of blocks that are absent."""
        return tuple(comment for comment, counts in self._remarks.items() if counts)

    def collect(self) -> None:
        """Count every block and evaluate what is wanted. Past a limit, the rest is unknown and a gap says so."""
        pending = [Visit(self.root)]
        modules = 0
        while pending:
            visit = pending.pop()
            modules += 1
            if not visit.absent:
                self.run.library.instantiated.add(visit.module.definition.folder)
            if modules > self.run.library.bounds.instances:
                self._stop(BoundError(f"more than {modules - 1:,} modules"))
                return
            for (kind, name), block in visit.module.definition.resources.items():
                self._block(visit, block, kind, f"{kind}.{name}")
            if not visit.absent:
                self.modules.append(visit.module)
                self.places |= configurations(visit.module) if self.run.compared else {}
            self._listen(visit)
            self._note_forgotten(visit)
            self._note_undeclared(visit)
            self.moves.extend((visit.module, block) for block in visit.module.definition.moved)
            pending.extend(reversed(self._below(visit)))

    def _settle(self, visit: Visit, name: str, fate: str) -> None:
        key = (visit.path, name)
        self._fates[key] = max(self._fates.get(key, 0), _FATES.index(fate))

    def _listen(self, visit: Visit) -> None:
        """Note the comments of a module. Those of one that `terraform init` fetched are somebody else's."""
        definition, home = visit.module.definition, self.run.library.boundary
        if not definition.comments or ".terraform" in definition.folder.parts[len(home.parts) :]:
            return
        blocks = definition.resources.items()
        fates = {Origin(block.file, block.line): self._fates[visit.path, f"{kind}.{name}"] for (kind, name), block in blocks}
        for comment in definition.comments:
            absent = comment.block is not None and fates[comment.block] == _FATES.index("absent")
            self._remarks[comment] = not absent or self._remarks.get(comment, False)

    def _note_forgotten(self, visit: Visit) -> None:
        """What stays in the cloud, and nobody looks after any more: it may rule what is declared here, and breach the policy itself."""
        for address, block in () if visit.absent else forgotten(visit.module.definition):
            kind = address.partition(".")[0]
            if kind == "module" or not kind or self.wanted(kind):
                types = () if kind in {"module", ""} else (kind,)
                what = f"{visit.module.absolute(address)} leaves Terraform and stays in the cloud: it is not audited any more"
                remedy = "audit the live cloud, or let Terraform destroy it"
                self.run.gap(Why.UNSUPPORTED, what, Origin(block.file, block.line), remedy=remedy, types=types)

    def _note_undeclared(self, visit: Visit) -> None:
        """What an import block adopts and no block declares: `terraform plan -generate-config-out` writes its configuration."""
        definition = visit.module.definition
        for address, block in imported(definition) if visit.module is self.root else ():
            kind, _, name = address.partition(".")
            if kind != "module" and (kind, name) not in definition.resources and self.wanted(kind):
                what = f"{address} is imported, but not declared: it is not audited"
                remedy = "declare it, as terraform plan -generate-config-out does"
                self.run.gap(
                    Why.UNSUPPORTED, what, Origin(block.file, block.line), remedy=remedy, types=(kind,), content=digest_of(said(block))
                )

    def _stop(self, error: BoundError) -> None:
        if self._late is None:
            self._late = Unknown(Why.BOUNDED, str(error))
            self.run.gap(Why.BOUNDED, f"not all of it was evaluated: {error}", Origin(self.run.library.shown(self.run.root)))

    def _in_time(self) -> bool:
        if self._late is None:
            try:
                self.run.budget.check_clock()
            except BoundError as error:
                self._stop(error)
        return self._late is None

    def _block(self, visit: Visit, block: nodes.Block, kind: str, name: str) -> None:
        if not self.wanted(kind):
            self._settle(visit, name, "unread")
        elif visit.absent:
            self._settle(visit, name, "absent")
        elif not self._in_time():
            self._representative(visit, block, name, self._late)
        else:
            self._expand(visit, block, name)

    def _expand(self, visit: Visit, block: nodes.Block, name: str) -> None:
        module = visit.module
        try:
            found = module.expansion(block, name)
            instances = module.instances(block, name)
        except (BoundError, EvaluationError) as error:
            self._representative(visit, block, name, Unknown(Why.BOUNDED, f"{name}: {error}"))
            return
        presence = visit.presence if found.unknown is None else found.unknown
        if found.refused and found.unknown is not None:
            origin = Origin(block.file, block.line)
            self.run.gap(found.unknown.why, found.unknown.detail, origin, types=(block.labels[0],), references=(instances[0].address,))
        self._settle(visit, name, "unknown" if presence is not None else "evaluated" if instances else "absent")
        self.uncounted.update(instance.address for instance in instances if found.several or visit.several)
        for instance in instances:
            if not self._in_time():
                self._representative(visit, block, name, self._late)
                return
            self.records.append(self._record(instance, presence))
            self.instances += 1

    def _representative(self, visit: Visit, block: nodes.Block, name: str, reason: Unknown[Any] | None) -> None:
        assert reason is not None
        self._settle(visit, name, "unknown")
        instance = Instance(visit.module.absolute(name), block, visit.module.scope)
        names = [key for key in names_set(block.body) if key not in META]
        self.instances += 1
        self.records.append(self._made(instance, dict.fromkeys(names, reason), {}, reason))

    def _record(self, instance: Instance, presence: Unknown[Any] | None) -> Record:
        origins: dict[str, Origin] = {}
        return self._made(instance, with_default_tags(instance, instance.values(origins)), origins, presence)

    def _made(self, instance: Instance, values: dict[str, Any], origins: dict[str, Origin], presence: Unknown[Any] | None) -> Record:
        block = instance.block
        if self.run.compared:
            self.places[instance.address] = place_of(instance)
        return Record(
            type=block.labels[0],
            address=instance.address,
            id=None,
            scope=scope_of(instance),
            values={name: plain_within(value, self.run.budget) for name, value in values.items()},
            origin=Origin(block.file, block.line),
            origins=origins,
            majors=provider_majors(instance),
            ignored=left_to_others(instance),
            unit=self.run.unit,
            presence=presence,
            untold=_ADOPTED if self._adopted is None or (self._adopted and block_of(instance.address) in self._adopted) else None,
        )

    def _below(self, visit: Visit) -> list[Visit]:
        below: list[Visit] = []
        for name, block in visit.module.definition.modules.items():
            below.extend(self._called(visit, name, block))
        return below

    def _called(self, visit: Visit, name: str, block: nodes.Block) -> list[Visit]:
        module, path = visit.module, (*visit.path, name)
        if visit.absent or self._late is not None:
            only = module.uninstantiated(name)
            return [Visit(only, path, visit.absent, visit.presence)] if only else []
        try:
            found = module.expansion(block, f"module.{name}")
            if not found.instances:
                only = module.uninstantiated(name)
                return [Visit(only, path, absent=True)] if only else []
            children = [child for child in module.children(name) if isinstance(child, Module)]
            absence = None if children else located(module, block)
        except (BoundError, EvaluationError) as error:
            self.run.gap(Why.BOUNDED, f'module "{name}" is not followed: {error}', Origin(block.file, block.line))
            return []
        if found.refused and found.unknown is not None:
            self.run.gap(found.unknown.why, found.unknown.detail, Origin(block.file, block.line))
        if isinstance(absence, Absence):
            scopes = [module.scope.with_names(names) for _, names in found.instances]
            note_absence(module, name, block, absence, [self._passed(block, scope) for scope in scopes])
        presence = visit.presence if found.unknown is None else found.unknown
        return [Visit(child, path, presence=presence, several=visit.several or found.several) for child in children]

    def _passed(self, block: nodes.Block, scope: Scope) -> dict[str, Any]:
        """What a call passes to its module."""
        written = {name: attribute.expression for name, attribute in block.body.attributes.items() if name not in _NOT_PASSED}
        passed = {name: plain_within(attempt(expression, scope), self.run.budget) for name, expression in written.items()}
        configurations = block.body.attributes.get("providers")
        named = [str((found.root, found.steps)) for found in nodes.traversals(configurations.expression)] if configurations else []
        return {**passed, "providers": named}


def plain_within(value: Any, budget: Budget) -> Any:
    """The value as a record holds it; one that is too large or too deep is Unknown."""
    outer = budget.open_value()
    try:
        return plain(value, budget, 0)
    except BoundError as error:
        return Unknown(Why.BOUNDED, str(error))
    finally:
        budget.close_value(outer)


def plain(value: Any, budget: Budget, depth: int) -> Any:
    """Plain JSON values and Unknown, no type of the evaluator. Raises BoundError."""
    if isinstance(value, SensitiveTruth):
        return bool(value)
    if isinstance(value, SensitiveFraction):
        return value
    if isinstance(value, Precise):
        return float(value)
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if depth > _DEPTH:
        raise BoundError(f"a value nested more than {_DEPTH} levels")
    if isinstance(value, list):
        budget.spend(len(value) + 1)
        return [plain(item, budget, depth + 1) for item in value]
    if isinstance(value, dict):
        budget.spend(len(value) + 1)
        return {key: plain(item, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, OpenCollection):
        budget.spend(len(value.members) + 1)
        return [plain(item, budget, depth + 1) for item in (*value.members, *([value.reason] if value.more else []))]
    if isinstance(value, Opaque):
        return value.unknown()
    if isinstance(value, Unknown) and value.possible:
        value = msgspec.structs.replace(value, possible=tuple(plain(item, budget, depth + 1) for item in value.possible))
    return untold(value)
