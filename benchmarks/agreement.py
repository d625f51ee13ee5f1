"""`python -m benchmarks.agreement REPOSITORY...`: the verdicts of HCL beside those of the plan that real Terraform makes of it.

Each root below a repository is planned in a copy, without network, over fake providers that know what its configurations write.
A module of the registry is taken from a repository beside it (`NAMESPACE+terraform-PROVIDER-NAME`). Variables without a value get
one by their type, in both. A root that cannot be planned so is told with the reason. Prints Markdown: a row for each root that is
planned and has verdicts, their sum, and every verdict that is a PASS in one of both and a FAIL in the other.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.moves import gate, verdicts
from cloudaudit.sources.terraform.hcl import Library, find_roots, nodes
from cloudaudit.sources.terraform.hcl.references import reference_text
from tools.fakeprov.serving import fake_providers

_CHECKOUT = Path(__file__).resolve().parent.parent
_SOURCE = re.compile(r'source\s*=\s*"(?:registry\.terraform\.io/)?([\w-]+)/([\w-]+)/([\w-]+)(?://([\w./-]+))?"')
_NOT_FOR_US = re.compile(r'(?m)provider_meta\s+"[^"]*"\s*\{[^}]*\}|^\s*required_version\s*=.*$')
_VERSION_OF_LENT = re.compile(r'(source\s*=\s*"[^"]*/lent/[^\n]*\n(?:[^\n}]*\n){0,3}?)\s*version\s*=[^\n]*\n')
_BY_TYPE: Mapping[str, Any] = {"number": 1, "bool": True, "list": [], "set": [], "tuple": [], "map": {}, "object": {}}
_BY_NAME: Mapping[str, str] = {"region": "eu-central-1", "location": "westeurope", "cidr": "10.0.0.0/16"}
_ACCOUNT = {"AWS_REGION": "eu-central-1", "GOOGLE_PROJECT": "p", "ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000"}
_VALUES = "planned.tfvars.json"
_TIMEOUT = 300  # seconds of one run of Terraform


def main() -> None:
    """One row per root, then what contradicts, then what was not planned."""
    print("| root | verdicts in both | equal | unknown in one | PASS and FAIL |")
    print("|---|---|---|---|---|")
    against: list[str] = []
    total: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for repository in (Path(argument).resolve() for argument in sys.argv[1:]):
        for root, result in planned(repository):
            if isinstance(result, str):
                left[result] += 1
                continue
            in_code, in_plan = result
            both = {key: (in_code[key], in_plan[key]) for key in in_code.keys() & in_plan.keys()}
            apart = contradictions(in_code, in_plan)
            equal = sum(one == other for one, other in both.values())
            unknown = sum(one != other and "unknown" in (one, other) for one, other in both.values())
            total.update(roots=1, both=len(both), equal=equal, unknown=unknown, apart=len(apart))
            if both:
                print(f"| {root.replace('+', '/')} | {len(both)} | {equal} | {unknown} | {len(apart)} |", flush=True)
            against += [f"- {root}: {' '.join(key)} is {both[key][0]} in HCL, {both[key][1]} in the plan" for key in apart]
    print(f"| {total['roots']} roots | {total['both']} | {total['equal']} | {total['unknown']} | {total['apart']} |")
    print("\n" + "\n".join(against) + "\n\nNot planned:\n")
    for reason, count in left.most_common():
        print(f"- {count}: {reason}")


Verdicts = Mapping[tuple[str, str], str]
"""Outcomes by address and check."""


def contradictions(one: Verdicts, other: Verdicts) -> list[tuple[str, str]]:
    """What is a PASS in one of both and a FAIL in the other."""
    return sorted(key for key in one.keys() & other.keys() if {one[key], other[key]} == {"pass", "fail"})


def planned(repository: Path) -> Iterator[tuple[str, tuple[Verdicts, Verdicts] | str]]:
    """The roots below a repository: what both say of each, or why it has no plan."""
    for root in find_roots(repository):
        with tempfile.TemporaryDirectory(prefix="ag") as scratch:
            copy = Path(scratch).resolve() / repository.name
            shutil.copytree(repository, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", ".terraform", ".terraform.lock.hcl"))
            subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
            _lend(copy, repository.parent)
            place = copy / root.relative_to(repository)
            yield root.relative_to(repository.parent).as_posix(), _compared(copy, place, Path(scratch) / "plan.json")


def _compared(copy: Path, root: Path, plan: Path) -> tuple[Verdicts, Verdicts] | str:
    """The verdicts on a root and on its plan; else why there is none."""
    (root / "planned_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', encoding="utf-8")
    (root / _VALUES).write_text(json.dumps(_values(root)), encoding="utf-8")
    with fake_providers(below=copy) as environment:
        try:
            for command in (["init"], ["plan", "-refresh=false", "-out=planned", f"-var-file={_VALUES}"]):
                _terraform(root, {**environment, **_ACCOUNT}, *command, "-input=false", "-no-color")
            plan.write_text(_terraform(root, environment, "show", "-json", "planned"), encoding="utf-8")
        except _NotPlannedError as error:
            return str(error)
    in_code = gate(_CHECKOUT, root, "--var-file", root / _VALUES)
    in_plan = gate(_CHECKOUT, plan, "--source", root)
    own = {unit for unit in in_code["units"] if Path(unit).resolve() == root} or set(in_code["units"])
    return (
        {(address, check): outcome for (unit, address, check), outcome in verdicts(in_code).items() if unit in own},
        {(address, check): outcome for (_, address, check), outcome in verdicts(in_plan).items()},
    )


class _NotPlannedError(Exception):
    """Why Terraform makes no plan of a root."""


def _terraform(root: Path, environment: Mapping[str, str], *command: str) -> str:
    try:
        done = subprocess.run(
            ["terraform", *command], cwd=root, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise _NotPlannedError(f"{command[0]} takes longer than {_TIMEOUT} s") from None
    if done.returncode:
        raise _NotPlannedError(f"{command[0]}: {_said(done.stderr)}")
    return done.stdout


def _said(errors: str) -> str:
    """The first error, in short."""
    found = re.search(r"Error: ([^\n]*)", errors)
    return found[1] if found else "Terraform crashed" if "panic" in errors else "failed"


def _lend(copy: Path, beside: Path) -> None:
    """Modules of the registry from repositories beside this one; what keeps this Terraform and the fakes from reading it goes."""
    for path in [path for path in copy.rglob("*.tf") if path.is_file()]:
        text = path.read_text(encoding="utf-8", errors="replace")
        lent = _SOURCE.sub(partial(_lent, folder=path.parent, copy=copy, beside=beside), text)
        changed = _VERSION_OF_LENT.sub(r"\1", _NOT_FOR_US.sub("", lent))
        if changed != text:
            path.write_text(changed, encoding="utf-8")


def _lent(found: re.Match[str], folder: Path, copy: Path, beside: Path) -> str:
    namespace, name, provider, below = found.groups()
    source = beside / f"{namespace}+terraform-{provider}-{name}"
    if not source.is_dir():
        return found[0]
    target = copy / "lent" / source.name
    if not target.exists():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git", "examples", "tests", "test"))
        _lend(target, beside)
    relative = os.path.relpath(target / (below or ""), folder)
    return f'source = "{relative if relative.startswith(".") else f"./{relative}"}"'


def _values(root: Path) -> Mapping[str, Any]:
    """A value for each variable that has none."""
    given = {root / "terraform.tfvars", *root.glob("*.auto.tfvars")}
    told = {
        line.partition("=")[0].strip()
        for path in given
        if path.is_file()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    }
    variables = Library(root, str).definition(root).variables
    return {name: _value(name, block) for name, block in variables.items() if "default" not in block.body.attributes and name not in told}


def _value(name: str, block: nodes.Block) -> Any:
    written = block.body.attributes.get("type")
    expression = written.expression if written else None
    kind = expression.name if isinstance(expression, nodes.Call) else reference_text(expression) if expression else ""
    named = next((value for part, value in _BY_NAME.items() if part in name), "abcdefgh")
    return _BY_TYPE.get(kind, named)


if __name__ == "__main__":
    main()
