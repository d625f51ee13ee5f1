"""Where a resource of a plan or a state lives: provider, account and region, from the values that it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cloudaudit.model import Attr, Known, Scope, Unknown, Why
from cloudaudit.sources.terraform.document import as_text

Settings = Callable[[str], Attr[str | None]]
"""An argument of the provider that manages a resource, by name."""

_PROVIDERS = {"aws": "aws", "azurerm": "azure", "azuread": "azure", "azapi": "azure", "google": "gcp"}
# A Local Zone or a Wavelength Zone continues with a dash: eu-central-1-ham-1a lies in eu-central-1.
_ZONE = re.compile(r"^([a-z]{2}(?:-[a-z]+)+?-\d+)(?:[a-z]$|-)")
_AWS_ACCOUNT = re.compile(r"^\d{12}$")
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")


def scope_of(kind: str, values: Mapping[str, Any], settings: Settings) -> Scope:
    """The scope of a resource of this Terraform type. What neither its values nor its provider tell is Unknown."""
    prefix = kind.partition("_")[0]
    provider = _PROVIDERS.get(prefix, prefix)
    if provider == "aws":
        return _aws(values, settings)
    if provider == "azure":
        subscription = _matched((values.get("id"),), _SUBSCRIPTION)
        return Scope(provider, Known(subscription) if subscription else settings("subscription_id"), Known(None))
    if provider == "gcp":
        return _gcp(values, settings)
    return Scope(provider)


def _aws(values: Mapping[str, Any], settings: Settings) -> Scope:
    arn = values.get("arn")
    parts = arn.split(":", 5) if isinstance(arn, str) and arn.startswith("arn:") else []
    _, partition, _, arn_region, arn_account, _ = parts if len(parts) == 6 else [""] * 6
    account = _matched((arn_account, values.get("owner_id")), _AWS_ACCOUNT)
    region = as_text(values.get("region")) or arn_region or _matched((values.get("availability_zone"),), _ZONE)
    return Scope(
        "aws",
        Known(account) if account else settings("account"),
        Known(region) if region else _left_to(values.get("region"), settings, "region"),
        partition or None,
    )


def _gcp(values: Mapping[str, Any], settings: Settings) -> Scope:
    project = as_text(values.get("project")) or _matched((values.get("self_link"), values.get("id")), _PROJECT)
    account = Known(project) if project else _left_to(values.get("project"), settings, "project")
    region = values.get("region")
    if isinstance(region, Unknown):
        return Scope("gcp", account, _left_to(region, settings, "region"))
    return Scope("gcp", account, Known(as_text(region).rpartition("/")[2] or None))


def _left_to(value: Any, settings: Settings, name: str) -> Attr[str | None]:
    if isinstance(value, Unknown) and value.why is not Why.UNSET:
        return value
    return settings(name)


def _matched(values: tuple[Any, ...], pattern: re.Pattern[str]) -> str:
    for value in values:
        found = pattern.search(value) if isinstance(value, str) else None
        if found is not None:
            return found[1] if pattern.groups else found[0]
    return ""
