"""`cloudaudit demo`: the main job on made-up input, without credentials or network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cloudaudit.policy import Check
    from cloudaudit.report.result import Result

FIXTURES = Path(__file__).resolve().parents[2] / "terraform-fixtures"


@click.command("demo")
@click.option("-v", "--verbose", is_flag=True, help="List every finding, PASS too.")
def command(*, verbose: bool) -> int:
    """Scan an AWS estate that an emulator serves on this machine, then gate the Terraform fixtures of the repository."""
    from cloudaudit.cli.writing import write
    from cloudaudit.plugins import checks
    from cloudaudit.policy import Policy

    try:
        from cloudaudit_aws.demo import serving
    except ImportError as error:
        raise click.UsageError(f"the demo needs {error.name}: pip install 'cloudaudit[demo]'") from None
    from cloudaudit.cli.scan import scanned
    from cloudaudit_aws.scan import ScanOptions

    everything = list(checks())
    _title("A made-up AWS account, read live: cloudaudit scan aws")
    with serving() as endpoint:
        result = scanned(ScanOptions(endpoint_url=endpoint, emulated=True, regions=()), everything, Policy())
    write(result, [("text", "-")], {}, verbose=verbose, color="auto")
    if FIXTURES.is_dir():
        _title("Terraform that shows good, bad and unknown: cloudaudit gate terraform-fixtures")
        write(_gated(everything), [("text", "-")], {}, verbose=verbose, color="auto")
    click.echo("\nThe demo shows faults on purpose; a real run would end with the exit codes above.")
    return 0


def _gated(checks: list[Check]) -> Result:
    from cloudaudit.cli.assess import assess
    from cloudaudit.cli.judging import Judged
    from cloudaudit.policy import Policy
    from cloudaudit.sources.terraform.inputs import Inputs

    return assess("gate", Judged((FIXTURES,), Inputs(), None, checks, Policy()).collections(), checks, Policy())


def _title(text: str) -> None:
    click.echo(f"\n{text}\n{'=' * len(text)}\n")
