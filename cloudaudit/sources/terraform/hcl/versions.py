"""The versions of a provider that a configuration runs with: as the lock file says, else as its constraints admit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.requirements import item, maker_of, required, requirement, written_source
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.syntax import parse_file
from cloudaudit.sources.terraform.versions import majors

_LOCK = ".terraform.lock.hcl"
_LOCK_BYTES = 1_000_000


def majors_of(module: Module, provider: str) -> tuple[int, int] | None:
    """The oldest and newest major version that a module's provider may be; None if nothing bounds it.

    One version runs for the whole root: the lock file says which, else the constraints of all its modules together, whatever each calls
    the provider. Source: Terraform, Provider Requirements and Dependency Lock File.
    """
    source = _source(module.definition, provider)
    locked = _locked(module.run, source)
    if locked is not None:
        return locked
    root = module
    while root.parent is not None:
        root = root.parent
    admitted: dict[str, list[str]] = root.once(("constraints",), lambda: _admitted(root))
    return majors(admitted.get(source, ()))


def makers(modules: Iterable[Module], wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The types of resources that modules declare and readers take, each with the source of its provider as it is written."""
    for module in modules:
        for (kind, _), block in module.definition.resources.items() if module.definition.settings else ():
            written = maker_of(block, module.definition) if wanted(kind) else None
            if written is not None:
                yield kind, written


def _admitted(root: Module) -> dict[str, list[str]]:
    """The constraints of a root and of all modules that it calls, by the provider's source."""
    found: dict[str, list[str]] = {}
    seen: set[Path] = set()
    waiting = [root]
    while waiting:
        module = waiting.pop()
        definition = module.definition
        if definition.folder in seen:
            continue
        seen.add(definition.folder)
        names = {name for body in required(definition) for name in body.attributes} | {name for name, _ in definition.providers}
        for name in sorted(names):
            found.setdefault(_source(definition, name), []).extend(_constraints(definition, name))
        waiting.extend(child for call in definition.modules if (child := module.uninstantiated(call)) is not None)
    return found


def _source(definition: Definition, name: str) -> str:
    """The source address that a module's local name of a provider means, as `namespace/type`; HashiCorp's where none is written."""
    text = written_source(definition, name) or name
    return _short(text if "/" in text else f"hashicorp/{text}")


def _short(address: str) -> str:
    return "/".join(address.lower().split("/")[-2:])


def _locked(run: Run, source: str) -> tuple[int, int] | None:
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
        if block.type == "provider" and block.labels and _short(block.labels[0]) == source and version is not None:
            value = version.expression.value if isinstance(version.expression, nodes.Literal) else None
            return majors([f"= {value}"])
    return None


def _constraints(definition: Definition, provider: str) -> Iterator[str]:
    required = requirement(definition, provider)
    block = definition.providers.get((provider, ""))
    older = block.body.attributes.get("version") if block else None  # before Terraform 0.13
    for node in (required, item(required, "version"), older.expression if older else None):
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            yield node.value
