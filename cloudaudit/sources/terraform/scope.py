"""Where a resource of a plan or a state lives: provider, account and region, from the values that it has."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from cloudaudit.model import Attr, Known, Scope, Unknown, Why
from cloudaudit.sources.terraform.document import as_text

Settings = Callable[[str], Attr[str | None]]
"""An argument of the provider that manages a resource, by name."""

_RUN = secrets.token_bytes(32)
NO_PLACE = frozenset({"alias", "version", "default_tags", "default_labels", "ignore_tags", "features", "max_retries", "retry_mode"})
"""Arguments of a provider that do not change the place where it works."""

PLACES = {"project": "account", "subscription_id": "account"}
"""What a provider calls the account that it works in."""

_PROVIDERS = {"aws": "aws", "awscc": "aws", "azurerm": "azure", "azuread": "azure", "azapi": "azure", "google": "gcp"}
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"), ("eusc-", "aws-eusc"))
# A Local Zone or a Wavelength Zone continues with a dash: eu-central-1-ham-1a lies in eu-central-1.
_ZONE = re.compile(r"^([a-z]{2}(?:-[a-z]+)+?-\d+)(?:[a-z]$|-)")
_AWS_ACCOUNT = re.compile(r"^\d{12}$")
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")


def configuration_of(provider: str, arguments: Mapping[str, Any]) -> str:
    """What identifies a provider configuration by its arguments. They hold secrets: only a hash under a key of this run leaves here."""
    text = msgspec.json.encode(arguments, enc_hook=str, order="deterministic")
    return f"{provider} {hashlib.blake2b(text, key=_RUN, digest_size=16).hexdigest()}"


def scope_of(kind: str, values: Mapping[str, Any], settings: Settings, configuration: str) -> Scope:
    """The scope of a resource of this Terraform type. What neither its values nor its provider tell is Unknown."""
    return msgspec.structs.replace(_placed(kind, values, settings), configuration=configuration)


def _placed(kind: str, values: Mapping[str, Any], settings: Settings) -> Scope:
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
    partition, arn_region, arn_account = _arn(values)
    account = _matched((arn_account, values.get("owner_id")), _AWS_ACCOUNT)
    region = as_text(values.get("region")) or arn_region or _matched((values.get("availability_zone"),), _ZONE)
    home = Known(region) if region else _left_to(values.get("region"), settings, "region")
    own = () if region else _own(values, region="region")
    return Scope("aws", Known(account) if account else settings("account"), home, partition or _partition(home), own=own)


def _arn(values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Partition, region and account of a resource's ARN; empty where it has none."""
    parts = as_text(values.get("arn")).split(":", 5)
    return (parts[1], parts[3], parts[4]) if len(parts) == 6 and parts[0] == "arn" else ("", "", "")


def _partition(region: Attr[str | None]) -> str | None:
    if isinstance(region, Unknown) or region.value is None:
        return None
    return next((partition for prefix, partition in _PARTITIONS if region.value.startswith(prefix)), "aws")


def told_by_others(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Mapping[tuple[str, str], str]:
    """What the ARNs of its other resources tell of an AWS provider: its "account" and "region", where all agree.

    `rows` are names of provider configurations, each with the values of one of its resources. One configuration works in one
    account, and in one region but for resources that state their own.
    """
    told: dict[tuple[str, str], set[str]] = {}
    for provider, values in rows:
        _, region, account = _arn(values)
        for name, value in (("region", region), ("account", account)):
            if provider and value:
                told.setdefault((provider, name), set()).add(value)
    return {place: next(iter(values)) for place, values in told.items() if len(values) == 1}


def _gcp(values: Mapping[str, Any], settings: Settings) -> Scope:
    project = as_text(values.get("project")) or _matched((values.get("self_link"), values.get("id")), _PROJECT)
    account = Known(project) if project else _left_to(values.get("project"), settings, "project")
    region, zone = values.get("region"), values.get("zone")
    home = _left_to(region, settings, "region") if isinstance(region, Unknown) else Known(as_text(region).rpartition("/")[2] or None)
    own = _own(values, region="region") if project else _own(values, project="account", region="region")
    return Scope("gcp", account, home, zone=_left_to(zone, settings, "zone") if isinstance(zone, Unknown) else Known(None), own=own)


def _own(values: Mapping[str, Any], **places: str) -> tuple[tuple[str, str], ...]:
    """The places that a resource says itself, though not known: a plan does not tell by which expression."""
    told = {place: values.get(name) for name, place in places.items()}
    return tuple((place, "") for place, value in told.items() if isinstance(value, Unknown) and value.why is not Why.UNSET)


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
