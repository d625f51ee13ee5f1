"""What lies below a folder: the folders with Terraform in them, and what else could change what is applied, told by its weight."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl import terragrunt
from cloudaudit.sources.terraform.hcl.absent import absent, matters
from cloudaudit.sources.terraform.hcl.files import FETCHED_INTO, Library, is_terraform, is_tofu, sorted_files
from cloudaudit.sources.terraform.hcl.requirements import sources
from cloudaudit.sources.terraform.publishers import is_plugin, is_strange

_STACKS = (".tfcomponent.hcl", ".tfstack.hcl", ".tfdeploy.hcl")
_TESTS = (".tftest.hcl", ".tftest.json", ".tfmock.hcl")
_TERRAGRUNT_STACK = "terragrunt.stack.hcl"
_NEVER = frozenset({".git"})
_VENDORED = "terraform.d"
"""Where Terraform looks for providers before it asks a registry. Source: Terraform, implied local mirror directories."""


class Aside(msgspec.Struct, frozen=True):
    """A file or folder that is not read. It weighs if it could change what is judged; a `beside` file does so beside a root alone.

    `content` stands for what it holds: with another one, it hides something else.
    """

    place: Path
    why: str
    weighs: bool
    beside: bool = False
    content: str = ""


class Survey(msgspec.Struct, frozen=True):
    """The folders with Terraform files, each with these in order, the names of all that lies there, and what is not read."""

    folders: dict[Path, list[Path]]
    names: dict[Path, list[str]]
    asides: list[Aside]


def survey(top: Path, library: Library) -> Survey:
    """Look through a folder without following links. A folder that cannot be listed counts as one with Terraform in it."""
    found = Survey({}, {}, [])
    links: list[Path] = []
    repositories = [library.boundary]
    pending = [top.resolve()]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:
            found.folders[folder] = []
            continue
        names = [entry.name for entry in entries]
        terraform = [folder / name for name in names if is_terraform(name)]
        if terraform:
            found.folders[folder] = sorted_files(terraform)
            found.names[folder] = names
        found.asides.extend(_files(folder, names, library))
        below, hidden = _folders(entries, links)
        found.asides.extend(aside for path in hidden for aside in _hidden(path, library))
        found.asides.extend(aside for path in (*below, *hidden) for aside in _plugins(path, library))
        if ".git" in names and folder != library.boundary:
            repositories.append(folder)
        pending.extend(reversed(below))
    found.asides.extend(aside for link in links for aside in _link(link, found, library))
    for repository in repositories:
        found.asides.extend(Aside(place, why, weighs=True, content=held) for place, why, held in absent(repository, top.resolve()))
    return found


def _folders(entries: list[os.DirEntry[str]], links: list[Path]) -> tuple[list[Path], list[Path]]:
    """The folders to look through, and the hidden ones. Links are collected."""
    below: list[Path] = []
    hidden: list[Path] = []
    for entry in entries:
        if entry.is_symlink():
            links.append(Path(entry.path))
        elif entry.is_dir(follow_symlinks=False) and entry.name not in _NEVER:
            tools = entry.name.startswith(".") or entry.name == "node_modules"
            (hidden if tools else below).append(Path(entry.path))
    return below, hidden


def _hidden(folder: Path, library: Library) -> Iterator[Aside]:
    """A folder that is not looked through. Terraform can be applied there too, but not in what `terraform init` fetched."""
    content = _held(folder, library)
    if folder.name == FETCHED_INTO and not library.is_committed(folder):
        yield Aside(folder, "what `terraform init` fetched: read as far as it is called", weighs=False)
    elif content:
        what = (
            "what is committed where `terraform init` fetches to" if folder.name == FETCHED_INTO else "a hidden folder with Terraform files"
        )
        yield Aside(folder, f"{what} is not looked through", weighs=True, content=content)
    elif folder.name == "node_modules":
        yield Aside(folder, "packages, without Terraform files", weighs=False)


def _plugins(folder: Path, library: Library) -> Iterator[Aside]:
    """Providers that are committed where Terraform takes them from: whoever wrote them says what a resource becomes."""
    if folder.name != _VENDORED and not (folder.name == FETCHED_INTO and library.is_committed(folder)):
        return
    paths = sorted(path for path in folder.rglob("terraform-provider-*") if is_plugin(path.name) and library.is_applied(path))
    if paths:
        told = [(path.relative_to(folder), path.lstat().st_size, digest(path, library.boundary)) for path in paths]
        held = digest_of(*(f"{place} {size} {content}" for place, size, content in told))  # one that is too large has no digest
        yield Aside(folder, "a provider of the repository's own takes the place of a known one", weighs=True, beside=True, content=held)


def _held(top: Path, library: Library) -> str:
    """What the Terraform files below a folder hold, in short; empty if there are none."""
    found: list[str] = []
    some = False
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if name != FETCHED_INTO or library.is_committed(Path(folder, name)))
        some = some or any(map(_is_applied, files))
        for path in (Path(folder, name) for name in sorted(files) if matters(name)):
            found += (str(path.relative_to(top)), digest(path, library.boundary))
    return digest_of(*found) if some else ""


def _is_applied(name: str) -> bool:
    """Whether something can be applied where such a file lies: Terraform's own, Terragrunt's, a stack."""
    return is_terraform(name) or name in terragrunt.TERRAGRUNT or name == _TERRAGRUNT_STACK or name.endswith(_STACKS)


def _link(link: Path, found: Survey, library: Library) -> Iterator[Aside]:
    """A link to a folder is not followed: what it leads to counts where it lies, if that is looked through."""
    try:
        if not link.is_dir():
            return
        target = link.resolve()
        names = [path.name for path in target.iterdir()]
    except (OSError, RuntimeError):
        return
    if target in found.folders:
        yield Aside(link, f"a link to {library.shown(target)}, which is read where it lies", weighs=False)
    elif any(map(_is_applied, names)):
        content = _held(target, library) if target.is_relative_to(library.boundary) else ""
        yield Aside(link, "a link to a folder with Terraform files is not followed", weighs=True, content=content)


def _files(folder: Path, names: list[str], library: Library) -> Iterator[Aside]:
    for name in names:
        path = folder / name
        if name.endswith(_TESTS):
            yield Aside(path, "tests of Terraform: nothing of them is applied for good", weighs=False)
        elif name.endswith(_STACKS):
            weighs = _has(path, library, {"component", "deployment"})
            why = "a stack: its components are not read" if weighs else "a stack without components"
            yield Aside(path, why, weighs=weighs)
        elif name == _TERRAGRUNT_STACK:
            yield Aside(path, "a stack of Terragrunt: the units that it makes are not read", weighs=True)
        elif name in terragrunt.TERRAGRUNT:
            yield _terragrunt(path, library)
        elif is_tofu(name) and not _has(path, library, None):
            body = terragrunt.body_of(path, library)
            strange = body is not None and any(is_strange(f"{local}_", source) for local, source in sources(body))
            why = "OpenTofu's own settings, which name the provider of another publisher" if strange else "OpenTofu's own settings"
            yield Aside(path, why, weighs=strange)


def _terragrunt(path: Path, library: Library) -> Aside:
    found = terragrunt.added(path, library)
    if found is None:
        return Aside(path, "settings of Terragrunt", weighs=False)
    return Aside(path, found.why, weighs=True, beside=found.beside, content=found.content)


def _has(path: Path, library: Library, types: set[str] | None) -> bool:
    """Whether a file has blocks of some types; without these, anything but a `terraform` block. One that does not parse may."""
    body = terragrunt.body_of(path, library)
    if body is None:
        return True
    if types is None:
        return bool(body.attributes) or any(block.type != "terraform" for block in body.blocks)
    return any(block.type in types for block in body.blocks)
