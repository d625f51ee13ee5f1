"""Removing a permission, or a whole service, moves verdicts to UNKNOWN and nowhere else: the matrix over every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.exit_code import ExitCode, decide
from cloudaudit.model import Collection, Finding, Inventory, Outcome
from cloudaudit.policy import Policy
from cloudaudit.reading import read as understood
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.needs import Needs
from cloudaudit.sources.live.permissions import calls
from cloudaudit.sources.live.table import within
from cloudaudit_aws.actions import permission
from cloudaudit_aws.api import Aws
from cloudaudit_aws.scan import ScanOptions, scan
from tests.aws.test_faults import CALLS, FAULTS, LISTINGS, Replay, listed_by

Key = tuple[str, str]
_ANSWERS: dict[str, list[Any]] = {}


def inventory_of(collection: Collection) -> Inventory:
    return understood(collection, plugins.reader_of, Policy().environments.rules())


def findings_of(inventory: Inventory) -> dict[Key, Finding]:
    found = audit(inventory, plugins.checks(), Policy(), plugins.reader_of)
    return {(finding.check, finding.subject.address): finding for finding in found}


@pytest.fixture(scope="module")
def undisturbed(emulator: None, account: Any, hurried: Any) -> dict[Key, Finding]:  # noqa: ARG001  (it must run)
    from cloudaudit_aws.credentials import opened

    aws = Aws(opened(None, emulated=True), patience=hurried)
    inventory = inventory_of(collect(LISTINGS, Replay(aws, _ANSWERS), account))
    assert not inventory.gaps
    return findings_of(inventory)


def test_the_demo_estate_shows_pass_and_fail_for_most_checks(undisturbed: dict[Key, Finding]) -> None:
    for outcome in (Outcome.PASS, Outcome.FAIL):
        assert len({finding.check for finding in undisturbed.values() if finding.outcome is outcome}) >= 8


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", CALLS)
def test_no_verdict_flips_and_none_vanishes(
    operation: str, fault: str, faults: Any, undisturbed: dict[Key, Finding], account: Any, hurried: Any
) -> None:
    FAULTS[fault][1](faults, operation)
    inventory = inventory_of(collect(LISTINGS, Replay(Aws(faults.session, patience=hurried), _ANSWERS, operation), account))
    found = findings_of(inventory)
    unlisted = {(finding.check, finding.subject.type) for finding in found.values() if finding.subject.id is None}
    for key, before in undisturbed.items():
        after = found.get(key)
        if after is None:
            assert (before.check, before.subject.type) in unlisted, f"{key} vanished"
        elif after.outcome is not before.outcome:
            assert after.outcome is Outcome.UNKNOWN, f"{key} flipped from {before.outcome} to {after.outcome}: {after.reason}"
            assert permission(operation) in after.reason, after.reason
    code, reasons = decide([inventory], list(found.values()), Policy())
    assert code in {ExitCode.FAILED, ExitCode.INCOMPLETE}
    assert any("gap" in reason for reason in reasons)
    lost = {inner.type for listing in listed_by(operation) for inner in within(listing, LISTINGS)}
    judged = {finding.subject.type for finding in undisturbed.values()}
    assert lost & judged <= {kind for _, kind in unlisted}


def test_a_scan_of_which_every_list_is_denied_is_unknown_in_every_control(faults: Any, read: Callable[..., Collection]) -> None:
    for operation in calls(LISTINGS):
        faults.refuse(operation, "AccessDenied")
    inventory = inventory_of(read())
    found = findings_of(inventory)
    assert {finding.outcome for finding in found.values()} == {Outcome.UNKNOWN}
    assert {finding.control for finding in found.values()} == {check.control for check in plugins.checks()}
    assert decide([inventory], list(found.values()), Policy())[0] is ExitCode.INCOMPLETE


def test_a_scan_of_european_regions_still_reports_buckets_elsewhere_and_says_what_it_did_not_look_at(emulator: None) -> None:  # noqa: ARG001
    (collection,) = scan(ScanOptions(regions=("eu-central-1",), emulated=True, max_attempts=2), Needs(plugins.wanted))
    inventory = inventory_of(collection)
    overseas = findings_of(inventory)["data-in-allowed-jurisdiction", "arn:aws:s3:::acme-logs-overseas"]
    assert overseas.outcome is Outcome.FAIL
    assert any(gap.decided and "us-east-1" in gap.what and "by --region" in gap.what for gap in inventory.gaps)
