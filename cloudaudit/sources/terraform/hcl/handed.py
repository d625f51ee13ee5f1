"""What a module that is not here may change: what its call refers to, names, or reads by data sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from cloudaudit.model import Gap, Origin, Record, Unknown
from cloudaudit.model.names import identifiers, open_names
from cloudaudit.model.partial import equals_itself
from cloudaudit.sources.terraform.document import digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import META
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.references import Caller, trail
from cloudaudit.sources.terraform.hcl.rests import files_of, looked_up
from cloudaudit.sources.terraform.hcl.run import Given
from cloudaudit.sources.terraform.hcl.sourcing import KEY, Absence, comparable

_OWN = frozenset({"name", "providers", "source", "version", *META})
"""Arguments that are no names of other resources; `name` is that of what the module makes."""


def note_absence(caller: Module, name: str, block: nodes.Block, absence: Absence, instances: Sequence[Mapping[str, Any]]) -> None:
    """Note the gap: it concerns the resources that the arguments of the call refer to, or name.

    `instances` are the values of the arguments for each instance of the call. With others, or with another version, the module does
    something else: it is another gap.
    """
    found = trail([attribute.expression for attribute in block.body.attributes.values()], caller)
    references = found.resources or (caller.absolute(f"module.{name}"),)
    origin = Origin(block.file, block.line)
    key = KEY if caller.run.compared else ""
    values = json.dumps([comparable(one, key) for one in instances], sort_keys=True, default=str)
    written = [attribute.expression for name, attribute in sorted(block.body.attributes.items()) if name != "source"]
    content = digest_of(key, values, *map(repr, trail(written, caller).expressions if key else written))
    if key:
        content = digest_of(content, *_rests(written, instances, caller))
    what = f'module "{name}" {absence.reason}'
    caller.run.gap(absence.why, what, origin, remedy=absence.remedy, references=references, content=content)
    given = caller.run.given.setdefault((what, origin), Given(set(), set()))
    for one in instances:
        given.texts.update(text.lower() for key, value in one.items() if key not in _OWN for text in _texts(value))
    for owner, source in found.data:
        _look_up(owner, source, given)


def _rests(written: Sequence[nodes.Node], instances: Sequence[Mapping[str, Any]], module: Module) -> Iterator[str]:
    """What the arguments rest on. A folder is meant by a path to it, not by a word that it is called by."""
    behind = looked_up(written, module)
    values = [comparable(one, KEY) for one in instances]
    paths = [text for text in _texts(values) if "/" in text]
    yield from (*behind.said, json.dumps(behind.values, sort_keys=True, default=str))
    yield from (files_of(values, module, folders=False), files_of([paths, behind.values], module))


def _look_up(owner: Caller, block: nodes.Block, given: Given) -> None:
    """What a data source may have read of what is declared here: what has the names that it selects by, else anything of its type."""
    texts: list[str] = []
    for name, attribute in block.body.attributes.items():
        if name in META:
            continue
        values = _values(owner, block, name)
        texts.extend(value for value in values if isinstance(value, str))
        if not (values and all(isinstance(value, str) for value in values)) and not trail([attribute.expression], owner).resources:
            given.types.add(block.labels[0])
    given.texts.update(text.lower() for text in texts)
    if block.body.blocks or not texts:
        given.types.add(block.labels[0])


def _values(owner: Caller, block: nodes.Block, name: str) -> list[Any]:
    try:
        return [instance.declared(name, None) for instance in owner.instances(block, f"data.{'.'.join(block.labels)}")]
    except (EvaluationError, BoundError):
        return []


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, and the names at the end of those that are ARNs; of one that is not known those that it may be."""
    if isinstance(value, str):
        yield from (value, value.rpartition(":")[2]) if value.startswith("arn:") else (value,)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, Unknown):
        yield from _may_be(value)


def _may_be(value: Unknown[Any]) -> Iterator[str]:
    """The texts that a value which is not known may be: its candidates, or itself by what it is made of."""
    yield from (text for candidate in value.possible for text in _texts(candidate))
    if value.partial is not None and equals_itself(value.partial):
        yield value.partial


def concerned(gaps: Iterable[Gap], given: Mapping[tuple[str, Origin], Given], records: Sequence[Record]) -> tuple[Gap, ...]:
    """The gaps, those of modules that are not here with the resources too that are handed to them by name."""
    found: list[Gap] = []
    for gap in gaps:
        handed = given.get((gap.what, gap.origin))
        named = [record.address for record in records if handed is not None and is_handed(record, handed)]
        found.append(msgspec.structs.replace(gap, references=tuple(dict.fromkeys((*gap.references, *named)))) if named else gap)
    return tuple(found)


def is_handed(record: Record, given: Given) -> bool:
    """Whether a module that is not here is handed a record by a name, or by what reads anything of its type."""
    names = chain(identifiers(record), *map(_may_be, open_names(record)))
    return record.type in given.types or any(name.lower() in given.texts for name in names)
