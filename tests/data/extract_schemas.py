"""Cuts what the tests need out of the schemas of whole Terraform providers.

    python tests/data/extract_schemas.py ../shared/tools/terraform-schemas.json.gz

Kept is each resource type that a provider package names anywhere, with its attribute names: `null` for a plain attribute, the
same again for a nested block.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROVIDERS = HERE.parents[1] / "providers"
KEPT = HERE / "terraform-schemas.json"
_TYPE = re.compile(r'"((?:aws|azurerm|azuread|google)_[a-z0-9_]+)"')


def named_types() -> set[str]:
    """The resource types that the provider packages name."""
    return {kind for path in PROVIDERS.rglob("*.py") for kind in _TYPE.findall(path.read_text(encoding="utf-8"))}


def names(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attribute names of a type or block, nested blocks included."""
    return {name: names(told["t"][1]) if isinstance(told["t"], list) else None for name, told in sorted(attributes.items())}


def main(source: Path) -> None:
    """Writes the file beside this script."""
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        schemas = json.load(stream)
    versions = {name: told["terraform_provider"] for name, told in sorted(schemas["_meta"]["packages"].items())}
    kept = {kind: names(schemas[kind]["attrs"]) for kind in sorted(named_types() & set(schemas))}
    lines = (f"{json.dumps(kind)}:{json.dumps(told, separators=(',', ':'))}" for kind, told in {"_providers": versions, **kept}.items())
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
