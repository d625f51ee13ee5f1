"""`cloudaudit policy`: the effective policy, and where each value comes from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("policy")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Configuration file (cloudaudit.toml).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
def command(config: Path | None, form: str) -> int:
    """Print the effective policy with the origin of each value."""
    import json

    from cloudaudit.cli.options import effective_policy, explicit_config
    from cloudaudit.cli.waivers import known_forbidden
    from cloudaudit.policy.load import find
    from cloudaudit.report.text import printable

    effective = effective_policy(explicit_config(config) or find(Path.cwd()))
    known_forbidden(effective.policy)
    rows = list(effective.rows())
    if form == "json":
        click.echo(json.dumps({key: {"value": value, "origin": origin} for key, value, origin in rows}, indent=2))
        return 0
    section = ""
    width = max(len(key.partition(".")[2]) for key, _, _ in rows)
    for key, value, origin in rows:
        table, _, name = key.partition(".")
        if table != section:
            click.echo(f"{'' if not section else chr(10)}[{table}]")
            section = table
        click.echo("\n".join(_wrapped(f"{name:{width}} = {json.dumps(value)}", width + 4)) + f"  # {printable(origin)}")
    return 0


def _wrapped(text: str, indent: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 96, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
