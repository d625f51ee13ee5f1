"""Running a program and measuring what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

CLOUDAUDIT = str(Path(sys.executable).with_name("cloudaudit"))


class Cost(msgspec.Struct, frozen=True):
    """CPU seconds (user and system), wall seconds and peak memory in MB of a process and its children."""

    cpu: float
    wall: float
    memory: float
    exit_code: int
    output: str = ""


_PROBE = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"), stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss / 1024, done.returncode]))
"""


def cost(command: Sequence[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command once and measure it from outside."""
    with tempfile.NamedTemporaryFile() as output:
        probe = [sys.executable, "-c", _PROBE, output.name, *command]
        done = subprocess.run(probe, cwd=cwd, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=True)
        cpu, wall, memory, exit_code = msgspec.json.decode(done.stdout)
        return Cost(cpu, wall, memory, exit_code, Path(output.name).read_text(encoding="utf-8", errors="replace"))


def best(command: Sequence[str], runs: int = 3, cwd: Path | None = None) -> Cost:
    """The cheapest of some runs: the one that the rest of the machine disturbed least."""
    return min((cost(command, cwd) for _ in range(runs)), key=lambda measured: measured.cpu)


def python(script: str, *arguments: str) -> list[str]:
    """A floor: a script in the same interpreter."""
    return [sys.executable, "-c", script, *arguments]
