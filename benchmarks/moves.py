"""`python -m benchmarks.moves CHECKOUT INPUT...`: what verdicts moved since an earlier commit, unit by unit.

CHECKOUT is a checkout of that commit; each INPUT is a repository or a plan or state file. Prints Markdown: a row for each input
(units that pass, fail or are incomplete, and counts of verdicts, before and after), then every FAIL that became UNKNOWN or vanished.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import cost, python

_RUN = "import sys; from cloudaudit.cli import main; sys.exit(main())"
_OUTCOMES = ("pass", "fail", "unknown")
Key = tuple[str, str, str]


def main() -> None:
    """One row per input, then what was lost."""
    earlier, *inputs = (Path(argument).resolve() for argument in sys.argv[1:])
    here = Path(__file__).resolve().parent.parent
    print("| input | units exit 0/1/3 before | after | left 0 | PASS before | after | FAIL before | after | UNKNOWN before | after |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    lost: list[str] = []
    for path in inputs:
        before, after = gate(earlier, path), gate(here, path)
        print("| " + " | ".join(row(path, before, after)) + " |")
        lost += [f"- {path.name}: {line}" for line in moved(before, after)]
    print("\n" + "\n".join(lost))


def gate(checkout: Path, *arguments: Path | str) -> Mapping[str, Any]:
    """The result of the gate of a checkout, run in a process of its own."""
    rooms = os.pathsep.join(str(checkout / room) for room in (".", "providers", "checks"))
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "result.json"
        cost(python(_RUN, "gate", *map(str, arguments), "--format", f"json={report}"), Path(scratch), {"PYTHONPATH": rooms})
        result: Mapping[str, Any] = (
            json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"findings": [], "gaps": [], "units": []}
        )
        return result


def row(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    """One line of the table."""
    then, now = ends(before), ends(after)
    yield path.name.replace("+", "/")
    for side in (then, now):
        yield "/".join(str(Counter(side.values())[code]) for code in (0, 1, 3))
    yield str(sum(1 for unit, code in then.items() if code == 0 and now.get(unit) != 0))
    counts = [Counter(verdicts(side).values()) for side in (before, after)]
    for outcome in _OUTCOMES:
        yield from (str(count[outcome]) for count in counts)


def ends(result: Mapping[str, Any]) -> dict[str, int]:
    """How a gate on each unit alone would end: 1 for a FAIL, 3 for an UNKNOWN or a gap, else 0."""
    codes = dict.fromkeys(result["units"], 0)
    for gap in result["gaps"]:
        codes[gap.get("unit") or ""] = 3
    for finding in result["findings"]:
        unit = finding["resource"]["unit"]
        code = {"fail": 1, "unknown": 3}.get(finding["outcome"], 0)
        codes[unit] = code if code == 1 or codes.get(unit, 0) == 0 else codes[unit]
    return codes


def verdicts(result: Mapping[str, Any]) -> dict[Key, str]:
    """Outcomes by unit, address and check."""
    return {
        (finding["resource"]["unit"], finding["resource"]["address"], finding["check"]): finding["outcome"]
        for finding in result["findings"]
    }


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    """Each FAIL of before that is one no more."""
    now = verdicts(after)
    reasons = {(finding["resource"]["address"], finding["check"]): finding["reason"] for finding in after["findings"]}
    for key, outcome in verdicts(before).items():
        if outcome == "fail" and now.get(key) != "fail":
            yield f"`{key[1]}` {key[2]}: {now.get(key, 'no finding')} ({reasons.get(key[1:], '')})"


if __name__ == "__main__":
    main()
