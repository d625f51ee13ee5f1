"""Write the parts of the documentation that follow from the code; `--check` only says whether they are current."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from cloudaudit.cli import cli
from cloudaudit.matrix import rows
from cloudaudit.plugins import checks, needs_of, providers, readers
from cloudaudit.policy import Check, EffectivePolicy
from cloudaudit.sources.live.needs import Asked, Estate, Per, empty_region, fewest
from cloudaudit_aws.actions import actions
from cloudaudit_aws.scan import permissions
from cloudaudit_aws.scan import rows as scan_rows

DOCS = Path(__file__).resolve().parent
NOTICE = "<!-- Made by docs/generate.py from the code: edit that instead. -->\n"


def main() -> None:
    """Write or compare every generated page."""
    pages = {
        "checks.md": "".join(check_pages()),
        "commands.md": "".join(command_pages()),
        "configuration.md": configuration_page(),
        "coverage.md": "".join(coverage_page()),
        "calls.md": "".join(calls_page()),
        "aws-permissions.json": json.dumps(permissions(), indent=2) + "\n",
    }
    stale = [name for name, text in pages.items() if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.exit(f"docs are not current: {', '.join(stale)}; run `make docs`" if stale else 0)
    for name in stale:
        (DOCS / name).write_text(pages[name], encoding="utf-8")


def check_pages() -> Iterator[str]:
    """Every check, by control."""
    yield f"{NOTICE}\n# Checks\n"
    ordered = sorted(checks(), key=lambda check: (check.control, check.id))
    for control, group in groupby(ordered, key=lambda check: check.control):
        yield f"\n## {control.replace('_', ' ').capitalize()}\n"
        for check in group:
            yield f"\n### {check.id}\n\n{check.title}. Severity: {check.severity}. Clauses: {', '.join(check.clauses)}.\n\n"
            yield f"{check.description}\n\n**Fix:** {check.fix}\n\n**Judges:** {', '.join(f'`{kind}`' for kind in types(check))}\n"


def types(check: Check) -> list[str]:
    """The resource types that a check judges."""
    known = {kind: reader for provider in providers() for kind, reader in readers(provider).items()}
    return sorted(kind for kind, reader in known.items() if set(check.needs) <= set(reader.facets))


def command_pages() -> Iterator[str]:
    """The help text of every command."""
    yield f"{NOTICE}\n# Commands\n"
    context = click.Context(cli, info_name="cloudaudit", max_content_width=100)
    yield f"\n```text\n{cli.get_help(context)}\n```\n"
    yield from commands(cli, context)


def commands(group: click.Group, context: click.Context) -> Iterator[str]:
    """The help of a group's commands, at any depth."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, max_content_width=100)
        yield f"\n## {inner.command_path}\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from commands(command, inner)


def coverage_page() -> Iterator[str]:
    """The matrix control x resource type x source."""
    found = list(rows())
    yield f"{NOTICE}\n# Coverage\n\nWhich control judges which resource type, from which sources: `cloudaudit checks --coverage`.\n"
    yield "\n| resource type | HCL, plan, state | live | controls |\n|---|---|---|---|\n"
    for row in (row for row in found if row.terraform):
        yield f"| `{row.type}` | yes | {'yes' if row.live else 'no'} | {', '.join(row.checks)} |\n"
    yield "\n## In the catalogue, not read yet\n\n| resource type | controls |\n|---|---|\n"
    for row in (row for row in found if row.missing):
        yield f"| `{row.type}` | {', '.join(row.missing)} |\n"


_OFTEN = {
    Per.ACCOUNT: "once",
    Per.REGION: "once per region",
    Per.RESOURCE: "once per `{}`",
    Per.MANY: "once per region with any `{}`",
}
_REGIONS = ("eu-central-1", "eu-west-1")
_MANY_REGIONS = 24
_EXAMPLE = {"aws_s3_bucket": 500, "aws_ebs_volume": 100, "aws_db_instance": 25, "aws_db_parameter_group": 1}


def calls_page() -> Iterator[str]:
    """Every operation of a scan: how often, why, with which permission; and what that makes of an account."""
    every = scan_rows()
    yield f"{NOTICE}\n# What a scan of AWS asks\n\nAn operation is asked if a check is chosen that rests on what it tells.\n\n"
    yield "| operation | how often | permission | tells of | for checks |\n|---|---|---|---|---|\n"
    for row in every:
        often = _OFTEN[row.per].format(row.type) + (f", if {row.condition}" if row.condition else "")
        often += f", a page for every {row.page:,}" if row.page > 1 else ""
        often += f"; `{row.alone}` for one that is alone there, or where this fails" if row.alone else ""
        allowed = ", ".join(f"`{action}`" for call in (row.call, row.alone) if call for action in actions(call)) or "none"
        tells = f"`{row.tells}`" if row.tells else "the account"
        yield f"| `{row.call}` | {often} | {allowed} | {tells} | {asked_for(row)} |\n"
    found = {kind: {_REGIONS[0]: count} for kind, count in _EXAMPLE.items()}
    count = fewest(every, Estate(_REGIONS, found)).total()
    held = ", ".join(f"{count:,} `{kind}`" for kind, count in _EXAMPLE.items())
    yield f"\nThat is {count:,} calls for an account that looks at {len(_REGIONS)} regions and has {held} in one of them.\n"
    many = (*_REGIONS, *(f"empty-{number}" for number in range(_MANY_REGIONS - len(_REGIONS))))
    yield from empty_regions(every, fewest(every, Estate(many, found)).total())
    yield nameless(every)


_WHY_EMPTY_REGIONS = """
No call tells of all types at once: `tag:GetResources` leaves out what was never tagged; Resource Explorer and AWS Config show what
somebody has switched on. A region that nobody uses can hide what an intruder runs. `--region` leaves regions out, and the report
says so. The network that AWS makes in every region costs no call more, a key of AWS's own there costs one.
"""
_NAMELESS = """
## Answers that name nobody

What an answer says of whom it is about is compared with what was asked: another one's decides nothing. These say nothing of it:
{}. Nor does a list with nothing in it.
If something between here and AWS gave such an answer to another question, it would be believed: let nothing stand there that opens
TLS.
"""


def empty_regions(every: tuple[Asked, ...], count: int) -> Iterator[str]:
    """What a region costs in which there is nothing, and why it is asked all the same."""
    extra = empty_region(every)
    yield f"\n## Regions in which there is nothing\n\nIn {_MANY_REGIONS} regions the same account costs {count:,} calls: "
    yield f"{extra.total()} for each region in which there is nothing.\nEach of these alone tells that there is none of its type:\n\n"
    yield from (f"- `{row.call}`: `{row.tells}`\n" for row in every if row.call in extra)
    yield _WHY_EMPTY_REGIONS


def nameless(every: tuple[Asked, ...]) -> str:
    """Which answers are believed without a proof that they are about what was asked."""
    return _NAMELESS.format(", ".join(f"`{call}`" for call in sorted({row.alone or row.call for row in every if row.nameless})))


def asked_for(row: Asked) -> str:
    """The checks for which an operation is asked."""
    rests = [check.id for check in checks() if row in scan_rows(needs_of((check,)))]
    return "all" if len(rests) == len(checks()) else ", ".join(rests)


def configuration_page() -> str:
    """Every key of cloudaudit.toml with its default."""
    lines = [NOTICE, "# Configuration: `cloudaudit.toml`", "", "Every key and its default, which is the company's written policy.", ""]
    lines += [
        "`cloudaudit policy` prints the effective values and where each comes from. The file is `--config`, else",
        "`$CLOUDAUDIT_CONFIG`,",
    ]
    lines[-1] += " else the nearest `cloudaudit.toml` up to the root of the git repository, else `~/.config/cloudaudit/config.toml`."
    lines += ["`gate` uses the nearest file only if `--trust-repo-config` is given: it may belong to what is audited.", "", "```toml"]
    section = ""
    for key, value, _ in EffectivePolicy().rows():
        table, _, name = key.partition(".")
        if table != section:
            lines += ([""] if section else []) + [f"[{table}]"]
            section = table
        lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join([*lines, "```", ""])


if __name__ == "__main__":
    main()
