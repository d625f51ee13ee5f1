"""Result: what a run found and what it could not see, before any format gives it a shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from cloudaudit import __version__
from cloudaudit.model import Census, Comparison, Coverage, CoverageStatus, Finding, Gap, Inventory, LedgerLine, Origin, Outcome
from cloudaudit.policy import Check


class NoticeKind(StrEnum):
    """What a person who judges the result has to see first."""

    NEW_WAIVER = "new-waiver"  # the change adds it
    WAIVER_ASIDE = "waiver-aside"  # of what is audited, and nobody vouches for it
    VALUES_ASIDE = "values-aside"  # files of values, and nobody says that they count
    HIDDEN = "hidden"  # a failure that the change keeps from being seen
    POLICY = "policy"  # what the policy says of a cloud is not so there


class Notice(msgspec.Struct, frozen=True):
    """What is no finding and no gap, and comes before both in every report."""

    kind: NoticeKind
    text: str
    origin: Origin

    @property
    def blocks(self) -> bool:
        return self.kind is NoticeKind.HIDDEN


class Result(msgspec.Struct, frozen=True):
    """Everything that a report tells.

    `findings` are in the order in which a person should read them: FAIL before UNKNOWN before the rest, the most severe first.
    The same run gives the same bytes in every format: only `started` and `calls` may differ between two runs over equal input.
    """

    version: str
    command: str  # "gate", "scan"
    units: Sequence[str]
    findings: Sequence[Finding]
    gaps: Sequence[Gap]
    coverage: Sequence[Coverage]
    census: Census
    resources: int  # that a reader took
    unread_types: Mapping[str, int]  # types that no reader takes, with the number of resources
    checks: Mapping[str, Check]
    exit_code: int
    reasons: Sequence[str]
    started: str | None = None  # RFC 3339, UTC
    calls: int | None = None  # API calls made
    against: Comparison | None = None  # with an earlier audit
    ledger: Sequence[LedgerLine] = ()
    accepted: Sequence[Gap] = ()  # by the policy or by decision: they are told, and do not count
    notices: Sequence[Notice] = ()
    new_waivers_count: bool = False  # the caller lets those count that the change adds

    def outcomes(self) -> Counter[Outcome]:
        """How many findings have each outcome."""
        return Counter(finding.outcome for finding in self.findings)

    def of(self, *outcomes: Outcome) -> list[Finding]:
        """The findings with one of some outcomes, in reading order."""
        return [finding for finding in self.findings if finding.outcome in outcomes]

    def blocking(self, *outcomes: Outcome) -> list[Finding]:
        """Those of them that were not as bad in the earlier audit; all of them if there is none."""
        known = self.against.known if self.against is not None else frozenset()
        return [finding for finding in self.of(*outcomes) if finding.fingerprint not in known]

    def known(self) -> list[Finding]:
        """The findings that were as bad before: they do not block."""
        return [finding for finding in self.findings if self.against is not None and finding.fingerprint in self.against.known]

    def fixed(self) -> list[Finding]:
        """What failed in the earlier audit and passes, or is not there any more."""
        if self.against is None:
            return []
        before = self.against.before
        doubted = {one.finding.fingerprint for one in self.against.replaced}
        passing = self.of(Outcome.PASS, Outcome.NOT_APPLICABLE)
        mended = [one for one in passing if before[one.fingerprint] is Outcome.FAIL and one.fingerprint not in doubted]
        return [*mended, *self.against.gone]

    def incomplete_listings(self) -> list[Coverage]:
        """What was asked for and not told in full."""
        return [row for row in self.coverage if row.status in {CoverageStatus.FAILED, CoverageStatus.PARTIAL}]

    def reasons_alone(self) -> Sequence[str]:
        """The reasons for the exit code where nothing else tells one: a list of findings and gaps would read as all well."""
        blocked = any(notice.blocks for notice in self.notices)
        told = self.gaps or self.incomplete_listings() or blocked or self.blocking(Outcome.FAIL, Outcome.UNKNOWN)
        return () if told else self.reasons

    def verdict(self) -> str:
        """Every reason for the exit code; without one, what was found that does not block."""
        if self.reasons:
            return "; ".join(self.reasons)
        counts = self.outcomes()
        found, gaps = counts[Outcome.FAIL] + counts[Outcome.UNKNOWN], len(self.gaps)
        if not found + gaps:
            left = list(self._not_looked_at())
            return f"nothing wrong in what was read; {' and '.join(left)}" if left else "all well"
        rest = f"{found:,} finding{'' if found == 1 else 's'} and {gaps:,} gap{'' if gaps == 1 else 's'}"
        if self.against is None or self.blocking(Outcome.FAIL, Outcome.UNKNOWN):
            return f"nothing blocks; {rest} are tolerated"
        return f"nothing got worse than {self.against.label}; {rest} were there before"

    def _not_looked_at(self) -> Iterator[str]:
        unread = sum(self.unread_types.values())
        if unread:
            yield f"{unread:,} resource{' has' if unread == 1 else 's have'} no reader"
        if any(row.status is CoverageStatus.SKIPPED for row in self.coverage):
            yield "some types are not looked at"

    def title(self, check: str) -> str:
        """What a check demands, in one sentence; its id if the check is not at hand."""
        known = self.checks.get(check)
        return known.title if known is not None else check


def result_of(
    command: str,
    inventories: Iterable[Inventory],
    findings: Sequence[Finding],
    resources: int,
    checks: Iterable[Check],
    exit_code: int,
    reasons: Sequence[str],
    *,
    problems: Sequence[Gap] = (),
    started: str | None = None,
    calls: int | None = None,
    against: Comparison | None = None,
) -> Result:
    """The result of a run over some units. `findings` come in reading order. `problems` are those of waivers: of no unit's reading."""
    parts = list(inventories)
    census = Census()
    for part in parts:
        census += part.census
    unread: Counter[str] = Counter()
    for part in parts:
        unread.update(part.unread)
    return Result(
        version=__version__,
        command=command,
        units=sorted({part.unit for part in parts if part.unit}),
        findings=findings,
        gaps=sorted((*(gap for part in parts for gap in part.gaps), *problems), key=_gap_order),
        coverage=sorted((row for part in parts for row in part.coverage), key=_coverage_order),
        census=census,
        resources=resources,
        unread_types=dict(sorted(unread.items())),
        checks={check.id: check for check in sorted(checks, key=lambda check: check.id)},
        exit_code=exit_code,
        reasons=reasons,
        started=started,
        calls=calls,
        against=against,
        ledger=sorted((line for part in parts for line in part.ledger), key=lambda line: line.place),
    )


def _gap_order(gap: Gap) -> tuple[str, str, int, str, str]:
    return (gap.unit, gap.origin.file or "", gap.origin.line or 0, gap.origin.call or "", gap.what)


def _coverage_order(row: Coverage) -> tuple[str, str, str, str, str]:
    return (row.unit, row.account or "", row.region or "", row.type, row.status)
