"""Behind: what a data source, a resource that no reader takes, or a module that is not here may hand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cloudaudit.model import Origin, Record
from cloudaudit.model.names import block_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import META, names_set
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.handed import is_handed
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.references import passed, trail
from cloudaudit.sources.terraform.hcl.resources import Instance


class Behind:
    """What stands behind the addresses that values refer to, each block once."""

    def __init__(self, modules: Sequence[Module], records: Sequence[Record], wanted: Callable[[str], bool]) -> None:
        self.looked_up: dict[str, tuple[str, ...] | None] = {}  # data sources that were asked about: the texts by which they select
        self._records = records
        self._wanted = wanted
        self._known: dict[str, tuple[str, ...] | None] = {}
        self._declared: dict[str, tuple[nodes.Block, Module]] = {}
        for module in modules:
            definition = module.definition
            named = [(f"{kind}.{name}", block) for (kind, name), block in definition.resources.items()]
            named += [(f"data.{kind}.{name}", block) for (kind, name), block in definition.data.items()]
            named += [(f"module.{name}", block) for name, block in definition.modules.items()]
            self._declared.update((block_of(module.absolute(name)), (block, module)) for name, block in named)

    def onward(self, address: str) -> tuple[str, ...] | None:
        """The addresses that its arguments lead to; None if they are not told, past a limit."""
        block = block_of(address)
        if block not in self._known:
            found = self._declared.get(block)
            self._known[block] = self._led(*found) if found is not None else ()
        return self._known[block]

    def _led(self, block: nodes.Block, owner: Module) -> tuple[str, ...] | None:
        called = block.type == "module"
        expressions = [one for one, _ in passed(owner, block.labels[0])] if called else nodes.expressions_of(block.body)
        behind = trail(expressions, owner)
        if not behind.whole:
            return None
        data = (module.absolute(f"data.{'.'.join(looked_up.labels)}") for module, looked_up in behind.data)
        more = self._handed(block, owner) if called else self._read(block, owner) if block.type == "data" else ()
        return tuple(dict.fromkeys((*behind.resources, *data, *more)))

    def _handed(self, block: nodes.Block, owner: Module) -> Iterator[str]:
        """The records that a module which is not here is handed by name."""
        origin = Origin(block.file, block.line)
        handed = [given for (_, where), given in owner.run.given.items() if where == origin]
        yield from (record.address for record in self._records if any(is_handed(record, given) for given in handed))

    def _read(self, block: nodes.Block, owner: Module) -> Iterator[str]:
        """The resources which no reader takes that a data source may read: those of its type, unless they are called otherwise."""
        kind, name = block.labels
        sought = _instances(owner, block, f"data.{kind}.{name}")
        for instance in sought or ():
            values = [_value(instance, key) for key in names_set(block.body) if key not in META]
            known = all(isinstance(value, str) for value in values)
            self.looked_up[instance.address] = tuple(map(str, values)) if known else None
        for address, (other, module) in () if self._wanted(kind) else self._declared.items():
            if other.type == "resource" and other.labels[0] == kind:
                found = _instances(module, other, ".".join(other.labels))
                if sought is None or found is None or any(_may_be(one, two) for one in sought for two in found):
                    yield address


def _instances(module: Module, block: nodes.Block, name: str) -> list[Instance] | None:
    try:
        return module.instances(block, name)
    except (BoundError, EvaluationError):
        return None


def _value(instance: Instance, name: str) -> Any:
    try:
        return instance.declared(name, None)
    except (BoundError, EvaluationError):
        return instance


def _may_be(sought: Instance, other: Instance) -> bool:
    """Whether a data source may read a resource: no argument that both have says otherwise."""
    shared = [name for name in sought.block.body.attributes if name not in META and name in other.block.body.attributes]
    pairs = ((_value(sought, name), _value(other, name)) for name in shared)
    return not any(isinstance(one, str) and isinstance(two, str) and one != two for one, two in pairs)
