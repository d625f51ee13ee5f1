"""Whether a folder is what a plan was made of, as far as a plan tells of its configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.sources.terraform import hcl
from cloudaudit.sources.terraform.document import as_list, as_mapping, as_text
from cloudaudit.sources.terraform.hcl import nodes, types
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.records import plain_within
from cloudaudit.sources.terraform.hcl.scope import Scope
from cloudaudit.sources.terraform.hcl.values import unknowns_in
from cloudaudit.sources.terraform.hcl.variables import Constants
from cloudaudit.sources.terraform.links import expressions_in, references
from cloudaudit.sources.terraform.unknowns import EXPRESSION

_SCOPES = {"var", "local", "module", "data", "each", "count", "path", "terraform"}
_OUR_OWN = {"provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic"}
_OF_A_CALL = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})
_EMPTY = nodes.Body({}, ())


def difference_of(configuration: Mapping[str, Any], definition: hcl.Definition, library: hcl.Library, called: Mapping[str, Path]) -> str:
    """What a plan's configuration and a folder declare differently, as a clause; empty where they agree.

    `called` has the folders of modules that are there, by the path of names of their calls.
    """
    providers: dict[str, list[Mapping[str, Any]]] = {}
    for entry in map(as_mapping, as_mapping(configuration.get("provider_config")).values()):
        providers.setdefault(as_text(entry.get("module_address")), []).append(entry)
    return _Comparison(library, called, providers).difference(as_mapping(configuration.get("root_module")), definition, "")


class _Comparison(msgspec.Struct, frozen=True):
    """The modules of a plan beside folders: `providers` are the plan's configurations of providers, by the address of their module."""

    library: hcl.Library
    called: Mapping[str, Path]
    providers: Mapping[str, list[Mapping[str, Any]]]

    def difference(self, module: Mapping[str, Any], definition: hcl.Definition, path: str) -> str:
        """What one module declares differently, or one that it calls. `path` are the names of the calls to it."""
        planned = {_named(entry): entry for entry in map(as_mapping, as_list(module.get("resources")))}
        declared = {f"{kind}.{name}": block for (kind, name), block in definition.resources.items()}
        declared |= {f"data.{kind}.{name}": block for (kind, name), block in definition.data.items()}
        calls = {name: as_mapping(call) for name, call in as_mapping(module.get("module_calls")).items()}
        for ours, theirs in ((planned.keys(), declared.keys()), (calls.keys(), definition.modules.keys())):
            for name in sorted(ours ^ theirs):
                return f"{name} is declared in one of them only"
        differing = _Differing({name.partition(".")[0] for name in declared} | _SCOPES, Scope(Constants(Budget(self.library.bounds))))
        for what, expressions, body in (*_compared(module, planned, declared, definition), *self._provided(definition, path)):
            for argument, how in differing.arguments(expressions, body):
                return f"{argument} of {what} {how}"
        for name, variable in as_mapping(module.get("variables")).items():
            if "default" in as_mapping(variable) and differing.default(variable["default"], definition.variables.get(name)):
                return f"default of var.{name} is another value"
        return next(filter(None, (self._below(name, call, definition, path) for name, call in calls.items())), "")

    def _below(self, name: str, call: Mapping[str, Any], definition: hcl.Definition, path: str) -> str:
        """What a call gives in the folder only, or the called module declares differently."""
        for argument in sorted(definition.modules[name].body.attributes.keys() - as_mapping(call.get("expressions")).keys() - _OF_A_CALL):
            return f"{argument} of module.{name} is given in the folder only"
        names = f"{path}.{name}" if path else name
        folder = self.called.get(names)
        inner = self.difference(as_mapping(call.get("module")), self.library.definition(folder), names) if folder is not None else ""
        return f"{inner}, in module.{name}" if inner else ""

    def _provided(self, definition: hcl.Definition, path: str) -> Iterator[tuple[str, Mapping[str, Any], nodes.Body]]:
        """The configurations of providers of a module: they say where its resources are."""
        for entry in self.providers.get(".".join(f"module.{name}" for name in path.split(".")) if path else "", ()):
            name, alias = as_text(entry.get("name")), as_text(entry.get("alias"))
            block = definition.providers.get((name, alias))
            what = f'provider "{name}.{alias}"' if alias else f'provider "{name}"'
            yield what, as_mapping(entry.get("expressions")), block.body if block is not None else _EMPTY


def _compared(
    module: Mapping[str, Any], planned: Mapping[str, Any], declared: Mapping[str, nodes.Block], definition: hcl.Definition
) -> Iterator[tuple[str, Mapping[str, Any], nodes.Body]]:
    """What is compared of a plan's module and a folder: of each block its name, the plan's expressions and the folder's."""
    for name, entry in planned.items():
        yield name, _with_repetition(entry), declared[name].body
    for name, call in as_mapping(module.get("module_calls")).items():
        yield f"module.{name}", _with_repetition(as_mapping(call)), definition.modules[name].body
    for name, output in as_mapping(module.get("outputs")).items():
        block = definition.outputs.get(name)
        yield f"output.{name}", {"value": as_mapping(output).get("expression")}, block.body if block is not None else _EMPTY


def _with_repetition(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The expressions of a resource or a call, those that say how often it is there among them."""
    repeated = {name: entry[f"{name}_expression"] for name in ("count", "for_each") if f"{name}_expression" in entry}
    return {**as_mapping(entry.get("expressions")), **repeated}


def _named(entry: Mapping[str, Any]) -> str:
    stem = "data." if entry.get("mode") == "data" else ""
    return f"{stem}{as_text(entry.get('type'))}.{as_text(entry.get('name'))}"


class _Differing(msgspec.Struct, frozen=True):
    """Compares expressions: `named` are the first words of what a plan lists as referred to."""

    named: set[str]
    constants: Scope

    def arguments(self, expressions: Mapping[str, Any], body: nodes.Body) -> Iterator[tuple[str, str]]:
        """The arguments that a plan's expressions and a folder's body give differently, and how."""
        for argument, node in expressions.items():
            written = body.attributes.get(argument)
            if argument in _OUR_OWN:
                continue
            if not isinstance(node, dict) or not node.keys() <= EXPRESSION:
                if self._nested_differ(node, written, [inner for inner in body.blocks if nodes.nested_type(inner) == argument]):
                    yield argument, "names other objects"
                continue
            if written is None or {_head(name) for name in references(node)} != self._named_in([written.expression]):
                yield argument, "names other objects"
            elif "constant_value" in node and self._differs(self._constant(written), node["constant_value"]):
                yield argument, "is another value"

    def _named_in(self, written: Iterable[nodes.Node]) -> set[str]:
        return {_head(_text(found)) for expression in written for found in nodes.traversals(expression) if found.root in self.named}

    def _nested_differ(self, node: Any, written: nodes.Attribute | None, blocks: list[nodes.Block]) -> bool:
        """Whether nested blocks name other objects, all together: which is which, their values tell. A plan has no `dynamic` ones."""
        if any(map(_makes_blocks, blocks)):
            return False
        planned = {_head(name) for leaf in expressions_in(node) for name in references(leaf)}
        expressions = [written.expression] if written is not None else []
        return planned != self._named_in([*expressions, *(one for block in blocks for one in nodes.expressions_of(block.body))])

    def default(self, planned: Any, block: nodes.Block | None) -> bool:
        """Whether a variable has another default. A plan writes it as the type of the variable has it."""
        written = block.body.attributes.get("default") if block is not None else None
        if block is None or written is None:
            return True
        constraint = block.body.attributes.get("type")
        value = self._constant(written)
        try:
            typed = types.convert(value, types.read_type(constraint.expression), self.constants.budget) if constraint else value
        except EvaluationError:
            return True
        return self._differs(typed, planned)

    def _constant(self, written: nodes.Attribute) -> Any:
        return attempt(written.expression, self.constants)

    def _differs(self, value: Any, planned: Any) -> bool:
        """Whether a value, if it is a constant, is another one than the plan's."""
        found = plain_within(value, self.constants.budget)
        return next(unknowns_in(found, self.constants.budget), None) is None and _comparable(found) != _comparable(planned)


def _makes_blocks(block: nodes.Block) -> bool:
    """Whether a block, or one in it, is `dynamic`."""
    return block.type == "dynamic" or any(map(_makes_blocks, block.body.blocks))


def _comparable(value: Any) -> Any:
    """A constant without what a type or a checkout makes of it: how a number is written, line ends, what is null."""
    if isinstance(value, Mapping):
        return {name: _comparable(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if value is None else str(value).lower().replace("\r\n", "\n")


def _text(traversal: nodes.Traversal) -> str:
    steps = []
    for step in traversal.steps:
        if not isinstance(step, str):
            break
        steps.append(step)
    return ".".join((traversal.root, *steps))


def _head(name: str) -> str:
    """The object that a reference names, without the path into it."""
    parts = name.split("[", maxsplit=1)[0].split(".")
    return ".".join(parts[: 3 if parts[0] == "data" else 1 if parts[0] in {"each", "count", "path", "terraform"} else 2])
