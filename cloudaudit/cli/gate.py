"""`cloudaudit gate`: audit Terraform before it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudaudit.cli.options import AuditOptions, audit_options, explicit_config, progress

if TYPE_CHECKING:
    from cloudaudit.against import Former
    from cloudaudit.cli.waivers import Waivers
    from cloudaudit.model import Collection, SourceKind
    from cloudaudit.policy import Check, Policy
    from cloudaudit.sources.terraform.hcl import Inputs


@click.command("gate", short_help="Audit Terraform: configurations, plans and states.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform input variable; repeatable.")
@click.option("--var-file", "var_files", multiple=True, type=click.Path(path_type=Path), help="A .tfvars file; repeatable.")
@click.option("--kind", type=click.Choice(["hcl", "plan", "state"]), help="What the paths are, where it cannot be told.")
@click.option("--against", metavar="REVISION|FILE", help="Block only on what got worse since a git revision or a JSON result.")
@click.option("--all", "block_on_all", is_flag=True, help="With --against: block on everything all the same.")
@click.option("--trust-repo-config", is_flag=True, help="Let cloudaudit.toml of the audited repository set the policy.")
@audit_options
def command(
    paths: tuple[Path, ...],
    variables: tuple[str, ...],
    var_files: tuple[Path, ...],
    kind: str | None,
    against: str | None,
    audit: AuditOptions,
    *,
    block_on_all: bool,
    trust_repo_config: bool,
) -> int:
    """Audit Terraform configurations (folders), plans and states (JSON files).

    Nothing of the audited repository is run, and nothing in it can loosen the policy unless --trust-repo-config is given.
    """
    from cloudaudit.cli.assess import assess
    from cloudaudit.cli.waivers import callers, with_repositories
    from cloudaudit.model import SourceKind

    for path in (*paths, *var_files):
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder")
    discovered = None if explicit_config(audit.config) else _discovered_config(paths, trusted=trust_repo_config)
    policy = audit.policy(discovered).policy
    checks = audit.checks()
    named = callers(audit.waivers, audit.today, policy)
    heeded = with_repositories(named, [(path, _repository(path)) for path in paths], _shown)
    inputs, source = _inputs(variables, var_files), SourceKind(kind) if kind else None
    former = _earlier(against, paths, inputs, source, named, checks, policy) if against else None
    collections = configurations(paths, inputs, source)
    return audit.report(assess("gate", collections, checks, policy, heeded, former, block_on_all=block_on_all))


def _discovered_config(paths: tuple[Path, ...], *, trusted: bool) -> Path | None:
    """The user's own configuration file. One in or around the working directory may belong to what is audited, so it needs trust."""
    from cloudaudit.policy.load import find, users_own

    nearest = find(Path.cwd())
    if trusted:
        return nearest or find(paths[0].resolve())
    own = users_own()
    if nearest != own:
        click.echo(f"cloudaudit: {nearest} is not used: see --config and --trust-repo-config", err=True)
    return own


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


def _earlier(
    against: str,
    paths: tuple[Path, ...],
    inputs: Inputs,
    kind: SourceKind | None,
    named: Waivers,
    checks: list[Check],
    policy: Policy,
) -> Former:
    """The earlier files are read, named and waived as the present ones are: what says the same then and now is the same."""
    from cloudaudit.cli.earlier import earlier
    from cloudaudit.cli.waivers import with_repositories

    repository = _repository(paths[0])

    def shown(root: Path, path: Path) -> str:
        return _shown(repository / path.resolve().relative_to(root))

    def read(root: Path, inside: Sequence[Path]) -> Iterator[Collection]:
        return configurations(inside, inputs, kind, root, partial(shown, root))

    def heed(root: Path, inside: Sequence[Path]) -> Waivers:
        return with_repositories(named, [(path, root) for path in inside], partial(shown, root), repository)

    return earlier(against, repository, paths, read, heed, checks, policy)


def configurations(
    paths: Sequence[Path],
    inputs: Inputs,
    kind: SourceKind | None,
    within: Path | None = None,
    shown: Callable[[Path], str] | None = None,
) -> Iterator[Collection]:
    """What each path holds: one collection per Terraform root, plan or state.

    Units are named by their place in `within`, the repository of the path if it is not given; `shown` names files.
    """
    from cloudaudit import plugins
    from cloudaudit.sources.terraform.paths import collect

    for path in dict.fromkeys(_root(path) for path in paths):
        progress(f"reading {path}")
        yield from collect(
            path,
            shown=shown or _shown,
            unit_of=partial(_within, within or _repository(path)),
            inputs=inputs,
            wanted=plugins.wanted,
            kind=kind,
            boundary=within,
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
