"""Where what is declared will stand: the state of a root, the configuration of a provider. With another one it is something else."""

from __future__ import annotations

import json
from typing import Any

from cloudaudit.model import Origin
from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl import nodes, terragrunt
from cloudaudit.sources.terraform.hcl.backend_settings import files_of_settings
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.providers import Provider, arguments, provider_of
from cloudaudit.sources.terraform.hcl.resources import Instance
from cloudaudit.sources.terraform.hcl.rests import files_of, looked_up
from cloudaudit.sources.terraform.hcl.sourcing import KEY, comparable

_STATE = frozenset({"backend", "cloud"})
_CONDUCT = ("skip_", "allowed_", "forbidden_", "use_fips", "user_project_override", "request_", "storage_use", "resource_provider_reg")
"""How a provider goes about its work, by the beginnings of its arguments: they lead it nowhere else."""


def state_of(root: Module) -> str:
    """What identifies the place of a root's state, as far as files tell. `terraform init` can be given more of it.

    OpenTofu lets it be made of variables and locals: with other values the same words mean another place.
    """
    run = root.run
    blocks = [inner for block in root.definition.settings for inner in block.body.blocks if inner.type in _STATE]
    texts = [text for block in blocks for text in (said(block), json.dumps(_values(block.body, root), sort_keys=True, default=str))]
    if texts:
        of_tofu = sorted(path for path in run.root.glob("*.tofu") if run.library.is_applied(path.resolve()))
        files = [*files_of_settings(run.root, run.library), *of_tofu]
        texts += [f"{path.name} {digest(path, run.library.boundary)}" for path in files]
    return digest_of(*texts, terragrunt.place(run.root, run.library))


def _values(body: nodes.Body, module: Module) -> dict[str, Any]:
    values = {name: comparable(attempt(attribute.expression, module.scope), KEY) for name, attribute in body.attributes.items()}
    return {**values, "": [[inner.type, _values(inner.body, module)] for inner in body.blocks]}


def place_of(instance: Instance) -> str:
    """What identifies where the provider of a resource works."""
    name, provider = provider_of(instance)
    if provider is None:
        return f"{name.partition('.')[0]} by the environment"
    return configured(provider)


def configured(provider: Provider) -> str:
    """What identifies where a provider works, by its arguments; of those that are not known, by what they rest on."""
    block = provider.block
    return str(provider.module.once(("place", block.file, str(block.line)), lambda: _configured(provider)))


def _configured(provider: Provider) -> str:
    values = {key: value for key, value in arguments(provider).items() if value is not None and not key.startswith(_CONDUCT)}
    module, block = provider.module, provider.block
    name = block.labels[0]
    if not values:
        return f"{name} by the environment"
    attributes = {key: attribute for key, attribute in block.body.attributes.items() if key in values}
    body = nodes.Body(attributes, tuple(inner for inner in block.body.blocks if inner.type in values))
    behind = looked_up(nodes.expressions_of(body), module)
    told = [comparable(values, KEY), behind.values]
    # A region or a profile may be called as a folder is, without meaning it.
    files = (files_of(told[0], module, folders=False), files_of(behind.values, module))
    return f"{name} {digest_of(json.dumps(told, sort_keys=True, default=str), *behind.said, *files)}"


def configurations(module: Module) -> dict[str, str]:
    """The places of the providers that a module configures, each by what can be no address."""
    found = module.definition.providers.items()
    return {f"provider {Origin(block.file, block.line)}": configured(Provider(module, block)) for _, block in found}
