"""The versions of a provider that a configuration runs with: as the lock file says, else as its constraints admit."""

from __future__ import annotations

from collections.abc import Iterator

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.files import Definition
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.syntax import parse_file
from cloudaudit.sources.terraform.versions import majors

_LOCK = ".terraform.lock.hcl"
_LOCK_BYTES = 1_000_000


def majors_of(module: Module, provider: str) -> tuple[int, int] | None:
    """The oldest and newest major version that it may be; None if nothing bounds it. A lock file decides before constraints."""
    locked = _locked(module.run, provider)
    if locked is not None:
        return locked
    texts: list[str] = []
    around: Module | None = module
    while around is not None:
        texts.extend(_constraints(around.definition, provider))
        around = around.parent
    return majors(texts)


def _locked(run: Run, provider: str) -> tuple[int, int] | None:
    """The version that `terraform init` chose for the root and wrote down. Source: Terraform, dependency lock file."""
    path = run.root / _LOCK
    if not path.exists():
        return None
    try:
        body = parse_file(run.library.text(path, _LOCK_BYTES).encode(), run.library.shown(path), run.library.bounds.nesting)
    except FileError:
        return None  # Terraform refuses it too; what the constraints admit still holds
    for block in body.blocks:
        version = block.body.attributes.get("version")
        if block.type == "provider" and block.labels and block.labels[0].rpartition("/")[2] == provider and version is not None:
            value = version.expression.value if isinstance(version.expression, nodes.Literal) else None
            return majors([f"= {value}"])
    return None


def _constraints(definition: Definition, provider: str) -> Iterator[str]:
    attributes = [body.attributes[provider].expression for body in _required(definition) if provider in body.attributes]
    required = attributes[-1] if attributes else None  # an override file comes last
    block = definition.providers.get((provider, ""))
    older = block.body.attributes.get("version") if block else None  # before Terraform 0.13
    for node in (required, _item(required, "version"), older.expression if older else None):
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            yield node.value


def _required(definition: Definition) -> Iterator[nodes.Body]:
    for block in definition.settings:
        yield from (inner.body for inner in block.body.blocks if inner.type == "required_providers")


def _item(node: nodes.Node | None, name: str) -> nodes.Node | None:
    items = node.items if isinstance(node, nodes.Object) else ()
    return next((value for key, value in items if isinstance(key, nodes.Literal) and key.value == name), None)
