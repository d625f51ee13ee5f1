"""The plugin registry: readers and checks, found through the entry points of installed distributions.

Modules of a plugin package are imported when something needs them: a gate over AWS alone never imports Azure's readers.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

from cloudaudit.model import Reader
from cloudaudit.model.reader import NotRead
from cloudaudit.policy import Check

if TYPE_CHECKING:
    from cloudaudit.sources.live.needs import Needs

PROVIDERS = "cloudaudit.providers"
CHECKS = "cloudaudit.checks"


class PluginError(Exception):
    """An installed plugin is not what the entry point promises."""


class Provider(msgspec.Struct, frozen=True):
    """A provider package: its name, and the prefixes of Terraform's resource types that it reads."""

    name: str
    package: str
    prefixes: tuple[str, ...]


@cache
def providers() -> tuple[Provider, ...]:
    """The installed provider packages, by name."""
    found = []
    for entry in _entries(PROVIDERS):
        package = _imported(entry)
        prefixes = getattr(package, "PREFIXES", None)
        if not isinstance(prefixes, tuple):
            raise PluginError(f"the provider {entry.value} names no PREFIXES")
        found.append(Provider(entry.name, entry.value, prefixes))
    return tuple(found)


def provider_of(resource_type: str) -> Provider | None:
    """The provider that a resource type belongs to."""
    return next((provider for provider in providers() if resource_type.startswith(provider.prefixes)), None)


@cache
def readers(provider: Provider) -> dict[str, Reader]:
    """A provider's readers, by resource type."""
    found: dict[str, Reader] = {}
    for module in _modules(provider.package):
        for value in vars(module).values():
            if isinstance(value, Reader):
                for kind in value.types:
                    if found.setdefault(kind, value) is not value:
                        raise PluginError(f"two readers take {kind}")
    return found


def reader_of(resource_type: str) -> Reader | None:
    """The reader of a resource type, if there is one."""
    provider = provider_of(resource_type)
    return (readers(provider).get(resource_type) or unjudged(provider).get(resource_type)) if provider is not None else None


@cache
def unjudged(provider: Provider) -> dict[str, Reader]:
    """What tells that a type which others ask for is not read itself."""
    kinds = {kind for reader in readers(provider).values() for kind in reader.unjudged}
    return {kind: Reader((kind,), lambda record, _: NotRead(record.type), ()) for kind in kinds}


@cache
def wanted(resource_type: str) -> bool:
    """Whether a reader takes a type, or asks for it as a related record."""
    provider = provider_of(resource_type)
    if provider is None:
        return False
    return resource_type in readers(provider) or resource_type in companions(provider)


def needs_of(checks: Iterable[Check]) -> Needs:
    """What these checks need: the types that they judge and those that the readers of these ask for, and the facets."""
    from cloudaudit.sources.live.needs import Needs

    chosen = tuple(checks)
    judged = {
        kind: reader
        for provider in providers()
        for kind, reader in readers(provider).items()
        if any(set(check.needs) <= set(reader.facets) for check in chosen)
    }
    types = frozenset((*judged, *(kind for reader in judged.values() for kind in reader.related)))
    return Needs(types.__contains__, frozenset(facet for check in chosen for facet in check.needs))


@cache
def companions(provider: Provider) -> frozenset[str]:
    """The types that a provider's readers ask for as related records."""
    return frozenset(kind for reader in readers(provider).values() for kind in reader.related)


@cache
def live_types(provider: Provider) -> frozenset[str]:
    """The types that a provider lists in the live cloud; none if it has no scan."""
    if importlib.util.find_spec(f"{provider.package}.scan") is None:
        return frozenset()
    listings = importlib.import_module(f"{provider.package}.scan").listings()
    return frozenset(listing.type for listing in listings)


def catalogue(provider: Provider) -> dict[str, list[str]]:
    """The types that a provider's catalogue says should be judged, with the controls; read by a reader yet or not."""
    top = importlib.import_module(provider.package)
    path = Path(next(iter(top.__path__))) / "catalogue.json"
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


@cache
def kept_when_left_out(resource_type: str) -> frozenset[str]:
    """The attributes of a type that keep what they have when a configuration leaves them out: optional and computed ones."""
    provider = provider_of(resource_type)
    return _optional_computed(provider.package).get(resource_type, frozenset()) if provider is not None else frozenset()


@cache
def makes_anything(kind: str) -> str:
    """Why what is declared can make anything, whatever it is called: "which …". Empty if it makes what its type says.

    A kind is a resource type, or one behind `data.`, `ephemeral.` or `action.`; or a `provisioner.` of any type.
    """
    mode, _, name = kind.rpartition(".")
    known = _makers().get(mode, "") or _makers().get(name, "")
    if known or mode or provider_of(name) is not None or name.partition("_")[0] in _narrow():
        return known
    return "whose provider is not known"


@cache
def unseen(kind: str) -> str | None:
    """Why what is declared can make anything; empty if it can be no more than its type says, None if that is judged."""
    why, provider = makes_anything(kind), provider_of(kind)
    judged = wanted(kind) and not (provider is not None and kind in unjudged(provider))
    return why or ("" if "." not in kind and not judged else None)


@cache
def _narrow() -> frozenset[str]:
    """The providers of no cloud whose resources make nothing but what their types say."""
    return frozenset(json.loads(Path(__file__).with_name("narrow.json").read_text(encoding="utf-8")))


@cache
def _makers() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in (__package__, *(provider.package for provider in providers())):
        path = Path(next(iter(importlib.import_module(package).__path__))) / "makers.json"
        found |= json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


@cache
def _optional_computed(package: str) -> dict[str, frozenset[str]]:
    path = Path(next(iter(importlib.import_module(package).__path__))) / "optional_computed.json"
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {kind: frozenset(names) for kind, names in found.items()}


@cache
def checks() -> tuple[Check, ...]:
    """Every installed check, by id."""
    found: dict[str, Check] = {}
    for entry in _entries(CHECKS):
        for module in _modules(entry.value):
            for value in vars(module).values():
                if isinstance(value, Check) and found.setdefault(value.id, value) is not value:
                    raise PluginError(f"two checks are called {value.id}")
    return tuple(found[name] for name in sorted(found))


def _entries(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=group), key=lambda entry: entry.name)


def _imported(entry: EntryPoint) -> ModuleType:
    try:
        return importlib.import_module(entry.value)
    except ImportError as error:
        raise PluginError(f"the plugin {entry.value} does not import: {error}") from error


def _modules(package: str) -> Iterator[ModuleType]:
    """Every module of a package, sub-packages included, in a fixed order."""
    top = importlib.import_module(package)
    for info in sorted(pkgutil.walk_packages(top.__path__, f"{package}."), key=lambda info: info.name):
        yield importlib.import_module(info.name)
