"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

for _name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
    os.environ.pop(_name, None)  # a provider without a region takes it from there

settings.register_profile("any machine", deadline=None)  # no test fails on time
settings.load_profile("any machine")
