"""Resource instances as Terraform's JSON formats list them, before they become records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from cloudaudit.sources.terraform.document import as_list, as_mapping, as_text

ModulePath = tuple[tuple[str, str], ...]
"""The module calls from the root to a module, each with the text of its instance key: `(("buckets", '["a"]'),)`."""

_MODULE = re.compile(r'(?:^|\.)module\.([^.\[\]]+)(\[(?:-?\d+|"(?:[^"\\]|\\.)*")\])?')
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Unreadable(msgspec.Struct, frozen=True):
    """An entry that has no shape that can be read: where it stands, and the resource that it is of, as far as it says."""

    place: str
    block: str
    module: str = ""
    type: str = ""


class Instance(msgspec.Struct, frozen=True):
    """One instance of a managed resource, and which of its values are unknown or sensitive.

    `provider` names its provider configuration, where the source tells alias from alias; `maker` is the source of the provider.
    `exists` says that a plan leaves in place what is there: it is not made anew.
    `unknown` is None where the source does not say what it does not know, and empty where it knows all.
    """

    address: str
    module: str
    type: str
    name: str
    values: Mapping[str, Any]
    unknown: Any = None
    marks: Any = None
    deposed: str = ""
    provider: str = ""
    maker: str = ""
    flat: bool = False
    exists: bool = False

    @property
    def block(self) -> str:
        """The address of the resource in its module: `aws_s3_bucket.b`."""
        return f"{self.type}.{self.name}"

    @property
    def shown(self) -> str:
        """The address, told apart where an object that was replaced is still there beside its successor."""
        return f"{self.address} (deposed {self.deposed})" if self.deposed else self.address

    @property
    def key(self) -> str:
        """The text of the instance key: `[0]`, `["a"]`, or nothing."""
        stem = joined(self.module, self.block)
        return self.address[len(stem) :] if self.address.startswith(stem) else ""


def joined(module: str, block: str, index: Any = None) -> str:
    """An address, from its parts, written as Terraform writes it."""
    stem = f"{module}.{block}" if module else block
    if isinstance(index, str):
        quoted = index.translate(_ESCAPES).replace("${", "$${").replace("%{", "%%{")
        return f'{stem}["{quoted}"]'
    return f"{stem}[{index}]" if isinstance(index, int | float) else stem


@lru_cache(maxsize=65536)
def module_path(address: str) -> ModulePath:
    """The calls in a module's address, root first."""
    return tuple((found[1], found[2] or "") for found in _MODULE.finditer(address))


def module_address(path: ModulePath) -> str:
    """The address of a module, from its calls."""
    return ".".join(f"module.{name}{key}" for name, key in path)


def is_managed(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is a resource. A mode that Terraform does not know is no reason to leave one out."""
    return entry.get("mode") not in ("data", "ephemeral")


def misshapen(parent: Mapping[str, Any], place: str, *names: str) -> Iterator[Unreadable]:
    """The lists in a part of a document that are something else."""
    for name in names:
        if not isinstance(parent.get(name), list | None):
            where = f"{place}.{name}" if place else name
            yield Unreadable(where, where)


def shown_instances(values: Any, *, planned: bool = False) -> Iterator[Instance | Unreadable]:
    """The managed resources of a `values` representation (`planned_values`, `prior_state.values`, `show -json` of a state).

    A planned resource of which nothing is known has no `values` at all; a recorded one always has them.
    """
    modules = [as_mapping(as_mapping(values).get("root_module"))]
    for module in modules:
        address = as_text(module.get("address"))
        yield from misshapen(module, address or "root_module", "resources", "child_modules")
        for number, item in enumerate(as_list(module.get("resources"))):
            entry = as_mapping(item)
            kind, name = as_text(entry.get("type")), as_text(entry.get("name"))
            if not kind or not name:
                place = f"{address or 'root_module'}.resources[{number}]"
                yield Unreadable(place, place)
            elif not is_managed(entry):
                continue
            elif isinstance(entry.get("values", {} if planned else None), dict):
                yield _shown(entry, address, kind, name, unknown=None if planned else {})
            else:
                block = f"{kind}.{name}"
                yield Unreadable(as_text(entry.get("address")) or joined(address, block), block, address, kind)
        for number, child in enumerate(as_list(module.get("child_modules"))):
            if isinstance(child, dict):
                modules.append(child)
            else:
                place = f"{address or 'root_module'}.child_modules[{number}]"
                yield Unreadable(place, place)


def data_read(values: Any) -> Iterator[Instance]:
    """The data sources of a `values` representation: no resources, but what they read may be secret, and a resource have a copy."""
    modules = [as_mapping(as_mapping(values).get("root_module"))]
    for module in modules:
        address = as_text(module.get("address"))
        for entry in map(as_mapping, as_list(module.get("resources"))):
            if not is_managed(entry):
                yield _shown(entry, address, as_text(entry.get("type")), as_text(entry.get("name")), unknown={})
        modules.extend(map(as_mapping, as_list(module.get("child_modules"))))


def _shown(entry: Mapping[str, Any], module: str, kind: str, name: str, *, unknown: Any) -> Instance:
    return Instance(
        as_text(entry.get("address")) or joined(module, f"{kind}.{name}", entry.get("index")),
        module,
        kind,
        name,
        as_mapping(entry.get("values")),
        unknown,
        entry.get("sensitive_values"),
        as_text(entry.get("deposed_key")),
        maker=as_text(entry.get("provider_name")),
    )
