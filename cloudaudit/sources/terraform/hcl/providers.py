"""What a provider's configuration says about its resources: account, region, default tags."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from cloudaudit.model import Attr, Known, Origin, Scope, Unknown, Why
from cloudaudit.model.partial import NAMELESS, literal
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.blocks import Place, nested
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.marks import like
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.references import reference_text
from cloudaudit.sources.terraform.hcl.resources import DATA_ATTRIBUTES, Instance
from cloudaudit.sources.terraform.hcl.values import computed, is_unknown, unknown_of, unknowns_in
from cloudaudit.sources.terraform.hcl.versions import majors_of
from cloudaudit.sources.terraform.scope import NO_PLACE, configuration_of

_CLOUDS = {
    "aws": "aws",
    "awscc": "aws",
    "azurerm": "azure",
    "azuread": "azure",
    "azapi": "azure",
    "google": "gcp",
    "google-beta": "gcp",
}
_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/")
_GOOGLE = {
    "project": ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
    "region": ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "zone": ("GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"),
}
_ENVIRONMENT = {
    ("aws", "region"): ("AWS_REGION", "AWS_DEFAULT_REGION"),
    **{(name, setting): variables for name in ("google", "google-beta") for setting, variables in _GOOGLE.items()},
}
"""What a provider takes from the environment for an argument that is not set, first one first. Source: AWS and Google provider,
configuration."""

_TAGS = {"aws": ("default_tags", "tags", "tags_all"), "gcp": ("default_labels", "labels", "effective_labels")}
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"), ("eusc-", "aws-eusc"))


class Provider(msgspec.Struct, frozen=True):
    """One configuration of a provider, and the module in which it stands."""

    module: Module
    block: nodes.Block

    def value(self, name: str) -> Any:
        attribute = self.block.body.attributes.get(name)
        return attempt(attribute.expression, self.module.scope) if attribute else None


def provider_of(instance: Instance) -> tuple[str, Provider | None]:
    """The name of a resource's provider (`aws.west`) and its configuration, where there is one."""
    module = instance.scope.module
    assert isinstance(module, Module)
    meta = instance.block.body.attributes.get("provider")
    name = reference_text(meta.expression) if meta else ""
    name = name or instance.block.labels[0].partition("_")[0]
    return name, module.once(("provider", name), lambda: find_provider(module, name))


def find_provider(module: Module | None, name: str) -> Provider | None:
    """The configuration that a provider's name means in a module: passed to it, its own, or its caller's default."""
    while module is not None:
        passed = _passed(module, name)
        if passed:
            name = passed
        else:
            local, _, alias = name.partition(".")
            block = module.definition.providers.get((local, alias))
            if block is not None:
                return Provider(module, block)
            if alias:
                return None
        module = module.parent
    return None


def _passed(module: Module, name: str) -> str:
    attribute = module.source.body.attributes.get("providers") if module.source else None
    if attribute is None or not isinstance(attribute.expression, nodes.Object):
        return ""
    for key, value in attribute.expression.items:
        if (str(key.value) if isinstance(key, nodes.Literal) else reference_text(key)) == name:
            return reference_text(value)
    return ""


def scope_of(instance: Instance) -> Scope:
    """Where a resource will live."""
    name, provider = provider_of(instance)
    local = instance.block.labels[0].partition("_")[0]
    cloud = _CLOUDS.get(local, local)
    if cloud == "aws":
        region = _placed(instance, provider, name, "region")
        own = _own(instance, region="region")
        return Scope("aws", _aws_account(provider), region, _partition(region), _configuration(provider, name), own=own)
    if cloud == "azure":
        return Scope("azure", _setting(instance, provider, name, "subscription_id"), configuration=_configuration(provider, name))
    if cloud == "gcp":
        project, region, zone = (_placed(instance, provider, name, setting) for setting in ("project", "region", "zone"))
        own = _own(instance, project="account", region="region")
        return Scope("gcp", project, region, configuration=_configuration(provider, name), zone=zone, own=own)
    return Scope(cloud, configuration=_configuration(provider, name))


def _configuration(provider: Provider | None, name: str) -> str:
    """What identifies a provider's configuration: its arguments where all are known, so that two that are the same are one."""
    if provider is None:
        return f"{name} by the environment"
    block = provider.block
    if "for_each" in block.body.attributes:
        return ""  # OpenTofu: it is one of several, and which one is not followed
    return str(provider.module.once(("configuration", block.file, str(block.line)), lambda: _identified(provider)))


def arguments(provider: Provider) -> dict[str, Any]:
    """What a provider's configuration sets, but for what does not change the place where it works."""
    body = provider.block.body
    values = {key: provider.value(key) for key in sorted(body.attributes) if key not in NO_PLACE}
    for kind in sorted({inner.type for inner in body.blocks} - NO_PLACE):
        values[kind] = nested(body.blocks, kind, provider.module.scope, Place("", kind))
    return values


def _identified(provider: Provider) -> str:
    values = arguments(provider)
    if next(unknowns_in(values, provider.module.run.budget), None) is not None:
        return f"{provider.module.absolute('provider')} {provider.block.file}:{provider.block.line}"
    return configuration_of(provider.block.labels[0], values)


def provider_majors(instance: Instance) -> tuple[int, int] | None:
    """The major versions of its provider that a resource may have, where the configuration bounds them."""
    module = instance.scope.module
    assert isinstance(module, Module)
    name = provider_of(instance)[0].partition(".")[0]
    found: tuple[int, int] | None = module.once(("version", name), lambda: majors_of(module, name))
    return found


def _placed(instance: Instance, provider: Provider | None, name: str, setting: str) -> Attr[str | None]:
    own = _text(instance.declared(setting, None))
    return _setting(instance, provider, name, setting) if own is None else own


def _own(instance: Instance, **places: str) -> tuple[tuple[str, str], ...]:
    """The places that a resource says itself, each with its expression in its module; that of an instance is its own."""
    found: list[tuple[str, str]] = []
    for setting, place in places.items():
        attribute = instance.block.body.attributes.get(setting)
        if attribute is not None and _text(instance.declared(setting, None)) is not None:
            of_instance = any(one.root in {"count", "each", "self"} for one in nodes.traversals(attribute.expression))
            module = instance.scope.module
            assert isinstance(module, Module)
            found.append((place, f"{instance.address if of_instance else module.address} {attribute.expression!r}"))
    return tuple(found)


def _text(value: Any) -> Attr[str | None] | None:
    if value is None or value == "":
        return None
    if is_unknown(value):
        return unknown_of(value)
    return Known(value) if isinstance(value, str) else Unknown(Why.UNSUPPORTED, "not a text")


def _setting(instance: Instance, provider: Provider | None, name: str, setting: str) -> Attr[str | None]:
    value = _text(provider.value(setting)) if provider else None
    if value is not None:
        return value
    module = instance.scope.module
    assert isinstance(module, Module)
    for variable in _ENVIRONMENT.get((name.partition(".")[0], setting), ()):
        told = module.run.environment.get(variable)
        if told:
            return Known(told, Origin(attribute=setting, default=f"{variable} of the caller's environment"))
    detail = f'provider "{name}" sets no {setting}: the environment Terraform runs in decides; set it in the provider block'
    return Unknown(Why.UNRESOLVED, detail)


def _aws_account(provider: Provider | None) -> Attr[str | None]:
    """The account that a provider works in: the one that it allows, or that of the role that it assumes last."""
    assumed = _assumed(provider) if provider else ""
    if assumed:
        return Known(assumed)
    allowed = provider.value("allowed_account_ids") if provider else None
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str | int):
        return Known(like(allowed[0], str(allowed[0])))
    return Known(None)


def _assumed(provider: Provider) -> Any:
    roles = nested(provider.block.body.blocks, "assume_role", provider.module.scope, Place("", "assume_role"))
    last = roles[-1].get("role_arn") if isinstance(roles, list) and roles else None
    found = _ROLE.match(last) if isinstance(last, str) else None
    return like(last, found[1]) if found else ""


def _partition(region: Attr[str | None]) -> str | None:
    if isinstance(region, Unknown) or region.value is None:
        return None
    return next((partition for prefix, partition in _PARTITIONS if region.value.startswith(prefix)), "aws")


def with_default_tags(instance: Instance, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with the tags of the resource and those of its provider together under the provider's own name for that."""
    cloud = _CLOUDS.get(instance.block.labels[0].partition("_")[0], "")
    if cloud not in _TAGS:
        return values
    setting, own, together = _TAGS[cloud]
    _, provider = provider_of(instance)
    defaults = (
        provider.module.once(("tags", provider.block.file, str(provider.block.line)), lambda: _defaults(provider, setting))
        if provider
        else None
    )
    mine = values.get(own)
    if defaults is None and mine is None:
        return values
    return {**values, together: _union(defaults, mine)}


def _defaults(provider: Provider, setting: str) -> Any:
    if setting in provider.block.body.attributes:
        return provider.value(setting)
    blocks = nested(provider.block.body.blocks, setting, provider.module.scope, Place("", setting))
    if is_unknown(blocks):
        return blocks
    return blocks[0].get("tags") if blocks else None


def _union(defaults: Any, mine: Any) -> Any:
    for part in (mine, defaults):
        if is_unknown(part):
            return unknown_of(part)
    if not all(part is None or isinstance(part, dict) for part in (defaults, mine)):
        return Unknown(Why.UNRESOLVED, "the tags are not a map")
    return {**(defaults or {}), **(mine or {})}


def _known_or_computed(instance: Instance, name: str, found: Attr[str | None]) -> Any:
    if isinstance(found, Known):
        return found.value
    return computed(instance.address, name, found.why, found.detail)


def _from_provider(name: str, setting: str, *, also: str = "") -> Callable[[Instance], Any]:
    """What a data source tells of its provider, unless its own argument (`also` what that was called before) selects another."""

    def value(instance: Instance) -> Any:
        attributes = instance.block.body.attributes
        own = attributes.get(setting) or attributes.get(also)
        found = _text(attempt(own.expression, instance.scope)) if own else None
        if "endpoint" in attributes:
            return computed(instance.address, name, Why.UNRESOLVED, f"{instance.address} is selected by its endpoint")
        provider_name, provider = provider_of(instance)
        return _known_or_computed(instance, name, _setting(instance, provider, provider_name, setting) if found is None else found)

    return value


def _account_id(instance: Instance) -> Any:
    return _known_or_computed(instance, "account_id", _aws_account(provider_of(instance)[1]))


def _partition_of(instance: Instance) -> Any:
    name, provider = provider_of(instance)
    region = _setting(instance, provider, name, "region")
    return like(region.value, _partition(region)) if isinstance(region, Known) else _known_or_computed(instance, "partition", region)


def _key_ring_id(instance: Instance) -> Any:
    """The id of a key ring that a data source looks up: made of its arguments (source: Google provider, google_kms_key_ring)."""
    name, provider = provider_of(instance)
    project = _placed(instance, provider, name, "project")
    told = [project.value if isinstance(project, Known) else None, instance.declared("location", None), instance.declared("name", None)]
    parts = [literal(part) if isinstance(part, str) and part else NAMELESS for part in told]
    text = "projects/{}/locations/{}/keyRings/{}".format(*parts)
    if parts == told:
        return text
    missing = computed(instance.address, "id", Why.UNRESOLVED, f"{instance.address}.id is read from the cloud")
    return msgspec.structs.replace(missing, partial=text)


DATA_ATTRIBUTES.update(
    {
        **{("aws_region", name): _from_provider(name, "region", also="name") for name in ("name", "id", "region")},
        **{("aws_caller_identity", name): _account_id for name in ("account_id", "id")},
        ("aws_partition", "partition"): _partition_of,
        ("aws_partition", "id"): _partition_of,
        ("google_kms_key_ring", "id"): _key_ring_id,
        ("google_client_config", "project"): _from_provider("project", "project"),
        ("google_client_config", "region"): _from_provider("region", "region"),
        ("google_client_config", "zone"): _from_provider("zone", "zone"),
        ("azurerm_client_config", "subscription_id"): _from_provider("subscription_id", "subscription_id"),
        ("azurerm_subscription", "subscription_id"): _from_provider("subscription_id", "subscription_id"),
    }
)
