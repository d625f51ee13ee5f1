"""`cloudaudit permissions`: what a scan must be granted."""

from __future__ import annotations

import click


@click.command("permissions")
@click.argument("cloud", type=click.Choice(["aws"]))
def command(cloud: str) -> int:  # noqa: ARG001 - one cloud so far
    """Print the least-privilege IAM policy for a scan, generated from the tables of calls."""
    import json

    from cloudaudit_aws.scan import permissions

    click.echo(json.dumps(permissions(), indent=2))
    return 0
