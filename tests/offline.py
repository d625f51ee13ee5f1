"""What tests need that plan with real Terraform over the offline providers."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

_MISSING = [name for name in ("tf", "grpc", "msgpack") if importlib.util.find_spec(name) is None]

NEEDS_TERRAFORM = (
    pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed"),
    pytest.mark.skipif(bool(_MISSING), reason=f"the offline providers need {', '.join(_MISSING)}"),
)
