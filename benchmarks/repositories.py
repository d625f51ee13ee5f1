"""`python -m benchmarks.repositories FOLDER...`: the gate on real repositories, checked out beforehand.

For each: CPU, memory, the census, and whether every resource block that stands in a `.tf` file below the folder is accounted
for (a block of a module that nothing calls belongs to a root of its own). Prints a Markdown table for docs/measurements.md.
With CHECKOV=path also Checkov's CPU seconds on the same folder.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import CLOUDAUDIT, best, cost
from cloudaudit.sources.terraform.hcl import Library, find_roots, read_root
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.inputs import Inputs

_RESOURCE = re.compile(r'^[ \t]*resource[ \t]+"[^"]+"[ \t]+"[^"]+"[ \t]*\{', re.MULTILINE)
_HIDDEN = {".terraform", ".git", "node_modules"}


def main() -> None:
    """One row per repository."""
    checkov = os.environ.get("CHECKOV")
    head = ["repository", "MB", "CPU s", "memory MB", "blocks in files", "unaccounted", "judged", "unread", "gaps", "exit code"]
    line(*head, *(["Checkov CPU s", "ratio"] if checkov else []))
    line(*["---"] * (len(head) + (2 if checkov else 0)))
    for name in sys.argv[1:]:
        folder = Path(name).resolve()
        line(*row(folder, checkov))


def row(folder: Path, checkov: str | None) -> list[str]:
    """Measure one repository."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "result.json"
        measured = best([CLOUDAUDIT, "gate", "--format", f"json={report}", str(folder)])
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    census = result["summary"]["census"]
    blocks = written(folder)
    size = sum(path.stat().st_size for path in files(folder)) / 1e6
    cells = [folder.name.replace("+", "/"), f"{size:.2f}", f"{measured.cpu:.2f}", f"{measured.memory:.0f}", str(len(blocks))]
    cells += [str(len(blocks - accounted(folder))), str(census["evaluated"] + census["unknown"]), str(census["not_read"])]
    cells += [str(len(result["gaps"])), str(measured.exit_code)]
    if checkov:
        other = cost([checkov, "-d", str(folder), "--framework", "terraform", "--compact", "--quiet", "-o", "json"])
        cells += [f"{other.cpu:.1f}", f"{other.cpu / measured.cpu:.0f}"]
    return cells


def files(folder: Path) -> list[Path]:
    """Every Terraform file that a gate over the folder should see."""
    found = (path for path in folder.rglob("*.tf") if path.is_file())
    return [path for path in found if not any(part in _HIDDEN or part.startswith(".") for part in path.relative_to(folder).parts[:-1])]


def written(folder: Path) -> set[tuple[str, int]]:
    """File and line of each resource block, by a regular expression: independent of our parser."""
    blocks = set()
    for path in files(folder):
        text = path.read_text(encoding="utf-8", errors="replace")
        blocks |= {(str(path), text.count("\n", 0, match.start()) + 1) for match in _RESOURCE.finditer(text)}
    return blocks


class Witness(Library):
    """A library that remembers every resource block that a root or a module of it declares."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, str)
        self.blocks: set[tuple[str, int]] = set()

    def definition(self, folder: Path) -> Definition:
        """See Library."""
        found = super().definition(folder)
        self.blocks |= {(str(block.file), block.line or 0) for block in found.resources.values()}
        return found


def accounted(folder: Path) -> set[tuple[str, int]]:
    """File and line of each resource block that the source took into its census."""
    library = Witness(folder)
    for root in find_roots(folder):
        read_root(root, boundary=folder, unit=str(root), shown=str, inputs=Inputs(), wanted=lambda _: False, library=library)
    return library.blocks


def line(*cells: str) -> None:
    """A row of the table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
