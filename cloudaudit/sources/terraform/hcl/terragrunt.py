"""Terragrunt beside a root: what it adds is not read, and where it keeps the state is compared alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from cloudaudit.sources.terraform.document import digest, digest_of
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.definitions import said
from cloudaudit.sources.terraform.hcl.files import Library
from cloudaudit.sources.terraform.hcl.named_files import held_by
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.syntax import parse_file

TERRAGRUNT = frozenset({"terragrunt.hcl", "terragrunt.hcl.json"})
_SETTINGS = frozenset({"catalog", "dependencies", "errors", "feature", "locals", "remote_state"})
_SETTING = re.compile(
    "terra(grunt|form)_version_constraint|terraform_binary|download_dir|prevent_destroy|skip|iam_(role|web_identity_token|assume_role_.*)"
    "|retry.*|remote_state"
)
"""What changes neither what Terragrunt applies nor with which values. Source: Terragrunt's reference, blocks and attributes."""
_PLACE = re.compile("remote_state|locals|iam_.*")
"""Of these, what says where the state is kept and as whom it is applied; `locals` are what the others are made of."""
_READS = re.compile("find_in_parent_folders|read_t|file|run_cmd")
_INCLUDED = (".hcl", ".hcl.json", ".tfvars", ".tfvars.json", ".json", ".yaml", ".yml")


class Added(msgspec.Struct, frozen=True):
    """Why a file of Terragrunt could change what is judged, and what stands for its content. `beside`: only what is applied there."""

    why: str
    content: str
    beside: bool = False


def added(path: Path, library: Library) -> Added | None:
    """What a file of Terragrunt adds; None if it holds settings alone."""
    body = body_of(path, library)
    if body is None or any(block.type == "terraform" and "source" in block.body.attributes for block in body.blocks):
        return Added("what Terragrunt applies is not read: it may be another source, with inputs of its own", _included(path, library))
    if not all(map(_SETTING.fullmatch, body.attributes)) or any(block.type not in _SETTINGS for block in body.blocks):
        why = "what Terragrunt adds (inputs, arguments, files, what it includes) is not read"
        return Added(why, _included(path, library), beside=True)
    return None


def place(folder: Path, library: Library) -> str:
    """What the settings of Terragrunt say of where a folder's state is kept and as whom it is applied; empty if nothing."""
    body = body_of(folder / "terragrunt.hcl", library)
    if body is None:
        return ""
    texts = [f"{name} {attribute.expression!r}" for name, attribute in sorted(body.attributes.items()) if _PLACE.fullmatch(name)]
    texts += [said(block) for block in body.blocks if _PLACE.fullmatch(block.type)]
    read = any(map(_READS.search, texts))
    return digest_of(*texts, _included(folder / "terragrunt.hcl", library, texts) if read else "") if texts else ""


def body_of(path: Path, library: Library) -> nodes.Body | None:
    """What a file that is not Terraform's holds, in the same language; None if it cannot be told."""
    try:
        if path.suffix == ".json":
            return None
        text = library.text(path, library.bounds.hcl_bytes)
        return parse_file(text.encode(), library.shown(path), library.bounds.nesting)
    except FileError:
        return None


def _may_include(file: Path, library: Library) -> bool:
    return file.name.endswith(_INCLUDED) and file.is_file() and library.is_applied(file.resolve())


def _included(path: Path, library: Library, texts: Sequence[str] = ()) -> str:
    """What may be included: the configuration in the folders around, and the files that texts name, from any of these.

    Without texts those of the whole file. What lies in a folder that it names is Terraform's, and judged where it lies.
    """
    around = [folder for folder in path.parents if folder.is_relative_to(library.boundary)]
    files = [file for folder in around for file in sorted(folder.iterdir()) if _may_include(file, library)]
    named = held_by(texts or _text(path, library), around, path.parent, library, folders=False)
    return digest_of(*(text for file in files for text in (str(file.relative_to(library.boundary)), digest(file, library.boundary))), named)


def _text(path: Path, library: Library) -> list[str]:
    try:
        return [library.text(path, library.bounds.hcl_bytes)]
    except FileError:
        return []
