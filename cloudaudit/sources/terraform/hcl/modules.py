"""A module instance: what its names mean, and the modules that it calls."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from typing import Any

from cloudaudit.model import Origin, Unknown, Why, placeholder
from cloudaudit.model.names import block_of
from cloudaudit.sources.terraform.hcl import nodes, types
from cloudaudit.sources.terraform.hcl.blocks import key_text
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.calls import call_function
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.evaluate import attempt, evaluate
from cloudaudit.sources.terraform.hcl.kinds import ANY, Type
from cloudaudit.sources.terraform.hcl.marking import named
from cloudaudit.sources.terraform.hcl.requirements import maker_of
from cloudaudit.sources.terraform.hcl.resources import Expansion, Instance, arranged, expansion
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.sensitive import declared, tells
from cloudaudit.sources.terraform.hcl.sourcing import Absence, AbsentModule, located
from cloudaudit.sources.terraform.hcl.values import Opaque, told
from cloudaudit.sources.terraform.publishers import is_strange
from cloudaudit.sources.terraform.redaction import hides

_PENDING = object()
_LABELS = {"expansion": "{1}", "instances": "{1}", "children": "module.{1}", "provider": "provider {1}"}


class Module(Opaque):
    """One instance of a module. As a value, its attributes are its outputs."""

    __slots__ = ("address", "budget", "definition", "depth", "memo", "names", "parent", "run", "scope", "source")

    def __init__(self, run: Run, definition: Definition, address: str = "", parent: Module | None = None) -> None:
        self.run = run
        self.budget = run.budget
        self.definition = definition
        self.address = address
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.source: nodes.Block | None = None  # the block that calls it
        self.names: Mapping[str, Any] = {}  # `each` or `count` of that call
        self.memo: dict[Any, Any] = {}
        self.scope = Scope(self)

    def called(self, source: nodes.Block, names: Mapping[str, Any]) -> Module:
        """Say which block calls it, with which `each` or `count`."""
        self.source = source
        self.names = names
        return self

    def absolute(self, address: str) -> str:
        return f"{self.address}.{address}" if self.address else address

    def unknown(self) -> Unknown[Any]:
        return Unknown(Why.UNRESOLVED, f"{self.address} as a whole", references=(self.address,))

    def attribute(self, name: str) -> Any:
        return self.output(name)

    def resolve(self, node: nodes.Traversal) -> tuple[Any, int]:
        """The value of a name, and how many steps it took. Raises EvaluationError, BoundError."""
        root, steps = node.root, node.steps
        taken = 2 if root in {"data", "resource"} else 1
        names = [step for step in steps[:taken] if isinstance(step, str)]
        if len(names) < taken:
            raise EvaluationError(f"{root} is not a value")
        if root == "var":
            return self.variable(names[0]), 1
        if root == "local":
            return self.local(names[0]), 1
        if root == "module":
            return self.child(names[0]), 1
        if taken == 2:
            return self.resource(names[0], names[1], data=root == "data"), 2
        if root in {"path", "terraform"}:
            return self._place(root, names[0]), 1
        if root in {"each", "count", "self"}:
            raise EvaluationError(f"{root}.{names[0]} has no meaning here")
        if root == "ephemeral":
            return Unknown(Why.COMPUTED, f"ephemeral.{names[0]}"), len(steps)
        return self.resource(root, names[0], data=False), 1

    def call(self, node: nodes.Call, scope: Scope) -> Any:
        """The result of a function. Raises EvaluationError, BoundError."""
        return call_function(node, scope, self.run)

    def _place(self, root: str, name: str) -> Any:
        if root == "path" and name == "module":
            return os.path.relpath(self.definition.folder, self.run.root)
        if root == "path" and name == "root":
            return "."
        return Unknown(Why.UNRESOLVED, f"{root}.{name} is chosen when Terraform runs")

    def once(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """The value under a key, computed at the first call. What failed fails again; what rests on itself is BoundError."""
        found = self.memo.get(key, self)
        if found is not self:
            if found is _PENDING:
                raise BoundError(f"{self.absolute(_LABELS.get(key[0], '{}.{}').format(*key))} refers to itself")
            if isinstance(found, EvaluationError | BoundError):
                raise type(found)(*found.args)
            return found
        budget = self.budget
        if budget.links >= budget.bounds.links:
            raise BoundError(f"more than {budget.bounds.links} references in a row")
        self.memo[key] = _PENDING
        budget.links += 1
        result: Any = BoundError("an expression nested too deeply")
        outer = budget.open_value()
        try:
            result = compute()
        except (EvaluationError, BoundError) as error:
            result = error.with_traceback(None)
            raise
        finally:
            budget.close_value(outer)
            budget.links -= 1
            self.memo[key] = result
        return result

    def _undeclared(self, name: str) -> Unknown[Any]:
        """A name that is nowhere: an error, unless it may stand in a file that could not be read."""
        if not self.definition.gaps:
            raise EvaluationError(f"{name} is not declared", (self.absolute(name),))
        detail = f"{name} is not declared in the files that could be read"
        return Unknown(Why.UNRESOLVED, detail, references=(self.absolute(name),))

    def local(self, name: str) -> Any:
        attribute = self.definition.locals.get(name)
        if attribute is None:
            return self._undeclared(f"local.{name}")
        expression = attribute.expression
        return self.once(("local", name), lambda: evaluate(expression, self.scope))

    def output(self, name: str) -> Any:
        block = self.definition.outputs.get(name)
        attribute = block.body.attributes.get("value") if block else None
        if block is None or attribute is None:
            return self._undeclared(f"output.{name}")
        expression = attribute.expression
        return self.once(("output", name), lambda: self._declared(f"output.{name}", block, evaluate(expression, self.scope)))

    def variable(self, name: str) -> Any:
        block = self.definition.variables.get(name)
        if block is None:
            return self._undeclared(f"var.{name}")
        return self.once(("var", name), lambda: self._declared(f"var.{name}", block, self._variable(name, block)))

    def _declared(self, name: str, block: nodes.Block, value: Any) -> Any:
        """The value of a variable or an output, marked if it is sensitive, or was before the change that is judged."""
        kept = self.run.secrecy
        was = block_of(self.absolute(name)) in kept.addresses or (
            self.parent is None and (tells(value, self.run) or self._is_named(name, value))
        )
        given = self.parent is None and name.removeprefix("var.") in self.run.of_caller
        found = declared(block, named(value, self.run.budget) if given else value, self.scope, self.run, was=was)
        if found is not value and kept.judged and given:
            self.run.guarded = True
        return found

    def _is_named(self, name: str, value: Any) -> bool:
        """Whether a variable is named like a secret, and the caller gives it: who declares it need not say so for it to be one."""
        own = name.removeprefix("var.")
        return own != name and own in self.run.of_caller and hides(own, value)

    def _variable(self, name: str, block: nodes.Block) -> Any:
        attributes = block.body.attributes
        given, value = self._given(name)
        default = attributes.get("default")
        nullable = attributes.get("nullable")
        if given and value is None and nullable is not None and attempt(nullable.expression, self.scope) is False:
            given = False
        if not given:
            if default is None:
                return told(self._unset(name, block), self.constraint_of(name) or ANY)
            value = attempt(default.expression, Scope(self))
        constraint = self.constraint_of(name)
        if constraint is None:
            return value
        try:
            return types.convert(value, constraint, self.budget)
        except EvaluationError as error:
            return Unknown(Why.UNRESOLVED, f"var.{name} has a value of the wrong type: {error} ({Origin(block.file, block.line)})")

    def constraint_of(self, name: str) -> Type | None:
        """The type that a variable is declared to have."""
        block = self.definition.variables.get(name)
        constraint = block.body.attributes.get("type") if block else None
        return types.read_type(constraint.expression) if constraint else None

    def expression_of(self, name: str) -> nodes.Node | None:
        """What a local is declared to be."""
        attribute = self.definition.locals.get(name)
        return attribute.expression if attribute else None

    def is_strange(self, block: nodes.Block) -> bool:
        """Whether the provider of a resource or data source is another one than the name of its type says."""
        maker = maker_of(block, self.definition) if self.definition.settings else None
        return maker is not None and is_strange(block.labels[0], maker)

    def _given(self, name: str) -> tuple[bool, Any]:
        if self.parent is None:
            return name in self.run.values, self.run.values.get(name)
        assert self.source is not None
        attribute = self.source.body.attributes.get(name)
        if attribute is None:
            return False, None
        return True, attempt(attribute.expression, self.caller)

    @property
    def caller(self) -> Scope:
        """The scope in which the arguments of the call are evaluated."""
        return self.parent.scope.with_names(self.names) if self.parent else self.scope

    def _unset(self, name: str, block: nodes.Block) -> Unknown[Any]:
        where, named = Origin(block.file, block.line), self.absolute(f"var.{name}")
        if self.parent is None:
            beside = f"; not loaded: {', '.join(self.run.unloaded)}" if self.run.unloaded else ""
            detail = f"var.{name} has no default and no value is given ({where}{beside})"
            return Unknown(Why.UNRESOLVED, detail, references=(named,), partial=placeholder(named))
        detail = f"{self.address} gets no value for var.{name}, which has no default ({where})"
        return Unknown(Why.UNRESOLVED, detail, references=(named,), partial=placeholder(named))

    def expansion(self, block: nodes.Block, name: str) -> Expansion:
        """How many instances a resource, data or module block has."""
        key = ("expansion", name)
        found: Expansion = self.once(key, lambda: expansion(block, self.scope, self.absolute(name)))
        return found

    def resource(self, kind: str, name: str, *, data: bool) -> Any:
        """What a reference to a resource or data source gives. Raises EvaluationError where there is none."""
        table = self.definition.data if data else self.definition.resources
        address = f"data.{kind}.{name}" if data else f"{kind}.{name}"
        block = table.get((kind, name))
        if block is None:
            return self._undeclared(address)
        return arranged(self.expansion(block, address), self.instances(block, address))

    def instances(self, block: nodes.Block, name: str) -> list[Instance]:
        """The instances of a resource or data block; one, if they are unknown."""

        def make() -> list[Instance]:
            found = self.expansion(block, name)
            base = self.absolute(name)
            return [Instance(base + key_text(key), block, self.scope.with_names(names)) for key, names in found.instances]

        made: list[Instance] = self.once(("instances", name), make)
        return made

    def child(self, name: str) -> Any:
        """What `module.name` gives: outputs, a list or a map of them."""
        block = self.definition.modules.get(name)
        if block is None:
            return self._undeclared(f"module.{name}")
        return arranged(self.expansion(block, f"module.{name}"), self.children(name))

    def children(self, name: str) -> list[Module] | list[AbsentModule]:
        """The instances of a module that this one calls; one, if they are unknown."""
        made: list[Module] | list[AbsentModule] = self.once(("children", name), lambda: self._children(name))
        return made

    def _children(self, name: str) -> list[Module] | list[AbsentModule]:
        block = self.definition.modules[name]
        found = self.expansion(block, f"module.{name}")
        base = self.absolute(f"module.{name}")
        folder = located(self, block)
        if isinstance(folder, Absence):
            return [AbsentModule(base + key_text(key), folder.short) for key, _ in found.instances]
        definition = self.run.library.definition(folder)
        self.run.adopt(definition.gaps)
        return [Module(self.run, definition, base + key_text(key), self).called(block, names) for key, names in found.instances]

    def uninstantiated(self, name: str) -> Module | None:
        """A called module of which only the blocks are looked at; None if it is not here."""
        block = self.definition.modules[name]
        folder = located(self, block)
        if isinstance(folder, Absence):
            return None
        definition = self.run.library.definition(folder)
        return Module(self.run, definition, self.absolute(f"module.{name}"), self).called(block, {})
