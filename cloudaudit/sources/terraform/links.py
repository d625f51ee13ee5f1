"""What an expression of a plan's `configuration` refers to, as addresses of resource instances.

The configuration tells of each argument only which objects its expression names (`aws_s3_bucket.x.id`, `var.name`, `each.value`),
not what is made of them: `aws_s3_bucket.x[each.key].id` and `aws_s3_bucket.x[local.peer[each.key]].id` name the same. So a block
of several instances leads to all of them.
They are followed through module inputs, module outputs and `for_each`. A plan holds no locals: there the trail ends.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from cloudaudit.model.names import block_of
from cloudaudit.sources.terraform.document import as_list, as_mapping
from cloudaudit.sources.terraform.echoes import KINDS, echoed
from cloudaudit.sources.terraform.instances import Instance, ModulePath, is_managed, joined, module_address, module_path

LIMIT = 256
"""Steps and targets of one expression. Past it the expression links to nothing, rather than to a part."""

_KEY = r'(\[(?:-?\d+|"(?:[^"\\]|\\.)*")\])?'
_OUTPUT = re.compile(rf"module\.([^.\[\]]+){_KEY}(?:\.([^.\[\]]+))?")
_RESOURCE = re.compile(rf"((?:data\.)?[^.\[\]]+\.[^.\[\]]+){_KEY}")
_PATH = re.compile(r'[^.\[\]"]+')
_NO_RESOURCE = {"var", "module", "each", "count", "local", "self", "path", "terraform"}
_KNOWN = {"count", "each", "path", "terraform"}
_UNSTATED = object()


class Place(msgspec.Struct, frozen=True):
    """Where an expression stands: its module, and what the `for_each` of the resource or call that it belongs to names."""

    module: ModulePath
    each: tuple[str, ...] = ()


class Trace(msgspec.Struct, frozen=True):
    """Where an expression leads."""

    targets: tuple[str, ...] = ()  # the addresses of the resources that it names, directly or through modules
    null: bool = False  # the plan states everything that it rests on, and null is among it
    may_be_written: bool = False  # some of it may hand on what somebody writes, though it is known only after apply
    whole: bool = True  # past `LIMIT` it leads nowhere, rather than to a part


class _Step(msgspec.Struct, frozen=True):
    """References still to follow."""

    names: tuple[str, ...]
    place: Place


class Links:
    """The configuration and the instances of one plan."""

    def __init__(self, configuration: Any, variables: Any, instances: Iterable[Instance]) -> None:
        self._variables = as_mapping(variables)
        self._modules: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._resources: dict[tuple[tuple[str, ...], str], Mapping[str, Any]] = {}
        self._read(configuration)
        self._instances: dict[tuple[ModulePath, str], dict[str, str]] = {}
        self._children: dict[tuple[ModulePath, str], dict[str, None]] = {}
        for instance in instances:
            path = module_path(instance.module)
            self._instances.setdefault((path, instance.block), {})[instance.key] = instance.address
            for depth, (name, key) in enumerate(path):
                self._children.setdefault((path[:depth], name), {})[key] = None
        self._traces: dict[tuple[tuple[str, ...], Place], Trace] = {}

    def _read(self, configuration: Any) -> None:
        pending: list[tuple[tuple[str, ...], Any]] = [((), as_mapping(configuration).get("root_module"))]
        while pending:
            names, module = pending.pop()
            self._modules[names] = as_mapping(module)
            for resource in map(as_mapping, as_list(as_mapping(module).get("resources"))):
                stem = "data." if resource.get("mode") == "data" else ""
                self._resources[names, f"{stem}{resource.get('type')}.{resource.get('name')}"] = resource
            calls = as_mapping(as_mapping(module).get("module_calls"))
            pending.extend(((*names, name), as_mapping(call).get("module")) for name, call in calls.items())

    @property
    def declared(self) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """The managed resource blocks of the configuration, each with the names of the calls to its module."""
        for (names, _), resource in self._resources.items():
            if is_managed(resource):
                yield names, resource

    def resource(self, instance: Instance) -> Mapping[str, Any] | None:
        """The configuration of a resource, where the plan has it."""
        return self._resources.get((_names(module_path(instance.module)), instance.block))

    def call(self, names: Sequence[str]) -> Mapping[str, Any]:
        """The configuration of a module call, by the names of the calls to it."""
        return as_mapping(as_mapping(self._modules.get(tuple(names[:-1]), {}).get("module_calls")).get(names[-1]))

    def place(self, instance: Instance) -> Place:
        """Where the expressions of a resource stand."""
        each = references(as_mapping(self.resource(instance)).get("for_each_expression"))
        return Place(module_path(instance.module), each)

    def behind(self, address: str) -> tuple[str, ...] | None:
        """What the arguments of a data source, or of a resource, lead to; None past a limit."""
        path = module_path(address)
        steps = block_of(address).split(".")[2 * len(path) :]
        resource = self._resources.get((_names(path), ".".join(steps)))
        if resource is None:
            return ()
        each = references(resource.get("for_each_expression"))
        leaves = [references(node) for node in expressions_in(resource.get("expressions"))]
        traces = [self.trace(names, Place(path, each)) for names in leaves if names]
        return tuple(dict.fromkeys(target for one in traces for target in one.targets)) if all(one.whole for one in traces) else None

    def trace(self, names: tuple[str, ...], place: Place) -> Trace:
        """Where the references of one expression lead. Past `LIMIT` they lead nowhere, rather than to a part."""
        known = self._traces.get((names, place))
        if known is None:
            known = self._traces[names, place] = self._traced(names, place)
        return known

    def _traced(self, names: tuple[str, ...], place: Place) -> Trace:
        if len(names) > LIMIT:
            return Trace(whole=False)
        found: dict[str, None] = {}
        stated: list[Any] = []
        may_be_written = False
        pending = deque([_Step(names, place)])
        seen = set(pending)
        while pending:
            step = pending.popleft()
            for name in _longest(step.names):
                found.update(dict.fromkeys(self._instances_of(name, step)))
                stated.append(self._stated(name, step.place))
                may_be_written = may_be_written or self._may_be_written(name, step.place)
                onward = [following for following in islice(self._onward(name, step), LIMIT + 1) if following not in seen]
                seen.update(onward)
                pending.extend(onward)
            if len(found) > LIMIT or len(seen) > LIMIT:
                return Trace(whole=False)
        return Trace(tuple(found), None in stated and _UNSTATED not in stated, may_be_written)

    def _may_be_written(self, name: str, place: Place) -> bool:
        """Whether a reference is to what a data source reads, or to an attribute that hands on what an argument of its resource says.

        Of a local a plan tells nothing: it may rest on whatever its module has.
        """
        if name.startswith("data."):
            return True
        if name.startswith("local."):
            here = _names(place.module)
            return any(module == here and block.partition(".")[0] in KINDS for module, block in self._resources)
        found = _RESOURCE.match(name) if name.partition(".")[0] not in _NO_RESOURCE else None
        if found is None:
            return False
        resource = as_mapping(self._resources.get((_names(place.module), found[1])))
        attribute = _PATH.findall(name[found.end() :])[:1]
        kind = found[1].partition(".")[0]
        return any(echoed(kind, one, as_mapping(resource.get("expressions"))) for one in attribute)

    def _stated(self, name: str, place: Place) -> Any:
        """The value of an input that the plan states, True for one that is known or followed further, or _UNSTATED."""
        head, _, rest = name.partition(".")
        if head in _KNOWN or head == "module":
            return True
        if head != "var":
            return _UNSTATED
        argument, *path = _PATH.findall(rest) or [""]
        if not place.module:
            given = as_mapping(self._variables.get(argument))
            return _at(given.get("value"), path) if given else _UNSTATED
        names = _names(place.module)
        call = as_mapping(self.call(names).get("expressions"))
        declared = as_mapping(as_mapping(self._modules.get(names, {}).get("variables")).get(argument))
        if argument not in call:
            return _at(declared["default"], path) if "default" in declared else _UNSTATED
        expression = as_mapping(call[argument])
        return _at(expression["constant_value"], path) if "constant_value" in expression else True

    def _onward(self, name: str, step: _Step) -> Iterator[_Step]:
        head, _, rest = name.partition(".")
        here = step.place
        if head == "each" and rest.startswith("value"):
            yield _Step(here.each, Place(here.module))
        elif head == "var" and here.module:
            call = self.call(_names(here.module))
            argument = _PATH.findall(rest)[0] if rest else ""
            outer = Place(here.module[:-1], references(call.get("for_each_expression")))
            names = references(as_mapping(call.get("expressions")).get(argument))
            yield _Step(names, outer)
        elif head == "module":
            yield from self._output(name, step)

    def _output(self, name: str, step: _Step) -> Iterator[_Step]:
        found = _OUTPUT.match(name)
        if found is None:
            return
        call, key, output = found.groups()
        here = step.place.module
        outputs = as_mapping(self._modules.get((*_names(here), call), {}).get("outputs"))
        keys = self._children.get((here, call), {})
        chosen = [key] if key else list(islice(keys, LIMIT + 1))
        for instance_key in chosen:
            for each in [output] if output else outputs:
                yield _Step(references(as_mapping(outputs.get(each)).get("expression")), Place((*here, (call, instance_key))))

    def _instances_of(self, name: str, step: _Step) -> list[str]:
        if name.partition(".")[0] in _NO_RESOURCE:
            return []
        found = _RESOURCE.match(name)
        if found is None:
            return []
        block, key = found.groups()
        here = step.place.module
        known = self._instances.get((here, block), {})
        if key or not known:
            return [known.get(key or "") or joined(module_address(here), block) + (key or "")]
        return list(islice(known.values(), LIMIT + 1))


def references(expression: Any) -> tuple[str, ...]:
    """The objects that an expression names, as the plan lists them: each traversal, then its prefixes."""
    names = as_list(as_mapping(expression).get("references"))
    return tuple(name for name in names[: LIMIT + 1] if isinstance(name, str))


def expressions_in(node: Any) -> Iterator[Mapping[str, Any]]:
    """The expressions in those of a block, at any depth."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict) and "references" in current:
            yield current
        elif isinstance(current, dict):
            pending.extend(current.values())


def _names(path: ModulePath) -> tuple[str, ...]:
    return tuple(name for name, _ in path) if path else ()


def _at(value: Any, path: Iterable[str]) -> Any:
    """The part of a stated value; True, for known, where it cannot be found."""
    for name in path:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 9 and int(name) < len(value):
            value = value[int(name)]
        else:
            return True
    return value


def _longest(names: Sequence[str]) -> Iterator[str]:
    """The traversals without the prefixes that the plan lists after each."""
    last = ""
    for name in names:
        if not last.startswith((f"{name}.", f"{name}[")):
            yield name
            last = name
