"""`cloudaudit checks`: what is checked."""

from __future__ import annotations

import click


@click.command("checks")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
def command(form: str) -> int:
    """List the checks by control."""
    import json

    from cloudaudit.plugins import checks

    known = sorted(checks(), key=lambda check: (check.control, -check.severity.rank, check.id))
    if form == "json":
        keys = ("id", "control", "severity", "clauses", "title", "description", "fix")
        click.echo(json.dumps([{key: getattr(check, key) for key in keys} for check in known], indent=2))
        return 0
    width = max(len(check.id) for check in known)
    control = ""
    for check in known:
        if check.control != control:
            click.echo(f"{chr(10) if control else ''}{check.control}")
            control = check.control
        click.echo(f"  {check.id:{width}}  {check.severity:8}  {check.title}")
    click.echo(f"\n{len(known)} checks. `cloudaudit explain CHECK` says why each matters and how to fix what it finds.")
    return 0
