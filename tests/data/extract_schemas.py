"""Cuts what the tests need out of the schemas of whole Terraform providers.

    python tests/data/extract_schemas.py ../shared/tools/terraform-schemas.json.gz

Kept is each resource type that a provider package names anywhere, with its attribute names: `null` for a plain attribute, the
same again for a nested block. What a provider package ships of it is `optional_computed.json`: the attributes that keep what they
have when a configuration leaves them out.
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
_OWN = {"id", "tags_all", "region", "name", "name_prefix"}
_TYPE = re.compile(r'"((?:aws|azurerm|azuread|google)_[a-z0-9_]+)"')


def named_types() -> set[str]:
    """The resource types that the provider packages name."""
    return {kind for path in PROVIDERS.rglob("*.py") for kind in _TYPE.findall(path.read_text(encoding="utf-8"))}


def names(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attribute names of a type or block, nested blocks included."""
    return {name: names(told["t"][1]) if isinstance(told["t"], list) else None for name, told in sorted(attributes.items())}


def kept_when_left_out(attributes: dict[str, Any]) -> list[str]:
    """The attributes that are both optional and computed: Terraform removes nothing that a configuration leaves out of these."""
    return sorted(name for name, told in attributes.items() if told["o"] and told["c"] and name not in _OWN)


def ship(schemas: dict[str, Any]) -> None:
    """Writes the file of each provider package, for the types that it names."""
    for package, prefix in (("aws", "aws_"), ("azure", "azurerm_"), ("gcp", "google_")):
        found = {
            kind: kept_when_left_out(schemas[kind]["attrs"]) for kind in sorted(named_types() & set(schemas)) if kind.startswith(prefix)
        }
        text = json.dumps({kind: names for kind, names in found.items() if names}, indent=1)
        (PROVIDERS / f"cloudaudit_{package}" / "optional_computed.json").write_text(f"{text}\n", encoding="utf-8")


def main(source: Path) -> None:
    """Writes the file beside this script."""
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        schemas = json.load(stream)
    ship(schemas)
    versions = {name: told["terraform_provider"] for name, told in sorted(schemas["_meta"]["packages"].items())}
    kept = {kind: names(schemas[kind]["attrs"]) for kind in sorted(named_types() & set(schemas))}
    lines = (f"{json.dumps(kind)}:{json.dumps(told, separators=(',', ':'))}" for kind, told in {"_providers": versions, **kept}.items())
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
