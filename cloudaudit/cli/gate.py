"""`cloudaudit gate`: audit Terraform before it is applied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudaudit.cli.options import effective_policy, explicit_config, parsed_formats, progress, report_options, selected_checks, write

if TYPE_CHECKING:
    from cloudaudit.model import Collection, SourceKind
    from cloudaudit.sources.terraform.hcl import Inputs


@click.command("gate", short_help="Audit Terraform: configurations, plans and states.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform input variable; repeatable.")
@click.option("--var-file", "var_files", multiple=True, type=click.Path(path_type=Path), help="A .tfvars file; repeatable.")
@click.option("--kind", type=click.Choice(["hcl", "plan", "state"]), help="What the paths are, where it cannot be told.")
@click.option("--trust-repo-config", is_flag=True, help="Let cloudaudit.toml of the audited repository set the policy.")
@report_options
def command(
    paths: tuple[Path, ...],
    variables: tuple[str, ...],
    var_files: tuple[Path, ...],
    kind: str | None,
    formats: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str | None,
    max_unknown: int | None,
    config: Path | None,
    color: str,
    *,
    trust_repo_config: bool,
    verbose: bool,
) -> int:
    """Audit Terraform configurations (folders), plans and states (JSON files).

    Nothing of the audited repository is run, and nothing in it can loosen the policy unless --trust-repo-config is given.
    """
    from cloudaudit.cli.assess import assess
    from cloudaudit.model import SourceKind

    for path in (*paths, *var_files):
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder")
    pairs = parsed_formats(formats)
    config = explicit_config(config) or _discovered_config(paths, trusted=trust_repo_config)
    effective = effective_policy(config, fail_on, max_unknown)
    checks = selected_checks(only, skip)
    collections = configurations(paths, _inputs(variables, var_files), SourceKind(kind) if kind else None)
    result = assess("gate", collections, checks, effective.policy)
    write(result, pairs, verbose=verbose, color=color)
    return result.exit_code


def _discovered_config(paths: tuple[Path, ...], *, trusted: bool) -> Path | None:
    """The nearest configuration file, unless it belongs to what is audited: that may not judge itself."""
    from cloudaudit.policy.load import find

    found = find(Path.cwd()) or (find(paths[0].resolve()) if trusted else None)
    if found is None or trusted:
        return found
    audited = {_repository(path) for path in paths}
    if any(found.resolve().is_relative_to(root) for root in audited):
        note = f"{found} is part of what is audited and not used: see --config and --trust-repo-config"
        click.echo(f"cloudaudit: {note}", err=True)
        return None
    return found


def _repository(path: Path) -> Path:
    """The git repository that a path belongs to; without one, the working directory or the path's own folder."""
    resolved = path.resolve()
    folder = resolved if resolved.is_dir() else resolved.parent
    repository = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    return repository or (Path.cwd() if resolved.is_relative_to(Path.cwd()) else folder)


def _inputs(variables: tuple[str, ...], var_files: tuple[Path, ...]) -> Inputs:
    import os

    from cloudaudit.sources.terraform.hcl import Inputs

    values = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f'--var "{text}": expected NAME=VALUE')
        values[name] = value
    return Inputs(values, var_files, os.environ)


def configurations(paths: tuple[Path, ...], inputs: Inputs, kind: SourceKind | None) -> Iterator[Collection]:
    """What each path holds: one collection per Terraform root, plan or state."""
    from cloudaudit import plugins
    from cloudaudit.sources.terraform.paths import collect

    for path in dict.fromkeys(_root(path) for path in paths):
        root = _repository(path)
        progress(f"reading {path}")
        yield from collect(
            path,
            shown=_shown,
            unit_of=partial(_within, root),
            inputs=inputs,
            wanted=plugins.wanted,
            kind=kind,
        )


def _root(path: Path) -> Path:
    """A Terraform file stands for its folder: what names files, such as pre-commit, audits each root once."""
    return path.parent if path.is_file() and path.name.endswith((".tf", ".tf.json", ".tfvars")) else path


def _within(root: Path, path: Path) -> str:
    """A unit's name: its place in its repository, the same wherever that is checked out."""
    return _relative(path.resolve(), root)


def _shown(path: Path) -> str:
    """A file as a reader of the report would open it: from the working directory where possible."""
    return _relative(path.resolve(), Path.cwd())


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
