"""`cloudaudit gate`: audit Terraform before it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cloudaudit.cli.judging import Judged, shown
from cloudaudit.cli.options import AuditOptions, audit_options, effective_policy, explicit_config
from cloudaudit.cli.output import note
from cloudaudit.cli.waivers import Waivers, callers, with_repositories

if TYPE_CHECKING:
    from cloudaudit.cli.earlier import Base
    from cloudaudit.policy import Policy
    from cloudaudit.report.result import Result
    from cloudaudit.sources.terraform.inputs import Inputs, Variant


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
@click.option(
    "--each-var-file", "variants", multiple=True, metavar="GLOB", help="Judge each root once with every .tfvars file that fits; repeatable."
)
@click.option("--kind", type=click.Choice(["hcl", "plan", "state"]), help="What the paths are, where it cannot be told.")
@click.option("--source", type=click.Path(path_type=Path), metavar="FOLDER", help="The configuration that plans were made of.")
@click.option(
    "--provider-version", "versions", multiple=True, metavar="NAME=VERSION", help="A provider's version, where no file tells; repeatable."
)
@click.option("--against", metavar="REVISION", help="Judge the change since it left a git revision: only what got worse blocks.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Block only on what got worse since a JSON result.")
@click.option("--all", "block_on_all", is_flag=True, help="With --against or --baseline: block on everything all the same.")
@click.option("--allow-new-waivers", is_flag=True, help="With --against: let waivers count that the change adds.")
@click.option("--repository-waivers", is_flag=True, help="Without --against: let waivers of the audited repository count.")
@click.option("--trust-repo-config", is_flag=True, help="Let cloudaudit.toml of the audited repository set the policy.")
@audit_options
def command(
    paths: tuple[Path, ...],
    variables: tuple[str, ...],
    var_files: tuple[Path, ...],
    variants: tuple[str, ...],
    kind: str | None,
    source: Path | None,
    versions: tuple[str, ...],
    against: str | None,
    baseline: Path | None,
    audit: AuditOptions,
    *,
    block_on_all: bool,
    allow_new_waivers: bool,
    repository_waivers: bool,
    trust_repo_config: bool,
) -> int:
    """Audit Terraform configurations (folders), plans and states (JSON files).

    Nothing of the audited repository is run. Nothing in it can loosen the policy, unless --trust-repo-config is given, and no waiver in
    it counts that a change adds: with --against they count as they stood in the base, without it only with --repository-waivers.
    """
    from cloudaudit.cli.places import by_repository
    from cloudaudit.model import SourceKind
    from cloudaudit.plugins import unseen

    for path in (*paths, *var_files, *((source,) if source else ()), *((baseline,) if baseline else ())):
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder")
    if (allow_new_waivers or repository_waivers) and allow_new_waivers is (against is None):
        raise click.UsageError("--allow-new-waivers goes with --against, --repository-waivers without it")
    inputs = _inputs(_in_order(click.get_current_context(), variables, var_files), source, versions)
    roots = tuple(dict.fromkeys(map(_root, paths)))
    with _base(against, list(by_repository(roots))) as began:
        policy = _policy(audit, paths, began, trusted=trust_repo_config)
        each = list(map(_variant, variants or policy.gate.variants))
        inputs = msgspec.structs.replace(inputs, variants=each, unseen=unseen if began is not None else None)
        judged = Judged(roots, inputs, SourceKind(kind) if kind else None, audit.checks(), policy)
        named = callers(audit.waivers, audit.today, policy, [tree.base for tree in began.trees] if began else ())
        heeded = msgspec.structs.replace(named, repositories_count=repository_waivers, new_count=allow_new_waivers)
        result = _assessed(judged, heeded, began, baseline, block_on_all=block_on_all)
        return audit.report(result, audited=by_repository(roots))


def _base(revision: str | None, repositories: list[Path]) -> AbstractContextManager[Base | None]:
    if revision is None:
        return nullcontext()
    from cloudaudit.cli.earlier import base

    return base(revision, repositories)


def _policy(audit: AuditOptions, paths: tuple[Path, ...], began: Base | None, *, trusted: bool) -> Policy:
    """The policy: of the caller, or of the repository if that is trusted. What lies in a repository is read as the revision has it."""
    named = explicit_config(audit.config)
    path = _of_revision(named, began) if named is not None else _discovered_config(paths, began, trusted=trusted)
    return effective_policy(path, audit.fail_on, audit.max_unknown).policy


def _of_revision(named: Path, began: Base | None) -> Path:
    if began is None:
        return named
    place = began.path(named)
    if place is None:
        raise click.UsageError(f"{named} is not in {began.revision}: keep it outside what is audited, or commit it there first")
    return _contained(place, began)


def _contained(place: Path, began: Base) -> Path:
    tree = began.within(place)
    if tree is not None and not place.resolve().is_relative_to(tree):
        raise click.UsageError(f"{place.relative_to(tree)} of {began.revision} leads out of it")
    return place


def _discovered_config(paths: tuple[Path, ...], began: Base | None, *, trusted: bool) -> Path | None:
    """The user's own configuration file. One in or around the working directory may belong to what is audited, so it needs trust."""
    from cloudaudit.policy.load import find, users_own

    own = users_own()
    if trusted:
        return _around(Path(), began) or own or _around(paths[0], began)
    nearest = find(Path.cwd())
    if nearest != own:
        note(f"cloudaudit: {nearest} is not used: see --config and --trust-repo-config")
    return own


def _around(folder: Path, began: Base | None) -> Path | None:
    """The nearest configuration file from a folder up to the top of its repository: one that a change adds or removes changes nothing."""
    from cloudaudit.cli.places import inside
    from cloudaudit.opener import repository
    from cloudaudit.policy.load import nearest

    found = inside(folder, [tree.base for tree in began.trees]) if began is not None else None
    if began is None or found is None:
        return nearest(folder.resolve(), repository(folder.resolve()))
    base, place = found
    at = next(tree.at for tree in began.tips() if tree.base == base)
    config = nearest(at / place.relative_to(base), at)
    return _contained(config, began) if config is not None else None


def _assessed(judged: Judged, named: Waivers, began: Base | None, baseline: Path | None, *, block_on_all: bool) -> Result:
    """The result, set beside what was there before the change and beside an earlier result, as far as these are given."""
    from cloudaudit.against import together
    from cloudaudit.cli.assess import assess
    from cloudaudit.cli.places import by_repository, repository
    from cloudaudit.model import Outcome

    kept: set[str] = set()
    former, heeded = None, with_repositories(named, [(path, repository(path)) for path in judged.paths], shown)
    if began is not None:
        from cloudaudit.cli.earlier import of_audit

        found, waivers, then = judged.at_base(began, named)
        former = of_audit(began.revision, found, then.findings)
        covered = frozenset(finding.fingerprint for finding in then.findings if finding.outcome is Outcome.WAIVED)
        heeded = msgspec.structs.replace(heeded, base=waivers, covered=covered)
        kept = found.roots
        # Whether a value of the caller may be shown is for what stood there before to say.
        judged = msgspec.structs.replace(judged, inputs=msgspec.structs.replace(judged.inputs, before=found.secrecy))
    if baseline is not None:
        from cloudaudit.cli.earlier import of_baseline

        earlier = of_baseline(baseline, by_repository(judged.paths), began)
        former = together(former, earlier) if former is not None else earlier
    return assess("gate", judged.collections(kept), judged.checks, judged.policy, heeded, former, block_on_all=block_on_all)


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

    from cloudaudit.sources.terraform.inputs import Inputs

    given = tuple(argument if isinstance(argument, Path) else _assignment(argument) for argument in arguments)
    return Inputs(given, os.environ, source=source, versions=dict(map(_version, versions)))


def _assignment(text: str) -> tuple[str, str]:
    """A variable and its value, which may be a secret wherever it stands: what is wrong is not quoted."""
    name, equals, value = text.partition("=")
    if not equals or name.startswith("-") or not name.replace("-", "_").isidentifier():
        raise click.UsageError("--var: expected NAME=VALUE, with a name of letters, digits, `_` and `-`")
    return name, value


def _variant(text: str) -> Variant:
    from cloudaudit.sources.terraform.inputs import Variant

    path = Path(text)
    if not text or ".." in path.parts:
        raise click.UsageError(f'--each-var-file "{text}": expected a glob without `..`')
    if not path.is_absolute():
        return Variant(text, Path.cwd())
    top = next((folder for folder in path.parents if not set("*?[") & set(str(folder))), Path(path.anchor))
    return Variant(path.relative_to(top).as_posix(), top)


def _version(text: str) -> tuple[str, int]:
    """A provider and its major version: defaults change with these."""
    name, equals, version = text.partition("=")
    major = version.removeprefix("v").partition(".")[0]
    if not equals or not name.isidentifier() or not (major.isascii() and major.isdecimal() and len(major) < 5):
        raise click.UsageError(f'--provider-version "{text}": expected NAME=VERSION, as in aws=5.40')
    return name, int(major)


def _root(path: Path) -> Path:
    """A Terraform file stands for its folder: what names files, such as pre-commit, audits each root once."""
    return path.parent if path.is_file() and path.name.endswith((".tf", ".tf.json", ".tfvars")) else path
