"""Whose provider makes a resource: what readers know of a type holds for the provider that gave it its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cloudaudit.model import Gap, Origin, Why
from cloudaudit.model.shown import uncredentialed

_PUBLISHERS = {
    "aws": "hashicorp",
    "awscc": "hashicorp",
    "azapi": "azure",
    "azuread": "hashicorp",
    "azurerm": "hashicorp",
    "google": "hashicorp",
    "google-beta": "hashicorp",
}
"""The namespace of each provider that readers know. Source: registry.terraform.io."""

_REGISTRIES = frozenset({"registry.terraform.io", "registry.opentofu.org"})
"""Where a namespace is whose it says. On another host anybody may be called so; a mirror that the machine is told of keeps the address."""

_QUOTED = re.compile(r'provider\["([^"]*)"\]')
_UNSAID = "hashicorp"  # whose a provider is of which only the name is told. Source: Terraform, provider source addresses
_LEGACY = "-"  # of a state that Terraform 0.12 wrote
_REMEDY = "name the provider of whom it is (hashicorp/…), or accept it by its path: gaps.accept in the policy"


_PLUGIN = re.compile(r"terraform-provider-([a-z0-9-]+?)(?:_.*)?(?:\.exe|\.zip)?")


def is_plugin(name: str) -> bool:
    """Whether a file is called as the program of a provider that readers know."""
    found = _PLUGIN.fullmatch(name)
    return found is not None and found[1] in _PUBLISHERS


def source_of(text: str) -> str:
    """The source address in what a state calls a provider: `module.a.provider["registry.terraform.io/hashicorp/aws"].west`."""
    found = _QUOTED.search(text)
    return found[1] if found else ""


def strangers(made: Iterable[tuple[str, str]], origin: Origin, unit: str) -> Iterator[Gap]:
    """A gap for each provider that has the types of a known one and is another. `made` are types, each with the source of its provider."""
    found: dict[str, set[str]] = {}
    for kind, source in made:
        if is_strange(kind, source):
            found.setdefault(source, set()).add(kind)
    for source, kinds in sorted(found.items()):
        what = f"{', '.join(sorted(kinds))}: made by the provider {uncredentialed(source)[:100]}, which no reader knows"
        yield Gap(Why.UNSUPPORTED, what, origin, _REMEDY, unit, tuple(sorted(kinds)), acceptable=True)


def is_strange(kind: str, source: str) -> bool:
    """Whether a type has the name of a known provider, and another one makes it."""
    if kind.partition("_")[0] not in _PUBLISHERS or not source:
        return False
    *host, namespace, name = (source if "/" in source else f"{_UNSAID}/{source}").lower().split("/")
    if host and "/".join(host) not in _REGISTRIES:
        return True
    return namespace != _LEGACY and _PUBLISHERS.get(name) != namespace
