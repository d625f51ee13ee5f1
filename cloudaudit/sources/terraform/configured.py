"""The configuration that a plan was made of: it proves which resource a value of the plan is.

A plan lists what an expression names, never what it makes of that. The folder tells, if it is the plan's: that is so where both
declare the same resources, module calls, providers and outputs, and each argument names the same objects or is the same constant.
Of locals and `dynamic` blocks a plan tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit.model import Collection, Record, Scope, Unknown, Why
from cloudaudit.model.partial import NAMELESS
from cloudaudit.sources.terraform import hcl
from cloudaudit.sources.terraform.document import as_mapping
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.made_of import difference_of


def proven(plan: Collection, document: Mapping[str, Any], folder: Path, boundary: Path, shown: Callable[[Path], str]) -> Collection | str:
    """The plan's collection with the identity of its unknown values told by a folder; else why the folder is not the plan's.

    Of a module that is not there, or lies outside the boundary, nothing is proven.
    """
    library = hcl.Library(boundary, shown)
    given = {name: as_mapping(item).get("value") for name, item in as_mapping(document.get("variables")).items()}
    wanted = {record.type for record in plan.records}
    declared = hcl.read_root(
        folder, boundary=boundary, unit=plan.unit, shown=shown, inputs=Inputs(given=given), wanted=wanted.__contains__, library=library
    )
    real = folder.resolve()
    called = {names: place for (root, names), place in library.called.items() if root == real}
    difference = difference_of(as_mapping(document.get("configuration")), library.definition(real), library, called)
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
        if not isinstance(declared, Unknown) or planned.why is Why.UNSET:
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
