"""Record what real Terraform makes of each fixture: plan.json, state.json (`show -json`) and terraform.tfstate.

usage: python terraform-fixtures/record.py [FOLDER...]

The providers are served offline by tools/fakeprov (the extra `bench`). Variables get their values from the
fixture's `recorded.tfvars`: a recording knows what the configuration alone does not. What only a cloud would fill in (the
fake ones make up a name for each computed attribute) stands in the fixture's `computed.json`, by address; the region of
an AWS resource is its provider's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Record the folders named, or all."""
    folders = [Path(name).resolve() for name in sys.argv[1:]] or sorted(path.parent for path in ROOT.rglob("main.tf"))
    for folder in folders:
        record(folder)
        sys.stdout.write(f"{folder.relative_to(ROOT)}\n")


def record(folder: Path) -> None:
    """Plan and apply a copy of one fixture, and keep what Terraform says."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for file in (*folder.glob("*.tf"), *folder.glob("recorded.tfvars")):
            shutil.copy(file, scratch)
        variables = ["-var-file=recorded.tfvars"] if (folder / "recorded.tfvars").exists() else []
        terraform(scratch, "init")
        terraform(scratch, "plan", "-out=plan", *variables)
        plan = json.loads(terraform(scratch, "show", "-json", "plan"))
        terraform(scratch, "apply", "-auto-approve", *variables)
        state = json.loads((scratch / "terraform.tfstate").read_text(encoding="utf-8"))
        complete(state, computed(folder, plan))
        (scratch / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
        keep(folder / "plan.json", plan)
        keep(folder / "state.json", json.loads(terraform(scratch, "show", "-json")))
        keep(folder / "terraform.tfstate", state)


def computed(folder: Path, plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the cloud would fill in, by address."""
    own = folder / "computed.json"
    values: dict[str, dict[str, Any]] = json.loads(own.read_text(encoding="utf-8")) if own.exists() else {}
    providers = plan["configuration"].get("provider_config", {})
    variables = {name: item.get("value") for name, item in plan.get("variables", {}).items()}
    for resource in plan["configuration"]["root_module"]["resources"]:
        region = providers.get(resource["provider_config_key"], {}).get("expressions", {}).get("region", {})
        name = next((reference.removeprefix("var.") for reference in region.get("references", ())), "")
        place = region.get("constant_value", variables.get(name))
        if resource["type"].startswith("aws_") and place:
            values[resource["address"]] = {"region": place, "bucket_region": place, **values.get(resource["address"], {})}
    return values


def complete(state: dict[str, Any], values: dict[str, dict[str, Any]]) -> None:
    """Write the computed values into a state."""
    for resource in state["resources"]:
        for instance in resource["instances"]:
            key = instance.get("index_key")
            address = f"{resource['type']}.{resource['name']}"
            for name, value in {**values.get(address, {}), **values.get(f"{address}[{json.dumps(key)}]", {})}.items():
                if name in instance["attributes"]:
                    instance["attributes"][name] = value


def keep(path: Path, document: dict[str, Any]) -> None:
    """Write a document without what differs from run to run."""
    for key in ("timestamp", "lineage"):
        document.pop(key, None)
    path.write_text(f"{json.dumps(document, separators=(',', ':'))}\n", encoding="utf-8")


def terraform(folder: Path, *arguments: str) -> str:
    """Run Terraform over the fake providers; its output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    color = ["-no-color"] if arguments[0] != "show" else []
    command = [sys.executable, "-m", "tools.fakeprov", "--", "terraform", *arguments, *color]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{folder}: terraform {arguments[0]} failed\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
