"""From collections to a result: the one path that every audit takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.exit_code import decide
from cloudaudit.model import Collection, Finding, Inventory, Outcome
from cloudaudit.policy import Check, Policy
from cloudaudit.reading import read
from cloudaudit.report.result import Result, result_of

_ORDER = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED, Outcome.PASS, Outcome.NOT_APPLICABLE)


def assess(command: str, collections: Iterable[Collection], checks: Sequence[Check], policy: Policy) -> Result:
    """Audit one unit of work after another; of each only findings, gaps and counts are kept."""
    rules = policy.environments.rules()
    inventories: list[Inventory] = []
    findings: list[Finding] = []
    resources = 0
    for collection in collections:
        inventory = read(collection, plugins.reader_of, rules)
        findings.extend(audit(inventory, checks, policy, plugins.reader_of))
        resources += len(inventory.resources)
        inventories.append(msgspec.structs.replace(inventory, resources=()))
    findings.sort(key=_rank)
    code, reasons = decide(inventories, findings, resources, policy)
    return result_of(command, inventories, findings, resources, checks, int(code), reasons)


def _rank(finding: Finding) -> tuple[int, int, str, str, str, str]:
    subject = finding.subject
    return (_ORDER.index(finding.outcome), -finding.severity.rank, finding.check, subject.unit, subject.address, subject.id or "")
