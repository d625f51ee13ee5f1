"""Samples of the laws: another one with each commit, so that in time all is tried, and the same for everybody at one commit."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path


@cache
def seed() -> int:
    """Made from the commit; 0 outside a checkout."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return 0
    return int(done.stdout[:8], 16) if done.returncode == 0 else 0
