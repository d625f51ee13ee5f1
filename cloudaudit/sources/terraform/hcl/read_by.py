"""What programs read in the folder in which they run, though nobody names it, and what Terraform's backends are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

READ_BY: Mapping[str, Sequence[str]] = json.loads(Path(__file__).with_name("read_by.json").read_text(encoding="utf-8"))
"""The names of files and folders, by that of the program."""

BACKEND_ARGUMENTS = frozenset(json.loads(Path(__file__).with_name("backend_arguments.json").read_text(encoding="utf-8")))
"""The arguments of backends. Source: Terraform's documentation of backends, 1.11."""
