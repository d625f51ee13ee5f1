"""The configuration that a plan was made of: it proves which resource a value of the plan is.

A plan lists what an expression names, never what it makes of that. The folder tells, if it is the plan's: that is so where both
declare the same resources and module calls, and each argument names the same objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Collection, Record, Scope, Unknown
from cloudaudit.model.partial import NAMELESS
from cloudaudit.sources.terraform import hcl
from cloudaudit.sources.terraform.document import as_list, as_mapping, as_text
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.links import references

_SCOPES = {"var", "local", "module", "data", "each", "count", "path", "terraform"}
_OUR_OWN = {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic"}


def proven(plan: Collection, document: Mapping[str, Any], folder: Path, boundary: Path, shown: Callable[[Path], str]) -> Collection | str:
    """The plan's collection with the identity of its unknown values told by a folder; else why the folder is not the plan's.

    Of a module that is not there, or lies outside the boundary, nothing is proven.
    """
    library = hcl.Library(boundary, shown)
    given = {name: as_mapping(item).get("value") for name, item in as_mapping(document.get("variables")).items()}
    wanted = {record.type for record in plan.records}
    declared = hcl.read_root(
        folder, boundary=boundary, unit=plan.unit, shown=shown, inputs=hcl.Inputs(given=given), wanted=wanted.__contains__, library=library
    )
    real = folder.resolve()
    called = {names: place for (root, names), place in library.called.items() if root == real}
    configuration = as_mapping(as_mapping(document.get("configuration")).get("root_module"))
    difference = _difference(configuration, library.definition(real), library, called)
    if difference:
        return difference
    by_address = {record.address: record for record in declared.records}
    records = tuple(_identified(record, by_address.get(record.address)) for record in plan.records)
    return msgspec.structs.replace(plan, records=records)


def _identified(planned: Record, declared: Record | None) -> Record:
    if declared is None:
        return planned
    values = _merged(planned.values, declared.values)
    scope = _placed(planned.scope, declared.scope) if planned.scope.probable else planned.scope
    return planned if values is planned.values and scope is planned.scope else msgspec.structs.replace(planned, values=values, scope=scope)


def _placed(planned: Scope, declared: Scope) -> Scope:
    """The planned scope; of what is only probable, what the configuration makes of it."""
    told = {name: getattr(declared, name) for name in planned.probable}
    return msgspec.structs.replace(planned, probable=(), **told)


def _merged(planned: Any, declared: Any) -> Any:
    """The planned value; of what it does not know, what the configuration says that it is. Blocks meet where it is certain which."""
    if isinstance(planned, Unknown):
        if not isinstance(declared, Unknown):
            return planned
        if not planned.references:  # by way of a local value, which a plan does not tell
            return msgspec.structs.replace(planned, references=declared.references, partial=declared.partial, is_=declared.is_)
        partial = NAMELESS if declared.partial is None else declared.partial
        return msgspec.structs.replace(planned, partial=partial, is_=declared.is_ if _admits(planned, declared.is_) else None)
    if isinstance(planned, Mapping) and isinstance(declared, Mapping):
        merged = {name: _merged(value, declared[name]) for name, value in planned.items() if name in declared}
        changed = {name: value for name, value in merged.items() if value is not planned[name]}
        return {**planned, **changed} if changed else planned
    if isinstance(planned, list) and isinstance(declared, list | tuple):
        items = [_merged(item, other) for item, other in zip(planned, _aligned(planned, declared), strict=True)]
        return items if any(item is not former for item, former in zip(items, planned, strict=True)) else planned
    return planned


def _admits(planned: Unknown[Any], is_: str | None) -> bool:
    """Whether a plan's references leave room for that: an instance that they name by its key is no other one."""
    keyed = [reference for reference in planned.references if reference.endswith("]")]
    return is_ is None or not keyed or any(is_.startswith(f"{reference}.") for reference in keyed)


def _aligned(planned: list[Any], declared: list[Any] | tuple[Any, ...]) -> list[Any]:
    """For each planned element the one that declares it, by what both know; None where that is not one for certain."""
    if len(planned) != len(declared):
        return [None] * len(planned)
    if len(planned) == 1:
        return list(declared)
    return [fitting[0] if len(fitting := [other for other in declared if _fits(item, other)]) == 1 else None for item in planned]


def _fits(planned: Any, declared: Any) -> bool:
    if isinstance(planned, Mapping) and isinstance(declared, Mapping):
        return all(_fits(planned[name], value) for name, value in declared.items() if name in planned)
    if isinstance(planned, Unknown) or isinstance(declared, Unknown) or isinstance(planned, list) or planned is None:
        return True
    return str(planned).lower() == str(declared).lower()


def _difference(
    module: Mapping[str, Any], definition: hcl.Definition, library: hcl.Library, called: Mapping[str, Path], above: str = ""
) -> str:
    """What a plan's module and a folder's declare differently, as a clause; empty where they agree. Modules that are there are compared.

    `called` has their folders by the path of names of their calls, `above` the path to this one.
    """
    planned = {_named(entry): entry for entry in map(as_mapping, as_list(module.get("resources")))}
    declared = {f"{kind}.{name}": block for (kind, name), block in definition.resources.items()}
    declared |= {f"data.{kind}.{name}": block for (kind, name), block in definition.data.items()}
    calls = as_mapping(module.get("module_calls"))
    for ours, theirs in ((planned.keys(), declared.keys()), (calls.keys(), definition.modules.keys())):
        for name in sorted(ours ^ theirs):
            return f"{name} is declared in one of them only"
    named = {name.partition(".")[0] for name in declared} | _SCOPES
    for name, entry in planned.items():
        for argument in _differing(as_mapping(entry.get("expressions")), declared[name].body, named):
            return f"{argument} of {name} names other objects"
    for name, call in calls.items():
        for argument in _differing(as_mapping(as_mapping(call).get("expressions")), definition.modules[name].body, named):
            return f"{argument} of module.{name} names other objects"
        place = called.get(f"{above}{name}")
        below = as_mapping(as_mapping(call).get("module"))
        inner = _difference(below, library.definition(place), library, called, f"{above}{name}.") if place is not None else ""
        if inner:
            return f"{inner}, in module.{name}"
    return ""


def _named(entry: Mapping[str, Any]) -> str:
    stem = "data." if entry.get("mode") == "data" else ""
    return f"{stem}{as_text(entry.get('type'))}.{as_text(entry.get('name'))}"


def _differing(expressions: Mapping[str, Any], body: nodes.Body, named: set[str]) -> Iterator[str]:
    for argument, node in expressions.items():
        written = body.attributes.get(argument)
        if argument in _OUR_OWN or not isinstance(node, dict) or not node.keys() <= {"references", "constant_value"}:
            continue  # nested blocks: each of their values meets one by what both know of the block
        planned = {_head(name) for name in references(node)}
        declared = {_head(_text(found)) for found in nodes.traversals(written.expression) if found.root in named} if written else set()
        if written is None or planned != declared:
            yield argument


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
