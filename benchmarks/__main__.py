"""`python -m benchmarks`: start-up, the gate over HCL and a plan, a live scan; with CHECKOV=path also Checkov on the same input."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import estates
from benchmarks.measure import CLOUDAUDIT, Cost, best, cost, python

PARSE = """
import sys, pathlib, tree_sitter, tree_sitter_hcl
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
for path in pathlib.Path(sys.argv[1]).rglob("*.tf"):
    parser.parse(path.read_bytes())
"""
LOAD = "import sys, json; json.load(open(sys.argv[1]))"
SIZES = (0.1, 0.5, 3.0)  # MB of Terraform
COMPARED = 0.5  # MB: what Checkov needs grows faster than the tree; docs/measurements.md has larger ones
PLANNED = 2000
BUCKETS, VOLUMES, DATABASES = 500, 100, 25


def main() -> None:
    """Print every figure."""
    row("", "CPU s", "wall s", "MB", "floor CPU s", "x floor", "Checkov")
    start_up()
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            tree = Path(name) / f"tree-{size}"
            tree.mkdir()
            written = estates.terraform_tree(tree, size)
            gate(f"gate, {written / 1e6:.1f} MB of HCL", tree, best(python(PARSE, str(tree))), compared=size <= COMPARED)
        plan = Path(name) / "plan.json"
        estates.plan(plan, PLANNED)
        gate(f"gate, plan of {PLANNED:,} resources", plan, best(python(LOAD, str(plan))))
    live_scan()


def start_up() -> None:
    """`--version` and `--help`, against a bare interpreter."""
    floor = best(python("pass"), runs=7)
    for option in ("--version", "--help"):
        report(f"cloudaudit {option}", best([CLOUDAUDIT, option], runs=7), floor)


def gate(what: str, path: Path, floor: Cost, *, compared: bool = True) -> None:
    """One gate run, and Checkov's on the same input where it is at hand and wanted."""
    measured = best([CLOUDAUDIT, "gate", "--format", "json", str(path)])
    checkov = os.environ.get("CHECKOV") if compared else None
    option = "-d" if path.is_dir() else "-f"
    other = cost([checkov, option, str(path), "--compact", "--quiet", "-o", "json"]) if checkov else None
    report(what, measured, floor, other)


def live_scan() -> None:
    """A scan of an emulated account, with the fewest calls that its facets need."""
    with emulator() as endpoint:
        estates.live(endpoint, BUCKETS, VOLUMES, DATABASES)
        measured = cost(python(SCAN, endpoint))
    calls, needed = (int(number) for number in measured.output.split()[-2:])
    report(f"scan, {BUCKETS} buckets, {VOLUMES} volumes, {DATABASES} databases", measured, None)
    row("  API calls", str(calls), "", "", str(needed), f"{calls / needed:.2f}", "")


SCAN = """
import sys
from collections import Counter, defaultdict
from cloudaudit import plugins
from cloudaudit.cli.assess import assess
from cloudaudit.policy import Policy
from cloudaudit.sources.live.needs import Estate, fewest
from cloudaudit_aws.scan import ScanOptions, rows, scan
calls, regions = Counter(), ("eu-central-1", "eu-west-1")
options = ScanOptions(endpoint_url=sys.argv[1], emulated=True, regions=regions)
(read,) = scan(options, plugins.needs_of(plugins.checks()), calls=calls)
found, named = defaultdict(Counter), defaultdict(Counter)
for record in read.records:
    found[record.type][record.scope.region.value] += 1
    named[record.type][record.scope.region.value] += record.values.get("tags") is not None
customers = sum(record.type == "aws_kms_key" and record.observed["key_manager"] != "AWS" for record in read.records)
of_keys = {name: {"eu-central-1": customers} for name in ("kms:GetKeyRotationStatus", "resourcegroupstaggingapi:GetResources")}
fulfil = {(name, "aws_kms_key"): amount for name, amount in of_keys.items()}
fewest = fewest(rows(), Estate(regions, found, fulfil, named))
assess("scan", [read], plugins.checks(), Policy())
print(calls.total(), fewest.total())
"""


@contextmanager
def emulator() -> Iterator[str]:
    """An empty emulated cloud on this machine, whose listing of buckets tells their regions as AWS's does, and moto's does not."""
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    import logging

    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response
    from moto.server import ThreadedMotoServer

    def all_buckets(self: Any) -> Any:
        found = self.backend.buckets.values()
        told = [{"Name": one.name, "CreationDate": one.creation_date_ISO8601, "BucketRegion": one.region_name} for one in found]
        self.data["Action"] = "ListBuckets"
        return self.serialized(ActionResult({"Owner": {"ID": "bench"}, "Buckets": told}))

    emulated: Any = S3Response
    emulated.all_buckets = all_buckets

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def report(what: str, measured: Cost, floor: Cost | None, checkov: Cost | None = None) -> None:
    """One line of figures. A ratio is of CPU seconds."""
    against = (f"{floor.cpu:.2f}", f"{measured.cpu / max(floor.cpu, 0.001):.1f}") if floor else ("", "")
    other = f"{checkov.cpu:.1f} s = {checkov.cpu / measured.cpu:.0f}x" if checkov else ""
    row(what, f"{measured.cpu:.2f}", f"{measured.wall:.2f}", f"{measured.memory:.0f}", *against, other)


def row(what: str, *cells: str) -> None:
    """An aligned line."""
    sys.stdout.write(f"{what:52} {' '.join(f'{cell:>12}' for cell in cells)}".rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
