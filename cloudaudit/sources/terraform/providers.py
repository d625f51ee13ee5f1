"""The arguments of the provider that manages a resource of a plan: its region, its project, its subscription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cloudaudit.model import Attr, Doubt, Known, Unknown, Why
from cloudaudit.sources.terraform.document import as_mapping, as_text
from cloudaudit.sources.terraform.instances import Instance, module_path
from cloudaudit.sources.terraform.links import Links, references
from cloudaudit.sources.terraform.redaction import HIDDEN, is_secret_variable
from cloudaudit.sources.terraform.scope import NO_PLACE, Settings, configuration_of
from cloudaudit.sources.terraform.versions import majors


class Providers:
    """The provider configurations of one plan."""

    def __init__(self, document: Mapping[str, Any], links: Links) -> None:
        configuration = as_mapping(document.get("configuration"))
        self._configured = as_mapping(configuration.get("provider_config"))
        self._declared = as_mapping(as_mapping(configuration.get("root_module")).get("variables"))
        self._given = as_mapping(document.get("variables"))
        self._links = links
        self._majors: dict[str, tuple[int, int] | None] = {}
        self._identities: dict[str, str] = {}
        self._known: dict[tuple[str, str, str], Attr[str | None]] = {}
        self._resting: set[tuple[str, str, str]] = set()

    def key(self, instance: Instance) -> str:
        """The name of the provider configuration of this resource; empty where the plan does not tell."""
        return as_text(as_mapping(self._links.resource(instance)).get("provider_config_key"))

    def configuration(self, instance: Instance) -> str:
        """What identifies the provider configuration of this resource: its arguments, as the plan writes them."""
        key = self.key(instance)
        if key not in self._identities:
            self._identities[key] = self._identity(key)
        return self._identities[key]

    def majors(self, instance: Instance) -> tuple[int, int] | None:
        """The major versions that the constraints of the resource's provider admit, of all modules together: one version runs."""
        key = self.key(instance) or instance.type.partition("_")[0]
        if key not in self._majors:
            names = (key, key.partition(".")[0])
            full = {as_text(as_mapping(self._configured.get(name)).get("full_name")) for name in names} - {""}
            entries = [as_mapping(entry) for name, entry in self._configured.items() if name in names]
            entries += [item for entry in self._configured.values() if as_text((item := as_mapping(entry)).get("full_name")) in full]
            texts = (as_text(entry.get("version_constraint")) for entry in entries)
            self._majors[key] = majors(text for text in texts if text)
        return self._majors[key]

    def _identity(self, key: str) -> str:
        configured = as_mapping(self._configured.get(key))
        expressions = {name: node for name, node in as_mapping(configured.get("expressions")).items() if name not in NO_PLACE}
        if not configured or b'"references"' in msgspec.json.encode(expressions):
            return key
        return configuration_of(as_text(configured.get("name")), expressions)

    def settings(self, instance: Instance, told: Mapping[tuple[str, str], str], probable: list[str]) -> Settings:
        """The arguments of the provider of this resource; its account only as `told` by others of its resources.

        Those that are asked for and of which the plan tells only what they rest on are added to `probable`.
        """
        key = self.key(instance)
        provider = instance.type.partition("_")[0]

        def setting(name: str) -> Attr[str | None]:
            place = (instance.module, key or provider, name)
            if place not in self._known:
                self._known[place], rests = self._setting(instance.module, key, name)
                self._resting |= {place} if rests else set()
            known = self._known[place]
            if known == Known(None) and (key, name) in told:
                return Known(told[key, name])
            if place in self._resting:
                probable.append(name)
            why = Why.UNPROVEN if place in self._resting else Why.UNRESOLVED
            missing: Doubt = Unknown(why, f'the {name} of provider "{key or provider}" is not in the plan')
            return missing if known == Known(None) else known

        return setting

    def _setting(self, module: str, key: str, name: str) -> tuple[Attr[str | None], bool]:
        """The value of an argument, and whether the plan tells only what it rests on."""
        for configured in self._candidates(module, key):
            expression = as_mapping(as_mapping(configured.get("expressions")).get(name))
            if "module_address" not in configured and references(expression):
                rested = self._variable(references(expression))
                return rested, isinstance(rested, Known)
            if expression:
                return Known(as_text(expression.get("constant_value")) or None), False
        return Known(None), False

    def _variable(self, names: tuple[str, ...]) -> Attr[str | None]:
        """The value of a root variable, where an expression names nothing else. Which function it may pass through, no plan says."""
        scope, _, name = names[0].partition(".")
        if scope != "var" or len(names) > 1:
            return Known(None)
        given = as_text(as_mapping(self._given.get(name)).get("value"))
        if is_secret_variable(name, given, as_mapping(self._declared.get(name))):
            return HIDDEN
        return Known(given or None)

    def _candidates(self, module: str, key: str) -> Iterator[Mapping[str, Any]]:
        """The configurations that can hold, nearest first.

        Since Terraform 1.1 the key names the very configuration. Before, it named the module and the provider's local name
        (`s3:aws`): then the modules around it are asked, and the root, unless an alias could have been passed instead.
        """
        if key in self._configured:
            yield as_mapping(self._configured[key])
        module_part, separator, local = key.rpartition(":")
        if not separator or module_part.startswith("module."):
            return
        names = [name for name, _ in module_path(module)]
        for depth in range(len(names), 0, -1):
            yield as_mapping(self._configured.get(".".join(f"module.{name}" for name in names[:depth]) + f":{local}"))
        if "." not in local and not any(other.startswith(f"{local}.") for other in self._configured):
            yield as_mapping(self._configured.get(local))
