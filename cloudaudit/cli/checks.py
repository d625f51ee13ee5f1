"""`cloudaudit checks`: what is checked, on which types, from which sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cloudaudit.matrix import Row


@click.command("checks")
@click.option("--coverage", is_flag=True, help="The matrix control x resource type x source, and what no reader reads yet.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
def command(form: str, *, coverage: bool) -> int:
    """List the checks by control."""
    if coverage:
        _coverage(form)
    else:
        _checks(form)
    return 0


def _checks(form: str) -> None:
    from cloudaudit.plugins import checks

    known = sorted(checks(), key=lambda check: (check.control, -check.severity.rank, check.id))
    if form == "json":
        keys = ("id", "control", "severity", "clauses", "title", "description", "fix")
        click.echo(json.dumps([{key: getattr(check, key) for key in keys} for check in known], indent=2))
        return
    width = max(len(check.id) for check in known)
    control = ""
    for check in known:
        if check.control != control:
            click.echo(f"{chr(10) if control else ''}{check.control}")
            control = check.control
        click.echo(f"  {check.id:{width}}  {check.severity:8}  {check.title}")
    click.echo(f"\n{len(known)} checks. `cloudaudit explain CHECK` says why each matters and how to fix what it finds.")


def _coverage(form: str) -> None:
    import msgspec

    from cloudaudit.matrix import rows

    found = list(rows())
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    read = [row for row in found if row.terraform]
    width = max(len(row.type) for row in read)
    click.echo(f"{'resource type':{width}}  HCL plan state live  controls")
    for row in read:
        click.echo(f"{row.type:{width}}   x    x     x   {' x  ' if row.live else ' -  '}  {', '.join(row.checks)}")
    _unread(found)


def _unread(found: list[Row]) -> None:
    lacking = [row for row in found if row.missing]
    width = max(len(row.type) for row in lacking)
    click.echo(f"\nIn the catalogue, not read yet ({len(lacking)} types)")
    for row in lacking:
        click.echo(f"{row.type:{width}}  {', '.join(row.missing)}")
