"""`cloudaudit gate`: audit Terraform before it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cloudaudit.cli.options import AuditOptions, audit_options, explicit_config, progress

if TYPE_CHECKING:
    from cloudaudit.against import Former
    from cloudaudit.cli.places import Tree, Units
    from cloudaudit.cli.waivers import Waivers
    from cloudaudit.model import Collection, SourceKind
    from cloudaudit.policy import Check, Policy
    from cloudaudit.sources.terraform.hcl import Inputs


_ORDER = "cloudaudit.gate.order"


class _InOrder(click.Command):
    """Notes in which order `--var` and `--var-file` are given: as in Terraform, the last one counts."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ORDER] = [name for text in args if (name := text.partition("=")[0]) in {"--var", "--var-file"}]
        return super().parse_args(ctx, args)


@click.command("gate", cls=_InOrder, short_help="Audit Terraform: configurations, plans and states.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform input variable; repeatable.")
@click.option("--var-file", "var_files", multiple=True, type=click.Path(path_type=Path), help="A .tfvars file; repeatable.")
@click.option("--kind", type=click.Choice(["hcl", "plan", "state"]), help="What the paths are, where it cannot be told.")
@click.option("--source", type=click.Path(path_type=Path), metavar="FOLDER", help="The configuration that plans were made of.")
@click.option(
    "--provider-version", "versions", multiple=True, metavar="NAME=VERSION", help="A provider's version, where no file tells; repeatable."
)
@click.option("--against", metavar="REVISION|FILE", help="Block only on what got worse since a git revision or a JSON result.")
@click.option("--all", "block_on_all", is_flag=True, help="With --against: block on everything all the same.")
@click.option("--trust-repo-config", is_flag=True, help="Let cloudaudit.toml of the audited repository set the policy.")
@audit_options
def command(
    paths: tuple[Path, ...],
    variables: tuple[str, ...],
    var_files: tuple[Path, ...],
    kind: str | None,
    source: Path | None,
    versions: tuple[str, ...],
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
    from cloudaudit.cli.places import repository
    from cloudaudit.cli.waivers import callers, with_repositories
    from cloudaudit.model import SourceKind

    for path in (*paths, *var_files, *((source,) if source else ())):
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder")
    discovered = None if explicit_config(audit.config) else _discovered_config(paths, trusted=trust_repo_config)
    policy = audit.policy(discovered).policy
    checks = audit.checks()
    named = callers(audit.waivers, audit.today, policy)
    heeded = with_repositories(named, [(path, repository(path)) for path in paths], _shown)
    inputs, expected = (
        _inputs(_in_order(click.get_current_context(), variables, var_files), source, versions),
        SourceKind(kind) if kind else None,
    )
    former = _earlier(against, paths, inputs, expected, named, checks, policy) if against else None
    collections = configurations(paths, inputs, expected)
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


def _in_order(context: click.Context, variables: tuple[str, ...], var_files: tuple[Path, ...]) -> Iterator[str | Path]:
    """The values of both options as they stand on the command line."""
    texts, files = iter(variables), iter(var_files)
    for name in context.meta[_ORDER]:
        given = next(texts, None) if name == "--var" else next(files, None)
        if given is not None:
            yield given
    yield from files
    yield from texts


def _inputs(arguments: Iterable[str | Path], source: Path | None, versions: tuple[str, ...]) -> Inputs:
    import os

    from cloudaudit.sources.terraform.hcl import Inputs

    given = tuple(argument if isinstance(argument, Path) else _assignment(argument) for argument in arguments)
    return Inputs(given, os.environ, source=source, versions=dict(map(_version, versions)))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.UsageError(f'--var "{text}": expected NAME=VALUE')
    return name, value


def _version(text: str) -> tuple[str, int]:
    """A provider and its major version: defaults change with these."""
    name, equals, version = text.partition("=")
    major = version.removeprefix("v").partition(".")[0]
    if not equals or not name.isidentifier() or not (major.isascii() and major.isdecimal() and len(major) < 5):
        raise click.UsageError(f'--provider-version "{text}": expected NAME=VERSION, as in aws=5.40')
    return name, int(major)


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
    import msgspec

    from cloudaudit.cli.earlier import earlier
    from cloudaudit.cli.places import all_then, by_repository, then, units
    from cloudaudit.cli.waivers import with_repositories

    roots = list(dict.fromkeys(map(_root, paths)))
    audited, names = by_repository(roots), units(roots)

    def read(trees: Sequence[Tree]) -> Iterator[Collection]:
        placed = ([one] if isinstance(one, tuple) else all_then([one], trees) for one in inputs.arguments)
        known = msgspec.structs.replace(inputs, arguments=tuple(chain.from_iterable(placed)))
        for tree in trees:
            for path in all_then(audited[tree.base], [tree]):
                yield from _collected(path, known, kind, tree, names, tree.at)

    def heed(trees: Sequence[Tree]) -> Waivers:
        files = tuple((place, source) for path, source in named.files if (place := then(path, trees)) is not None)
        heeded = msgspec.structs.replace(named, files=files)
        for tree in trees:
            inside = [(path, tree.at) for path in all_then(audited[tree.base], [tree])]
            heeded = with_repositories(heeded, inside, partial(_shown_of, tree), tree.base)
        return heeded

    return earlier(against, list(audited), read, heed, checks, policy)


def configurations(paths: Sequence[Path], inputs: Inputs, kind: SourceKind | None) -> Iterator[Collection]:
    """What each path holds: one collection per Terraform root, plan or state."""
    from cloudaudit.cli.places import Tree, repository, units

    roots = list(dict.fromkeys(map(_root, paths)))
    names = units(roots)
    for path in roots:
        base = repository(path)
        yield from _collected(path, inputs, kind, Tree(base, base), names)


def _collected(
    path: Path, inputs: Inputs, kind: SourceKind | None, tree: Tree, names: Units, boundary: Path | None = None
) -> Iterator[Collection]:
    from cloudaudit import plugins
    from cloudaudit.sources.terraform.paths import collect

    progress(f"reading {path}")
    yield from collect(
        path,
        shown=partial(_shown_of, tree),
        unit_of=lambda root: names.name(tree.base, tree.place(root)),
        inputs=inputs,
        wanted=plugins.wanted,
        kind=kind,
        boundary=boundary,
    )


def _root(path: Path) -> Path:
    """A Terraform file stands for its folder: what names files, such as pre-commit, audits each root once."""
    return path.parent if path.is_file() and path.name.endswith((".tf", ".tf.json", ".tfvars")) else path


def _shown_of(tree: Tree, path: Path) -> str:
    return _shown(tree.place(path))


def _shown(path: Path) -> str:
    """A file as a reader of the report would open it: from the working directory where possible."""
    resolved = path.resolve()
    return resolved.relative_to(Path.cwd()).as_posix() if resolved.is_relative_to(Path.cwd()) else resolved.as_posix()
