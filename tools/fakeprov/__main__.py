"""`python -m tools.fakeprov [--cloud FILE] [--defaults FILE] [--below FOLDER] -- terraform plan`: run a command over the fake providers."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.fakeprov.serving import fake_providers


def main() -> int:
    """The exit status of the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.fakeprov", description=__doc__)
    parser.add_argument("--cloud", type=Path, help="JSON of what is there at refresh: {type: {id: {attribute: value} or null}}")
    parser.add_argument("--defaults", type=Path, help="JSON of what the cloud fills in at creation: {type: {attribute: value}}")
    parser.add_argument("--below", type=Path, help="serve every provider that the configurations below this folder use")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    with fake_providers(cloud=_read(given.cloud), defaults=_read(given.defaults), below=given.below) as environment:
        return subprocess.run([part for part in given.command if part != "--"], env=environment, check=False).returncode  # noqa: S603  (the caller's own command)


def _read(path: Path | None) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path is not None else None


if __name__ == "__main__":
    sys.exit(main())
