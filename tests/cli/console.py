"""Running the console script as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = [sys.executable, "-c", "import sys; sys.argv[0] = 'cloudaudit'; from cloudaudit.cli import main; main()"]
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(ROOT / folder) for folder in (".", "providers", "checks"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_", "CLOUDAUDIT_"))}
    settings = {**kept, "PYTHONPATH": paths, "XDG_CONFIG_HOME": str(cwd / ".no-config"), "AWS_EC2_METADATA_DISABLED": "true", **environment}
    settings["AWS_CONFIG_FILE"] = settings["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    done = subprocess.run([*SCRIPT, *arguments], cwd=cwd, env=settings, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def document(*arguments: str, cwd: Path, **environment: str) -> dict[str, Any]:
    """The JSON result of a gate."""
    done = run(*arguments, "--format", "json", cwd=cwd, **environment)
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["gate"]["exit_code"] == done.returncode
    return result


def outcomes(result: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(finding["resource"]["address"], finding["check"]): finding["outcome"] for finding in result["findings"]}
