"""`cloudaudit explain`: a check, or one finding of a JSON result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cloudaudit.policy import Check
    from cloudaudit.report.document import FindingItem


@click.command("explain")
@click.argument("subject", metavar="CHECK|FINGERPRINT")
@click.option("--from", "result", type=click.Path(path_type=Path), help="The JSON result that holds the finding.")
def command(subject: str, result: Path | None) -> int:
    """Say what a check demands, why it matters and how to fix a breach; of a finding, also what was read and where."""
    import difflib

    from cloudaudit.plugins import checks

    known = {check.id: check for check in checks()}
    if subject in known:
        _explain_check(known[subject])
        return 0
    if result is not None:
        from cloudaudit.cli.results import finding

        found = finding(result, subject)
        _explain_finding(found, known.get(found.check))
        return 0
    close = difflib.get_close_matches(subject, known, 1)
    hint = f"did you mean {close[0]}?" if close else "see `cloudaudit checks`; a finding needs --from RESULT.json"
    raise click.UsageError(f'no check is called "{subject}": {hint}')


def _explain_check(check: Check) -> None:
    click.echo(f"{check.id}  ({check.control}, {check.severity})\n\n{_wrapped(check.title)}\n")
    click.echo(f"{_wrapped(check.description)}\n\n{_wrapped(f'Fix: {check.fix}')}\n")
    click.echo(f"Clauses: {', '.join(check.clauses)}")
    click.echo(f"Judges:  {', '.join(kind.__name__ for kind in check.needs)} of {', '.join(_types(check))}")


def _types(check: Check) -> list[str]:
    from cloudaudit.plugins import providers, readers

    found = {kind for provider in providers() for kind, reader in readers(provider).items() if set(check.needs) <= set(reader.facets)}
    return sorted(found)


def _explain_finding(finding: FindingItem, check: Check | None) -> None:
    from cloudaudit.report.text import printable

    origin = finding.origin
    click.echo(f"{finding.outcome.upper()}  {printable(finding.resource.address)}  ({finding.severity})")
    if origin:
        click.echo(printable(f"{origin.file}:{origin.line}" if origin.line else origin.file))
    click.echo(f"\n{_wrapped(printable(finding.reason))}\n\nWhat was read:")
    for item in finding.evidence:
        where = f"{item.file}:{item.line}" if item.line else item.file or item.call or ""
        click.echo(f"  {printable(item.fact)}{f'  [{printable(where)}]' if where else ''}")
    if check is not None:
        click.echo("")
        _explain_check(check)


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, 96, break_long_words=False, break_on_hyphens=False)
