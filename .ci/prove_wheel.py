"""Build the wheel, install it into an empty environment, run it from an empty folder, compare it with the source tree."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"cloudaudit": ".", "cloudaudit_aws": "providers", "cloudaudit_azure": "providers", "cloudaudit_gcp": "providers"}
SOURCES["cloudaudit_checks"] = "checks"
FIXTURE = 'resource "aws_db_instance" "db" {\n  storage_encrypted = false\n}\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(scratch), cwd=ROOT)
        (wheel,) = scratch.glob("*.whl")
        compare(wheel)
        venv.create(scratch / "venv", with_pip=True)
        run(str(scratch / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel), cwd=scratch)
        empty = scratch / "empty"
        empty.mkdir()
        script = str(scratch / "venv/bin/cloudaudit")
        print(run(script, "--version", cwd=empty).stdout.strip())
        run(script, "gate", ".", cwd=empty, expected=3)
        (empty / "main.tf").write_text(FIXTURE, encoding="utf-8")
        result = run(script, "gate", "--format", "json", ".", cwd=empty, expected=1).stdout
        if '"data-encrypted-at-rest"' not in result or '"fail"' not in result:
            sys.exit("the installed gate does not find the unencrypted database")
    print("the wheel is complete and runs")


def compare(wheel: Path) -> None:
    """The wheel holds every file of the source tree, and nothing else."""
    expected = set()
    for package, folder in SOURCES.items():
        base = ROOT / folder
        files = (path for path in (base / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        expected |= {path.relative_to(base).as_posix() for path in files}
    found = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if found != expected:
        sys.exit(f"the wheel lacks {sorted(expected - found)} and has too much {sorted(found - expected)}")


def run(*command: str, cwd: Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}, expected {expected}\n{done.stdout}\n{done.stderr}")
    return done


if __name__ == "__main__":
    main()
